#!/bin/sh
# Properties of insec-pack and insec-unpack: every document comes back exactly
# once, the same bytes for any number of threads and any block size, little
# padding, and nothing that looks finished after a kill.
. "$(dirname "$0")/tap.sh"

# rows SEED DOCS LONGEST: kinds in the order insec-pair gives them.
rows() {
    awk -v seed="$1" -v docs="$2" -v longest="$3" 'BEGIN {
    srand(seed)
    split("1 2 3 4 5 4 6 2 3 4 6 2", order, " ")
    for (d = 0; d < docs; d++) {
        n = 1 + int(exp(rand() * log(longest)))
        if (n > longest) n = longest
        s = ""
        for (i = 1; i < n; i++) s = s int(rand() * 300) ","
        k = ""; left = n
        for (i = 1; left > 0; i++) {
            run = 1 + int(rand() * 4)
            if (i == 12 || run > left) run = left
            k = k (k ? "," : "") "[" order[i] "," run "]"
            left -= run
        }
        id = d % 3 ? "\"d" d "\\u00e9\"" : d
        printf "{\"id\":%s,\"input_ids\":[%s0],\"kinds\":[%s],", id, s, k
        print "\"tokenizer\":{\"hash\":\"0123456789abcdef\"," \
            "\"vocab_size\":300,\"pad_id\":7}}"
    } }'
}

for length in 40 64 500; do
    rows $length 700 40 >in
    insec-pack -l $length in >a.shard
    insec-unpack a.shard | sort >back
    sort in | cmp -s - back
    result $? "rows of $length: each document comes back once"
    for j in 2 5; do
        for block in 1 1000 1M; do
            insec-pack -l $length -j $j --block-size $block <in
        done
    done >all
    for i in 1 2 3 4 5 6; do cat a.shard; done | cmp -s - all
    result $? "rows of $length: same bytes for any -j and block size"
    insec-unpack -j 3 a.shard >three
    insec-unpack a.shard | cmp -s - three
    result $? "rows of $length: insec-unpack likewise"
done

for how in 'window' 'window --window 50' 'stream --shuffle 5' \
    'window --shuffle 5' one; do
    insec-pack -l 500 --fit $how in >f.shard
    insec-unpack f.shard | sort | cmp -s - back
    result $? "--fit $how: each document comes back once"
    insec-pack -l 500 --fit $how -j 3 --block-size 999 in | cmp -s - f.shard
    result $? "--fit $how: same bytes for any -j and block size"
done

for zip in --long '--zstd-threads 1' '--long --zstd-threads 2 --level 9'; do
    insec-pack -l 500 $zip in >f.shard
    insec-unpack f.shard | sort | cmp -s - back && zstd -tq f.shard
    result $? "$zip: the same documents"
done
insec-pack -l 500 --zstd-threads 1 in >f.shard
insec-pack -l 500 --zstd-threads 3 in | cmp -s - f.shard
result $? "--zstd-threads: same bytes for 1 and 3"

# Plain chunking loses no token and leaves no row but the last unfilled.
insec-pack -l 50 --fit concat --stats st in >f.shard
insec-unpack f.shard | jq -cn 'reduce inputs.input_ids as $i ([]; . + $i)' >got
jq -cn 'reduce inputs.input_ids as $i ([]; . + $i)' in | cmp -s - got
result $? "--fit concat: every token in its order"
jq -e '.rows == (.tokens / 50 | ceil)' st >/dev/null
result $? "--fit concat: no row but the last is padded"

# An exact budget, the same however the input comes.
for how in stream window concat; do
    insec-pack -l 64 --fit $how --budget 4321 --stats st in >f.shard
    insec-pack -l 64 --fit $how --budget 4321 -j 3 --block-size 77 --stats st2 \
        in | cmp -s - f.shard
    result $? "--budget, --fit $how: same bytes for any -j and block size"
    insec-unpack f.shard | jq -en '[inputs.input_ids | length] | add == 4321' \
        >/dev/null
    result $? "--budget, --fit $how: exact"
done

# Unpacked and packed again nothing changes but the order.
insec-unpack a.shard | insec-pack -l 500 | insec-unpack | sort | cmp -s - back
result $? "packed again"

# Split documents: pieces of an id, in order of tokens, give the document.
rows 9 300 200 >in
insec-pack -l 60 --overflow split --open-rows 1 -o s --shard-size 5K in
insec-unpack s-*.shard | jq -cn '
    reduce inputs as $r ({}; .["\($r.id)"] += $r.input_ids)' >got
jq -cn 'reduce inputs as $r ({}; .["\($r.id)"] += $r.input_ids)' in >want
jq -ne --slurpfile a got --slurpfile b want '
    ($a[0] | map_values(sort)) == ($b[0] | map_values(sort))' >/dev/null
