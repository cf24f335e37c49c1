#!/bin/sh
# Metrics against the same ones counted by jq, on rows made up at random; the
# same bytes for any order, number of threads and size of blocks.
. "$(dirname "$0")/tap.sh"

awk 'BEGIN { srand(7); for (i = 0; i < 3000; i++)
    print int(rand() * 5), int(rand() * 3), int(rand() * 4), int(rand() * 2),
        int(rand() * 3), int(rand() * 100), i }' |
    jq -Rc -f "$top/tests/oracle/eval_rows.jq" >rows
insec-eval rows >metrics
ok 'rows of every sort'
jq -c 'select(.group != "bin") | select(.name | IN("precision", "f1",
    "edit_ratio", "too_long") | not)' metrics | jq -sc 'map({key:
    "\(.name) \(.group) \(.of)", value: [.value, .low, .high]}) |
    from_entries' >got
jq -sc -f "$top/tests/oracle/eval.jq" rows >want
jq -nr --slurpfile got got --slurpfile want want '$want[0] | to_entries[] |
    .key as $k | $got[0][$k] as $g | .value as $w |
    select($g == null or any(range(3); . as $i | $w[$i] as $x | $g[$i] as $y |
        if ($x | type) == "number" and ($y | type) == "number"
        then ($x - $y | fabs) > 1e-9 else $x != $y end)) |
    "\($k): \($g), counted \($w)"' >err
[ ! -s err ] && [ "$(jq length want)" -gt 60 ]
ok 'the metrics are those that jq counts'
jq -nr --slurpfile got got --slurpfile want want '$got[0] | to_entries[] |
    select($want[0][.key] == null and .value[0] != "n/a" and .value[0] != 0) |
    .key' >err
[ ! -s err ]
ok 'and there are no others'

for how in '-j 2' '--block-size 1' '--block-size 999 -j 3'; do
    insec-eval $how rows | cmp - metrics >err
    ok "the same bytes with $how"
done
tac rows | insec-eval | jq -c 'del(.value, .low, .high, .count)' >backwards
jq -c 'del(.value, .low, .high, .count)' metrics | cmp - backwards >err
ok 'the same lines in another order'

jq -c 'if .probe == null then .check.right = (.id % 3 > 0) else . end' rows \
    >other
insec-eval --against other rows | jq -c 'select(.group == "against" and
    .name == "accuracy") | [.of, .count, .total]' >got
jq -nc --slurpfile a rows --slurpfile b other '[$a, $b] | transpose |
    map(select(.[0].probe == null) | [.[0].check.right, .[1].check.right]) |
    . as $p | length as $n |
    def count(x): map(select(. == x)) | length;
    ["difference", "n/a", $n], ["only_this", count([true, false]), $n],
    ["only_other", count([false, true]), $n], ["p_value", "n/a", $n]' |
    cmp - got >err
ok 'two models, row by row'
tac other | insec-eval --against rows >/dev/null 2>err
ok 'in any order'
cat rows rows | insec-eval --against other >out 2>err
[ $? = 1 ] && grep -q 'stands twice' err && [ ! -s out ]
ok 'an id that stands twice is refused'

insec-eval --svg picture.svg rows >/dev/null &&
    grep -q '^</svg>$' picture.svg &&
    [ "$(grep -c '<circle' picture.svg)" -gt 20 ] &&
    ! grep -qE 'nan|inf' picture.svg
ok 'a picture'
: | insec-eval | jq -se 'length > 30 and all(.value == "n/a")' >err
ok 'out of nothing all is n/a'
: | insec-eval --svg empty.svg >err && grep -q '^</svg>$' empty.svg
ok 'and an empty picture'

echo "1..$n"
