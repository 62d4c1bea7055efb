# Completion of springback for bash. Everything it offers is read from --help when it is asked for, so
# that it is true of the binary that is there.
_springback()
{
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} name offer=
    local -a path=()
    _springback_help() { "${COMP_WORDS[0]}" "$@" --help 2>/dev/null; }
    _springback_rows() { sed -n 's/^  \([a-zA-Z][a-zA-Z0-9_-]*\)  *[^ ].*/\1/p'; }

    # The words that name the command: one, or two where the first has commands of its own.
    for name in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        [[ $name == -* ]] && break
        path+=("$name")
        _springback_help "${path[@]}" | grep -q "^'springback .* --help' explains" || break
    done
    local help=$(_springback_help "${path[@]}")
    local text=${help%%$'\n'Options$'\n'*}

    if [[ $word == -* && ${#path[@]} == 0 ]]; then
        offer='--help --version'
    elif [[ $word == -* ]]; then
        offer=$(sed -n 's/^  \(--[a-z-]*\).*/\1/p' <<<"$help")
    elif [[ $before == --model ]]; then
        offer=$(_springback_help rate | sed -n '/^Models, /,/^[^ M]/p' | _springback_rows | grep -v FOLDER)
    elif [[ $before == -* ]]; then
        : # a file, or what no one can guess
    elif [[ $help == *" --help' explains"* ]]; then
        offer=$(sed '/^Environment$/,$d' <<<"$help" | _springback_rows)
    elif [[ ${path[0]} == verify ]]; then
        offer=$(_springback_rows <<<"$text" | grep '^[A-Z][0-9]')
    elif [[ ${path[0]} == plot && $before == plot || ${path[0]} == run ]]; then
        offer=$(_springback_rows <<<"$text")
    elif [[ ${path[0]} == code && $before == code ]]; then
        offer='compress decompress'
    fi
    COMPREPLY=($(compgen -W "$offer" -- "$word"))
    unset -f _springback_help _springback_rows
}
complete -o bashdefault -o default -F _springback springback
