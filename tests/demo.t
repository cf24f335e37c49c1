#!/bin/sh
# The demo's Makefile and report work; with ten steps of training they show
# nothing else.
. "$(dirname "$0")/tap.sh"
cd "$top" || exit 1
echo 1..5

NO_COLOR=1 make -s -C examples/demo OUT="$dir" BIN="$bin" \
    STEPS=10 >"$dir/shown" 2>"$dir/err"
result $? "it runs"
grep -q '<|wrong|>.*<|right|>' "$dir/shown"
result $? "prose is shown with its marks"
grep -Eq '^trained with errors +[0-9]+ % \([0-9]+ of 300\)' "$dir/shown" &&
    grep -Eq '^trained without +[0-9]+ % \([0-9]+ of 300\)' "$dir/shown"
result $? "two models are compared on 300 problems"
jq -es 'length == 300 and all(.[]; .check.reason | type == "string")' \
    "$dir/errors.planted" >/dev/null
result $? "every planted answer is judged"
[ ! -s "$dir/err" ]
result $? "nothing is complained of"
sed 's/^/# /' "$dir/err"
