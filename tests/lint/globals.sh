# No variable that can change outlives a call, outside diag: no object of the
# library has data, zeroed or thread-local.  Tables of constant pointers are
# made read-only by the loader and do not count.  One more is allowed: which
# kernels to use is chosen once, before there are threads.
case ${B:-build} in
build) ;;
*)
    echo 'instrumented build'
    exit 77
    ;;
esac
nm -A -f sysv --defined-only "${B:-build}/libinsec.a" 2>/dev/null | awk -F '|' '
{
    gsub(/ /, "")
    object = $1
    symbol = $1
    sub(/^[^:]*:/, "", object)
    sub(/:[^:]*$/, "", object)
    sub(/^.*:/, "", symbol)
    section = $7
}
object == "diag.o" { next }
object == "kern.o" && symbol == "chosen" { next }
object == "json.o" { next } # C++: what its headers bring
section ~ /^\.(data|bss|tdata|tbss)/ && section !~ /^\.data\.rel\.ro/ {
    print object ": " symbol " is a mutable global (" section ")"
}'
