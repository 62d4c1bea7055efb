#!/bin/sh
# usage: faults.sh PROGRAM [DEPTH [TIMES]]
#
# Runs the commands below with PROGRAM (build/faults/springback, see faults.c), once for every kind of
# call that can fail, with that call failing, and the second such call, up to TIMES, and where TIMES is 2 or
# more with it and all memory from then on. DEPTH callers tell kinds apart; what one command has met, the next
# leaves out. Then the command must have said one line and exited
# with 1, or have exited with 0 and the results that it has without the fault; files are what they were
# before or what they should become; nothing else is left; and a command with a ledger, marked +, must
# come to the same results when it is run again (log.tsv and rows.tsv grow), also after it was killed at 24
# of its calls that touch files. Under a sanitizer nothing may leak. Exit 1 if not so, or if a command takes
# longer than LIMIT seconds (600).
program=$1 times=${3:-1}
FAULTS_DEPTH=${2:-3}
export FAULTS_DEPTH
here=$PWD
folder=$(mktemp -d) || exit 1
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
trap 'exit 1' INT TERM
export ASAN_OPTIONS=exitcode=99:allocator_may_return_null=1 UBSAN_OPTIONS=exitcode=99

commands() { cat <<'END'
data list a.txt b.jsonl c.csv x.tar.gz -o out
data head b.jsonl --json -o out
data stats c.csv b.jsonl x.tar.gz:a.txt -o out
data stats - --tsv <y.tar.zst
data convert c.csv -o out
data convert --shuffle 3 --limit 5 --split line a.txt
data generate --documents 5 -o out
data tokenize --tokenizer base --split line a.txt -o out
data tokenize --tokenizer $FIXTURES/tokenizers/llama3/tokenizer.json b.jsonl -o out
data tokenize --tokenizer $FIXTURES/tokenizers/gemma/tokenizer.json b.jsonl -o out
data detokenize --tokenizer base ids.jsonl -o out
rate b.jsonl c.csv -o out
rate --model tree:d=8,train=a.txt --model ctw:d=8,train=a.txt --model ngram:n=3,train=a.txt --split line a.txt --json -o out
rate --model ngram:n=2,tokenizer=base --folds 2 --interval bca --replicates 100 b.jsonl
rate --model ctw:d=8,adaptive=1 --model ngram:smoothing=wb,adaptive=1 --contrast b-c b=b.jsonl c=c.csv
rate --model gzip --model xz --model zstd --model bzip2 --model lz4 --split line a.txt -o out
rate --model oracle --model scores:scores.tsv --differences --interval studentised --replicates 100 l.jsonl
rate --model ./base --model ./tuned --seeds --split line a.txt -o out
+rate --model tree:d=8 --rows rows.tsv b.jsonl c.csv
+rate --model ./base --rows rows.tsv --split line a.txt -o out
+rate --model ./base --token-rows rows.tsv --split line a.txt -o out
rate --pretrain a.txt --align b.jsonl --perturb c.csv --volumes p=9,a=3,t=1 --autocovariance out.tsv
rate --pretrain a.txt --align b.jsonl --perturb c.csv --volumes p=900,a=30,t=10,unit=bytes --json
tree --depth 12 --entropy nsb b.jsonl -o out
tree --text abracadabra --depth 8 --terminal --nodes out
tree --pretrain a.txt --align b.jsonl --perturb c.csv --k 20 --depth 9 --entropy smoothed -o out
tree --power-law --replicates 3 --masses out b.jsonl c.csv
tree --blocks 2 b.jsonl --json
tree --simulate '' --sizes 10:20:2 --replicates 3 -o out
theory --k 20 --pi 1/3,1/3,1/3 --l 0:1:5 -o out
theory --dist dist.json --k 20 --l 0:0.4:3 --json
theory --dist dist.json --k 20 --l 0:0.4:3 --codes
theory --alpha 1.2:2:3 --k 20 --pi 1/3,1/3,1/3 --l 0:0.4:3
theory --k 20 --pi 1/3,1/3,1/3 --l 0:1:5 --terminal
bounds --k 20 --pi 1/3,1/3,1/3 --l 0.1 -o out
bounds --dist dist.json --k 20 --l 0.1
bounds --k 20 --pretrain a.txt --align b.jsonl --perturb c.csv --json
bounds --alpha-c 0.1
verify R3 --k 20 --pi 1/3,1/3,1/3 --l 0:0.3
verify R5
verify R16
verify B2
verify R2 --explore --cases 20
verify R3 --certify --k 1:100 -o out
verify R4 --certify --dist r4.json --k 20 --l 1/20 -o out
verify R5 --certify --dist dist.json -o out
verify R7 --certify -o out
verify --recheck R3.cert
verify --recheck R4.cert
verify --recheck R5.cert
curve --k 20 --l 0:0.4:3 -o out
curve --language '' --level word --documents 20 --k 20 --l 0:0.4:3 --sign 0.9 --jackknife
curve --language '' --level word --documents 20 --seeds 2 --k 20 --l 0:0.4:5 -o out
curve --pretrain a.txt --align b.jsonl --perturb c.csv --depth 8 --k 20 --l 0:0.4:3 --entropy nsb --json
curve --fit power,exponential --table points.tsv --x x --y y --replicates 5 -o out
curve --fit changepoint,double-exponential --table points.tsv --x x --y y
curve --slopes slopes.tsv
coverage --law lognormal --documents 30 --samples 3 --replicates 100 -o out
code compress b.jsonl -o out
code compress --model ./base a.txt -o out
code compress --model ctw:d=8 <a.txt
code decompress a.sb -o out
code decompress --model ./base base.sb
compare ./base ./tuned --data a.txt --split line --by-position out
+compare ./base ./tuned --data a.txt --split line --token-rows rows.tsv -o out
compare ./base ./tuned --contexts A --number 3 --tokens 5 --json
compare tree:d=8 ngram:n=2 --data b.jsonl --data c.csv --contrast b-c
train --new llama:width=8,layers=1,heads=1,context=40 --data a.txt --split line --steps 2 --log log.tsv --out new
train --init base --data dpo.jsonl --objective dpo --steps 1 --out new
train --init base --data b.jsonl --objective sft --steps 1 --optimizer sgd --momentum 0.5 --out new
+train $([ -e new/config.json ] && echo --resume new || echo --new llama:width=8,layers=1,heads=1,context=40 --out new) --data a.txt --split line --steps 24 --batch 2 --save-every 1 --threads 1 --log log.tsv >/dev/null
+rate --model ./base --model ctw:d=8 --rows rows.tsv --threads 1 --split line a.txt -o out
+compare ./base ./tuned --data a.txt --split line --token-rows rows.tsv --threads 1 -o out
train --resume base --data a.txt --split line --steps 4
sample base --number 2 --tokens 4 --prompt li --ids -o out
+run mitigation reverse --seeds 2 --pretraining 64 --test 8 --model counts:order=2,memory=64 --threads 1 --folder new -o out
+run path --seeds 2 --pretraining 32 --test 4 --model llama:width=8,layers=1,heads=1 --threads 1 --folder new -o out
plot ratio ratio.tsv -o new.svg
plot ratio ratio.tsv --terminal
report template.md --output new
report --data b.jsonl --output new
END
}

