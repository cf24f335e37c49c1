# One cell: its settings, what it was trained on, how long that took, and the
# metrics that the report may need, as [value, low, high, count, total].
def wanted: ["detection", "false_alarm", "correction", "exact_fix", "reason",
    "accuracy_before", "accuracy_after", "gained", "lost", "fixed", "broken",
    "correction_injected", "correction_own_probes", "correction_own", "gap",
    "accuracy", "flags_if_right", "flags_if_wrong", "false_flags",
    "error_log_odds", "loss"];
def table: map(select(.name | IN(wanted[])) |
    select(.group == "all" or (.group | IN("class", "level")) and
        (.name | IN("detection", "false_alarm", "exact_fix", "accuracy",
            "accuracy_before")) or
        .group == "against" and (.of | IN("only_this", "only_other"))) |
    {key: (if .group == "all" then .name else "\(.name) \(.of)" end),
     value: [.value, .low, .high, .count, .total]}) |
    map(select(.value[4] > 0)) | from_entries;
($name / "/") as [$part, $cell, $seed] |
($settings / "\n") as [$task, $corrupt, $pair, $train] |
($time / "\n" | map(select(test("^[0-9.]+ [0-9.]+ [0-9.]+$")))[-1] / " " |
    map(tonumber)) as [$real, $user, $system] |
{part: $part, cell: $cell, seed: ($seed | tonumber),
 settings: {task: $task, errors: $corrupt, written: $pair, training: $train},
 data: ($data[0] | {documents, tokens, documents_with_errors, errors}),
 training: ($log[-1] | {step, num_tokens, loss}),
 seconds: {real: $real, cpu: ($user + $system)},
 metrics: ($metrics | table)} +
if $drafts == [] then {} else {drafts: ($drafts | table)} end +
if $greedy == [] then {} else {greedy: ($greedy | table)} end +
if $scores == [] then {} else {scores: ($scores | table)} end
