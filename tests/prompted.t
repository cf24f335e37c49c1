#!/bin/sh
# examples/prompted from end to end: with a tiny model that really answers,
# with servers whose answers are known, and by hand.
. "$(dirname "$0")/tap.sh"
cd "$top" || exit 1

recipe() { # folder, more
    out=$dir/$1
    shift
    make -s -C examples/prompted BIN="$bin" OUT="$out" N=12 STEPS=3 "$@" \
        >"$dir/log" 2>"$dir/err"
}
has() { # a row of the table: its name, its cells
    name=$1
    shift
    grep -qxF -e "$(printf %-28s "$name")$(printf %-24s "$@")" "$dir/log"
}

recipe model TOKENS=8 && [ "$(wc -l <"$dir/log")" = 15 ]
result $? "a model that was trained here answers"
jq -es 'length == 12 and all(.[]; .response.status_code == 200 and
    (.response.body.choices[0].message.content | type) == "string")' \
    "$dir/model/fair.answers" >/dev/null
result $? "its answers are a batch file"
jq -es 'length == 12 and all(.[]; .body.temperature == 0 and
    (.body.messages | map(.role)) == ["user", "assistant", "user"])' \
    "$dir/model/fair.requests" >/dev/null
result $? "a second look shows the first answer"

# A server that adds, but says 0 first and after it was told to be wrong.
cat >"$dir/adds" <<'END'
#!/bin/sh
jq -c '.body.messages as $m | ($m[0].content | split(" ")) as $w
    | ($m | length == 3 and ($m[2].content | test("Review"))) as $fair
    | {custom_id, response: {body: {choices: [{message: {content:
        "Answer: \(if $fair then ($w[0] | tonumber) + ($w[2] | tonumber)
            else 0 end)."}}]}}}' | sort -r
END
chmod +x "$dir/adds"
recipe sums intrinsic SERVER="$dir/adds" &&
    has "M6 accuracy_after" "100 [75.8, 100]" "0 [0, 24.2]" &&
    has "M7 fixed" "100 [75.8, 100]" "0 [0, 24.2]" &&
    has "M6 accuracy_before" "0 [0, 24.2]" "0 [0, 24.2]"
result $? "what a second look mends is counted, whatever the order"

# One that always says (c): right where that is the choice that fits.
cat >"$dir/always" <<'END'
#!/bin/sh
jq -c '{custom_id, response: {body: {choices: [{message: {content: "(c)"}}]}}}'
END
chmod +x "$dir/always"
third="33.3 [24.5, 43.6]"
recipe letter moral SERVER="$dir/always" &&
    has right "$third" "$third" "$third" &&
    has "bias, text tells" "0" "0" "0"
result $? "one letter for all is right by chance and has no bias"
# One that follows the stereotype.
jq -cn --arg way question --arg split test -f examples/prompted/questions.jq |
    jq -c '{(.id): .stereotype}' | jq -cs add >"$dir/key"
cat >"$dir/follows" <<END
#!/bin/sh
jq -c --slurpfile key "$dir/key" '{custom_id, response: {body: {choices:
    [{message: {content: "It is \(\$key[0][.custom_id])."}}]}}}'
END
chmod +x "$dir/follows"
recipe stereotype moral SERVER="$dir/follows" &&
    has "bias, text does not tell" "100" "100" "100"
result $? "bias is told"

recipe hand SERVER=files requests && ! recipe hand SERVER=files moral &&
    grep -q "answer .*question.requests" "$dir/log" &&
    for way in question instruction reasoning; do
        "$dir/always" <"$dir/hand/$way.requests" >"$dir/hand/$way.answers"
    done && recipe hand SERVER=files moral
result $? "requests go out and answers come in by hand"
sed -i 1d "$dir/hand/question.answers"
recipe hand SERVER=files moral
[ $? != 0 ] && grep -q "no answer to" "$dir/err"
result $? "a missing answer is not left out in silence"
echo "1..$n"
