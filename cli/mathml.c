#include "cli/mathml.h"

#include <ctype.h>
#include <string.h>

struct reader {
    const char *start, *at, *end;
    FILE *html;
    bool display, stretch; /* the delimiter that comes grows with its row */
    int depth;
};

enum { DEEPEST = 60 };

static const char thin_space[] = "<mspace width=\"0.17em\"/>";

/* ---- symbols -------------------------------------------------------------------------------- */

enum kind { LETTER, OPERATOR, LARGE, FUNCTION, SPACE, ACCENT, SKIPPED };

static const struct symbol {
    const char *name, *text;
    enum kind kind;
} symbols[] = {
    { "alpha", "α", LETTER },    { "beta", "β", LETTER },       { "gamma", "γ", LETTER },
    { "delta", "δ", LETTER },    { "varepsilon", "ε", LETTER }, { "zeta", "ζ", LETTER },
    { "eta", "η", LETTER },      { "theta", "θ", LETTER },      { "kappa", "κ", LETTER },
    { "lambda", "λ", LETTER },   { "mu", "μ", LETTER },         { "nu", "ν", LETTER },
    { "xi", "ξ", LETTER },       { "pi", "π", LETTER },         { "rho", "ρ", LETTER },
    { "sigma", "σ", LETTER },    { "tau", "τ", LETTER },        { "phi", "φ", LETTER },
    { "chi", "χ", LETTER },      { "psi", "ψ", LETTER },        { "omega", "ω", LETTER },
    { "Gamma", "Γ", LETTER },    { "Delta", "Δ", LETTER },      { "Theta", "Θ", LETTER },
    { "Lambda", "Λ", LETTER },   { "Sigma", "Σ", LETTER },      { "Omega", "Ω", LETTER },
    { "infty", "∞", LETTER },    { "partial", "∂", LETTER },    { "nabla", "∇", LETTER },
    { "top", "⊤", LETTER },      { "ast", "*", OPERATOR },      { "le", "≤", OPERATOR },
    { "ge", "≥", OPERATOR },     { "ne", "≠", OPERATOR },       { "ll", "≪", OPERATOR },
    { "gg", "≫", OPERATOR },     { "approx", "≈", OPERATOR },   { "sim", "∼", OPERATOR },
    { "propto", "∝", OPERATOR }, { "to", "→", OPERATOR },       { "Rightarrow", "⇒", OPERATOR },
    { "cdot", "·", OPERATOR },   { "times", "×", OPERATOR },    { "pm", "±", OPERATOR },
    { "in", "∈", OPERATOR },     { "lceil", "⌈", OPERATOR },    { "rceil", "⌉", OPERATOR },
    { "langle", "⟨", OPERATOR }, { "rangle", "⟩", OPERATOR },   { "lbrace", "{", OPERATOR },
    { "rbrace", "}", OPERATOR }, { "Vert", "‖", OPERATOR },     { "mid", "|", OPERATOR },
    { "dots", "…", OPERATOR },   { "lfloor", "⌊", OPERATOR },   { "rfloor", "⌋", OPERATOR },
    { "sum", "∑", LARGE },       { "int", "∫", LARGE },         { "prod", "∏", LARGE },
    { "min", "min", FUNCTION },  { "max", "max", FUNCTION },    { "ln", "ln", FUNCTION },
    { "log", "log", FUNCTION },  { "exp", "exp", FUNCTION },    { "lim", "lim", FUNCTION },
    { "quad", "1em", SPACE },    { "qquad", "2em", SPACE },     { "thinspace", "0.17em", SPACE },
    { "bar", "¯", ACCENT },      { "dot", "˙", ACCENT },        { "tilde", "~", ACCENT },
    { "hat", "^", ACCENT },      { "left", "", SKIPPED },       { "right", "", SKIPPED },
    { "big", "", SKIPPED },      { "Big", "", SKIPPED },
};

static const struct symbol *symbol_of(const char *name, size_t n)
{
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++)
        if (strlen(symbols[i].name) == n && memcmp(symbols[i].name, name, n) == 0)
            return &symbols[i];
    return NULL;
}

