# A made-up row of insec-eval from seven numbers: probe, class, level, right,
# what the model did, a number for texts, the id.
split(" ") | map(tonumber) as [$p, $c, $l, $right, $act, $x, $id] |
"Ünits of text \($x % 7). A line \($x)." as $given | ($given | length) as $n |
{id: $id, prompt: "?", level: $l, given: $n,
 completion: "done \($x)", raw: "\($given) more text",
 check: {right: ($right == 1), unneeded: ($x % 5)},
 reference: "Ünits of text \($x % 3). done"} |
if $p == 0 then
    .given = 0 |
    if $act == 0 then .draft = .completion | .retracted = []
    else .draft = "undone \($x)" | .draft_check = {right: ($x % 3 == 0)} |
        .retracted = [range($act) | {start: 0, end: 4, wrong: "ab",
            right: (if $x % 4 == 0 then "ab c" else "b" end), reason: ""}]
    end
else
    .probe = ["", "internal", "clean", "external", "wait"][$p] |
    .errors = [{class: ["fact", "own", "sum"][$c], reason: "why \($x % 2)"}] |
    if $act == 0 then
        .retracted = [{start: $n, end: ($n + 3), wrong: "x", right: "y",
            reason: "no"}]
    else
        .retracted = [{start: 14, end: ($n + [0, 0, 5][$act]), wrong: "x",
            right: "\($x % 2)",
            reason: (if $x % 3 == 0 then "own" else "why 1" end)}]
    end
end
