# What the page and the plots share: rates over all seeds of a cell.
# A metric is [value, low, high, count, total]; see result.jq.

# 95 %, Wilson.
def rate($k; $n): 1.959964 as $z | ($k / $n) as $p | (1 + $z * $z / $n) as $d |
    (($p + $z * $z / (2 * $n)) / $d) as $mid |
    ($z * (($p * (1 - $p) / $n + $z * $z / (4 * $n * $n)) | sqrt) / $d) as $r |
    {value: $p, low: ([0, $mid - $r] | max), high: ([1, $mid + $r] | min),
     count: $k, total: $n};
# The counts of one metric, a row of results each.
def counts($of; $name): map(.[$of][$name] // empty | .[3:] |
    select(all(type == "number")));
def pooled($of; $name): counts($of; $name) |
    if . == [] then null else rate(map(.[0]) | add; map(.[1]) | add) end;
def mean($of; $names): [($names | arrays // [.])[] as $name |
        counts($of; $name)[]] |
    if . == [] then null else (map(.[0]) | add) / (map(.[1]) | add) end;

def cell($part; $cell): map(select(.part == $part and .cell == $cell));
# Problems as long as those trained on, or longer.
def levels: [.[0].settings.task | scan("--ops [0-9]+-([0-9]+)")[0] | tonumber] |
    .[0];
# Counts of a rate, of the levels for which cond holds.
def by_level($rate; cond): map([.metrics | to_entries[] |
    select(.key | test("^\($rate) [0-9]+$")) |
    select(.key | sub(".* "; "") | tonumber | cond) | .value[3:]] |
    [map(.[0]), map(.[1])] | map(add)) | map(select(.[1]));
def within: levels as $hi | by_level("accuracy"; . <= $hi);
def beyond: levels as $hi | by_level("accuracy"; . > $hi);
def total: if . == [] then null else rate(map(.[0]) | add; map(.[1]) | add) end;

# Of several classes together.
def injected: ["arithmetic", "future", "repeat"];
def of_classes($name; $classes):
    [$classes[] as $c | counts("metrics"; "\($name) \($c)")[]] | total;