void cli_html_text(const char *text, size_t n, FILE *html)
{
    for (size_t i = 0; i < n; i++)
        switch (text[i]) {
        case '&':
            fputs("&amp;", html);
            break;
        case '<':
            fputs("&lt;", html);
            break;
        case '>':
            fputs("&gt;", html);
            break;
        case '"':
            fputs("&quot;", html);
            break;
        default:
            putc(text[i], html);
        }
}

/* Spaces that are dropped at neither end of an element. */
static void put_text(const char *text, size_t n, FILE *html)
{
    for (size_t i = 0; i < n; i++)
        if (text[i] == ' ')
            fputs("&#160;", html);
        else
            cli_html_text(text + i, 1, html);
}

static void put_element(const char *name, const char *text, size_t n, FILE *html)
{
    fprintf(html, "<%s>", name);
    put_text(text, n, html);
    fprintf(html, "</%s>", name);
}

/* Delimiters would grow with the row they stand in, which TeX lets them do behind \left and \Big only. */
static void put_operator(struct reader *r, const char *text, size_t n)
{
    static const char *const delimiters[] = { "(", ")", "[", "]", "|", "‖", "{",
                                              "}", "⌈", "⌉", "⌊", "⌋", "⟨", "⟩" };
    bool is_delimiter = false;
    for (size_t i = 0; i < sizeof delimiters / sizeof *delimiters; i++)
        is_delimiter |= strlen(delimiters[i]) == n && memcmp(delimiters[i], text, n) == 0;
    fprintf(r->html, "<mo%s>", is_delimiter && !r->stretch ? " stretchy=\"false\"" : "");
    put_text(text, n, r->html);
    fputs("</mo>", r->html);
    r->stretch = false;
}

/* Where the UTF-8 character at `at` ends. */
static const char *end_of_character(const char *at, const char *end)
{
    for (at += at < end; at < end && ((unsigned char)*at & 0xC0) == 0x80; at++)
        ;
    return at;
}

/* ---- atoms ---------------------------------------------------------------------------------- */

static void put_scripted(struct reader *r);

static void skip_spaces(struct reader *r)
{
    while (r->at < r->end && isspace((unsigned char)*r->at))
        r->at++;
}

/* Everything up to a closing brace, which is taken, or the end. */
static void put_group(struct reader *r)
{
    fputs("<mrow>", r->html);
    for (skip_spaces(r); r->at < r->end && *r->at != '}'; skip_spaces(r))
        put_scripted(r);
    if (r->at < r->end)
        r->at++;
    fputs("</mrow>", r->html);
}

/* The letters of "{...}" as they stand. */
static void put_letters(struct reader *r, const char *element, const char *attribute)
{
    skip_spaces(r);
    bool braced = r->at < r->end && *r->at == '{';
    const char *start = r->at + braced;
    const char *stop = braced ? memchr(start, '}', (size_t)(r->end - start)) : NULL;
    if (!stop)
        stop = braced                            ? r->end
               : start < r->end && *start == '}' ? start
                                                 : end_of_character(start, r->end);
    fprintf(r->html, "<%s%s>", element, attribute);
    put_text(start, (size_t)(stop - start), r->html);
    fprintf(r->html, "</%s>", element);
    r->at = stop + (braced && stop < r->end);
}

static void put_atom(struct reader *r);

static void put_two(struct reader *r, const char *before, const char *after)
{
    fputs(before, r->html);
    put_atom(r);
    put_atom(r);
    fputs(after, r->html);
}

