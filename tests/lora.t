#!/bin/sh
# Adapters end to end: trained, stopped, killed, merged, refused.
. "$(dirname "$0")/tap.sh"
merge=$top/tests/merge.pl

refused() { # text that the message must hold, status, then the command
    want=$1 status=$2
    shift 2
    "$@" >said 2>err
    [ $? = "$status" ] && grep -q -e "$want" err
}
train() { # folder, options
    to=$1
    shift
    insec-sft -o "$to" --batch-tokens 512 --log-every 1 "$@" 2>err
}
same() { # two folders: every file
    diff -r "$1" "$2" >err 2>&1
}
header() { # of a safetensors file
    tail -c +9 "$1" | head -c "$(od -An -tu8 -N8 "$1" | tr -d ' ')"
}

insec-synth sums -n 300 --digits 1-2 | insec-pair | insec-tokenize |
    insec-pack -l 128 >train.shard
tiny='--dim 16 --layers 2 --heads 2'
train base $tiny --steps 30 --lr 5e-3 train.shard >base.log

# ---- the same bytes

lora='--init base --lora 3 --steps 12 --lr 1e-2 --save-every 2'
train ad $lora train.shard >ad.log
jq -se 'length == 12 and .[-1].loss < .[0].loss' ad.log >/dev/null
ok 'an adapter is trained'
train cut $lora --stop-at 5 train.shard >cut.log &&
    train cut $lora --resume -j 2 train.shard >>cut.log &&
    cmp ad.log cut.log >err && same ad cut
ok 'stopped and resumed on two threads: the same log, the same files'
train again $lora --recompute train.shard | cmp - ad.log && same ad again
ok 'with --recompute: the same log, the same files'
killed=0
for pause in 0.02 0.05 0.1; do
    insec-sft -o killed --batch-tokens 512 $lora --resume train.shard \
        >/dev/null 2>err &
    pid=$!
    sleep $pause
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
done
train killed $lora --resume train.shard >/dev/null && same ad killed
ok 'killed at any moment, resumed: the same files'

# ---- PEFT's files

header ad/adapter_model.safetensors | jq -c '
    del(.__metadata__) | to_entries | map([.key, .value.shape]) |
    map(select(.[0] | test("layers.1.(self_attn.k|mlp.down)"))) | .[]' >names
cat >want <<'EOF'
["base_model.model.model.layers.1.self_attn.k_proj.lora_A.weight",[3,16]]
["base_model.model.model.layers.1.self_attn.k_proj.lora_B.weight",[16,3]]
["base_model.model.model.layers.1.mlp.down_proj.lora_A.weight",[3,64]]
["base_model.model.model.layers.1.mlp.down_proj.lora_B.weight",[16,3]]
EOF
cmp names want >err && jq -e '.peft_type == "LORA" and .r == 3 and
    .lora_alpha == 6 and .base_model_name_or_path == "base" and
    .fan_in_fan_out == false and (.target_modules | length) == 7' \
    ad/adapter_config.json >/dev/null
ok 'names and shapes are those of PEFT'
insec-sft -o full --init base --adapter ad --merge 2>err &&
    perl "$merge" base ad full >said 2>err &&
    [ "$(cat said)" = '14 matrices, 0 rows' ]
ok 'merged as PEFT would'
train x --init full --steps 1 --lr 1e-12 train.shard >x.log &&
    train y --init base --adapter ad --steps 1 --lr 1e-12 train.shard \
        >y.log && jq -se '.[0].loss == .[1].loss' x.log y.log >/dev/null
ok 'the merged network has the loss of the adapted one'
train best $lora --eval train.shard --eval-every 6 --best kept train.shard \
    >/dev/null && [ ! -e kept/trainer_state.json ] &&
    cmp kept/adapter_model.safetensors ad/adapter_model.safetensors >err
ok 'the best is kept as an adapter'

# ---- new marks

jq '.added_tokens += [range(261; 264) | {id:., content:"<|new\(.)|>",
    single_word:false, lstrip:false, rstrip:false, normalized:false,
    special:true}]' base/tokenizer.json >wider.json
