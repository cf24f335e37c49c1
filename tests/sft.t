#!/bin/sh
# Training and generating, end to end: what is resumed, killed, interrupted
# by a full disk or fed with what cannot be trained.
. "$(dirname "$0")/tap.sh"

refused() { # text that the message must hold, then the command
    want=$1 status=$2
    shift 2
    "$@" >said 2>err
    [ $? = "$status" ] && grep -q -e "$want" err
}
tiny='--dim 16 --layers 1 --heads 2'
train() { # folder, options
    to=$1
    shift
    insec-sft -o "$to" $tiny --batch-tokens 512 --save-every 5 --log-every 1 \
        "$@" 2>err
}
same() { # two folders: every file
    diff -r "$1" "$2" >err 2>&1
}

insec-synth sums -n 300 --digits 1-2 | insec-pair | insec-tokenize |
    insec-pack -l 128 >train.shard
insec-synth sums -n 40 --digits 1-2 -s 2 | insec-pair | insec-tokenize |
    insec-pack -l 128 >test.shard

# ---- the same bytes

train whole --steps 20 --eval test.shard --eval-every 4 train.shard >whole.log
ok 'a run'
jq -se 'length == 20 and (map(keys) | unique | length) == 1 and
    ([.[][]] | all(type == "number"))' whole.log >/dev/null
ok 'every row of the log has the same keys, all numbers'
jq -se 'map(.eval_step) == [0,0,0,4,4,4,4,8,8,8,8,12,12,12,12,16,16,16,16,20]' \
    whole.log >/dev/null
ok 'evaluations are those of their steps'

train cut --steps 20 --eval test.shard --eval-every 4 --stop-at 7 \
    train.shard >cut.log
train cut --steps 20 --eval test.shard --eval-every 4 --resume -j 2 \
    train.shard >>cut.log
cmp whole.log cut.log >err && same whole cut
ok 'stopped and resumed: the same log, the same files'

train two --steps 20 --eval test.shard --eval-every 4 -j 2 train.shard |
    cmp - whole.log && same whole two
ok 'two threads: the same log, the same files'

cat train.shard | train piped --steps 20 --eval 'tes?.shard' --eval-every 4 \
    --resume >piped.log && cmp whole.log piped.log && same whole piped
ok 'from a pipe, with a pattern, resuming what is not there'

train plain --steps 20 train.shard >plain.log
insec-unpack test.shard | insec-pack -l 128 -o part --shard-size 4K
set -- part-*.shard
train split --steps 20 --eval part-*.shard --eval-every 4 train.shard |
    jq -c '{loss, eval_loss}' >split.log && [ $# -gt 2 ] &&
    jq -c '{loss, eval_loss}' whole.log | cmp - split.log >err
ok 'a pattern of --eval that the shell expands is evaluated, not learnt'
refused "none is left to train on" 2 train none --steps 2 --eval part-*.shard
ok 'nothing left beside --eval'
jq -c 'del(.eval_step, .eval_loss) | with_entries(select(.key |
    startswith("eval") | not))' whole.log >a
jq -c . plain.log | cmp - a
ok 'an evaluation changes nothing'

train micro --steps 1 --micro-tokens 64 train.shard >micro.log
train micro --steps 1 train.shard >>micro.log
jq -se '(.[0].loss - .[1].loss | fabs) < 1e-5 and
    (.[0].grad_norm - .[1].grad_norm | fabs) < 1e-4' micro.log >/dev/null
ok 'passes of another size: the same step'

# ---- bfloat16 factors, where the processor has them

if insec-sft -o none $tiny --dtype bf16 --steps 1 --dry-run train.shard \
    >/dev/null 2>err; then
    train half --steps 20 --dtype bf16 train.shard >half.log
    train halves --steps 20 --dtype bf16 --stop-at 8 train.shard >halves.log
    train halves --steps 20 --dtype bf16 --resume -j 2 train.shard >>halves.log
    cmp half.log halves.log >err && same half halves
    ok '--dtype bf16: stopped and resumed with two threads, the same files'
    jq -se '(.[0:20] | map(.loss)) as $a | (.[20:40] | map(.loss)) as $b |
        $a != $b and ([range(20) | $a[.] - $b[.] | fabs] | max < 0.02)' \
        plain.log half.log >/dev/null
    ok 'and losses near those of f32'
    refused 'begun with dtype "bf16", not "f32"' 1 train half --steps 20 \
        --resume train.shard
    ok 'and a run does not change its dtype'
