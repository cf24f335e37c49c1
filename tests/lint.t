#!/bin/sh
# The rules of the house.  Each script in tests/lint/ is one rule: it prints
# what breaks it, one finding a line, and nothing where all is well.  Status
# 77 skips the rule, with the reason on stdout.
cd "$(dirname "$0")/.." || exit 1
BIN=${BIN:-bin} B=${B:-build} LC_ALL=C
export BIN B LC_ALL

set -- tests/lint/*.sh
echo "1..$#"
n=0
for rule; do
    n=$((n + 1))
    name=$(basename "$rule" .sh)
    found=$(sh "$rule" 2>&1)
    status=$?
    if [ $status = 77 ]; then
        echo "ok $n - $name # SKIP $found"
    elif [ $status = 0 ] && [ -z "$found" ]; then
        echo "ok $n - $name"
    else
        echo "not ok $n - $name"
        printf '%s\n' "$found" | sed 's/^/# /'
    fi
done
