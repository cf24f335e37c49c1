# The metrics of insec-eval(1) counted anew: {"name group of": [value, low,
# high]}.
1.959963984540054 as $z |
def na: if isnan then "n/a" else . end;
def rate: length as $n | (add / $n) as $p | (1 + $z * $z / $n) as $d |
    (($p + $z * $z / (2 * $n)) / $d) as $c |
    ($z * ($p * (1 - $p) / $n + $z * $z / (4 * $n * $n) | sqrt) / $d) as $h |
    [$p, (if $p == 0 then 0 else $c - $h end),
         (if $p == 1 then 1 else $c + $h end)];
def around($v; $var): [$v, $v - $z * ($var | sqrt), $v + $z * ($var | sqrt)];
def share: add / length;
def var: share as $p | $p * (1 - $p) / length;
def blind($e): if length == 0 or ($e | length) == 0 or ($e | add) == 0
    then empty else share as $i | ($e | share) as $x |
    around(1 - $i / $x; pow($i / ($x * $x); 2) * ($e | var) +
        pow(1 / $x; 2) * var) end;
def bit: if . then 1 else 0 end;

map(. as $r | (.retracted[0] // null) as $t |
    ($t != null and $t.start < .given and $t.end >= .given) as $later |
    ($later and $t.end == .given) as $now |
    [if .probe == "internal" then
        ["detection", $now], ["detection_later", $later],
        ["correction", .check.right], ["correct_internal", .check.right],
        ["exact_fix", ($later and .reference[14:15] == $t.right)],
        (if .errors[0].class == "own" then ["correction_own_probes", .check.right]
         else ["correction_injected", .check.right] end),
        (select($later) | ["correction_if_taken_back", .check.right],
            ["reason", ($t.reason | IN($r.errors[0].class, $r.errors[0].reason))])
     elif .probe == "clean" then
        ["false_alarm", $now], ["false_alarm_later", $later]
     elif .probe == "external" then ["correct_external", .check.right]
     elif .probe == "wait" then ["correct_wait", .check.right]
     else
        .check.right as $b |
        (if .draft == .completion then $b else .draft_check.right end) as $a |
        (.retracted != []) as $flag |
        ["accuracy", $b], ["accuracy_before", $a], ["accuracy_after", $b],
        ["gained", ($b and ($a | not))], ["lost", ($a and ($b | not))],
        ["both_right", ($a and $b)], ["both_wrong", ($a or $b | not)],
        (if $a then ["broken", ($b | not)], ["verdict_on_right", ($flag | not)]
         else ["fixed", $b], ["correction_own", $b],
            ["verdict_on_wrong", $flag] end),
        ["verdict", ($flag != $a)], ["error_rate", ($a | not)],
        ["unedited", (.draft == .completion)],
        ["unneeded_steps", .check.unneeded],
        ["false_flags", (.retracted | map(select(.right == "ab c")) | length)],
        [(if $b then "flags_if_right" else "flags_if_wrong" end),
            (.retracted | length)]
     end] |
    map({name: .[0], value: (.[1] | if type == "boolean" then bit else . end),
         mean: (.[1] | type == "number")})[] |
    (., (select($r.errors and $r.probe and (.name | startswith("correction_injected") or
            startswith("correction_own") | not)) |
        .group = "class \($r.errors[0].class)"), .group = "level \($r.level)") |
    .group //= "all ") |
(group_by([.name, .group]) | map({key: "\(.[0].name) \(.[0].group)",
    value: (.[0].mean as $mean | map(.value) |
        if $mean then [share, "n/a", "n/a"] else rate end)}) |
    from_entries) as $simple |
group_by(.group) | map(.[0].group as $g |
    (group_by(.name) | map({key: .[0].name, value: map(.value)}) |
        from_entries) as $v |
    def put($k; f): [f] | select(. != []) | {key: "\($k) \($g)", value: .[0]};
    def of($k): $v[$k] // [];
    put("blind_spot"; of("correction") | blind(of("correct_external"))),
    put("blind_spot_wait"; of("correct_wait") | blind(of("correct_external"))),
    put("blind_spot_cut"; [of("correction") | blind(of("correct_external"))] as
        $b | [of("correct_wait") | blind(of("correct_external"))] as $w |
        select($b != [] and $w != [] and $b[0][0] > 0) |
        [($b[0][0] - $w[0][0]) / $b[0][0], "n/a", "n/a"]),
    put("youden"; of("detection") as $d | of("false_alarm") as $f |
        select($d != [] and $f != []) |
        around(($d | share) - ($f | share); ($d | var) + ($f | var))),
    put("gap"; of("correction_injected") as $d | of("correction_own") as $f |
        select($d != [] and $f != []) |
        around(($d | share) - ($f | share); ($d | var) + ($f | var))),
    put("change"; of("gained") as $u | of("lost") as $d | select($u != []) |
        (($u | share) - ($d | share)) as $x |
        around($x; (($u | share) + ($d | share) - $x * $x) / ($u | length)))) |
from_entries + $simple