else
    grep -q 'neither AMX nor AVX512-BF16' err
    ok '--dtype bf16 is refused where the processor cannot'
fi

# ---- errors pushed down

insec-synth chain -n 400 --ops 2-4 --modulus 7 |
    insec-corrupt --dictionary none --rate 0.5 --clean 0 | insec-pair |
    insec-tokenize |
    insec-pack -l 512 >wrong.shard 2>err
for w in 1 0 -1000; do
    train push --steps 60 --lr 1e-2 --weights wrong=$w wrong.shard | tail -n 1
done >push.log
jq -se 'map(.loss_wrong) as $l | map(.uptake) as $u |
    $l[0] < $l[1] and $l[1] < $l[2] and $u[0] > $u[1]' push.log >/dev/null
ok 'the lower the weight of errors, the less likely they are'

# ---- best, tokens, schedule, files for people

train best --steps 20 --lr 10 --clip 0 --eval test.shard --eval-every 2 \
    --best kept1 --plot p.svg --csv p.csv train.shard >best.log
train cut2 --steps 20 --lr 10 --clip 0 --eval test.shard --eval-every 2 \
    --best kept2 --stop-at 9 train.shard >best2.log
train cut2 --steps 20 --lr 10 --clip 0 --eval test.shard --eval-every 2 \
    --best kept2 --resume train.shard >>best2.log
cmp best.log best2.log >err && same kept1 kept2
ok 'the best is kept, resumed or not'
jq -se '.[-1] | .eval_best_loss < .eval_loss' best.log >/dev/null
ok 'and it is not the last'
best=$(jq -s '.[-1].eval_best_loss' best.log)
insec-sft -o again --init kept1 --steps 1 --lr 1e-12 --eval test.shard \
    train.shard 2>err | jq -e "(.eval_loss - $best | fabs) < 1e-5" >/dev/null &&
    [ ! -e kept1/trainer_state.json ]
ok 'it has the loss it is kept for'
jq -sr '(.[0] | keys_unsorted | join(",")),
    (.[] | map(tostring) | join(","))' best.log >want.csv
[ "$(sed -n 1p p.csv)" = "$(sed -n 1p want.csv)" ] &&
    [ "$(wc -l <p.csv)" = 21 ] && [ "$(cut -d, -f1 p.csv | tail -n 1)" = 20 ]
