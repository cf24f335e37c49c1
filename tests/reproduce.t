#!/bin/sh
# examples/reproduce: its recipe works, if with a few steps of training, which
# show nothing else; and its page says what its stored results say.
. "$(dirname "$0")/tap.sh"
cd "$top" || exit 1
here=$top/examples/reproduce
mkdir "$dir/page" "$dir/again" || exit 1

# ---- the recipe: a cell of each sort

cells='sums/errors/1 sums/plain/1 more/own/1 prose/errors/1
    chain/clean/1 chain/retry.5-masked/1 chain/early.5/1 chain/due.5/1'
make -s -C "$here" BIN="$bin" OUT="$dir" REPORT="$dir/page" run \
    CELLS="$(echo $cells)" TESTS=8 DRAFTS=12 PROBLEMS=200 \
    sums.tokens=6000 chain.tokens=6000 more.tokens=3000 prose.tokens=3000 \
    prose.train='--preset nano' VERSES="cat $top/examples/text/jargon.txt" \
    >"$dir/out" 2>"$dir/err"
result $? "it runs"
[ ! -s "$dir/err" ]
result $? "nothing is complained of"
sed 's/^/# /' "$dir/err"
jq -es --arg cells "$(echo $cells)" '.[1:] |
    (map("\(.part)/\(.cell)/\(.seed)") | sort) == ($cells / " " | sort) and
    all(.[]; .training.loss > 0 and .data.tokens > 0 and .seconds.cpu > 0)' \
    "$dir/page/results.jsonl" >/dev/null
result $? "each cell has its result"
page=$dir/page/RESULTS.md
grep -q "^8 of [0-9]* cells have been run" "$page" &&
    grep -q "^Not run: .*chain/retry.1/1, .*prose/plain/3" "$page" &&
    grep -q "^| weak.5 | – | not run |" "$page"
result $? "cells that were not run are named"
for part in sums chain prose; do
    grep -q '<circle' "$dir/page/$part.svg" && tail -n 1 "$dir/page/$part.svg"
done | uniq -c | grep -q ' 3 </svg>'
result $? "three plots are drawn"

# ---- the page that is kept: of its stored results, and nothing else

cp "$here/results.jsonl" "$dir/again"
make -s -C "$here" REPORT="$dir/again" page && (
    for f in RESULTS.md sums.svg chain.svg prose.svg; do
        cmp "$here/$f" "$dir/again/$f" || exit 1
    done
)
result $? "RESULTS.md and its plots are made of results.jsonl"
# The same figures, counted in another way.
perl -MJSON::PP -CS -Mutf8 - "$here/results.jsonl" >"$dir/figures" <<'P'
my ($machine, @rows) = map decode_json($_), <>;
my %sum;
sub put { my ($key, $m) = @_; $sum{$key}[$_] += $m->[3 + $_] for 0, 1 }
for my $r (@rows) {
    my $m = $r->{metrics};
    for my $k (keys %$m) {
        my ($v, undef, undef, $c, $t) = @{$m->{$k}};
        next if $t eq 'n/a' or $k =~ /odds|loss|flags/;
        die "$r->{cell} $k" if abs($v - $c / $t) > 1e-9;
        put("$r->{part} $r->{cell} in", $m->{$k})
            if $r->{part} eq 'chain' and $k =~ /^accuracy [123]$/;
        put("$r->{part} $r->{cell} $k", $m->{$k});
    }
}
for (sort keys %sum) {
    my ($part, $cell, $what) = split / /, $_, 3;
    my $p = int(1000 * $sum{$_}[0] / $sum{$_}[1] + 0.5) / 10;
    print "$part\t$cell\t$what\t$p\n";
}
P
[ -s "$dir/figures" ]
result $? "its rates are its counts"
shown() { # section of the page, row, column: the rate
    awk -v section="$1" -v row="$2" -v column="$3" -F ' [|] |^[|] | [|]$' '
        /^## / { on = index($0, section) }
        on && !at { for (i = 1; i <= NF; i++) if ($i == column) at = i }
        on && at && $2 == row { split($at, a, " "); print a[1]; exit }' \
        "$here/RESULTS.md"
}
same() { # the page's figure, and part, cell and metric in figures
    want=$(awk -F '\t' -v k="$2 $3 $4" '$1 " " $2 " " $3 == k { print $4 }' \
        "$dir/figures")
    # Of what was not run there is no figure.
    case "$want $1" in "$1 $1" | ' not' | ' –') return ;; esac
    echo "# $2 $3 $4: $want, shown $1"
    bad=1
}
bad=0
for c in plain errors; do
    same "$(shown '1. With' 'M2 false alarms' $c)" sums $c false_alarm
    same "$(shown '1. With' 'M1 own errors detected' $c)" \
        sums $c 'detection own'
done
for c in clean retry.5 retry.5-masked due.5 weak.5; do
    same "$(shown '2. Chains' $c 'right, in range')" chain $c in
done
for c in spelling fact; do
    same "$(shown '4. Prose' "M1 detected, $c" errors)" \
        prose errors "detection $c"
done
result $bad "figures of the page are those of the results"
echo "1..$n"