# A command in the folder at hand.
run() { (cd "$1" && shift && TMPDIR=$folder/tmp FIXTURES=$here/tests/fixtures eval "timeout ${LIMIT:-600} $program $*"); }

inputs() {
  cd "$folder" && mkdir in tmp && cd in || exit 1
  for i in 1 2 3 4 5 6 7 8 9; do echo "line $i of a text"; done >a.txt
  for i in 1 2 3 4 5 6; do echo "{\"id\":\"$i\",\"prompt\":\"say $i\",\"completion\":\"it is \\u00e9 $i\"}"; done >b.jsonl
  { echo id,text; for i in 1 2 3 4 5; do echo "$i,\"what, $i\""; done; } >c.csv
  for i in 1 2; do echo "{\"prompt\":\"p $i\",\"chosen\":\"yes $i\",\"rejected\":\"no $i\"}"; done >dpo.jsonl
  echo '{"ids":[256,97,98,99]}' >ids.jsonl
  echo '{"p_p":["1/2","1/4","1/8","1/8"],"p_a":[0,"1/2","1/4","1/4"],"p_t":["1/4",0,"1/4","1/2"]}' >dist.json
  echo '{"p_p":["1/3","1/3","1/3"],"p_a":[0,1,0],"p_t":[0,0,1]}' >r4.json
  tar -czf x.tar.gz a.txt b.jsonl
  tar -cf - b.jsonl | zstd -q >y.tar.zst
  printf 'x\ty\n' >points.tsv
  for i in 1 2 3 4 5 6 7 8 9 10 11 12; do printf '%s\t%s.%s\n' $i $((12 / i)) $((i * 7 % 10)); done >>points.tsv
  printf '# Title\n\nA *text*, $x^2$.\n\n```springback\nspringback bounds --alpha-c 0.1 -o t.tsv && cat t.tsv\n```\n' >template.md
  echo old >out
  p=$program
  $p train --quiet --new llama:width=8,layers=1,heads=2,context=40 --data a.txt --split line --steps 2 --out base >/dev/null &&
  $p train --quiet --init base --data b.jsonl --steps 2 --out tuned >/dev/null &&
  $p data generate --quiet --documents 4 -o l.jsonl &&
  $p rate --quiet --model ngram:n=2 --folds 0 --token-rows scores.tsv l.jsonl >/dev/null &&
  $p code compress --quiet a.txt -o a.sb && $p code compress --quiet --model ./base a.txt -o base.sb &&
  $p theory --quiet --k 20 --pi 1/3,1/3,1/3 --l 0:1:5 -o ratio.tsv &&
  $p verify R3 --certify --quiet --k 1:100 -o R3.cert >/dev/null &&
  $p verify R4 --certify --quiet --dist r4.json --k 20 --l 1/20 -o R4.cert >/dev/null &&
  $p verify R5 --certify --quiet --dist dist.json -o R5.cert >/dev/null &&
  $p curve --quiet --language '' --level word --documents 20 --seeds 3 --k 20 --l 0:0.4:5 -o slopes.tsv
  cd ..
}

