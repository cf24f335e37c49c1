# For the tests in shell, which source it first: the programs on the PATH, a
# folder of its own to work in, and the lines that prove reads.
#
#   . "$(dirname "$0")/tap.sh"
#
# $top is the checkout, $bin its programs, $dir the folder.
top=$(cd "$(dirname "$0")/.." && pwd) || exit 1
bin=${BIN:-bin}
case $bin in /*) ;; *) bin=$top/$bin ;; esac
PATH=$bin:$PATH LC_ALL=C.UTF-8 NO_COLOR=1
export PATH LC_ALL NO_COLOR
unset MAKEFLAGS MFLAGS MAKELEVEL # of the make that runs the tests
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
n=0

# What $dir/err holds is shown with what failed.
result() { # status, name
    n=$((n + 1))
    if [ "$1" = 0 ]; then
        echo "ok $n - $2"
    else
        echo "not ok $n - $2"
        head -n 5 "$dir/err" 2>/dev/null | sed 's/^/# /'
    fi
}
ok() { # name; the status of what came just before
    result $? "$1"
}
