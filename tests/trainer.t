#!/bin/sh
# Training: what records weigh, what is left for TensorBoard, and checkpoints
# that are refused.
. "$(dirname "$0")/tap.sh"
events=$top/tests/events.pl

tiny='--dim 16 --layers 1 --heads 2'
train() { # folder, options
    to=$1
    shift
    insec-sft -o "$to" $tiny --log-every 1 "$@" 2>err
}
pack() { # a jq program on documents
    jq -c "$1" docs | insec-pair | insec-tokenize | insec-pack -l 128
}

# ---- records with a weight

insec-synth sums -n 60 --digits 1-2 >docs
pack . >plain.shard
pack '.weight = 3' >three.shard
train m1 --steps 3 plain.shard >log1
train m2 --steps 3 three.shard | jq -c '[.step, .loss]' >log2
jq -c '[.step, .loss]' log1 | cmp - log2 >err &&
    cmp m1/model.safetensors m2/model.safetensors >err
ok 'the same weight for all changes nothing'

# by the number of a record: one half of them counts
pack 'select(input_line_number % 2 == 0)' >half.shard
pack '.weight = 1 - input_line_number % 2' >zero.shard
train m3 --steps 1 half.shard >log3
train m4 --steps 1 zero.shard >log4
jq -se '(.[0].loss - .[1].loss | fabs) < 1e-6 and
    (.[0].grad_norm - .[1].grad_norm | fabs) < 1e-5 and
    .[0].num_tokens < .[1].num_tokens' log3 log4 >/dev/null
ok 'what weighs nothing is not learnt, nor counted in the mean'

pack '.weight = 1 - input_line_number % 2 * 1.5' >minus.shard
for s in zero minus; do
    train m5 --steps 40 --lr 1e-2 $s.shard >/dev/null
    pack 'select(input_line_number % 2 == 1)' >odd.shard
    insec-sft -o m6 --init m5 --steps 1 --lr 1e-12 odd.shard 2>err
done >log5
jq -se '.[1].loss > .[0].loss' log5 >/dev/null
ok 'what weighs less than nothing is made less likely'

pack '.weight = 0' >none.shard
train m7 --steps 1 none.shard >log
[ $? = 1 ] && grep -q 'nothing to learn' err
ok 'if nothing weighs anything there is nothing to learn'

train m8 --steps 4 --stop-at 2 zero.shard >log
train m8 --steps 4 --resume plain.shard >log
[ $? = 1 ] && grep -q 'other training data' err
ok 'other weights are other data'

# ---- for TensorBoard

train tb --steps 12 --log-every 3 --eval half.shard --eval-every 6 \
    --tensorboard tb.dir plain.shard >tb.log
perl "$events" tb.dir/events.out.tfevents.0000000000.insec-sft >got 2>err &&
    jq -r '. as $r | to_entries[] | select(.key | test("^(eval_|step$)") | not)
        | "\($r.step) train/\(.key) \(.value)"' tb.log >want.train &&
    jq -r '. as $r | to_entries[] | select(.key | startswith("eval_")) |
        select(.key != "eval_step") |
        "\($r.eval_step) eval/\(.key[5:]) \(.value)"' tb.log | sort -u \
        >want.eval
cat want.train want.eval | sort >want
sort got | paste -d' ' want - | awk '
    { d = $3 - $6; if (d < 0) d = -d; m = $3 < 0 ? -$3 : $3 }
    $1 != $4 || $2 != $5 || d > 1e-6 * (m > 1e-30 ? m : 1e-30) { bad = 1 }
    END { exit bad || NR < 50 }'
ok 'a file for TensorBoard, sums and values right'
train tb2 --steps 12 --log-every 3 --eval half.shard --eval-every 6 \
    --tensorboard tb2.dir --stop-at 6 plain.shard >tb2.log &&
    train tb2 --steps 12 --log-every 3 --eval half.shard --eval-every 6 \
        --tensorboard tb2.dir --resume plain.shard >>tb2.log &&
    for f in tb2.dir/*; do perl "$events" "$f"; done | sort -u >got2 &&
    [ "$(ls tb2.dir | wc -l)" = 2 ] && sort -u got | cmp - got2 >err
ok 'a resumed run adds a file of its own'

# ---- a checkpoint whose tensors are not those of its config.json

train whole --layers 2 --steps 1 plain.shard >log
while IFS='|' read -r change want; do
    rm -rf odd
    cp -r whole odd
    jq "$change" whole/config.json >odd/config.json
    insec-sft -o out --init odd --steps 1 plain.shard >log 2>err
    [ $? = 1 ] && grep -q "odd/model.safetensors: .*$want" err && [ ! -e out ]
    ok "refused: $change"
done <<'EOF'
.num_hidden_layers = 3|is missing
.num_hidden_layers = 1|a network of this config.json has none
.tie_word_embeddings = false|lm_head.weight: is missing
.intermediate_size = 32|shape is not what config.json says
.num_key_value_heads = 1|shape is not what config.json says
EOF

echo "1..$n"
