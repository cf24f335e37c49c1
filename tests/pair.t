#!/bin/sh
# insec-pair over random documents and errors: for every style, cut and unit
# the document can be got back (jq strips, insec-pair --check agrees), and
# with the whole text as unit the segments are those of a twin in jq.
. "$(dirname "$0")/tap.sh"

# Documents of all three shapes out of a small alphabet; errors are drawn
# between cuts of each target, every third with an alternative.
cat >make.jq <<'END'
def next: (. * 1103515245 + 12345) % 2147483648;
def draws($n): [limit($n; recurse(next))] | map(. / 65536 | floor);
def letters: ["a", "B", "7", ".", ". ", "! ", " ", "\n", "\n\n", "\t",
    "é", "一", "😀", "é", " ", "<|wrong|>", "[BACK]", "\"\\", "x y"];
def text($n): draws($n)[1:] | map(letters[. % 19]) | add // "";
def errors($field; $text):
    ($text | length) as $length |
    (draws(5)[1:] | map(. % ($length + 1)) | sort) as $at |
    [range(4) as $i | select($i % 2 == 0) |
        $at[$i] as $s | ($at[$i + 1] // $length) as $e |
        (. + $i | next) as $seed |
        range(1 + ($seed / 9 | floor) % 3 / 2 | floor) as $k |
        ($seed + $k | text(1 + ($seed + $k) % 4)) as $wrong |
        select($wrong != $text[$s:$e]) |
        {field: $field, start: $s, end: $e, right: $text[$s:$e],
         wrong: $wrong, class: "c\($wrong | length)", rule: "r",
         reason: (if $k == 0 then "why" else "" end)}];
range(400) as $id | ($id * 7919 | next | next) |
    text(1 + $id % 37) as $text | (next | text(8)) as $other |
    {id: $id} + if $id % 5 == 3 then
        {prompt: $other, completion: $text,
         errors: errors("/completion"; $text)}
    elif $id % 5 == 4 then
        {messages: [{role: "user", content: $other},
            {role: "assistant", content: $text},
            {role: "assistant", content: $other}],
         errors: (errors("/messages/1/content"; $text)
             + errors("/messages/2/content"; $other))}
    else
        {text: $text, errors: errors("/text"; $text)}
    end
END
cat >document.jq <<'END'
def document: .completion as $c | .messages as $m |
    if $c then .prompt + $c
    elif $m then $m | map(.content) | join("\n")
    else .text end;
def stripped: .segments | map(select(.kind | IN("wrong", "mark", "reason")
    | not).text) | add // "";
END
# The twin: each error applied to the whole text, marks and reason between.
cat >twin.jq <<'END'
def segment($kind; $text): select($text != "") |
    {label: ($kind != "wrong"), text: $text, kind: $kind};
.text as $t | {id, segments: [
    if .errors == [] then segment("context"; $t) else
        (.errors[] | segment("wrong"; $t[:.start] + .wrong + $t[.end:]),
            segment("mark"; "<|wrong|>"),
            segment("reason"; if .reason == "" then "" else " why" end),
            segment("mark"; "<|right|>")),
        segment("right"; $t)
    end],
    error_classes: [.errors[] |
        select($t[:.start] + .wrong + $t[.end:] != "") | [.class]]}
END

jq -nc -f make.jq >in
[ "$(jq -s 'map(.errors | length) | add > 500' in)" = true ]
result $? "random errors were made"
for style in insec retry continue backspace pam chat critique reset restart; do
    for cut in unit span word whole; do
        case $style:$cut in
        *:unit | *:span | *:word) ;;
        [pr]*t:whole | pam:* | chat:* | critique:*) ;;
        *) continue ;;
        esac
        for unit in sentence line word paragraph record; do
            how="--style $style --cut $cut --unit $unit"
            insec-pair --check --keep $how in >out && [ -s out ] &&
                jq -ne 'include "./document";
                    reduce inputs as $r (true; . and
                        ($r | document == stripped))' out >/dev/null &&
                insec-pair --check out | cmp - out
            result $? "the document comes back: $how"
        done
    done
done

# Where white space stands at an edge, units have rules of their own.
jq -c 'select(.text and (.text | test("\\A\\S(.*\\S)?\\z"; "m"))
    and (.errors | all(.start < .end)))' in >plain
[ "$(wc -l <plain)" -gt 20 ]
result $? "enough plain documents for the twin: $(wc -l <plain)"
jq -c -f twin.jq plain >want
insec-pair --unit record plain >out
cmp out want
result $? "the same segments as the twin in jq"
# And one for the styles that repeat the answer.
cat >answers.jq <<'END'
def segment($kind; $text): select($text != "") |
    {label: ($kind != "wrong"), text: $text, kind: $kind};
def written($errors): reduce ($errors | reverse[]) as $e (.;
    .[:$e.start] + $e.wrong + .[$e.end:]);
.text as $t | (.errors | group_by([.start, .end])) as $places |
{id, segments: [
    (range($places | map(length) | max // 0) as $k |
        [$places[] | .[$k] // empty] | . as $errors |
        ($t | written($errors) | sub("[[:space:]]+\\z"; "")) as $wrong |
        segment("wrong"; $wrong),
        segment("mark"; "\nLet me check: this is wrong."),
        ($errors[] | select(.reason != "") | segment("reason"; " why")),
        segment("mark"; "\nThe answer again:\n")),
    segment(if .errors == [] then "context" else "right" end; $t)],
error_classes: [range($places | map(length) | max // 0) as $k |
    [$places[] | .[$k] // empty] |
    select(. as $errors | $t | written($errors) | test("\\S")) | map(.class)]}
END
jq -c -f answers.jq plain >want
insec-pair --style pam plain >out
cmp out want
result $? "the same answers as the twin in jq"

insec-pair in >out
for how in '-j 2' '-j 3 --block-size 1' '--block-size 777'; do
    insec-pair $how in | cmp - out
    result $? "the same bytes with $how"
done
insec-pair --style backspace in | grep -q '<|backspace|>'
result $? "backspaces were written"
insec-pair --style backspace in | jq -ne 'reduce (inputs.segments |
    . as $s | range(length) | select($s[.].kind == "wrong") |
    [($s[.].text | utf8bytelength),
     ($s[. + 1:] | map(.kind) | (index("right") // length) as $r |
      (index("wrong") // length) as $w | [$r, $w] | min)])
    as [$bytes, $back] (true; . and $back == $bytes)' >/dev/null
result $? "as many backspaces as bytes"
{ head -n 150 in | insec-pair && tail -n +151 in | insec-pair; } | cmp - out
result $? "the same bytes from two halves"
jq -c . out | cmp - out
result $? "as compact as jq writes"
echo "1..$n"