complain() {
  complaints=$((complaints + 1))
  echo "$function fails ($key${nth:+:$nth}): springback $command"
  echo "   $*"
  addr2line -s -f -e "$program" $callers </dev/null | paste -d ' ' - - | sed 's/^/   from /'
  tail -n 3 err | sed 's/^/   /'
}

# Whether files and output are as without a fault; what a ledger holds of unfinished work does not count.
is_whole() { diff -r ${ledger:+-x '*rows.tsv' -x '.*'} w ref >/dev/null && cmp -s out ref.out; }

check() {
  case $status in
  0) is_whole || complain "exit 0, and other results: $(diff -rq w ref | head -n 1)";;
  1)
    tail -n 1 err | grep -q '^springback: .' || complain 'exit 1 without a word'
    if [ "$ledger" ]; then
      run w "$command --quiet" >out 2>err </dev/null && is_whole || complain 'run again, it does not come to the same'
    else
      (cd w && find . -type f) | while read -r f; do
        cmp -s "w/$f" "in/$f" || cmp -s "w/$f" "ref/$f" || [ "${f##*/}" = log.tsv ] || [ "${f##*/}" = rows.tsv ] || echo "$f"; done >left
      [ ! -s left ] || complain "exit 1, and half a file: $(cat left)"
    fi;;
  *) complain "exit $status";;
  esac
  [ -z "$(find w tmp -mindepth 1 -name '.*' -o -mindepth 1 -path 'tmp/*')" ] || complain "left behind: $(find w tmp -name '.*' -o -path 'tmp/*')"
}

complaints=0 tried=0
inputs
: >known
commands | grep -e "${ONLY:-.}" >list
while read -r command; do
  ledger=
  case $command in +*) ledger=1 command=${command#+};; esac
  rm -rf w ref log count tmp/*; cp -r in w; : >log
  if ! FAULTS_LOG=$folder/log FAULTS_COUNT=$folder/count run w "$command --quiet" >ref.out 2>err </dev/null; then
    echo "springback $command: $(cat err)"; complaints=$((complaints + 1)); continue
  fi
  mv w ref
  sort -u -k 1,1 log | grep -v -F -f known >new
  cut -d ' ' -f 1 new >>known
  echo "$(wc -l <new) kinds of calls: springback $command" >&2
  while read -r key function callers; do
    for nth in $(seq "$times") $([ "$times" -lt 2 ] || echo 1+); do
      chmod -R u+w w 2>/dev/null; rm -rf w tmp/*; cp -r in w
      FAULTS=$key:$nth run w "$command --quiet" >out 2>err </dev/null
      status=$?
      tried=$((tried + 1))
      check
    done
  done <new
  if [ "$ledger" ] && [ "$times" -gt 0 ]; then
    total=$(sort -n count | tail -n 1) i=0 nth=
    while [ $((i += 1)) -le 24 ]; do
      rm -rf w tmp/*; cp -r in w
      key="call $((1 + total * (i - 1) / 24)) of $total" function=kill callers=0
      FAULTS_KILL=$((1 + total * (i - 1) / 24)) run w "$command --quiet" >out 2>err </dev/null
      run w "$command --quiet" >out 2>err </dev/null && is_whole || complain "killed, it does not come to the same: $(diff -rq -x '*rows.tsv' w ref)"
      tried=$((tried + 1))
    done
  fi
done <list
echo "$tried faults, $complaints complaints"
[ "$complaints" = 0 ]
