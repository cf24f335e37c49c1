# The metrics files of the looks, as a table in percent.
def pc: if type == "number" then . * 1000 | round / 10 else . end | tostring;
def cell: "\(.value | pc) [\(.low | pc), \(.high | pc)]";
def pad($n): . + " " * ([$n - length, 0] | max);
reduce inputs as $m ({}; .[input_filename | split("/")[-1]
    | rtrimstr(".metrics")][$m.metric + " " + $m.name] |=
        if $m.group == "all" then $m else . end)
| to_entries as $looks
| "%, with intervals of 95 %" as $head
| ($head | pad(28)) + ([$looks[].key | pad(24)] | add),
  ("M6 accuracy_before", "M6 accuracy_after", "M6 change", "M7 gained",
   "M7 lost", "M7 fixed", "M7 broken", "M14 unedited" | . as $name
    | (pad(28)) + ([$looks[].value[$name] | cell | pad(24)] | add))