ok 'the log as CSV'
grep -q '<polyline.*points="56.0,' p.svg && grep -q eval_loss p.svg
ok 'the losses as a picture'
[ "$(train all --tokens 3000 --schedule wsd --cooldown 0.5 --warmup 0 \
    train.shard | tail -n 1 | jq '.num_tokens >= 3000 and
    .num_tokens - 512 < 3000')" = true ]
ok 'so many tokens'
[ "$(train all --epochs 3 --batch-tokens 1M train.shard |
    jq -c '[.step, .epoch]' | tail -n 1)" = '[3,3]' ]
ok 'so many passes'
rm -rf dry
insec-sft -o dry $tiny --steps 3 --dry-run train.shard >dry.json 2>err &&
    [ ! -e dry ] &&
    jq -e '.parameters == 8320 and .steps == 3 and .bytes >
        4 * .bytes_weights and .seconds > 0' dry.json >/dev/null
ok 'a dry run says what it would take, and writes nothing'
refused "GiB more" 3 insec-sft -o dry --layers 1000 --dim 16 --heads 2 \
    --micro-tokens 16M --batch-tokens 16M train.shard
ok 'too little memory is said before starting'
refused "GiB more" 3 insec-sft -o dry --layers 64 --dim 4096 --heads 32 \
    train.shard
ok 'also for the weights alone'

# ---- killed

killed=0
for pause in 0.02 0.05 0.08 0.12 0.2; do
    rm -rf killed killed.saving
    for again in 1 2 3; do
        insec-sft -o killed $tiny --batch-tokens 512 --steps 40 --resume \
            --save-every 1 train.shard >/dev/null 2>err &
        pid=$!
        sleep $pause
        kill -9 $pid 2>/dev/null
        wait $pid 2>/dev/null
    done
    insec-sft -o killed $tiny --batch-tokens 512 --steps 40 --resume \
        --save-every 1 train.shard >/dev/null 2>err || break
    [ -d unbroken ] || insec-sft -o unbroken $tiny --batch-tokens 512 \
        --steps 40 --save-every 1 train.shard >/dev/null
    same killed unbroken && [ ! -e killed.saving ] || break
    killed=$((killed + 1))
done
[ $killed = 5 ]
ok 'killed at any moment, resumed: the same files'

# ---- runs that meet in one folder: the checkpoint is one run's, and whole

for seed in 1 2 3 4; do
    insec-sft -o meet $tiny --steps 60 --save-every 1 -s $seed train.shard \
        >meet.$seed 2>meet.err.$seed || echo $? >>meet.status &
done
wait
! grep -qv '^3$' meet.status 2>/dev/null && [ ! -e meet.saving ] &&
    ! cat meet.err.* | grep -v ': another run is saving there$' >err
ok 'four runs in one folder: they save, or say why not'
seed=$(jq -r '.seed[15:]' meet/trainer_state.json)
step=$(jq .global_step meet/trainer_state.json)
insec-sft -o alone $tiny --steps 60 --stop-at "$step" -s "$seed" train.shard \
    >log 2>err && same meet alone
ok 'what is there is what one of them saved'
mkdir other.saving && touch other.saving/mine
refused 'it holds mine' 1 train other --steps 1 train.shard && [ ! -s said ]
ok 'a folder in the way of saving is told before training'

# ---- refused, with what was saved kept

cp -r whole kept
refused 'begun with seed 1, not 2' 1 train kept --steps 20 -s 2 \
    --resume train.shard
ok 'another seed is not resumed'
refused 'begun with lr 0.001, not 0.002' 1 train kept --steps 20 --lr 0.002 \
    --eval test.shard --eval-every 4 --resume train.shard
ok 'other settings are not resumed'
refused 'other training data' 1 train kept --steps 20 --eval test.shard \
    --eval-every 4 --resume test.shard
ok 'other data is not resumed'
refused 'eval_hash' 1 train kept --steps 20 --eval train.shard \
    --eval-every 4 --resume train.shard
ok 'nor with another evaluation'
refused 'not finite' 1 train kept --steps 20 --lr 1e6 --warmup 0 --clip 0 \
    --save-every 50 train.shard
ok 'a run that diverges stops'
refused 'nothing to learn' 1 train kept --steps 20 \
    --weights context=0,mark=0,reason=0,right=0 train.shard
ok 'no weight anywhere is refused'
same whole kept
ok 'the checkpoint stayed as it was'

# rows of 3 tokens, each a step of its own: the second has no weight
A='{"id":"a","segments":[{"label":true,"text":"abc","kind":"context"}]}'
B='{"id":"b","segments":[{"label":false,"text":"xyz","kind":"prompt"}]}'
printf "%s\n" "$A" "$B" |
    insec-tokenize --plain | insec-pack -l 3 >part.shard
refused 'step [12]: nothing to learn' 1 insec-sft -o part $tiny --steps 2 \
    --batch-tokens 3 part.shard
ok 'a step without weight stops the run'

mkdir mine && echo note >mine/notes.md
refused 'notes.md' 1 train mine --steps 1 train.shard
ok 'a folder that holds something else is not replaced'
refused 'cannot save' 3 train no/where --steps 1 train.shard
ok 'nor is one made where there is no place'

size=$(($(wc -c <train.shard) / 2))
head -c $size train.shard >half.shard
refused 'half.shard' 1 train out --steps 1 half.shard
ok 'a truncated shard is refused'
refused 'no row' 1 train out --steps 1 /dev/null
ok 'an empty stream is refused'
sed 's/<|end|>/<|fin|>/' whole/tokenizer.json >other.json
refused 'train.shard: a shard of another tokenizer' 1 train out --steps 1 \
    -t other.json train.shard
ok 'a shard of another tokenizer is refused'
[ ! -e out ] && [ ! -e out.saving ]
ok 'and nothing was left behind'

(
    trap '' XFSZ
    ulimit -f 8
    refused 'cannot write' 3 train kept --steps 1 train.shard
) && same whole kept && [ ! -e kept.saving ]
ok 'a full disk: status 3, the old checkpoint stays'

# ---- shapes

for change in '.hidden_act = "gelu"' '.hidden_size = 0' '.model_type = "gpt2"' \
    'del(.vocab_size)' '.rope_scaling = {"type":"linear"}' '.vocab_size = 9' \
    '.max_position_embeddings = 8' '.num_attention_heads = 3' '[]'; do
    jq "$change" whole/config.json >config.json
    refused config.json 1 insec-sft -o out --config config.json train.shard
    ok "config.json: $change"
done
insec-sft -o shaped --config whole/config.json --steps 1 train.shard >log &&
    cmp shaped/config.json whole/config.json
ok 'config.json as written makes the same shape'
jq '.initializer_range = 0.04' whole/config.json >wide.json
for c in shaped/config.json wide.json; do
    insec-sft -o wide --config $c --lr 1e-12 --steps 1 train.shard >log &&
        tail -c 8000 wide/model.safetensors
done | perl -e 'binmode STDIN; local $/; my @v = unpack "f<*", <STDIN>;
    my $n = @v / 2; my $twice = 0;
    for (0 .. $n - 1) {
        my $times = $v[$_] == 1 ? 1 : 2;
        abs($v[$n + $_] - $times * $v[$_]) < 1e-9 or exit 1;
        $twice += $v[$_] != 1;
    }
    exit($n < 1000 || !$twice)'
ok 'fresh weights are as wide as config.json says'
insec-sft -o more --init whole --steps 1 train.shard >more.log &&
    jq -se '.[0].loss < .[1].loss' more.log whole.log >/dev/null
ok 'training goes on from weights'
cp -r whole broken
head -c 5000 whole/model.safetensors >broken/model.safetensors
refused model.safetensors 1 insec-sft -o out --init broken train.shard
ok 'damaged weights are refused'


# ---- other networks

jq '.model_type = "qwen2"' whole/config.json >qwen2.json
jq '.model_type = "qwen3" | .tie_word_embeddings = false' whole/config.json \
    >qwen3.json
jq '.rope_scaling = {"rope_type":"llama3","factor":8,"low_freq_factor":1,
    "high_freq_factor":4,"original_max_position_embeddings":64} |
    del(.rope_parameters)' whole/config.json >llama3.json
