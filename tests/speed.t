#!/bin/sh
# Training in less memory, and how fast it is.
. "$(dirname "$0")/tap.sh"

tiny='--dim 16 --layers 3 --heads 2'
train() { # folder, options
    to=$1
    shift
    insec-sft -o "$to" $tiny --batch-tokens 512 --log-every 1 "$@" 2>err
}
same() { # two folders: every file
    diff -r "$1" "$2" >err 2>&1
}

insec-synth sums -n 300 --digits 1-2 | insec-pair | insec-tokenize |
    insec-pack -l 128 >train.shard

# ---- layers made again in the backward pass

train again --steps 20 --recompute -j 2 train.shard >again.log
train kept3 --steps 20 --stop-at 9 train.shard >kept3.log
train kept3 --steps 20 --resume --recompute --stop-at 14 \
    train.shard >>kept3.log
train kept3 --steps 20 --resume train.shard >>kept3.log
train keeping --steps 20 train.shard | cmp - again.log &&
    cmp again.log kept3.log && same again keeping && same again kept3
ok '--recompute: the same log, the same files, also when taken up in between'
for how in --recompute ''; do
    train none --steps 1 --layers 40 --batch-tokens 4K --dry-run $how \
        train.shard
done | jq -se '.[0].bytes_activations * 2 < .[1].bytes_activations and
    (map(del(.bytes, .bytes_activations, .tokens_per_second, .seconds)) |
    unique | length == 1)' >/dev/null
ok 'in less memory, as a dry run says'

if train half --steps 1 --dtype bf16 --dry-run train.shard >/dev/null; then
    train half --steps 20 --dtype bf16 --recompute -j 2 train.shard >half.log
    train halves --steps 20 --dtype bf16 train.shard | cmp - half.log &&
        same half halves
    ok 'and with --dtype bf16'
else
    grep -q 'neither AMX nor AVX512-BF16' err
    ok '--dtype bf16 is refused where the processor cannot'
fi

# ---- its speed, where that is asked for

train fast --epochs 3 --batch-tokens 1M train.shard | jq -c . >a
train fast --epochs 3 --batch-tokens 1M --speed --csv fast.csv train.shard \
    >fast.log && jq -c 'del(.tokens_per_second, .mfu)' fast.log | cmp - a >err
ok '--speed: the same log but for two fields'
grep -q avx2 /proc/cpuinfo && peak=true || peak=false
jq -se "length == 3 and all(.tokens_per_second > 0 and
    (.mfu > 0 and .mfu < 1) == $peak) and (map(.mfu / .tokens_per_second) |
    max - min <= 1e-9 * max)" fast.log >/dev/null
ok 'a share of the peak that goes with the speed'
head -n 1 fast.csv | grep -q ',tokens_per_second,mfu$'
ok 'also in the table'
script -qec "insec-sft -o fast $tiny --steps 9 train.shard >log" /dev/null \
    </dev/null | tr '\r' '\n' >line
$peak && more=', [0-9]*% peak'
grep -q "steps, .*/s .*eta .*loss [0-9.]*, [0-9]* tok/s$more" line
ok 'the progress line has both'

echo "1..$n"
