#!/bin/sh
# The targets of insec-pair over random problems: each row has exactly the
# fields and types that its reader asks for, the same in every row, and says
# what the segments of the same document say.
. "$(dirname "$0")/tap.sh"

# Every row of a file satisfies a condition, and there are rows.
every() { # file, condition, name
    jq -ne "reduce inputs as \$r (0; if \$r | $2 then . + 1
        else error(\$r | tostring) end) | . > 0" "$1" >seen 2>err
    status=$?
    result $status "$3"
    [ $status = 0 ] || head -c 300 err | sed 's/^/# /'
}
has='def has_only($k): (keys - ["id", "answer"]) == ($k | sort);
def strings: all(type == "string");'

insec-synth chain -n 300 --ops 2-4 |
    insec-corrupt --rate 0.5 --retry 0.3 --clean 0.2 |
    jq -c '{id, prompt, completion, errors, answer}' >in
[ "$(jq -s 'map(.errors | length) | add > 300' in)" = true ]
result $? "problems with errors were made"
jq -c '{id, messages: [{role: "system", content: "Work it out."},
    {role: "user", content: .prompt},
    {role: "assistant", content: .completion}],
    errors: (.errors | map(.field = "/messages/2/content"))}' in >talks

for target in segments text parts messages prompt-completion dpo kto prm; do
    insec-pair --target $target in >$target
done

every segments "$has"'has_only(["segments", "error_classes"]) and
    (.segments | all(
    (keys == ["kind", "label", "text"]) and (.label | type == "boolean") and
    (.text | type == "string" and length > 0)))' \
    "segments: axolotl's input_output"
every text "$has"'has_only(["text"]) and (.text | type == "string")' \
    "text: TRL's language modelling"
every parts "$has"'has_only(["messages"]) and
    (.messages | map(.role) == ["user", "assistant"]) and
    (.messages | all(keys == ["content", "role"])) and
    (.messages[].content | type == "array" and length > 0 and all(
        .type == "text" and (.text | type == "string" and length > 0))) and
    (.messages[0].content | all(keys == ["text", "type"])) and
    (.messages[1].content | all(keys == ["text", "train", "type"] and
        (.train | type == "boolean")))' \
    "parts: axolotl's chat_template"
every messages "$has"'has_only(["messages"]) and
    (.messages | all(keys == ["content", "role"]
        and ([.content, .role] | strings))) and
    (.messages | map(.role) == ["user", "assistant"])' "messages: TRL's"
every prompt-completion "$has"'has_only(["prompt", "completion"]) and
    ([.prompt, .completion] | strings) and (.completion | length > 0)' \
    "prompt-completion: TRL's"
every dpo "$has"'has_only(["prompt", "chosen", "rejected"]) and
    ([.prompt, .chosen, .rejected] | strings) and .chosen != .rejected' \
    "dpo: TRL's preference"
every kto "$has"'has_only(["prompt", "completion", "label"]) and
    ([.prompt, .completion] | strings) and (.label | type == "boolean")' \
    "kto: TRL's unpaired preference"
every prm "$has"'has_only(["prompt", "completions", "labels"]) and
    (.prompt | type == "string") and (.completions | strings) and
    (.labels | all(type == "boolean")) and
    (.labels | length) == (.completions | length)' "prm: TRL's stepwise"
# A turn that says what it has to be learnt has its end learnt by axolotl.
insec-pair --style chat --target parts in >talk
every talk '.messages | all((.role == "assistant") ==
    all(.content[]; has("train")))' "parts: no end of a user's turn is learnt"
for target in messages parts; do
    insec-pair --target $target talks >talk
    every talk 'keys == ["id", "messages"] and
        (.messages | map(.role) == ["system", "user", "assistant"])' \
        "$target: conversations keep their turns"
done

# Against each other and against the document.
jq -c '[.segments[].text] | add' segments >want
jq -c '[.messages[].content[].text] | add' parts | cmp - want
result $? "parts say what the segments say"
jq -c '[.messages[].content] | add' messages | cmp - want
result $? "messages too"
jq -c .text text | cmp - want
result $? "text too"
jq -c '[.segments[].label]' segments >want
jq -c '[.messages[].content[] | .train // false]' parts | cmp - want
result $? "parts learn what the segments learn"

pairs() { # target: documents joined with their rows
    jq -nc --slurpfile rows "$1" 'inputs as $d |
        {d: $d, rows: ($rows | map(select(.id == $d.id)))}' in
}
pairs dpo >joined
every joined '(.d.errors | length) == (.rows | length) and
    ((.d.prompt + .d.completion) as $all | .rows | all(
        (.prompt + .chosen) as $good | $all | startswith($good)))' \
    "dpo: a row for each error; chosen goes on in the document"
every joined '. as {$d, $rows} | [range($rows | length)] |
    all($d.errors[.] as $e | $rows[.] |
        ($d.prompt + $d.completion[:$e.start] + $e.wrong) |
        startswith($rows[0].prompt))' "dpo: prompts hold no error"
pairs prompt-completion >joined
every joined '. as {$d, $rows} | ($rows | length) ==
    ([($d.errors | length), 1] | max) and ($rows | all(
        (.completion | endswith($d.completion[-4:])) or
        ($d.errors | length) > 0))' "prompt-completion: a row for each error"
every joined '. as {$d, $rows} | [range($d.errors | length)] |
    all($d.errors[.] as $e | $rows[.] | (.prompt | startswith($d.prompt
        + $d.completion[:$e.start] + $e.wrong)))' \
    "prompt-completion: the error is given, not learnt"
pairs kto >joined
every joined '. as {$d, $rows} | ($rows | map(select(.label | not)) | length)
    == ($d.errors | length)' "kto: an undesired row for each error"
pairs prm >joined
every joined '. as {$d, $rows} | ($rows[0].labels | map(select(. | not))
    | length) == ($d.errors | length)' "prm: a wrong step for each error"
every joined '. as {$d, $rows} | $rows[0] | [.completions, .labels] | transpose
    | map(select(.[1])[0]) | add | gsub("\\s"; "")
    == ($d.completion | gsub("\\s"; ""))' "prm: the right steps are the answer"

for target in parts prompt-completion dpo kto prm; do
    insec-pair --target $target -j 2 --block-size 500 in | cmp - $target
    result $? "$target: the same bytes with -j 2"
done
insec-pair --style probe in >probe
insec-pair --style probe -j 2 --block-size 500 in | cmp - probe
result $? "probe: the same bytes with -j 2"
every probe 'keys == ["answer", "commit", "errors", "id", "of", "probe",
    "reference", "segments"]' "probe: fields"
every probe '(.probe == "external") == (.segments | all(.kind == "prompt"))' \
    "probe: external ones ask only"
every probe '(.probe | IN("internal", "wait")) ==
    (.segments | any(.kind == "wrong"))' "probe: clean twins are clean"
every probe '.probe != "clean" or (.reference |
    startswith($r.segments[1:] | map(.text) | add))' \
    "probe: a clean twin begins the right answer"
[ "$(jq -s 'group_by(.of) | map(length) | unique == [8]' probe)" = true ]
result $? "probe: eight for each record with an error"
[ "$(jq -r .id probe | sort | uniq -d)" = "" ]
result $? "probe: every one has its own id"
echo "1..$n"