echo '{"model_type":"gpt2","vocab_size":261,"n_embd":16,"n_layer":1,"n_head":2,
    "n_positions":512}' >gpt2.json
for kind in qwen2 qwen3 llama3 gpt2; do
    rm -rf k1 k2
    insec-sft -o k1 --config $kind.json --batch-tokens 512 --steps 8 --lr 1e-2 \
        -j 2 train.shard >k1.log 2>err &&
        insec-sft -o k2 --config $kind.json --batch-tokens 512 --steps 8 \
            --lr 1e-2 --stop-at 3 train.shard >k2.log 2>>err &&
        insec-sft -o k2 --config k1/config.json --batch-tokens 512 --steps 8 \
            --lr 1e-2 --resume train.shard >>k2.log 2>>err &&
        same k1 k2 && jq -se '.[-1].loss < .[0].loss' k1.log >/dev/null &&
        echo 'x =' | insec-generate -m k1 -f text --max-tokens 3 >said
    ok "$kind trains, resumes, decodes"
done

jq '.added_tokens += [{"id":261,"content":"<|new|>","single_word":false,
    "lstrip":false,"rstrip":false,"normalized":false,"special":true}]' \
    whole/tokenizer.json >wider.json
echo '{"id":1,"text":"abcabcabcabc"}' | insec-pair |
    insec-tokenize -t wider.json | insec-pack -l 32 >wider.shard
