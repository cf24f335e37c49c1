# mandoc finds nothing to warn of, and every reference is to a page of ours.
command -v mandoc >/dev/null || {
    echo 'no mandoc'
    exit 77
}
cd man || exit 1
mandoc -T lint -W warning *.[157]
grep -n '^\(\.It \)*\.*Xr ' *.[157] | while read -r page name section rest; do
    [ "$name" = Xr ] && set -- $section $rest || set -- $name $section
    [ -e "$1.$2" ] || echo "${page%:*}: there is no $1($2)"
done
