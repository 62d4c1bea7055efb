#include "data/added_tokens.h"

#include <stdlib.h>
#include <string.h>

void sb_added_tokens_clear(struct sb_added_tokens *tokens)
{
    sb_pair_table_clear(&tokens->children);
    free(tokens->nodes);
    *tokens = (struct sb_added_tokens){ 0 };
}

/* ---- the trie --------------------------------------------------------------------------------- */

static enum sb_status add_node(struct sb_added_tokens *tokens)
{
    if (tokens->n_nodes == SB_PAIR_NONE)
        return SB_LIMIT;
    if (tokens->n_nodes == tokens->capacity) {
        size_t capacity = tokens->capacity ? 2 * tokens->capacity : 64;
        struct sb_added_token *nodes = realloc(tokens->nodes, capacity * sizeof *nodes);
        if (!nodes)
            return SB_MEMORY;
        tokens->nodes = nodes;
        tokens->capacity = capacity;
    }
    tokens->nodes[tokens->n_nodes++] = (struct sb_added_token){ 0 };
    return SB_OK;
}

enum sb_status sb_added_tokens_add(struct sb_added_tokens *tokens, const uint8_t *text, size_t n,
                                   uint32_t id, bool lstrip, bool rstrip)
{
    enum sb_status status = SB_OK;
    uint32_t node = 0;
    if (!n)
        return SB_OK;
    if (!tokens->n_nodes)
        status = add_node(tokens);
    for (size_t i = 0; status == SB_OK && i < n; i++) {
        uint32_t child = sb_pair_table_find(&tokens->children, node, text[i]);
        if (child == SB_PAIR_NONE) {
            child = (uint32_t)tokens->n_nodes;
            status = add_node(tokens);
            if (status == SB_OK)
                status = sb_pair_table_put(&tokens->children, node, text[i], child);
        }
        node = child;
    }
    if (status)
        return status;
    tokens->begins[*text] = true;
    if (!tokens->nodes[node].is_set)
        tokens->nodes[node] = (struct sb_added_token){ id, lstrip, rstrip, true };
    return SB_OK;
}

/* The longest token that begins at text[0], or NULL. */
static const struct sb_added_token *match(const struct sb_added_tokens *tokens, const uint8_t *text,
                                          size_t n, size_t *length)
{
    const struct sb_added_token *longest = NULL;
    uint32_t node = 0;
    for (size_t i = 0; i < n; i++) {
        node = sb_pair_table_find(&tokens->children, node, text[i]);
        if (node == SB_PAIR_NONE)
            break;
        if (tokens->nodes[node].is_set) {
            longest = &tokens->nodes[node];
            *length = i + 1;
        }
    }
    return longest;
}

/* ---- white space ------------------------------------------------------------------------------ */

/* Length of the White_Space character at text[0], n >= 1; 0 if it is none. */
static size_t space_length(const uint8_t *text, size_t n)
{
    if (*text == ' ' || (*text >= '\t' && *text <= '\r'))
        return 1;
    if (n >= 2 && text[0] == 0xC2) /* U+0085, U+00A0 */
        return text[1] == 0x85 || text[1] == 0xA0 ? 2 : 0;
    if (n < 3 || text[0] < 0xE1 || text[0] > 0xE3)
        return 0;
    unsigned scalar = (text[0] & 0xFu) << 12 | (text[1] & 0x3Fu) << 6 | (text[2] & 0x3Fu);
    bool is_space = scalar == 0x1680 || (scalar >= 0x2000 && scalar <= 0x200A) ||
                    scalar == 0x2028 || scalar == 0x2029 || scalar == 0x202F || scalar == 0x205F ||
                    scalar == 0x3000;
    return is_space ? 3 : 0;
}

/* Where the white space that ends at `end` begins, not before `from`. */
static size_t space_begin(const uint8_t *text, size_t from, size_t end)
{
    size_t begin = end;
    while (begin > from) {
        size_t at = begin - 1;
        while (at > from && (text[at] & 0xC0) == 0x80)
            at--;
        if (space_length(text + at, begin - at) != begin - at)
            break;
        begin = at;
    }
    return begin;
}

static size_t space_end(const uint8_t *text, size_t begin, size_t n)
{
    for (size_t length; begin < n && (length = space_length(text + begin, n - begin)) > 0;)
        begin += length;
    return begin;
}

bool sb_added_tokens_find(const struct sb_added_tokens *tokens, const uint8_t *text, size_t n,
                          size_t from, uint32_t *id, size_t *begin, size_t *end)
{
    if (!tokens->n_nodes)
        return false;
    for (size_t at = from, length; at < n; at++) {
        if (!tokens->begins[text[at]])
            continue;
        const struct sb_added_token *token = match(tokens, text + at, n - at, &length);
        if (!token)
            continue;
        *id = token->id;
        *begin = token->lstrip ? space_begin(text, from, at) : at;
        *end = token->rstrip ? space_end(text, at + length, n) : at + length;
        return true;
    }
    return false;
}
