# The API reference: pages of HTML from the headers, one for each, and an index.
#
#   awk -v folder=build/api -v version=0.1.0 -f docs/api.awk HEADER... HEADER...
#
# Headers are given twice: the first reading finds what is defined where, the second writes. Comments become
# text (what is indented stays as it is), declarations stay declarations, and names lead to where they
# are defined.

function escape(s)
{
    gsub(/&/, "\\&amp;", s)
    gsub(/</, "\\&lt;", s)
    gsub(/>/, "\\&gt;", s)
    return s
}

function page_of(header)
{
    sub(/[.]h$/, "", header)
    gsub(/\//, "-", header)
    return header ".html"
}

# Text or code with its names as links; in code the first mention of a name that is defined there is its anchor.
function linked(s, is_code,    out, name)
{
    while (match(s, /[A-Za-z_][A-Za-z0-9_]*(\/[a-z_]+)*([.]h)?/)) {
        name = substr(s, RSTART, RLENGTH)
        out = out escape(substr(s, 1, RSTART - 1))
        s = substr(s, RSTART + RLENGTH)
        if (is_code && name in home && home[name] == header && !(name in anchored)) {
            anchored[name] = 1
            out = out "<b id=\"" name "\">" name "</b>"
        } else if (name in home) {
            out = out "<a href=\"" (home[name] == header ? "" : page_of(home[name])) "#" name "\">" name "</a>"
        } else if ((name ".h") in is_header || name in is_header) {
            sub(/[.]h$/, "", name)
            out = out "<a href=\"" page_of(name ".h") "\">" name ".h</a>"
        } else {
            out = out name
        }
    }
    return out escape(s)
}

function put(s)
{
    print s >page
}

# A comment without its marks: lines that are indented are kept as they are, others make paragraphs.
function put_comment(s,    n, lines, i, line, mode, now)
{
    n = split(s, lines, "\n")
    for (i = 1; i <= n + 1; i++) {
        line = lines[i]
        now = i > n || line ~ /^ *$/ ? "" : line ~ /^ / || (mode == "pre" && line ~ /   /) ? "pre" : "p"
        if (mode != "" && now != mode)
            put("</" mode ">")
        if (now != "" && now != mode)
            printf "<%s>", now >page
        if (now != "")
            put(linked(line, 0))
        mode = now
    }
}

function head(title)
{
    put("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>" \
        "<meta name=\"viewport\" content=\"width=device-width\"/><title>" title "</title><style>\n" \
        "body { max-width: 50em; margin: 2em auto; padding: 0 1em; font: 1em/1.5 serif }\n" \
        "pre { font: 0.85em/1.4 monospace; overflow-x: auto; margin: 0.5em 0 }\n" \
        "pre.code { background: #f4f4f0; padding: 0.6em 0.8em; margin-bottom: 1.5em }\n" \
        "a { color: #064 } dt { font-family: monospace } h1, h2 { font-weight: normal }\n" \
        "</style></head><body>")
}

# What was gathered of a declaration, with the comment before it.
function flush_block()
{
    if (comment != "")
        put_comment(comment)
    if (code != "")
        put("<pre class=\"code\">" linked(code, 1) "</pre>")
    comment = code = ""
}

function end_page()
{
    flush_block()
    put("</body></html>")
    close(page)
}

function define(name)
{
    if (!(name in home))
        home[name] = header
}

# Comments within a declaration may go over several lines.
function without_comments(s,    out)
{
    while (s != "") {
        if (in_code_comment) {
            if (!match(s, /\*\//))
                return out
            in_code_comment = 0
            s = substr(s, RSTART + 2)
        } else if (match(s, /\/\*/)) {
            in_code_comment = 1
            out = out substr(s, 1, RSTART - 1)
            s = substr(s, RSTART + 2)
        } else {
            return out s
        }
    }
    return out
}

# Types, functions, variables, macros and constants of enums.
function find_definitions(s,    words)
{
    if (match(s, /^(struct|enum|union) sb_[a-z0-9_]+ \{/)) {
        split(s, words, " ")
        home[words[2]] = header # not where it is only announced
    } else if (match(s, /^struct sb_[a-z0-9_]+;/)) {
        define(substr(s, 8, RLENGTH - 8))
    } else if (match(s, /^#define SB_[A-Z0-9_]+/)) {
        define(substr(s, 9, RLENGTH - 8))
    } else if (depth == 0 && match(s, /sb_[A-Za-z0-9_]+(\(|\[|;|,| =)/)) {
        while (match(s, /sb_[A-Za-z0-9_]+(\(|\[|;|,| =)/)) {
            split(substr(s, RSTART, RLENGTH), words, /[([;, ]/)
            define(words[1])
            s = substr(s, RSTART + RLENGTH - 1) ~ /^\(/ ? "" : substr(s, RSTART + RLENGTH)
        }
    }
    if (in_enum || s ~ /^(typedef )?enum[^()]*\{/) {
        in_enum = s !~ /\}/
        while (match(s, /SB_[A-Z0-9_]+/)) {
            define(substr(s, RSTART, RLENGTH))
            s = substr(s, RSTART + RLENGTH)
        }
    }
}

FNR == 1 {
    n_files++
    if (writing)
        end_page()
    header = FILENAME
    writing = header in is_header
    is_header[header] = 1
    if (!writing)
        order[n_files] = header
    in_comment = in_code_comment = in_enum = depth = seen_intro = 0
    comment = code = ""
    if (writing) {
        page = folder "/" page_of(header)
        head(header)
        put("<p><a href=\"index.html\">springback " version "</a></p><h1>" header "</h1>")
    }
}

# What belongs to the compiler: guards, includes, attributes.
/^#(ifndef|define) SB_[A-Z0-9_]*_H$/ || /^#(include|endif|if |else|pragma)/ || /^\/\* clang-format/ || /^__attribute__/ { next }

!in_comment && /^\/\* ---- / {
    if (writing) {
        flush_block()
        title = $0
        gsub(/^\/\* -+ | -+ \*\/$/, "", title)
        put("<h2>" linked(title, 0) "</h2>")
    }
    next
}

# Comments before declarations; those within one are code.
!in_comment && depth == 0 && /^\/\*/ {
    if (writing && (comment != "" || code != ""))
        flush_block()
    in_comment = 1
    started = 1
}

in_comment {
    line = $0
    in_comment = !sub(/ *\*\/ *$/, "", line)
    sub(started ? "^/[*] ?" : "^ [*] ?", "", line)
    started = 0
    comment = comment line "\n"
    if (!in_comment && !seen_intro) {
        seen_intro = 1
        if (!writing) {
            intro[header] = comment
            sub(/[:.]?\n\n.*/, ".", intro[header])
            sub(/[.][ \n].*/, ".", intro[header])
            gsub(/ *\n */, " ", intro[header])
        }
    }
    next
}

/^ *$/ && depth == 0 {
    if (writing)
        flush_block()
    comment = code = ""
    next
}

# A line of a declaration.
{
    code = code (code == "" ? "" : "\n") $0
    text = without_comments($0)
    if (!writing)
        find_definitions(text)
    depth += gsub(/[{(]/, "", text) - gsub(/[})]/, "", text)
}

END {
    end_page()
    page = folder "/index.html"
    header = ""
    head("springback " version)
    put("<h1>springback " version ": the library</h1>")
    put_comment("The headers, which teach what they declare: a line for each here, and all of it behind the links. " \
        "docs/example.c is a program with them. Data flow one way: theory, data, estimators.")
    for (i = 1; i in order; i++) {
        layer = order[i]
        sub(/\/[^\/]*$/, "", layer)
        if (layer != last) {
            if (last != "")
                put("</dl>")
            put("<h2>" layer "/</h2><dl>")
        }
        last = layer
        put("<dt><a href=\"" page_of(order[i]) "\">" order[i] "</a></dt><dd>" escape(intro[order[i]]) "</dd>")
    }
    put("</dl></body></html>")
}