insec-sft -o wider --init whole -t wider.json --steps 1 wider.shard \
    >log 2>err && [ "$(jq .vocab_size wider/config.json)" = 262 ]
ok 'a tokenizer with new marks makes room for them'
jq '.added_tokens |= map(if .content == "<|right|>" then .content = "<|r|>"
    else . end)' wider.json >moved.json
refused 'moved.json: its id 259 is another token' 1 \
    insec-sft -o out --init whole -t moved.json --steps 1 wider.shard
ok 'one whose ids mean something else is refused'

# ---- by heart, and generating

insec-synth sums -n 6 --digits 1-1 >docs
insec-pair docs | insec-tokenize | insec-pack -l 128 |
    insec-sft -o heart --dim 64 --layers 2 --heads 2 --steps 150 --lr 5e-3 \
        -j 2 >/dev/null
insec-generate -m heart docs >answers
jq -c '[.id, .prompt, .completion]' docs >a
jq -c '[.id, .prompt, .completion]' answers | cmp - a >err
ok 'what was learnt by heart comes back'
jq -se 'all(.stopped == "end" and .retractions == 0)' answers >/dev/null
ok 'and ends where it should'

hot='--temperature 1 --top-k 50 --top-p 0.99 -n 3 --max-tokens 20'
insec-generate -m heart $hot docs >hot
for how in '-j 2' '--batch 1' '--batch 5 --block-size 1' '-j 3 --batch 2'; do
    insec-generate -m heart $hot $how docs | cmp - hot >err
    ok "chance is the same with $how"
done
if insec-generate -m heart --dtype bf16 $hot docs >cold 2>err; then
    for how in '-j 2' '--batch 1' '--batch 17 -j 2'; do
        insec-generate -m heart --dtype bf16 $hot $how docs | cmp - cold >err
        ok "--dtype bf16: chance is the same with $how"
    done
else
    grep -q 'neither AMX nor AVX512-BF16' err
    ok '--dtype bf16 is refused where the processor cannot'
fi
tac docs | insec-generate -m heart $hot | jq -sc 'sort_by(.id, .sample)[]' >b
jq -sc "sort_by(.id, .sample)[]" hot | cmp - b >err
ok 'and in another order'
# All of these would take minutes.
head -n 1 docs | timeout 60 insec-generate -m heart --temperature 1 \
    -n 200000 --batch 2 | head -n 1 | jq -e '.sample == 0' >/dev/null
ok 'a row is written when its turn has come'
insec-generate -m heart $hot --temperature 3 -s 2 docs | cmp -s - hot
[ $? = 1 ]
ok 'another seed is other chance'

jq -c '.completion |= .[0:9]' docs | insec-generate -m heart --continue |
    jq -c '[.id, .prompt, .completion]' >b
jq -c '[.id, .prompt, .completion]' docs | cmp - b >err
ok 'an answer is gone on with'

# Two marks and a correction, as the beginning of an answer; the rest of it
# is whatever the model says.
echo '{"id":1,"segments":[{"label":false,"kind":"prompt","text":"Say:"},
    {"label":true,"kind":"wrong","text":" One is two."},
    {"label":true,"kind":"mark","text":"<|wrong|>"},
    {"label":true,"kind":"reason","text":" <|right|> it is not"},
    {"label":true,"kind":"mark","text":"<|right|>"},
    {"label":true,"kind":"right","text":" One is one."}]}' | jq -c . >marks
insec-generate -m heart --continue --resolve --max-tokens 1 marks >said
jq -e '(.completion | startswith(" One is one.")) and .retractions == 1 and
    (.raw | startswith(" One is two.<|wrong|> <|right|> it is not<|right|>"))' \
    said >/dev/null
ok 'what was taken back is left out'

refused 'needs prompt' 1 sh -c 'echo "{}" | insec-generate -m heart'
ok 'a record without a prompt is refused'
refused "leave no room" 1 sh -c \
    'printf "%0600d\n" 7 | insec-generate -m heart -f text'
ok 'a prompt that is too long is refused'
refused 'no/where' 3 insec-generate -m no/where docs
ok 'a missing checkpoint is a failure'

echo "1..$n"
