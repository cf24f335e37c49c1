#!/bin/sh
# Golden cases: tests/cases/<program>/<case>/ holds cmd (a shell script) and
# what it must give: out, err, exit.  A missing file means empty, or 0.
# CASE names the folder to cmd, bin/ is on the PATH, the working folder is
# fresh.  UPDATE=1 rewrites the expectations: read the diff.
cd "$(dirname "$0")/.." || exit 1
top=$PWD
PATH=$top/${BIN:-bin}:$PATH LC_ALL=C NO_COLOR=1
export PATH LC_ALL NO_COLOR
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT

same() { # expected-file got-file
    if [ -e "$1" ]; then cmp -s "$1" "$2"; else [ ! -s "$2" ]; fi
}
keep() { # expected-file got-file
    if [ -s "$2" ]; then cp "$2" "$1"; else rm -f "$1"; fi
}

set -- "$top"/tests/cases/${ONLY:-*/*}/cmd
echo "1..$#"
n=0
for cmd; do
    n=$((n + 1))
    CASE=${cmd%/cmd}
    export CASE
    got=$scratch/$n
    mkdir -p "$got/work"
    (cd "$got/work" && sh "$cmd" >"$got/out" 2>"$got/err")
    status=$?
    if [ $status = 0 ]; then : >"$got/exit"; else echo $status >"$got/exit"; fi
    bad=
    for f in out err exit; do
        if [ -n "$UPDATE" ]; then keep "$CASE/$f" "$got/$f"; fi
        same "$CASE/$f" "$got/$f" || bad="$bad $f"
    done
    name=${CASE#"$top"/tests/cases/}
    if [ -z "$bad" ]; then
        echo "ok $n - $name"
    else
        echo "not ok $n - $name:$bad"
        for f in $bad; do
            [ -e "$CASE/$f" ] || : >"$got/none"
            want=$CASE/$f
            [ -e "$want" ] || want=$got/none
            diff -u "$want" "$got/$f" 2>&1 | head -20 | sed 's/^/# /'
        done
    fi
    rm -rf "$got"
done
