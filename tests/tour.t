#!/bin/sh
# What a newcomer types first: the pipeline of README.md, the tour of insec(7),
# and all programs in one line, whose shards are the same for any -j.
. "$(dirname "$0")/tap.sh"
ln -s "$top/examples" .

# Runs ./script as it stands: nothing may be said, something must be written.
tells() { # what
    sh -e script >out 2>err
    [ $? = 0 ] && [ ! -s err ] && [ -s out ]
    result $? "$1"
}

# Its first line sets the PATH to the programs built there.
sed -n '/^## A pipeline/,/^## The/s/^    //p' "$top/README.md" | sed 1d >script
tells "the pipeline of README.md"
tail -n 3 out | jq -es 'all(type == "number") and .[0] > .[-1]' >/dev/null 2>err
result $? "it ends with losses that fall"

# What a pager shows is not looked at: there may be none.
echo 'less() { cat >/dev/null; }' >script
awk '/^\.Ss A tour/ { on = 1 } /^\.Ss What/ { on = 0 }
    /^\.Ed/ { shown = 0; if (on) print "echo" } on && shown
    /^\.Bd -literal/ { shown = 1 }' "$top/man/insec.7" >>script
tells "the tour of insec(7)"
[ "$(grep -c '"errors":\[{' out)" = 2 ]
result $? "it shows two problems with errors"
grep -q '<html' report.html && grep -q '^M[0-9]' out
result $? "it leaves a page, and ends with a table"

# Every program with its defaults, but for the length of rows.
shards() { # options for all
    insec-synth -n 2000 "$@" | insec-corrupt "$@" | insec-pair --check "$@" |
        insec-tokenize "$@" | insec-pack -l 256 "$@"
}
shards >one 2>err && [ -s one ] && [ ! -s err ]
result $? "all programs in one line"
for how in '-j 2' '-j 3 --block-size 1000'; do
    shards $how 2>err | cmp - one >>err
    result $? "the same shards with $how everywhere"
done
insec-sft -o m --steps 20 one 2>err | jq -es '.[-1] | .step == 20 and
    (.loss | type == "number")' >/dev/null
result $? "20 steps of training on them"
echo "1..$n"
