# The results page.  Input: the rows of results.jsonl, of which the first is
# the machine and the runs.  $cells: all cells that there are to run.
include "stats";

def percent: if . == null then "–" else . * 1000 | round / 10 end;
def number: . * 1000 | round / 1000;
def show: if . == null then "–" else
    "\(.value | percent) (\(.low | percent)–\(.high | percent))" end;
def list: if . == [] then "–" else map(tostring) | join(" ") end;
def line: "| \(join(" | ")) |";
def table($head): [$head | line, (map("---") | line)] + map(line) | join("\n");

# ---- a metric a row, a cell a column

def p($title; $of; $name): [$title, (pooled($of; $name) | show)];
def m($title; $of; $name):
    [$title, (mean($of; $name) | if . then number else "–" end)];
def columns($all; $part; $cells; metrics):
    ($cells | map(. as $c | $all | cell($part; $c) |
        if . == [] then null else [metrics[1]] end)) as $columns |
    [[] | metrics[0]] as $titles |
    [range($titles | length) as $i | [$titles[$i]] + ($columns |
        map(if . then .[$i] | tostring else "not run" end))] |
    table([""] + $cells);

def sums: ["M1 injected errors detected",
        (of_classes("detection"; injected) | show)],
    (injected[] as $c | p("– of class \($c)"; "metrics"; "detection \($c)")),
    p("M2 false alarms"; "metrics"; "false_alarm"),
    p("M3 injected errors put right"; "metrics"; "correction_injected"),
    p("M4 reason given, of detected"; "metrics"; "reason"),
    p("M1 own errors detected"; "metrics"; "detection own"),
    p("M8 own errors put right"; "metrics"; "correction_own_probes"),
    p("M11 right, flags forbidden"; "drafts"; "accuracy"),
    p("M6 right after corrections"; "metrics"; "accuracy_after"),
    p("M6 right before corrections"; "metrics"; "accuracy_before"),
    p("M7 wrong answers fixed"; "metrics"; "fixed"),
    p("M7 right answers broken"; "metrics"; "broken"),
    m("M10 flags an answer"; "metrics"; ["flags_if_right", "flags_if_wrong"]),
    m("M10 false flags an answer"; "metrics"; "false_flags"),
    p("M11 right, greedy"; "greedy"; "accuracy"),
    m("M12 log p(wrong) − log p(right)"; "scores"; "error_log_odds"),
    m("M16 loss of clean text"; "scores"; "loss");
def prose: ["spelling", "grammar", "fact"] as $classes |
    ($classes[] as $c | p("M1 detected, \($c)"; "metrics"; "detection \($c)")),
    ($classes[] as $c |
        p("M2 false alarms, \($c)"; "metrics"; "false_alarm \($c)")),
    ($classes[] as $c | p("M3 put right, \($c)"; "metrics"; "exact_fix \($c)")),
    p("M4 reason given, of detected"; "metrics"; "reason"),
    m("M12 log p(wrong) − log p(right)"; "scores"; "error_log_odds"),
    m("M16 loss of clean text"; "scores"; "loss");

# ---- chains: a cell a row

def chain_row($clean): if . == [] then ["–", "not run"] + [range(9) | ""] else
    (within | total) as $in | . as $rows |
    [(map(.seed) | list), ($in | show),
     ($rows | map([.] | within | total.value | percent) | list),
     (if $clean and $in.value < 1
      then (1 - $clean.value) / (1 - $in.value) | number else "–" end),
     (["only_this", "only_other"] | map(. as $w | $rows |
        counts("metrics"; "accuracy \($w)") | map(.[0]) | add) |
        if all(type == "number") then list else "–" end),
     ([.[0].metrics | keys_unsorted[] | select(test("^accuracy [0-9]+$")) |
        . as $name | $rows | pooled("metrics"; $name).value | percent] | list),
     (beyond | total | show), (levels as $hi |
        by_level("accuracy_before"; . <= $hi) | total | show),
     (["right", "wrong"] | map(. as $w | $rows |
        mean("metrics"; "flags_if_\($w)") | if . then number else "–" end) |
        list),
     (map(.data.documents) | add / length | round),
     ((map(.data.errors) | add) / (map(.data.documents) | add) | number)]
    end | map(tostring);
def chains($all; $part; $cells):
    ($all | cell($part; "clean") | if . == [] then null else within | total
     end) as $clean |
    $cells | map(. as $c | [$c] + ($all | cell($part; $c) |
        chain_row($clean))) |
    table(["cell", "seeds", "right, in range", "seed by seed", "ratio",
        "won, lost", "by operations", "right, beyond", "right at first",
        "flags", "problems", "errors a problem"]);

# ---- what was expected

# Rows of what was expected, the figure, and whether it is so.
def row($what; $of; value; cond): [$what] + if any($of[]; . == [])
    then ["–", "not run"]
    else value | [tostring, if cond then "holds" else "does not hold" end] end;
