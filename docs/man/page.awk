# A manual page (mdoc) from what "springback COMMAND --help" prints, the one source of both.
#
#   awk -v page=springback-rate -v date="November 26, 2026" -v commands="list head" -f page.awk HELP
#
# Lines of a help text are a paragraph, or the rows of a list: "  tag  text", continued by deeper lines.
# "Options" begins the options, "Examples" the lines for a shell; other lines alone among the options are
# titles of groups. commands are the names of a list that have pages of their own.

function escape(s)
{
    gsub(/\\/, "\\e", s)
    gsub(/--/, "\\-\\-", s)
    gsub(/ -/, " \\-", s)
    gsub(/\^/, "\\(ha", s)
    gsub(/~/, "\\(ti", s)
    gsub(/`/, "\\(ga", s)
    sub(/^[.']/, "\\\\\\&&", s)
    return s
}

# Names of columns, options and files are not broken where a line ends: \001 stands for \-, \002 for \%.
function mark(word)
{
    if (word ~ /--[a-z]/)
        gsub(/-/, "\001", word)
    return (word ~ /\001|[A-Za-z0-9][_\/=:.][A-Za-z0-9]/ ? "\002" : "") word
}

function marked(s)
{
    s = escape(s)
    gsub(/\001/, "\\-", s)
    gsub(/\002/, "\\%", s)
    return s
}

# Filled text: lines end at 78 columns, and where a sentence does.
function say(s,    n, words, line, i)
{
    n = split(s, words, " ")
    for (i = 1; i <= n; i++) {
        line = line (line == "" ? "" : " ") mark(words[i])
        if (i == n || words[i] ~ /[.]$/ || length(marked(line " " mark(words[i + 1]))) > 78) {
            print marked(line)
            line = ""
        }
    }
}

function literal(s)
{
    s = escape(s)
    gsub(/'/, "\\(aq", s)
    return s
}

function flush_text()
{
    if (text != "")
        say(text)
    text = ""
}

function end_list()
{
    flush_text()
    if (in_list)
        print ".El"
    in_list = 0
}

function end_literal()
{
    if (in_literal)
        print ".Ed"
    in_literal = 0
}

function begin_item(item)
{
    flush_text()
    if (title != "")
        print ".Ss " escape(title)
    title = ""
    if (!in_list)
        print ".Bl -tag -width Ds"
    in_list = 1
    print ".It " item
}

# The macro line of an option: "--model MODEL".
function option_item(s,    n, words, item, i)
{
    n = split(s, words, " ")
    item = "Fl Fl " substr(words[1], 3)
    for (i = 2; i <= n; i++)
        item = item " Ar " escape(words[i])
    return item
}

function tag_item(s)
{
    if ((" " commands " ") ~ (" " s " "))
        return "Xr " page "-" s " 1"
    return (section == "ENVIRONMENT" ? "Ev " : section == "EXIT STATUS" ? "" : "Cm ") escape(s)
}

function begin_section(name)
{
    end_list()
    end_literal()
    section = name
    print ".Sh " name
}

{
    indent = match($0, /[^ ]/) - 1
    body = substr($0, indent + 1)
    gap = match(body, /  +/) ? RSTART : 0
    wide = match(body, /   +/) ? RSTART : 0
}

NR == 1 {
    summary = $0
    sub(/^[^:]*: */, "", summary)
    print ".Dd " date
    print ".Dt " toupper(page) " 1"
    print ".Os"
    print ".Sh NAME"
    print ".Nm " page
    print ".Nd " escape(summary) (summary ~ /[.?!:;,]$/ ? "\\&" : "")
    next
}

/^usage: / {
    print ".Sh SYNOPSIS"
    print ".Bd -literal"
    in_literal = in_usage = 1
}

in_usage && NF == 0 {
    in_usage = 0
    begin_section("DESCRIPTION")
    next
}

in_usage {
    sub(/^(usage: |       )/, "")
    print literal($0)
    next
}

/^Options$/ {
    end_list()
    title = $0
    in_options = 1
    next
}

/^(Environment|Exit status|Examples)$/ {
    begin_section(toupper($0))
    in_options = 0
    if (section == "EXAMPLES") {
        print ".Bd -literal"
        in_literal = 1
    }
    next
}

in_literal {
    print literal($0)
    next
}

NF == 0 {
    end_list()
    paragraph = section == "DESCRIPTION"
    next
}

in_options && indent == 0 {
    end_list()
    title = $0
    paragraph = 0
    next
}

# An option; what it does stands from column 29 on, or on the next line.
in_options && indent == 2 {
    paragraph = 0
    at = substr($0, 28, 1) == " " ? 29 : length($0) + 1
    begin_item(option_item(substr($0, 3, at - 3)))
    text = substr($0, at)
    next
}

# A row of a list.
indent == 2 || indent == 0 && (wide || in_list && gap) {
    paragraph = 0
    at = gap ? gap : length(body) + 1
    begin_item(tag_item(substr(body, 1, at - 1)))
    text = substr(body, at)
    sub(/^ +/, "", text)
    next
}

indent >= 4 {
    text = text (text == "" ? "" : " ") body
    next
}

{
    if (in_list) {
        end_list()
        paragraph = 1
    }
    if (paragraph && text == "")
        print ".Pp"
    paragraph = 0
    text = text (text == "" ? "" : " ") body
}

END {
    end_list()
    end_literal()
    print ".Sh SEE ALSO"
    if (page == "springback") {
        n = split(commands, names, " ")
        for (i = 1; i <= n; i++)
            print ".Xr " page "-" names[i] " 1" (i < n ? " ," : "")
    } else {
        sub(/-[^-]*$/, "", page)
        print ".Xr " page " 1"
    }
}
