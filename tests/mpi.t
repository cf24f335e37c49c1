#!/bin/sh
# Training on several processes: the program built with Open MPI, on two and
# three ranks, and across two network namespaces where the machine allows.
. "$(dirname "$0")/tap.sh"
mpi=${B:-build}/mpi/insec-sft
case $mpi in /*) ;; *) mpi=$top/$mpi ;; esac
if [ ! -x "$mpi" ] || ! command -v mpirun >/dev/null; then
    echo '1..0 # SKIP insec-sft was not built with Open MPI'
    exit 0
fi
nets=
trap 'for i in $nets; do ip netns del $i; done; rm -rf "$dir"' EXIT

on() { # how many ranks, then the command
    ranks=$1
    shift
    mpirun --allow-run-as-root --oversubscribe --bind-to none -n "$ranks" "$@" \
        2>err
}
same() { # two folders: every file
    diff -r "$1" "$2" >err 2>&1
}
# The losses and gradient norms of two logs, within rounding.
near() {
    jq -se --slurpfile b "$2" '. as $a | length == ($b | length) and
        ([range(length)] | all(. as $i |
            ($a[$i].loss - $b[$i].loss | fabs) < 1e-5 and
            ($a[$i].grad_norm - $b[$i].grad_norm | fabs) < 1e-4 and
            $a[$i].num_tokens == $b[$i].num_tokens and
            (($a[$i].eval_loss // 0) - ($b[$i].eval_loss // 0) | fabs) <
                1e-5))' "$1" >/dev/null 2>err
}

insec-synth sums -n 200 --digits 1-2 | insec-pair | insec-tokenize |
    insec-pack -l 128 >train.shard
insec-synth sums -n 20 --digits 1-2 -s 2 | insec-pair | insec-tokenize |
    insec-pack -l 128 >test.shard
set -- --dim 16 --layers 2 --heads 2 --batch-tokens 512 --micro-tokens 128 \
    --steps 12 --log-every 1 --save-every 4 --eval test.shard --eval-every 4

insec-sft -o one "$@" train.shard >one.log 2>err
"$mpi" -o alone "$@" train.shard 2>err | cmp - one.log && same alone one
ok 'alone it is the program without MPI'
on 2 "$mpi" -o two "$@" train.shard >two.log && near one.log two.log
ok 'two ranks have the losses of one'
on 2 "$mpi" -o again "$@" --stop-at 6 train.shard >again.log &&
    on 2 "$mpi" -o again "$@" --resume -j 2 train.shard >>again.log &&
    cmp two.log again.log && same two again
ok 'again, stopped, resumed, with more threads: the same bytes'
on 3 "$mpi" -o three "$@" --batch-tokens 128 train.shard >three.log &&
    insec-sft -o few "$@" --batch-tokens 128 train.shard >few.log 2>err &&
    near few.log three.log
ok 'a rank without a row adds nothing'
insec-sft -o lora1 --init one "$@" --lora 2 train.shard >lora1.log 2>err
on 2 "$mpi" -o lora2 --init one "$@" --lora 2 train.shard >lora2.log &&
    near lora1.log lora2.log
ok 'an adapter on two ranks'

# ---- what fails on one rank ends all, with its status

on 1 "$mpi" -o bad "$@" train.shard : -n 1 "$mpi" -o bad "$@" no.shard >log
[ $? = 3 ] && grep -q 'cannot open no.shard' err &&
    [ "$(grep -c '^insec-sft:' err)" = 1 ]
ok 'a file that one rank cannot read'
head -c 400 train.shard >half.shard
on 1 "$mpi" -o bad "$@" train.shard : -n 1 "$mpi" -o bad "$@" half.shard >log
[ $? = 1 ] && grep -q 'half.shard' err
ok 'a file that is damaged for one rank'
on 2 "$mpi" -o bad "$@" --lr 1e6 --warmup 0 --clip 0 train.shard >log
[ $? = 1 ] && [ "$(grep -c 'is not finite' err)" = 1 ]
ok 'a run that diverges says so once'
on 2 "$mpi" -o bad "$@" <train.shard >log
[ $? = 2 ] && grep -q 'standard input' err
ok 'standard input is refused'
on 2 "$mpi" -o one "$@" --resume train.shard >log
[ $? = 1 ] && grep -q 'begun with ranks 1, not 2' err
ok 'a run of one rank is not resumed on two'
rm -rf killed
on 1 "$mpi" -o killed "$@" --save-every 1 train.shard : \
    -n 1 sh -c 'echo $$ >pid && exec "$0" "$@"' "$mpi" -o killed "$@" \
    --save-every 1 train.shard >log &
run=$!
until [ -e killed/trainer_state.json ] || ! kill -0 $run; do sleep 0.02; done
kill -9 "$(cat pid)" 2>/dev/null
wait $run
on 2 "$mpi" -o killed "$@" --save-every 1 --resume train.shard >log &&
    same killed two
ok 'one rank killed, the run resumed: the same files'

# ---- two machines, as far as the network can tell

a=insec-$$-a b=insec-$$-b
nets_up() {
    ip netns add $a && nets=$a && ip netns add $b && nets="$a $b" &&
        ip link add va netns $a type veth peer name vb netns $b &&
        ip -n $a address add 10.77.0.1/24 dev va && ip -n $a link set va up &&
        ip -n $b address add 10.77.0.2/24 dev vb && ip -n $b link set vb up &&
        ip -n $a link set lo up && ip -n $b link set lo up
}
if nets_up >log 2>&1; then
    # how mpirun reaches the other machine
    printf '#!/bin/sh\nshift\nexec ip netns exec %s sh -c "$*"\n' $b >agent
    chmod +x agent
    ip netns exec $a timeout 60 mpirun --allow-run-as-root --oversubscribe \
        --bind-to none -n 2 -H 10.77.0.1,10.77.0.2 \
        --mca plm_rsh_agent "$PWD/agent" --mca btl tcp,self \
        --mca btl_tcp_if_include 10.77.0.0/24 \
        --mca oob_tcp_if_include 10.77.0.0/24 \
        "$mpi" -o net "$@" train.shard >net.log 2>err &&
        cmp two.log net.log && same two net
    ok 'across two network namespaces: the same bytes'
else
    n=$((n + 1))
    echo "ok $n - across two network namespaces # SKIP $(head -n 1 log)"
fi

echo "1..$n"
