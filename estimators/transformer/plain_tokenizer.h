/* tokenizer.json of vocabularies that need no file: bytes, and the words of the controlled language.
 *
 *   bytes   byte-level, without merges: id = byte value; 256 is <|endoftext|>, which begins and ends
 *           documents
 *   words   an added token for each word (data/language.h), id = the word's number; the next id is <s>,
 *           which begins documents; they have no end mark
 *
 * Both are read by data/tokenizer.h and by others' libraries, so that a checkpoint trained on them is like
 * any other.
 */
#ifndef SB_ESTIMATORS_TRANSFORMER_PLAIN_TOKENIZER_H
#define SB_ESTIMATORS_TRANSFORMER_PLAIN_TOKENIZER_H

#include "data/language.h"

/* The text of the file as a new string; NULL if there is no memory. Ids: 257, and one more than words. */
char *sb_bytes_tokenizer_json(void);
char *sb_words_tokenizer_json(const struct sb_language *language);

#endif