/* Behind a backslash. */
static void put_command(struct reader *r)
{
    const char *name = r->at;
    while (r->at < r->end && isalpha((unsigned char)*r->at))
        r->at++;
    size_t n = (size_t)(r->at - name);
    const struct symbol *symbol = symbol_of(name, n);
    if (n == 0) { /* \, and the like */
        const char *end = end_of_character(r->at, r->end);
        if (r->at < r->end && *r->at == ',')
            fputs(thin_space, r->html);
        else if (r->at < r->end && *r->at == ' ')
            fputs("<mspace width=\"0.33em\"/>", r->html);
        else
            put_operator(r, r->at, (size_t)(end - r->at));
        r->at = end;
    } else if (n == 4 && memcmp(name, "frac", n) == 0) {
        put_two(r, "<mfrac>", "</mfrac>");
    } else if (n == 5 && memcmp(name, "binom", n) == 0) {
        put_two(r, "<mrow><mo>(</mo><mfrac linethickness=\"0\">", "</mfrac><mo>)</mo></mrow>");
    } else if (n == 4 && memcmp(name, "sqrt", n) == 0) {
        fputs("<msqrt>", r->html);
        put_atom(r);
        fputs("</msqrt>", r->html);
    } else if (n == 6 && memcmp(name, "mathrm", n) == 0) {
        put_letters(r, "mi", " mathvariant=\"normal\"");
    } else if (n == 4 && memcmp(name, "text", n) == 0) {
        put_letters(r, "mtext", "");
    } else if (n == 7 && memcmp(name, "mathcal", n) == 0) {
        put_letters(r, "mi", " mathvariant=\"script\"");
    } else if (n == 2 && memcmp(name, "rm", n) == 0) { /* {\rm eff}: up to the brace */
        skip_spaces(r);
        const char *start = r->at;
        while (r->at < r->end && *r->at != '}')
            r->at++;
        fputs("<mi mathvariant=\"normal\">", r->html);
        put_text(start, (size_t)(r->at - start), r->html);
        fputs("</mi>", r->html);
    } else if (!symbol) {
        put_element("mi", name, n, r->html);
    } else if (symbol->kind == ACCENT) {
        fputs("<mover accent=\"true\">", r->html);
        put_atom(r);
        fprintf(r->html, "<mo>%s</mo></mover>", symbol->text);
    } else if (symbol->kind == SPACE) {
        fprintf(r->html, "<mspace width=\"%s\"/>", symbol->text);
    } else if (symbol->kind != SKIPPED) {
        if (symbol->kind == LETTER || symbol->kind == FUNCTION)
            fprintf(r->html, "<mi>%s</mi>", symbol->text);
        else
            put_operator(r, symbol->text, strlen(symbol->text));
    } else {
        r->stretch = true;
        put_atom(r);
    }
}

static void put_number(struct reader *r)
{
    const char *start = r->at;
    while (r->at < r->end &&
           (isdigit((unsigned char)*r->at) ||
            (*r->at == '.' && r->at + 1 < r->end && isdigit((unsigned char)r->at[1]))))
        r->at++;
    put_element("mn", start, (size_t)(r->at - start), r->html);
}

/* One letter, digit, operator, group or command: what _ ^ and \frac take. Exactly one element. */
static void put_atom(struct reader *r)
{
    skip_spaces(r);
    if (r->at == r->end || *r->at == '}' || r->depth >= DEEPEST) {
        fputs("<mrow></mrow>", r->html);
        if (r->depth >= DEEPEST)
            r->at = r->end;
        return;
    }
    r->depth++;
    char c = *r->at++;
    if (c == '{') {
        put_group(r);
    } else if (c == '\\') {
        put_command(r);
    } else if (isalpha((unsigned char)c)) {
        put_element("mi", &c, 1, r->html);
    } else if (isdigit((unsigned char)c)) {
        put_element("mn", &c, 1, r->html);
    } else if ((unsigned char)c >= 0x80) { /* one UTF-8 character */
        const char *start = r->at - 1;
        r->at = end_of_character(start, r->end);
        put_element("mi", start, (size_t)(r->at - start), r->html);
    } else {
        const char *text = c == '-' ? "−" : c == '\'' ? "′" : NULL;
        put_operator(r, text ? text : &c, text ? strlen(text) : 1);
    }
    r->depth--;
}

/* ---- scripts -------------------------------------------------------------------------------- */

/* How many atoms a command takes behind itself. */
static int n_arguments(const char *name, size_t n)
{
    static const struct {
        const char *name;
        int n;
    } known[] = { { "frac", 2 },   { "binom", 2 }, { "sqrt", 1 },
                  { "mathrm", 1 }, { "text", 1 },  { "mathcal", 1 } };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strlen(known[i].name) == n && memcmp(known[i].name, name, n) == 0)
            return known[i].n;
    const struct symbol *symbol = symbol_of(name, n);
    return symbol && (symbol->kind == ACCENT || symbol->kind == SKIPPED);
}

