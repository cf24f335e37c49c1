#!/bin/sh
# The probe matrix: every program of bin/ against wrong calls, broken files
# and hostile bytes.  What each is fed stands in tests/probes; a program that
# is missing there fails.  No timings are asserted, but all must end.
cd "$(dirname "$0")/.." || exit 1
top=$PWD
bin=${BIN:-bin}
case $bin in /*) ;; *) bin=$top/$bin ;; esac
PATH=$bin:$PATH LC_ALL=C NO_COLOR=1
export PATH LC_ALL NO_COLOR
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
n=0

result() { # 0 or 1, name; what was seen is in ./seen
    n=$((n + 1))
    if [ "$1" = 0 ]; then
        echo "ok $n - $row: $2"
    else
        echo "not ok $n - $row: $2"
        head -n 5 seen err 2>/dev/null | cut -c 1-200 | sed 's/^/# /'
    fi
}
skip() { # name, why
    n=$((n + 1))
    echo "ok $n - $row: $1 # SKIP $2"
}
run() { # arguments besides the row's: output in out, err, status in $status
    rm -rf trained
    timeout 60 $program $arguments "$@" >out 2>err
    status=$?
    echo "status $status" >seen
}
is() { # status that is right: pattern of them
    case $status in $1) return 0 ;; *) return 1 ;; esac
}
told() { # text that the message must hold, behind the program's name
    case $(head -n 1 err) in
    "$program: "*"$1"*) return 0 ;;
    *) echo "the message lacks \"$1\"" >>seen && return 1 ;;
    esac
}
has_option() {
    cut -f 2 options | grep -qx -e "$1"
}
# Is the output whole: lines of JSON, frames of zstd, or lines of text?
whole() { # file
    [ -s "$1" ] || return 0
    if [ "$output" = zstd ]; then
        zstd -tq "$1" 2>>seen
    elif [ "$output" = text ]; then
        [ -z "$(tail -c 1 "$1")" ]
    else
        [ -z "$(tail -c 1 "$1")" ] && jq empty "$1" 2>>seen
    fi
}

# ---- inputs

text_of() { # kind, id, text as it stands in JSON
    case $1 in
    documents) printf '{"id":"%s","text":"%s"}\n' "$2" "$3" ;;
    text) printf '%s\n' "$3" ;;
    errors)
        printf '{"id":"%s","text":"%s","errors":[{"field":"/text",' "$2" "$3"
        printf '"start":0,"end":0,"right":"","wrong":"Oh. ",'
        printf '"class":"c","rule":"r","reason":"why"}]}\n'
        ;;
    segments)
        printf '{"id":"%s","segments":[{"label":true,"text":"%s",' "$2" "$3"
        printf '"kind":"context"}]}\n'
        ;;
    prompts) printf '{"id":"%s","prompt":"%s"}\n' "$2" "$3" ;;
    completions)
        printf '{"id":"%s","prompt":"Let a = 3. Let b = a + 1. ' "$2"
        printf 'What is b modulo 7?","answer":"4","completion":"%s"}\n' "$3"
        ;;
    answers) printf '{"id":"%s","completion":"%s"}\n' "$2" "$3" ;;
    esac
}
# Some rows of a kind: how many.  Tokens and shards are made by the programs
# that write them.
rows() {
    case $kind in
    tokens) kind=segments rows "$1" | insec-tokenize ;;
    shard) kind=tokens rows "$1" | insec-pack -l 64 ;;
    *)
        i=0
        while [ $i -lt "$1" ]; do
            i=$((i + 1))
            text_of "$kind" "$i" "Two and 2 is 4, café. Row $i is here."
        done
        ;;
    esac
}
# One row with a text of so many bytes, all one character.
long_row() { # bytes, character
    case $kind in
    tokens) kind=segments long_row "$@" | insec-tokenize ;;
    shard) kind=tokens long_row "$@" | insec-pack -l 64 ;;
    *)
        text_of "$kind" long @ | sed 's/@.*//' | tr -d '\n'
        head -c "$1" /dev/zero | tr '\0' "$2"
        text_of "$kind" long @ | sed 's/[^@]*@//'
        ;;
    esac
}
json_input() {
    case $kind in shard | none | text) return 1 ;; *) return 0 ;; esac
}

# ---- the probes

