#!/bin/sh
# insec-corrupt with a checkpoint: the same errors whatever the batch, the
# threads, the blocks, the order and the splitting of the input; no error is
# the truth; the likeliest candidate is what insec-generate --score says.
. "$(dirname "$0")/tap.sh"

same() { # file file name
    cmp "$1" "$2" >err 2>&1
    result $? "$3"
    sed 's/^/# /' err
}

# A checkpoint that has seen a little, and a context shorter than some texts.
insec-synth sums -n 400 --digits 1-2 | insec-pair | insec-tokenize |
    insec-pack -l 128 | insec-sft -q -o model --dim 32 --layers 2 --heads 2 \
    --steps 60 --lr 1e-2 --batch-tokens 1024 >log 2>err
result $? 'a checkpoint'
{
    insec-synth sums -n 30 --digits 1-2 -s 5
    insec-synth sums -n 2 --digits 18 -s 6 | jq -c '.id |= "long" + .'
    jq -nc '{id: "t", text: "1 + 1 = 2. 2 + 2 = 4, write 4.\n3 + 3 = 6."},
        {id: "u", text: "Über 3 + 4 = 7.  Ça va."},
        {id: "m", messages: [{role: "user", content: "1 + 2 ="},
            {role: "assistant", content: "1 + 2 = 3. Answer: 3."}]},
        {id: "e", text: ""}, {id: "w", text: " \n "},
        {id: "k", text: "A = 1. B = 2.", errors: [{field: "/text", start: 4,
            end: 5, right: "1", wrong: "2", class: "c", rule: "r",
            reason: ""}]}'
} >in

for mode in model rank; do
    run() {
        insec-corrupt --$mode model --rate 0.8 --clean 0.1 --retry 0.5 \
            --copies 2 --dictionary none --wordnet none --types all "$@"
    }
    run --stats stats in >a 2>err
    result $? "--$mode"
    sed 's/^/# /' err
    jq -se '[.[].errors[]] | length > 100' a >/dev/null
    result $? "--$mode: many errors"
    run --batch 1 in >b
    same a b "--$mode: one at a time"
    run --batch 5 --block-size 99 -j 2 in >b
    same a b "--$mode: two threads, small blocks"
    split -n l/3 in part. && for p in part.*; do run "$p"; done >b
    same a b "--$mode: input in three parts"
    tac in | run | sort >b
    sort a >c
    same b c "--$mode: input in reverse"
    run -s 2 in | cmp -s - a
    [ $? = 1 ]
    result $? "--$mode: another seed, other errors"
    jq -c 'del(.errors) | .id |= sub("#2$"; "")' a | uniq >b
    jq -c 'del(.errors)' in | cmp -s - b
    result $? "--$mode: documents stay as they are"
    insec-pair --check a >/dev/null 2>err
    result $? "--$mode: every error fits its text"
    jq -e 'all(.errors[]; (.right | gsub("\\s+"; " ")) !=
        (.wrong | gsub("\\s+"; " ")))' a | grep -qv true
    [ $? = 1 ]
    result $? "--$mode: no error is the truth"
    jq -e '.rows == 2 * .in and .in == 38 and .out == .in and
        .model_shared > 0 and .places <= .drawn' stats >/dev/null
    result $? "--$mode: counts add up"
done

insec-corrupt --model model --rate 1 --clean 0 --stats stats in >a
jq -e '.model_samples == .model_same + .model_refuted + .model_broken +
    .model_repeated + .model_kept and .model_kept >= .errors - 1 and
    .model_unasked >= 2 and .model_places == .drawn' stats >/dev/null
result $? 'a sample is kept or says why not'
jq -e 'all(.errors[] | select(.class != "c");
    .class == "own" and .rule == "model")' a | grep -qv true
[ $? = 1 ]
result $? 'errors are of class own'
insec-corrupt --model model --rate 1 --clean 0 --retry 0 in >b
jq -e 'all(.errors[] | select(.class == "own"); [.right, .wrong] |
    map([scan("\\S+")]) | (map(length) | min == 1) or
    (.[0][0] != .[1][0] and .[0][-1] != .[1][-1]))' b | grep -qv true
[ $? = 1 ]
result $? 'an error begins and ends with a word that differs'
insec-corrupt --model model --first-word --rate 1 --clean 0 in |
    jq -e '[.errors[] | select(.class == "own" and (.wrong | test("\\s")))] |
    length == 0' | grep -qv true
[ $? = 1 ]
result $? 'the first word only'
jq -c 'del(.errors)' in | insec-corrupt --model model --rate 1 --clean 0 \
    --check arithmetic --unit line --stats stats >a
jq -e '.refuted_candidates == .model_refuted and
    .checked_candidates >= .model_kept' stats >/dev/null
result $? 'checks are asked once for each sample'
jq -c 'del(.errors)' in | insec-corrupt --model model --rate 1 --clean 0 \
    --apply --temperature 0 --unit word >b
result $? 'the corrupted text itself'

# The choice against the scores of insec-generate, which encodes and decodes
# on its own: words of one token each, so that both look at the same.
echo 'class,rule,pattern,wrong,reason,weight' >rules.csv
for d in 0 1 2 3 4 5 6 7 8 9; do
    echo "digit,digit.$d,(?<=x )\\d,$d,,1" >>rules.csv
done
seq 0 19 | jq -c '{id: "r\(.)", prompt: "\(. % 10) + \(. % 7) =",
    completion: "\nx \(. % 8)\nAnswer: \(. % 8)."}' >docs
insec-corrupt --rank model --types digit --rules rules.csv --unit line \
    --rate 1 --clean 0 --retry 0 docs >a 2>err
jq -c '.errors[] as $e | .errors = [range(10) | tostring |
    select(. != $e.right) | $e + {wrong: .}]' a |
    insec-generate -m model --score >b
jq -c '[.errors, .error_scores] | transpose | max_by(.[1].wrong)[0].wrong' \
    b >best
jq -c '.errors[0].wrong' a >chosen
[ "$(wc -l <best)" = 20 ]
result $? 'a choice in every document'
same best chosen 'it is the likeliest, as insec-generate scores them'
for bad in '--model model --merge x' '--model model --emit-requests' \
    '--rank model --model model'; do
    insec-corrupt $bad in >out 2>err
    [ $? = 2 ] && [ ! -s out ] && grep -q 'exclude each other' err
    result $? "refused: $bad"
done
insec-corrupt --model none in >out 2>err
[ $? = 3 ] && grep -q 'cannot open none' err && [ ! -s out ]
result $? 'no such checkpoint'
{ head -n 3 in; echo '{"id":7}'; } | insec-corrupt --model model --rejects r \
    --stats stats >out 2>err
[ $? = 0 ] && [ "$(wc -l <out)" = 3 ] && [ "$(wc -l <r)" = 1 ] &&
    jq -e '.in == 4 and .rejected == 1' stats >/dev/null
result $? 'bad rows are put aside'
echo "1..$n"
