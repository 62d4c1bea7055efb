#!/bin/sh
# usage: pages.sh SPRINGBACK DATE FOLDER
# Writes a manual page for the command, for each of its commands, and for each of theirs, from --help.
set -e
springback=$1 folder=$3
here=$(dirname "$0")
months='January February March April May June July August September October November December'
date=$(echo "$2" | awk -F- -v months="$months" '{ split(months, m, " "); print m[$2 + 0], $3 + 0 ",", $1 }')

page() { # the words of a command
    name=springback$(printf -- '-%s' "$@")
    [ $# -gt 0 ] || name=springback
    "$springback" "$@" --help >"$folder/help"
    names=
    if grep -q "^'springback .* --help' explains" "$folder/help"; then
        names=$(sed -n 's/^  \([a-z][a-z_-]*\)  .*/\1/p' "$folder/help" | sort)
    fi
    awk -v page="$name" -v date="$date" -v commands="$(echo $names)" -f "$here/page.awk" \
        "$folder/help" >"$folder/$name.1"
    for child in $names; do
        (page "$@" "$child")
    done
}

mkdir -p "$folder"
page
rm "$folder/help"
