#!/bin/sh
# insec-synth against an oracle of its own (tests/synth/oracle.jq), and the
# laws that need whole runs: any -j, any split.
. "$(dirname "$0")/tap.sh"
cd "$top" || exit 1

oracle() { jq -r -f tests/synth/oracle.jq; }

while read -r options; do
    # shellcheck disable=SC2086
    insec-synth $options -s 5 >"$dir/made" && oracle <"$dir/made" >"$dir/bad"
    [ -s "$dir/made" ] && [ ! -s "$dir/bad" ]
    result $? "the oracle agrees: $options"
    insec-synth --check --stats "$dir/stats" "$dir/made" >"$dir/checked"
    jq -e '.share == 1 and .right == .in' "$dir/stats" >/dev/null
    result $? "the checker agrees: $options"
    # shellcheck disable=SC2086
    insec-synth $options -s 5 -j 2 --block-size 1 | cmp -s - "$dir/made"
    result $? "-j 2 gives the same bytes: $options"
    insec-synth --check -j 2 --block-size 100 <"$dir/made" |
        cmp -s - "$dir/checked"
    result $? "--check -j 2 gives the same bytes: $options"
done <<'END'
chain -n 300
chain -n 300 --ops 1-12 --distractors 4 --modulus 23 --split test
chain -n 200 --ops 3 --style words --order sorted --split train
chain -n 200 --ops 1-8 --style words --distractors 5 --modulus 97
sums -n 300
sums -n 200 --terms 9 --digits 1-14 --split test
END

# The oracle and the checker can fail: both see each of these.
insec-synth -n 200 >"$dir/made"
for change in '.answer = "9"' '.prompt |= gsub(" \\+ "; " - ")' \
    '.completion |= sub("(?<a>[0-9])\\.\nA"; "9.\nA")'; do
    jq -c "$change" "$dir/made" >"$dir/changed"
    jq -n -c --slurpfile a "$dir/made" --slurpfile b "$dir/changed" \
        '[$a, $b] | transpose[] | select(.[0] != .[1])[1]' >"$dir/differ"
    [ "$(oracle <"$dir/differ" | grep -c '^chain-')" -gt 90 ]
    result $? "the oracle sees $change"
done

# The checker trusts the prompt, not the answer.
jq -c '.answer = "9"' "$dir/made" | insec-synth --check |
    jq -s -e 'all(.[]; .check.right)' >/dev/null
result $? "the answer of a record is not trusted"

# No prompt is in both splits; with numbers that do not count, no shape is.
for options in 'sums --digits 1-2' 'chain --ops 1-2'; do
    for split in train test; do
        # shellcheck disable=SC2086
        insec-synth $options -n 5000 --split $split -j 2 | jq -r .prompt |
            sort -u >"$dir/$split"
    done
    [ "$(comm -12 "$dir/train" "$dir/test" | wc -l)" = 0 ]
    result $? "train and test share no prompt: $options"
done
echo "1..$n"
