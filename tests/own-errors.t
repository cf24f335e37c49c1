#!/bin/sh
# The loop of examples/own-errors runs, whatever the variant; with so few
# steps it shows nothing else.
cd "$(dirname "$0")/.." || exit 1
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
echo 1..6
result() { # status, name
    n=$((n + 1))
    [ "$1" = 0 ] && echo "ok $n - $2" || echo "not ok $n - $2"
}
loop() {
    NO_COLOR=1 make -s -C examples/own-errors OUT="$scratch" \
        BIN="$PWD/${BIN:-bin}" STEPS=10 MORE=3 PROBLEMS=30 TEST=10 "$@" \
        2>>"$scratch/err"
}
loop ROUNDS=2 >"$scratch/shown"
result $? "it runs"
[ "$(grep -c '^ *[012]\( *[0-9.na/]*\)\{8\}$' "$scratch/shown")" = 3 ]
result $? "a row for each round"
loop ROUNDS=1 INIT=fixed ANSWERS=non-decreasing >"$scratch/shown"
result $? "another variant"
jq -es 'length == 30 and ([.[].errors[] | select(.class != "own")] == [])' \
    "$scratch/non-decreasing-1/own.jsonl" >/dev/null
result $? "it keeps what was right"
jq -es 'length > 0 and all(.[]; .errors != [])' \
    "$scratch/improving-1/own.jsonl" >/dev/null
result $? "the other one does not"
[ ! -s "$scratch/err" ]
result $? "nothing is complained of"
sed 's/^/# /' "$scratch/err"
