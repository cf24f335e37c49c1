# The metrics of each round, one line each.
def show: if type == "number" then "\(. * 1000 | round / 10)" else . end |
    "\(" " * (8 - length))\(.)";
["accuracy_before", "accuracy_after", "fixed", "false_alarm"] as $all |
(["round", "before", "after", "fixed", "alarms", "caught", "caught*", "right",
    "right*"] | map("\(" " * (8 - length))\(.)") | add),
(reduce inputs as $m ({};
    if $m.group == "all" or ($m.group == "class" and $m.name == "detection")
    then .[input_filename]["\($m.name) \($m.of)"] = $m.value else . end) |
    to_entries | to_entries[] | .key as $round | .value.value as $v |
    [($round | tostring | "\(" " * (8 - length))\(.)"),
     (($all[] | $v["\(.) "]), $v["detection arithmetic"], $v["detection own"],
      $v["correction_injected "], $v["correction_own_probes "] | show)] | add),
"", "% of answers right before and after corrections, of wrong ones fixed;",
"of clean probes flagged; of injected and (*) own errors caught, made right."
