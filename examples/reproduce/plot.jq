# An SVG of rates with their intervals, a dot each: of the cells of $part, and
# small ones of the seeds of a chain.
include "stats";

def x: 160 + . * 400 | . * 10 | round / 10;
def text($x; $y; $anchor):
    "<text x=\"\($x)\" y=\"\($y)\" text-anchor=\"\($anchor)\">\(.)</text>";
def dot($i): (30 + $i * 18) as $y |
    (.label | text(150; $y + 4; "end")),
    "<path d=\"M\(.low | x) \($y)H\(.high | x)\"/>",
    (.seeds[]? | "<circle cx=\"\(x)\" cy=\"\($y)\" r=\"2\" class=\"c\"/>"),
    "<circle cx=\"\(.value | x)\" cy=\"\($y)\" r=\"4\" class=\"\(.class)\"/>";
def points: if $part == "chain" then
        group_by(.cell)[] | . as $c | within | total |
        {label: $c[0].cell, class: (if $c[0].cell | endswith("masked") then "b"
         else "a" end), seeds: ($c | map([.] | within | total.value))} + .
    elif $part == "prose" then
        group_by(.cell)[] | . as $c |
        ("spelling", "grammar", "fact") as $class |
        ({what: "flagged", class: "a", name: "detection"},
         {what: "put right", class: "b", name: "exact_fix"},
         {what: "false alarms", class: "c", name: "false_alarm"}) |
        . + (.name as $name | $c | pooled("metrics"; "\($name) \($class)")) |
        .label = "\($c[0].cell): \($class) \(.what)"
    else
        group_by(.cell)[] | . as $c |
        ({what: "injected", class: "a"} + ($c | of_classes("detection"; injected)),
         {what: "own", class: "b"} + ($c | pooled("metrics"; "detection own")),
         {what: "none", class: "c"} + ($c | pooled("metrics"; "false_alarm"))) |
        select(.value != null) | .label = "\($c[0].cell): \(.what)"
    end;

[.[1:] | map(select(.part == $part)) | points] | (50 + length * 18) as $height |
"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 600 \($height)\" " +
"font-family=\"sans-serif\" font-size=\"11\">",
"<style>rect{fill:#fff}path{stroke:#888}.grid{stroke:#ddd}.a{fill:#06c}" +
".b{fill:#e70}.c{fill:#fff;stroke:#888}</style>",
"<rect width=\"600\" height=\"\($height)\"/>",
(range(0; 6) | (. / 5 | x) as $x |
    "<path class=\"grid\" d=\"M\($x) 16V\($height - 22)\"/>",
    ("\(. * 20) %" | text($x; $height - 8; "middle"))),
(to_entries[] | .key as $i | .value | dot($i)),
"</svg>"