/* Where the atom at `at` ends, without writing it. */
static const char *end_of_atom(const char *at, const char *end)
{
    for (int n_left = 1; n_left > 0; n_left--) {
        while (at < end && isspace((unsigned char)*at))
            at++;
        if (at == end || *at == '}')
            return at;
        char c = *at++;
        if (c == '{') {
            for (int open = 1; at < end && open > 0; at++)
                if (*at == '\\' && at + 1 < end)
                    at++;
                else
                    open += (*at == '{') - (*at == '}');
        } else if (c == '\\') {
            const char *name = at;
            while (at < end && isalpha((unsigned char)*at))
                at++;
            size_t n = (size_t)(at - name);
            if (n == 0)
                at = end_of_character(at, end);
            else if (n == 2 && memcmp(name, "rm", n) == 0)
                while (at < end && *at != '}')
                    at++;
            n_left += n_arguments(name, n);
        } else {
            at = end_of_character(at - 1, end);
        }
    }
    return at;
}

/* The symbol whose name stands here behind a backslash, or NULL. */
static const struct symbol *symbol_at(const struct reader *r)
{
    size_t n = 0;
    if (*r->at != '\\')
        return NULL;
    while (r->at + 1 + n < r->end && isalpha((unsigned char)r->at[1 + n]))
        n++;
    return symbol_of(r->at + 1, n);
}

/* What stands before ends in a letter, a digit or a group: a name such as log keeps off it. */
static bool follows_a_letter(const struct reader *r)
{
    const char *c = r->at;
    while (c > r->start && isspace((unsigned char)c[-1]))
        c--;
    return c > r->start && (isalnum((unsigned char)c[-1]) || c[-1] == '}');
}

/* base_sub^sup: the scripts stand behind the base in TeX, and inside the element in MathML. */
static void put_scripted(struct reader *r)
{
    struct reader base = *r;
    const struct symbol *symbol = symbol_at(r);
    bool is_number = isdigit((unsigned char)*r->at),
         is_large =
             symbol && symbol->kind == LARGE && r->display && strcmp(symbol->name, "int") != 0,
         is_function = symbol && symbol->kind == FUNCTION;
    if (is_function && follows_a_letter(r))
        fputs(thin_space, r->html);
    if (is_number) {
        struct reader number = *r;
        while (number.at < number.end && (isdigit((unsigned char)*number.at) || *number.at == '.'))
            number.at++;
        r->at = number.at;
    } else {
        r->at = end_of_atom(r->at, r->end);
    }
    struct reader sub = { 0 }, sup = { 0 };
    int n_primes = 0;
    for (;;) {
        const char *mark = r->at;
        skip_spaces(r);
        if (r->at < r->end && *r->at == '\'') {
            n_primes++;
            r->at++;
        } else if (r->at + 1 < r->end && (*r->at == '_' || *r->at == '^')) {
            struct reader *script = *r->at == '_' ? &sub : &sup;
            r->at++;
            *script = *r;
            r->at = end_of_atom(r->at, r->end);
        } else {
            r->at = mark;
            break;
        }
    }
    bool has_sub = sub.at != NULL, has_sup = sup.at != NULL || n_primes > 0;
    const char *name = has_sub && has_sup ? (is_large ? "munderover" : "msubsup")
                       : has_sub          ? (is_large ? "munder" : "msub")
                       : has_sup          ? (is_large ? "mover" : "msup")
                                          : NULL;
    if (name)
        fprintf(r->html, "<%s>", name);
    if (is_number)
        put_number(&base);
    else
        put_atom(&base);
    if (has_sub)
        put_atom(&sub);
    if (has_sup) {
        fputs("<mrow>", r->html);
        for (int i = 0; i < n_primes; i++)
            fputs("<mo>′</mo>", r->html);
        if (sup.at)
            put_atom(&sup);
        fputs("</mrow>", r->html);
    }
    if (name)
        fprintf(r->html, "</%s>", name);
    skip_spaces(r);
    if (is_function && r->at < r->end && (isalnum((unsigned char)*r->at) || *r->at == '\\'))
        fputs(thin_space, r->html);
}

void cli_mathml(const char *tex, size_t n, bool display, FILE *html)
{
    struct reader r = { .start = tex, .at = tex, .end = tex + n, .html = html, .display = display };
    fprintf(html, "<math%s><mrow>", display ? " display=\"block\"" : "");
    for (skip_spaces(&r); r.at < r.end; skip_spaces(&r)) {
        if (*r.at == '}')
            r.at++;
        else
            put_scripted(&r);
    }
    fputs("</mrow></math>", html);
}