def expectations($all):
    ($all | cell("sums"; "plain")) as $plain |
    ($all | cell("sums"; "errors")) as $errors |
    def rate_of(rate): rate.value | percent;
    def unsolved: 1 - (within | total.value);
    def ratio_row($part; $c; $what; cond):
        ($all | cell($part; "clean")) as $clean |
        ($all | cell($part; $c)) as $with |
        row("\($part) \($c): \($what)"; [$clean, $with];
            ($clean | unsolved) / ($with | unsolved) | number; cond);
    [row("with errors, injected ones are detected: at least 90 %"; [$errors];
        $errors | rate_of(of_classes("detection"; injected)); . >= 90),
     row("– with false alarms in no more than 2 %"; [$errors];
        $errors | rate_of(pooled("metrics"; "false_alarm")); . <= 2),
     row("without errors they are not, or nearly so: less than 1 %"; [$plain];
        $plain | rate_of(of_classes("detection"; injected)); . < 1),
     row("own errors are corrected less often than injected ones";
        [$errors];
        $errors | rate_of(pooled("metrics"; "correction_own_probes"));
        $errors | pooled("metrics"; "correction_injected").low >
            pooled("metrics"; "correction_own_probes").high),
     (("chain", "longer") as $part | ("retry.2", "retry.5", "early.5") as $c |
        ratio_row($part; $c;
            "fewer problems unsolved than by clean, ratio 2.3 to 3.9";
            . >= 2.3)),
     (("weak.5", "due.5") as $c | ratio_row("chain"; $c;
        "collapses, ratio 0.5 or less"; . <= 0.5))] |
    table(["expected", "figure", ""]);

# ---- how it was done

def settings: [.part, .cell, (.settings | .errors, .written, .training |
    gsub("[ \t]+"; " ") | gsub("[|]"; "\\|") | "`\(.)`")];
def costs: ["\(.[0].part)", .[0].cell, (map(.seed) | sort | list),
    (.[0].training.num_tokens), (.[0].training.step),
    (map(.seconds.cpu) | add / length | round)] | map(tostring);
def minutes: "\(. / 6 | round / 10) min";

. as $rows | $rows[0] as $run | $rows[1:] as $all |
($cells / " " | map(. / "/")) as $planned |
def names($part): reduce ($planned[] | select(.[0] == $part)[1]) as $c ([];
    if index([$c]) then . else . + [$c] end);
($planned - ($all | map([.part, .cell, (.seed | tostring)]))) as $missing |
"# Results

Written by `make report` from [results.jsonl](results.jsonl); what the cells are
and what we make of the figures is in [README.md](README.md).

\($all | length) of \($planned | length) cells have been run.  Rates are in %, of
all seeds together, with Wilson's intervals of 95 %; these know the number of
test problems, not how much models of other seeds would differ.

## What was expected

\(expectations($all))

## 1. With errors and without

Sums; the same problems, seeds and number of tokens.  M6 and M7 at temperature
1, the others greedy.

\(columns($all; "sums"; ["plain", "errors"]; sums))

What is flagged, of injected errors, own errors, and where there is none:

![flagged](sums.svg)

## 2. Chains of operations

Greedy answers, right if every step is.  Ratio: problems in range that clean
leaves unsolved, to those that the cell does.  Won, lost: problems that only the
cell or only clean solves, each beside the clean model of its seed.  Right at
first: with nothing taken back.  Flags: taken back in an answer that ends right,
and wrong.  Errors a problem: in training.

\(chains($all; "chain"; names("chain")))

Right in range; orange: wrong steps are not learnt; small: each seed.

![chains](chain.svg)

Some for three times as long:

\(chains($all; "longer"; names("longer")))

## 3. Ablations

What sets each apart from the cell errors: learnt and unlearnt, the weight 1
and −0.1 of what is wrong; silent and class, no reason and its class alone;
unit, the wrong step written to its end.

\(columns($all; "sums"; names("sums") - ["plain"]; sums))

The model of errors trained on: with its own errors, or as many injected ones.

\(columns($all; "more"; names("more"); sums))

## 4. Prose

\(columns($all; "prose"; names("prose"); prose))

![prose](prose.svg)

## 5. How

Machine: \($run.machine.cpu), \($run.machine.cores) processors.  A training
runs on one of them.

\($run.runs | map([.goal, .jobs, (.real | minutes), (.user + .system | minutes)] |
    map(tostring)) | table(["`make`", "-j", "wall time", "processor time"]))

\([["", "problems"]] + ($all | group_by(.part) |
    map([.[0].part, "`insec-synth \(.[0].settings.task)`"])) | .[1:] |
    map(select(.[0] != "prose")) | table(["part", "problems"]))

A cell, in the words of the table below; its seed is that of all its programs.

    problems | errors | written | insec-tokenize -t tokenizer.json |
        insec-pack -l 256 --budget TOKENS > shard
    insec-sft -o model -t tokenizer.json trained shard

\($all | group_by([.part, .cell]) | map(costs) |
    table(["part", "cell", "seeds", "tokens", "steps", "CPU s"]))

\($all | group_by([.part, .cell]) | map(.[0] | settings) |
    table(["part", "cell", "errors", "written", "trained"]))

Not run: \(if $missing == [] then "nothing." else
    $missing | map(join("/")) | join(", ") + "." end)"