result $? "split documents lose no token"
insec-unpack s-*.shard | jq -en '
    [inputs.kinds[0][0] | . >= 4] | length > 300 and (any | not)' >/dev/null
result $? "no piece begins within an error"

# Rows too short for many an error: attempts go, all that is right stays.
plain() { # rows of tokens -> per id the tokens that are the document's
    jq -cn 'def kinds: [.[] | . as [$k, $n] | range($n) | $k];
        reduce inputs as $r ({}; .["\($r.id)"] += [
            [$r.input_ids, ($r.kinds | kinds)] | transpose[] |
            select(.[1] | IN(3, 4, 5) | not)[0]])
        | map_values(select(length > 0) | sort)' "$@"
}
plain in >want
for length in 1 5 9; do
    insec-pack -l $length --open-rows 1 --stats st in >short.shard &&
        insec-unpack short.shard | plain | cmp -s - want &&
        jq -e '.out == 300 and .attempts_dropped > 0' st >/dev/null
    result $? "rows of $length lose attempts, and nothing that is right"
done

# Errors by class: a wrong token's id says its class, so the rows that come
# back tell which errors were packed.
rows 4 400 120 | jq -c '
    def runs: .kinds as $k | reduce range($k | length) as $i ([0, []];
        [.[0] + $k[$i][1], .[1] + [[.[0]] + $k[$i]]]) | .[1];
    reduce (runs | .[] | select(.[1] == 3)) as [$at, $_, $n] (
        .error_classes = [] | .input_ids |= map(. + 10 | [., 299] | min);
        (.input_ids[$at] % 3) as $c | .error_classes += [["c\($c)"]] |
        .input_ids[$at:$at + $n] = [range($n) | $c])' >in
packed() { # rows of tokens -> {"c0": stretches, ...}
    jq -cn 'def runs: .kinds as $k | reduce range($k | length) as $i ([0, []];
        [.[0] + $k[$i][1], .[1] + [[.[0]] + $k[$i]]]) | .[1];
        reduce (inputs | .input_ids as $ids | runs | .[] | select(.[1] == 3) |
            "c\($ids[.[0]])") as $c ({}; .[$c] += 1)' "$@"
}
packed in >all
for how in '-l 200' '-l 60 --overflow split' '-l 25 --overflow truncate' \
    '-l 7' '-l 25 --overflow reject' '-l 60 --budget 2500' \
    '-l 60 --fit window --shuffle 3 --budget 2500'; do
    insec-pack $how --rejects rejects --stats st in >c.shard
    insec-unpack c.shard | packed >kept
    case $how in
    *budget*) ;; # what was never read is no error
    *) jq -e --slurpfile all all '.errors_by_class | map_values(.errors) ==
        $all[0]' st ;;
    esac >/dev/null &&
        jq -e --slurpfile kept kept '.errors_by_class |
            map_values(.errors - .dropped) ==
                {c0: 0, c1: 0, c2: 0} + $kept[0] and
            all(.[]; .dropped / .errors == .drop_rate)' st >/dev/null
    result $? "$how: errors by class are those that come back"
    insec-pack $how --rejects rejects -j 3 --block-size 500 --stats st2 in \
        >/dev/null
    [ "$(jq -c .errors_by_class st)" = "$(jq -c .errors_by_class st2)" ]
    result $? "$how: the same for any -j and block size"
done
insec-pack -l 20 --overflow truncate --stats st in >/dev/null
jq -e '[.errors_by_class[].dropped] | length == 3 and min > 20' st >/dev/null
result $? "and truncation drops some of each"

# Less padding than next-fit, which closes a row when a document does not fit.
rows 3 3000 100 >in
insec-pack -l 128 --stats st in >/dev/null
jq '.input_ids | length' in | awk -v l=128 '
    { if (used + $1 > l) { rows++; used = 0 } used += $1; sum += $1 }
    END { rows++; print (rows * l - sum) / (rows * l) }' >next
jq -e --slurpfile next next '.padding < $next[0] / 3' st >/dev/null
result $? "a third of next-fit's padding at most"

# Killed while it reads: what is there is whole, the rest is not there.
while cat in; do :; done 2>/dev/null |
    insec-pack -l 128 --shard-size 20K --block-size 10K -o k &
pid=$!
i=0
while [ ! -e k-00002.shard ] && [ $i -lt 200 ]; do
    sleep 0.05
    i=$((i + 1))
done
kill -9 $pid
wait $pid 2>/dev/null
[ -e k-00002.shard ] && insec-unpack k-*.shard >/dev/null
result $? "shards of a killed run are whole"

echo "1..$n"
