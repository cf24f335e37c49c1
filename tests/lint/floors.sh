# Includes point down, or to the left in their row; every file has a room.
grep -n '^#include "' src/*.c src/*.cc src/*.h 2>/dev/null | awk '
function room(file) {
    sub(/^.*\//, "", file)
    if (file ~ /^insec-/)
        return "insec-*"
    sub(/\.[^.]*$/, "", file)
    while (!(file in floor) && sub(/_[^_]*$/, "", file))
        ;
    return file in floor ? file : ""
}
BEGIN {
    while ((getline line < "tests/lint/floors") > 0) {
        if (line ~ /^#/)
            continue
        n = split(line, word, " ")
        for (i = 2; i <= n; i++) {
            place++
            m = split(word[i], part, "/")
            for (j = 1; j <= m; j++) {
                floor[part[j]] = word[1]
                at[part[j]] = place
            }
        }
    }
    floor["insec-*"] = 6
    at["insec-*"] = ++place
}
{
    split($0, f, ":")
    split($0, q, "\"")
    from = room(f[1])
    to = room(q[2])
    where = f[1] ":" f[2] ": "
    if (from == "")
        print where "no room in tests/lint/floors for this file"
    else if (q[2] ~ /\.inc$/)
        next
    else if (to == "")
        print where "no room in tests/lint/floors for " q[2]
    else if (floor[to] > floor[from] ||
             (floor[to] == floor[from] && at[to] > at[from]))
        print where from " must not include " q[2]
    else if (to == "insec-*")
        print where "a program is not to be included"
}'