probe_calls() {
    run --no-such-option <in
    is 2 && told --no-such-option
    result $? "an unknown option"
    number=$(awk -F '\t' '$3 == "N" { print $2; exit }' options)
    for bad in x 1x '' 99999999999999999999; do
        run "--$number" "$bad" <in
        is 2 && told "--$number"
        result $? "--$number \"$bad\""
    done
    run --help
    is 0 && [ -s out ] && [ ! -s err ]
    result $? --help
    run --version
    is 0 && [ ! -s err ] && grep -q "^$program [0-9]" out
    result $? --version
}
probe_files() {
    run "$dir/nowhere"
    is 3 && told "$dir/nowhere"
    result $? "a missing file"
    run "$dir"
    is 3 && told "$dir"
    result $? "a folder as file"
    run in
    cp out want
    run - <in
    is 0 && cmp out want >>seen
    result $? "a file is the same as stdin"
    if [ "$kind" = shard ]; then # is zstd already
        cp in in.zst
    else
        zstd -q -f in -o in.zst
    fi
    run in.zst
    is 0 && cmp out want >>seen
    result $? "zstd input"
    head -c $(($(wc -c <in.zst) - 3)) in.zst >cut.zst
    run cut.zst
    is '[13]' && told cut.zst && whole out
    result $? "a truncated zstd input"
}
probe_output() {
    rm -rf trained
    timeout 60 $program $arguments <in 2>err >/dev/full
    status=$?
    echo "status $status" >seen
    is 3 && told '<stdout>'
    result $? "a full disk"
    rm -rf trained
    timeout 60 $program $arguments <in 2>err >&-
    status=$?
    echo "status $status" >seen
    is 3 && told '<stdout>'
    result $? "a closed stdout"
    rm -rf trained
    {
        timeout 60 $program $arguments <big 2>err
        echo $? >status
    } | head -c 1 >/dev/null
    status=$(cat status)
    echo "status $status" >seen
    { is 141 && [ ! -s err ]; } || is '[03]'
    result $? "a reader that leaves early"
}
probe_bytes() {
    run </dev/null
    if [ "$program" = insec-sft ]; then is 1; else is 0 && whole out; fi
    result $? "empty input"
    run <in
    mv out want
    head -c $(($(wc -c <in) - 1)) in >cut
    case $kind in
    shard)
        run cut
        is 1 && told cut && whole out
        result $? "the last byte is missing"
        ;;
    *)
        run <cut
        is 0 && cmp out want >>seen
        result $? "no newline at the end"
        ;;
    esac
}
# A good row, then the bytes in ./tail: refused where they stand.
refused() { # name, place
    { rows 1 && cat tail; } >bad
    run <bad
    is 1 && told "<stdin>:2$2: " && whole out
    result $? "$1"
}
probe_json() {
    printf '{"id":"a\0b"}\n' >tail
    refused "a NUL byte" :9
    printf '{"id":"a","x":"\303("}\n' >tail
    refused "invalid UTF-8" :16
    printf '{"id":"a","x":tru}\n' >tail
    refused "a bad literal" :15
    printf '[]\n' >tail
    refused "no object" :1
    printf '{}\n' >tail
    refused "an empty object" ''
    head -c 1000000 /dev/zero | tr '\0' '[' >tail
    refused "a million brackets" :1001
}
probe_size() {
    long_row 1048576 x >long
    run <long
    is '[01]' && whole out
    result $? "a line of 1 MiB"
    long_row 10000000 ' ' >long
    run <long
    is '[01]' && whole out
    result $? "ten million spaces in a text"
    [ "$kind" = shard ] && return
    head -c 10000000 /dev/zero | tr '\0' ' ' >long
    run <long
    is '[01]' && whole out
    result $? "a line of ten million spaces"
    rm -f long
}
probe_cuts() {
    rows 1 >small
    size=$(wc -c <small)
    step=1
    [ "$program" = insec-sft ] || [ "$program" = insec-generate ] && step=16
    : >all
    bad=
    i=0
    while [ $i -lt "$size" ]; do
        head -c $i small >cut
        run <cut
        is '[01]' || bad="$bad $i:$status"
        if [ "$output" = zstd ]; then
            whole out || bad="$bad $i:partial"
        else
            [ -z "$(tail -c 1 out)" ] || bad="$bad $i:partial"
            cat out >>all
        fi
        i=$((i + step))
    done
    echo "at:$bad" >seen
    [ -z "$bad" ] && { [ "$output" = zstd ] || whole all; }
    result $? "cut at every byte"
}
probe_same() {
    run -j 1 <big
    mv out want
    for how in '-j 2' '--block-size 1' '--block-size 100 -j 3'; do
        if ! has_option block-size && [ "$how" != '-j 2' ]; then
            continue
        fi
        run $how <big
        is 0 && cmp out want >>seen
        result $? "the same bytes with $how"
    done
}
probe_rejects() {
    {
        rows 1
        printf '{"id":"a\0b"\n'
        rows 1
        printf '\377\n'
    } >mixed
    rm -f rejects stats
    run --rejects rejects --stats stats <mixed
    is 0 && jq -c '[.in, .out, .rejected]' stats >>seen &&
        jq -e '.in == .out + .rejected and .rejected == 2' stats >/dev/null &&
        [ "$(jq -c .line rejects | tr '\n' ' ')" = '2 4 ' ] && whole out
    result $? "in = out + rejected"
}

# ---- every program, every row

probe_row() {
    $program --options >options
    output=json
    [ "$program" = insec-pack ] && output=zstd
    [ "$program" = insec-view ] && output=text
    if [ "$kind" = none ]; then
        : >in
        : >big
    else
        rows 3 >in
        rows 2000 >big
        echo "no input of kind $kind" >seen
        [ -s in ]
        result $? "has input"
    fi
    probe_calls
    probe_output
    probe_same
    [ "$kind" = none ] && return
    probe_files
    probe_bytes
    probe_size
    probe_cuts
    if json_input; then
        probe_json
        has_option rejects && probe_rejects
    fi
}

row=setup
if [ -x "$bin/insec-sft" ] && [ -x "$bin/insec-generate" ]; then
    kind=shard rows 9 | timeout 60 insec-sft --dim 16 --layers 1 --heads 1 \
        --steps 1 -o model >out 2>err
    result $? "a model to generate with"
fi
for program in "$bin"/insec-*; do
    program=${program##*/}
    row=$program
    echo "no row for $program in tests/probes" >seen
    grep -q "^$program " "$top/tests/probes"
    result $? "has its row in tests/probes"
done
while read -r program kind arguments; do
    case ${ONLY:-$program} in "$program") ;; *) continue ;; esac
    [ -x "$bin/$program" ] || continue
    row="$program${arguments:+ $arguments}"
    arguments=$(printf '%s' "$arguments" | sed "s,@dir@,$dir,g")
    probe_row
done <<END
$(grep '^insec-' "$top/tests/probes")
END
echo "1..$n"
