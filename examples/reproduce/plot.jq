# An SVG of rates with their intervals, a dot each: of the cells of $part.
include "stats";

def x: 160 + . * 400 | . * 10 | round / 10;
def text($x; $y; $anchor):
    "<text x=\"\($x)\" y=\"\($y)\" text-anchor=\"\($anchor)\">\(.)</text>";
def dot($i): (30 + $i * 18) as $y |
    (.label | text(150; $y + 4; "end")),
    "<path d=\"M\(.low | x) \($y)H\(.high | x)\"/>",
    "<circle cx=\"\(.value | x)\" cy=\"\($y)\" r=\"4\" class=\"\(.class)\"/>";
def points: if $part == "chain" then
        group_by(.cell)[] | . as $c | within | total |
        {label: $c[0].cell, class: (if $c[0].cell | endswith("masked") then "b"
         else "a" end)} + .
    else
        group_by(.cell)[] | . as $c |
        ({a: "detection", b: "false_alarm"} | to_entries[]) as $m |
        ($c | pooled("metrics"; $m.value) // empty) |
        {label: "\($c[0].cell), \($m.value | sub("_"; " "))", class: $m.key} + .
    end;

[.[1:] | map(select(.part == $part)) | points] | (50 + length * 18) as $height |
"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 600 \($height)\" " +
"font-family=\"sans-serif\" font-size=\"11\">",
"<style>rect{fill:#fff}path{stroke:#888}.grid{stroke:#ddd}.a{fill:#06c}" +
".b{fill:#e70}</style>",
"<rect width=\"600\" height=\"\($height)\"/>",
(range(0; 6) | (. / 5 | x) as $x |
    "<path class=\"grid\" d=\"M\($x) 16V\($height - 22)\"/>",
    ("\(. * 20) %" | text($x; $height - 8; "middle"))),
(to_entries[] | .key as $i | .value | dot($i)),
"</svg>"
