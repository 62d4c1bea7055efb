/* The predictor FOLDER: a transformer from a checkpoint, with its tokenizer.
 *
 * A document is  start, prompt, completion, end:
 *
 *   start   the model's BOS, else its EOS; else the first token costs log2 of the vocabulary's size
 *   prompt  and completion are tokenized apart, so that bytes of the span and its tokens agree
 *   end     the model's EOS, charged to the document that it ends, unless eos=0
 *
 * A document of ids is scored as it is: nothing is put before or behind it, its first id is given, and no
 * tokenizer is needed. Longer ones than the context: scorer.h. Tokens are those that were charged.
 *
 * Keys: context (default the model's own, at most 2048; rotary models take longer ones), stride (default half the context), batch (tokens
 * computed together, default 2048; does not change a bit), eos (1 or 0), tokenizer (a file, a folder, or
 * "bytes"; default the folder's tokenizer.json).
 */
#ifndef SB_ESTIMATORS_TRANSFORMER_LANGUAGE_MODEL_H
#define SB_ESTIMATORS_TRANSFORMER_LANGUAGE_MODEL_H

#include "estimators/predictor.h"

extern const struct sb_predictor_class sb_language_model_class;

#endif