echo '{"id":1,"segments":[{"label":true,"text":"abc","kind":"context"},
    {"label":true,"text":"<|new262|>","kind":"mark"},
    {"label":true,"text":"abc","kind":"context"}]}' | jq -c . |
    insec-tokenize -t wider.json | insec-pack -l 32 >marks.shard
jq '.tie_word_embeddings = false' base/config.json >untied.json
echo '{"model_type":"gpt2","vocab_size":261,"n_embd":16,"n_layer":1,"n_head":2,
    "n_positions":512}' >gpt2.json
train untied --config untied.json --steps 2 train.shard >/dev/null
train gpt2 --config gpt2.json --steps 2 train.shard >/dev/null
for kind in base untied gpt2; do
    rows='3 rows' matrices=14
    [ $kind != untied ] || rows='6 rows'
    [ $kind != gpt2 ] || matrices=4
    rm -rf wide marks out
    # a step of next to no length: biases may be as small as 1e-11
    train wide --init $kind -t wider.json --steps 1 --lr 1e-12 \
        --warmup 1000000 marks.shard >/dev/null
    train marks --init $kind -t wider.json --lora 2 --steps 40 --warmup 0 \
        --lr 3e-2 marks.shard >marks.log &&
        insec-sft -o out --init $kind --adapter marks --merge 2>err &&
        perl "$merge" wide marks out >said 2>err &&
        [ "$(cat said)" = "$matrices matrices, $rows" ] &&
        jq -se '.[0].loss_mark - .[-1].loss_mark > 1' marks.log >/dev/null
    ok "$kind: the rows of new marks are learnt, no other row is"
done
train gpt2ad --init gpt2 --lora 2 --lora-targets c_fc,attn.c_proj --steps 2 \
    train.shard >/dev/null &&
    insec-sft -o out --init gpt2 --adapter gpt2ad --merge 2>err &&
    perl "$merge" gpt2 gpt2ad out >said 2>err &&
    [ "$(cat said)" = '2 matrices, 0 rows' ] &&
    jq -e .fan_in_fan_out gpt2ad/adapter_config.json >/dev/null
ok 'some matrices of GPT-2 only'
train two --init base --adapter marks --steps 2 marks.shard >/dev/null
[ $? = 1 ] && grep -q 'marks.adapter_config.json' err
ok 'an adapter of another network is refused'

# ---- refused

refused 'needs --init' 2 train out --lora 4 train.shard
ok 'an adapter of nothing'
refused 'needs --adapter' 2 train out --init base --merge
ok 'nothing to merge'
refused 'no layer has a matrix embed_tokens' 2 train out --init base --lora 2 \
    --lora-targets q_proj,embed_tokens train.shard
ok 'what has no adapter'
refused 'rank 3, not 4' 1 train out --init base --adapter ad --lora 4 \
    train.shard
ok 'another rank'
for change in '.use_dora = true' '.r = 0' '.bias = "all"' 'del(.peft_type)' \
    '.target_modules = "all-linear"' '.rank_pattern = {"q_proj":4}' \
    '.trainable_token_indices = {"lm_head":[1]}' '.lora_alpha = "1"' \
    '.trainable_token_indices = {"embed_tokens":[1,1]}' '[]'; do
    rm -rf odd
    cp -r ad odd
    jq "$change" ad/adapter_config.json >odd/adapter_config.json
    refused odd/adapter_config.json 1 insec-sft -o out --init base \
        --adapter odd --merge
    ok "adapter_config.json: $change"
done
rm ad/adapter_model.safetensors
refused 'ad/adapter_model.safetensors' 3 insec-sft -o out --init base \
    --adapter ad --merge
ok 'no numbers'
rm -rf out
train base $tiny --steps 31 --lr 5e-3 train.shard >/dev/null
refused 'begun with base_hash' 1 train cut $lora --resume train.shard
ok 'not resumed on other weights'
[ ! -e out ]
ok 'nothing was written'

echo "1..$n"
