/* Folders that appear whole: a checkpoint beside its target first, then in its place.
 *
 *   .NAME.XXXXXX/  config.json, tokenizer.json, model.safetensors, ...   renamed to NAME
 *
 * A folder that is there already is written into, file by file, each whole or not at all (data/output.h).
 */
#ifndef SB_ESTIMATORS_TRANSFORMER_NETWORK_FOLDER_H
#define SB_ESTIMATORS_TRANSFORMER_NETWORK_FOLDER_H

#include "estimators/transformer/network.h"

/* Writes further files into a folder, after those of the model. */
typedef enum sb_status sb_folder_function(void *context, const char *folder,
                                          struct sb_error *error);

/* sb_network_write, and what write_more (NULL: nothing) writes beside. */
enum sb_status sb_network_write_with(const struct sb_network *model, const char *folder,
                                     sb_folder_function *write_more, void *context,
                                     struct sb_error *error);

#endif
