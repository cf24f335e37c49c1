# A checked answer of the model's own that is wrong, and the reference: the
# first wrong line becomes an error of class "own" in the reference, from the
# first word that differs, without a full stop or comma that both end in.
.check as $c | select($c.right | not) | $c.first_wrong as $f |
(.reference / "\n") as $right | (.completion / "\n") as $wrong |
select($f < ($right | length) and $f < ($wrong | length)) |
($right[$f] / " ") as $r | ($wrong[$f] / " ") as $w |
first(range($r | length) | select($r[.] != $w[.])) as $i | select($w[$i]) |
(if $r[$i][-1:] == $w[$i][-1:] and ($r[$i][-1:] | IN(".", ",")) then -1
 else null end) as $to |
([$right[:$f][], $r[:$i][]] | map(length + 1) | add) as $start |
{id: "\(.id)#own\(.sample)", prompt, completion: .reference, answer,
 errors: [{field: "/completion", start: $start,
    end: ($start + ($r[$i][:$to] | length)), right: $r[$i][:$to],
    wrong: $w[$i][:$to],
    class: "own", rule: "model", reason: $c.reason}]}
