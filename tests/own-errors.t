#!/bin/sh
# The loop of examples/own-errors runs, whatever the variant; with so few
# steps it shows nothing else.
. "$(dirname "$0")/tap.sh"
cd "$top" || exit 1
echo 1..6

loop() {
    NO_COLOR=1 make -s -C examples/own-errors OUT="$dir" \
        BIN="$bin" STEPS=10 MORE=3 PROBLEMS=30 TEST=10 "$@" \
        2>>"$dir/err"
}
loop ROUNDS=2 >"$dir/shown"
result $? "it runs"
[ "$(grep -c '^ *[012]\( *[0-9.na/]*\)\{8\}$' "$dir/shown")" = 3 ]
result $? "a row for each round"
loop ROUNDS=1 INIT=fixed ANSWERS=non-decreasing >"$dir/shown"
result $? "another variant"
jq -es 'length == 30 and ([.[].errors[] | select(.class != "own")] == [])' \
    "$dir/non-decreasing-1/own.jsonl" >/dev/null
result $? "it keeps what was right"
jq -es 'length > 0 and all(.[]; .errors != [])' \
    "$dir/improving-1/own.jsonl" >/dev/null
result $? "the other one does not"
[ ! -s "$dir/err" ]
result $? "nothing is complained of"
sed 's/^/# /' "$dir/err"
