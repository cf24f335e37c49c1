#!/bin/sh
# insec-pack when things go wrong: the power at every call that changes a
# file, no space at each, and shards that are cut, flipped or swapped.  What
# stands under its name is whole, and --resume ends where an unbroken build
# does, to the byte.
cd "$(dirname "$0")/.." || exit 1
top=$PWD
PATH=$PWD/${BIN:-bin}:$PATH LC_ALL=C
export PATH LC_ALL
# In memory where that is possible: every run syncs its files.
dir=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1

n=0
is() { # what, status
    n=$((n + 1))
    if [ "$2" = 0 ]; then echo "ok $n - $1"; else echo "not ok $n - $1"; fi
}

awk 'BEGIN {
    srand(5)
    for (d = 0; d < 90; d++) {
        n = 1 + int(rand() * 40)
        printf "{\"id\":%d,\"input_ids\":[", d
        for (i = 1; i < n; i++) printf "%d,", rand() * 300
        printf "299],\"kinds\":[[2,%d]],\"tokenizer\":{\"hash\":" \
            "\"0123456789abcdef\",\"vocab_size\":300,\"pad_id\":7}}\n", n
    } }' >in
pack() { # folder, options
    to=$1
    shift
    insec-pack -l 64 --shard-size 3000 -o "$to/" "$@" in
}

# ---- power and space

# Every file in folder $1 is the whole build's, and it has no others.
sound() {
    for f in "$1"/*; do
        [ -e "$f" ] || continue
        cmp -s "$f" "whole/${f##*/}" || return 1
    done
}
complete() {
    [ "$(ls "$1")" = "$(ls whole)" ] && sound "$1"
}

# Runs pack with the fault at each call in turn, until none is left to fail.
each_call() { # fault, options
    fault=$1
    shift
    at=0
    bad=0
    while :; do
        at=$((at + 1))
        rm -rf part
        mkdir part
        (FAULT=$fault FAULT_AT=$at LD_PRELOAD=$dir/shim.so pack part "$@") \
            2>/dev/null
        status=$?
        [ $status = 0 ] && break
        sound part || bad=$((bad + 1))
        if [ $fault = full ]; then
            [ $status = 3 ] || bad=$((bad + 1))
            [ "$(find part -name '.*.*')" = "" ] || bad=$((bad + 1))
        fi
        pack part --resume "$@" && complete part || bad=$((bad + 1))
    done
    echo "# $fault at $((at - 1)) calls: $bad bad"
    [ $at -gt 12 ] && [ $bad = 0 ] && complete part
}

case ${B:-build} in
*address* | *thread* | *undefined*) # a sanitizer wants to be loaded first
    echo "ok 1 - no faults with a sanitizer # SKIP"
    n=1
    ;;
*)
    ${CC:-cc} -shared -fPIC -o shim.so "$top/tests/fault/shim.c" -ldl
    is "the shim is built" $?
    for format in shard olmo mds; do
        rm -rf whole
        mkdir whole
        pack whole -f $format
        for fault in kill torn full; do
            each_call $fault -f $format
            is "-f $format, $fault at each call: whole files, exact resume" $?
        done
    done
    ;;
esac

# ---- damage

rm -rf whole
mkdir whole damaged
pack whole
insec-pack --verify whole/manifest.json
is "--verify: a whole build" $?
detected() { # what: damaged/ holds a damaged copy of whole/
    insec-pack --verify damaged/manifest.json 2>err
    [ $? = 1 ] && grep -q '^insec-pack: damaged/manifest.json: ' err
    is "--verify: $1" $?
}
cp whole/* damaged
mv damaged/00001.shard x
mv damaged/00002.shard damaged/00001.shard
mv x damaged/00002.shard
detected "two shards that changed places"
cp whole/* damaged
rm damaged/00001.shard
detected "a shard that is missing"
cp whole/* damaged
cat whole/00001.shard >>damaged/00000.shard
detected "a shard too many in a file"
sed 's/"documents":90/"documents":91/' whole/manifest.json \
    >damaged/manifest.json
cp whole/*.shard damaged
detected "a count that is wrong"
sed 's/00001.shard/..\/whole\/00001.shard/' whole/manifest.json \
    >damaged/manifest.json
detected "a name that leads elsewhere"

rm -rf mds
mkdir mds
pack mds -f mds
insec-pack --verify mds/manifest.json
is "--verify: a whole build of another format" $?
rm damaged/*
cp mds/* damaged
sed 's/"samples":/"samples": /' mds/index.json >damaged/index.json
detected "an index that was changed"
rm damaged/index.json
detected "an index that is missing"

# Every bit in steps, every length in steps: refused before a row is written.
# (One bit of a frame means nothing; with it the rows are the same.)
insec-unpack whole/00001.shard >rows
perl -e 'local $/; open F, "<:raw", "whole/00001.shard"; my $s = <F>;
    for (my $bit = 0; $bit < 8 * length $s; $bit += 61) {
        my $t = $s; vec($t, $bit, 1) ^= 1;
        open O, ">:raw", sprintf "flip-%06d", $bit; print O $t; close O
    }
    for (my $n = 1; $n < length $s; $n += 37) {
        open O, ">:raw", sprintf "cut-%06d", $n;
        print O substr $s, 0, $n; close O
    }'
bad=0
for f in flip-* cut-*; do
    insec-unpack "$f" >got 2>/dev/null
    if [ $? = 0 ]; then cmp -s got rows; else [ ! -s got ]; fi ||
        bad=$((bad + 1))
done
[ $bad = 0 ] || echo "# $bad of $(ls flip-* cut-* | wc -l)"
is "flipped and cut shards are refused" $bad

echo "1..$n"
