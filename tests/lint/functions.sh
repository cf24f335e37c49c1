# A function has at most 60 lines, main 50; at most 5 parameters, 7 in the
# model's floor, where to put an error not counted.
ctags --version 2>/dev/null | grep -q Universal || {
    echo 'no universal-ctags'
    exit 77
}
deep=$(awk '/^5/ { $1 = ""; gsub("/", " "); print }' tests/lint/floors)
ctags -x --c-kinds=f --c++-kinds=f \
    --_xformat='%{input}	%N	%{line}	%{end}	%{signature}' \
    src/*.c src/*.cc tests/unit/*.c 2>/dev/null | awk -F '\t' -v deep="$deep" '
function parameters(s,    i, c, depth, n) {
    if (s == "()" || s == "(void)" || s == "")
        return 0
    n = s !~ /struct err \*/
    for (i = 1; i <= length(s); i++) {
        c = substr(s, i, 1)
        depth += (c == "(") - (c == ")")
        n += c == "," && depth == 1
    }
    return n
}
function allowed(file) {
    sub(/^.*\//, "", file)
    sub(/\.[^.]*$/, "", file)
    while (!((" " deep " ") ~ (" " file " ")) && sub(/_[^_]*$/, "", file))
        ;
    return (" " deep " ") ~ (" " file " ") ? 7 : 5
}
{
    size = $4 - $3 + 1
    limit = $2 == "main" && $1 ~ /^src/ ? 50 : 60
    if (size > limit)
        print $1 ":" $3 ": " $2 " has " size " lines, " limit " allowed"
    n = parameters($5)
    if (n > allowed($1))
        print $1 ":" $3 ": " $2 " has " n " parameters"
}'
