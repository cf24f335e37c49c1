# Every program has its page, its place in the tour and the README, its cases;
# nothing built is in the repository.
for p in $(cd src && ls insec-*.c | sed 's/\.c$//'); do
    [ -x "$BIN/$p" ] || echo "$BIN/$p: not built"
    [ -e "man/$p.1" ] || echo "man/$p.1: missing"
    grep -q "^\.It Xr $p 1\|^\.Xr $p 1" man/insec.7 2>/dev/null ||
        echo "man/insec.7: $p is not listed"
    grep -q -e "$p" README.md 2>/dev/null || echo "README.md: no $p"
    [ -n "$(ls tests/cases/$p/*/cmd 2>/dev/null)" ] ||
        echo "tests/cases/$p: no cases"
done
for page in man/insec-*.1; do
    [ -e "src/$(basename "$page" .1).c" ] || echo "$page: no such program"
done
git ls-files 2>/dev/null | grep -E '^(bin|build[^/]*)/|\.[oa]$' |
    sed 's/$/: a built file in the repository/'
true
