#!/bin/sh
# insec-synth against an oracle of its own (tests/synth/oracle.jq), and the
# laws that need whole runs: any -j, any split.
cd "$(dirname "$0")/.." || exit 1
PATH=$PWD/${BIN:-bin}:$PATH LC_ALL=C
export PATH LC_ALL
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
n=0

ok() { # status name
    n=$((n + 1))
    if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}
oracle() { jq -r -f tests/synth/oracle.jq; }

while read -r options; do
    # shellcheck disable=SC2086
    insec-synth $options -s 5 >"$tmp/made" && oracle <"$tmp/made" >"$tmp/bad"
    [ -s "$tmp/made" ] && [ ! -s "$tmp/bad" ]
    ok $? "the oracle agrees: $options"
    insec-synth --check --stats "$tmp/stats" "$tmp/made" >"$tmp/checked"
    jq -e '.share == 1 and .right == .in' "$tmp/stats" >/dev/null
    ok $? "the checker agrees: $options"
    # shellcheck disable=SC2086
    insec-synth $options -s 5 -j 2 --block-size 1 | cmp -s - "$tmp/made"
    ok $? "-j 2 gives the same bytes: $options"
    insec-synth --check -j 2 --block-size 100 <"$tmp/made" |
        cmp -s - "$tmp/checked"
    ok $? "--check -j 2 gives the same bytes: $options"
done <<'END'
chain -n 300
chain -n 300 --ops 1-12 --distractors 4 --modulus 23 --split test
chain -n 200 --ops 3 --style words --order sorted --split train
chain -n 200 --ops 1-8 --style words --distractors 5 --modulus 97
sums -n 300
sums -n 200 --terms 9 --digits 1-14 --split test
END

# The oracle and the checker can fail: both see each of these.
insec-synth -n 200 >"$tmp/made"
for change in '.answer = "9"' '.prompt |= gsub(" \\+ "; " - ")' \
    '.completion |= sub("(?<a>[0-9])\\.\nA"; "9.\nA")'; do
    jq -c "$change" "$tmp/made" >"$tmp/changed"
    jq -n -c --slurpfile a "$tmp/made" --slurpfile b "$tmp/changed" \
        '[$a, $b] | transpose[] | select(.[0] != .[1])[1]' >"$tmp/differ"
    [ "$(oracle <"$tmp/differ" | grep -c '^chain-')" -gt 90 ]
    ok $? "the oracle sees $change"
done

# The checker trusts the prompt, not the answer.
jq -c '.answer = "9"' "$tmp/made" | insec-synth --check |
    jq -s -e 'all(.[]; .check.right)' >/dev/null
ok $? "the answer of a record is not trusted"

# No prompt is in both splits; with numbers that do not count, no shape is.
for options in 'sums --digits 1-2' 'chain --ops 1-2'; do
    for split in train test; do
        # shellcheck disable=SC2086
        insec-synth $options -n 5000 --split $split -j 2 | jq -r .prompt |
            sort -u >"$tmp/$split"
    done
    [ "$(comm -12 "$tmp/train" "$tmp/test" | wc -l)" = 0 ]
    ok $? "train and test share no prompt: $options"
done
echo "1..$n"
