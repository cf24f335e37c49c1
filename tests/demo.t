#!/bin/sh
# The demo's Makefile and report work; with ten steps of training they show
# nothing else.
cd "$(dirname "$0")/.." || exit 1
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
echo 1..5
result() { # status, name
    n=$((n + 1))
    [ "$1" = 0 ] && echo "ok $n - $2" || echo "not ok $n - $2"
}
NO_COLOR=1 make -s -C examples/demo OUT="$scratch" BIN="$PWD/${BIN:-bin}" \
    STEPS=10 >"$scratch/shown" 2>"$scratch/err"
result $? "it runs"
grep -q '<|wrong|>.*<|right|>' "$scratch/shown"
result $? "prose is shown with its marks"
grep -Eq '^trained with errors +[0-9]+ % \([0-9]+ of 300\)' "$scratch/shown" &&
    grep -Eq '^trained without +[0-9]+ % \([0-9]+ of 300\)' "$scratch/shown"
result $? "two models are compared on 300 problems"
jq -es 'length == 300 and all(.[]; .check.reason | type == "string")' \
    "$scratch/errors.planted" >/dev/null
result $? "every planted answer is judged"
[ ! -s "$scratch/err" ]
result $? "nothing is complained of"
sed 's/^/# /' "$scratch/err"
