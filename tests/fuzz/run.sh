#!/bin/sh
# usage: run.sh BUILD SECONDS PROGRAM...
#
# Runs each BUILD/fuzz_NAME for SECONDS on its corpus, BUILD/corpus/NAME, begun from the seeds that the
# head of fuzz_NAME.c names and those in seeds/NAME. The head also names what is covered: its quoted words
# are the dictionary, its share of executed lines is printed. A finding is left as BUILD/NAME-*, and
# BUILD/fuzz_NAME FILE repeats it. Exit 1 if there is any.
build=$1 seconds=$2 found=
shift 2

head_line() { sed -n "s/^ \* $1: //p" "tests/fuzz/fuzz_$name.c"; }

print_coverage() {
  llvm-profdata merge -o "$at.profdata" "$at.profraw" &&
  llvm-cov export --summary-only -format=lcov -instr-profile="$at.profdata" "$program" $(head_line covers) |
    awk -F: -v folder="$PWD/" '/^SF/ { file = $2; sub(folder, "", file) } /^LF/ { lines = $2 }
      /^LH/ { printf "   %s: %d of %d lines (%.0f %%)\n", file, $2, lines, 100 * $2 / lines }'
}

for program; do
  name=${program##*/fuzz_} at=$build/${program##*/fuzz_}
  rm -rf "$at.seeds" && mkdir -p "$build/corpus/$name" "$at.seeds" || exit 1
  i=0
  for seed in tests/fuzz/seeds/"$name"/* $(head_line seeds); do
    i=$((i + 1))
    [ ! -f "$seed" ] || cp "$seed" "$at.seeds/$i"
  done
  grep -oh '"[A-Za-z0-9_.<>|]\{2,\}"' $(head_line covers) | sort -u >"$at.dict"
  if LLVM_PROFILE_FILE=$at.profraw "$program" -max_total_time="$seconds" -timeout=10 -seed=1 \
      -print_final_stats=1 -dict="$at.dict" -artifact_prefix="$at-" "$build/corpus/$name" "$at.seeds" \
      >"$at.log" 2>&1; then
    echo "== $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$at.log") inputs, no finding"
    print_coverage
  else
    found="$found $name"
    echo "== $name: FOUND, see $at.log"
    grep -E 'ERROR|SUMMARY|Test unit written' "$at.log"
  fi
done
[ -z "$found" ]
