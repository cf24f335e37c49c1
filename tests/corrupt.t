#!/bin/sh
# insec-corrupt on a small corpus: the same errors whatever the number of
# threads, the block size, the order and the splitting of the input; every
# record fits its text when it is read back.
. "$(dirname "$0")/tap.sh"
cd "$top" || exit 1

same() { # file file name
    cmp -s "$1" "$2"
    result $? "$3"
}

{
    insec-corrupt --print-rules number | sed 's/$/ It was 5 + 6 = 11 in 1887./'
    sed -n 's/^\(.*\)->\(.*\)$/He did not \2 it. There are two \2 in it./p' \
        src/packs/misspellings.txt
    cat src/packs/intruders.txt src/segment.c
} | jq -Rc 'select(length > 0) | {id: "\(input_line_number)", text: .}' \
    >"$dir/in"
cd "$dir" || exit 1

run() {
    insec-corrupt --dictionary none --wordnet none --rate 0.8 --retry 0.4 \
        --copies 2 "$@"
}
run in >a || exit 1
run -j2 in >b
same a b 'two threads'
run --block-size 7 in >b
same a b 'blocks of 7 bytes'
run -j3 --block-size 999 <in >b
same a b 'three threads, blocks of 999 bytes'
split -n l/3 in part. && for p in part.*; do run "$p"; done >b
same a b 'input in three parts'
run -j8 --block-size 5000 in >b
same a b 'eight threads'
shuf --random-source=a in | run -j2 | sort >b
sort a | cmp -s - b
result $? 'input shuffled'
run -s 2 in | cmp -s - a
[ $? = 1 ]
result $? 'another seed, other errors'
jq -e '.id' a >/dev/null && [ "$(wc -l <a)" = $((2 * $(wc -l <in))) ]
result $? 'two copies of every record'

jq -se '[.[].errors[]] | length > 1000' a >/dev/null
result $? 'many errors'
jq -c 'del(.errors) | .id |= sub("#2$"; "")' a | uniq | cmp -s - in
result $? 'documents stay as they are'
jq -e '. as $r | all(.errors[];
    .right == $r.text[.start:.end] and .right != .wrong)' a | grep -qv true
[ $? = 1 ]
result $? 'right is the text, wrong is not'
jq -e '[.errors[] | [.start, .end, .wrong]] | length == (unique | length)' a |
    grep -qv true
[ $? = 1 ]
result $? 'alternatives differ'
insec-corrupt --rate 0 --clean 0 --dictionary none a | cmp -s - a
result $? 'read back and written again: the same bytes'
[ -z "$(insec-corrupt --rate 0 in | jq -c 'select(.errors != [])')" ]
result $? 'rate 0 makes none'
run -f text --unit word --types future in >b &&
    jq -se '[.[].errors[]] | length > 1000' b >/dev/null
result $? 'words as units'

# Errors of every class, applied and put right again; in M2 likewise.
all='--types all --dictionary none --wordnet none --rate 0.6 --clean 0.1'
for unit in sentence word line; do
    insec-corrupt $all --unit $unit in >a || exit 1
    insec-corrupt $all --unit $unit --apply in >b || exit 1
    paste a b | jq -ce -n 'def put(f; g): . as $r | reduce
            (.errors | group_by(.start) | map(.[0]) | reverse)[] as $e
            (.text; .[:$e | f] + ($e | g) + .[$e | .end:]);
        [inputs] as $v | [range(0; $v | length; 2)] | all(. as $i |
            ($v[$i] | put(.start; .wrong)) == $v[$i + 1].text)' >c
    [ "$(cat c)" = true ]
    result $? "applied: $unit"
    insec-corrupt $all --unit $unit -j2 in | cmp -s a -
    result $? "two threads: $unit"
    insec-corrupt $all --unit $unit a --rate 0 | cmp -s a -
    result $? "read back: $unit"
    jq -c 'select(.text | test("[^ -~]") | not)' in >ascii
    insec-corrupt $all --unit $unit --m2 ascii | perl -00 -ne '
        chomp;
        my @line = split /\n/;
        my @token = split / /, substr shift @line, 2;
        for (reverse @line) {
            my ($from, $to, $right) =
                /^A (\S+) (\S+)\|\|\|[^|]*\|\|\|(.*)\|\|\|REQUIRED/ or die;
            splice @token, $from, $to - $from, split / /, $right if $from >= 0;
        }
        print "@token\n"' >b
    jq -r '.text | gsub("\\s+"; " ") | ltrimstr(" ") | rtrimstr(" ")' ascii |
        cmp -s - b
    result $? "m2 puts right: $unit"
done
# Random documents and random rules, of every unit, that reach over others'
# units: the errors are what they should be, applied and undone.
perl -e 'srand 7; sub pick { $_[rand @_] }
    my @word = (qw(ab ba abc b1 12 a-b aa Ab), "e\x{e9}", "\x{4e2d}");
    binmode STDOUT, ":utf8";
    open my $rules, ">:utf8", "random.csv" or die;
    print $rules "class,rule,pattern,wrong,reason,weight,unit\n";
    for my $i (1 .. 40) {
        my ($x, $y) = (pick(@word), pick(@word));
        my $p = pick("\\b$x\\b", "$x.*?$y", "\\b$x (?=$y)", "$x\\K\\W+",
            "\\b[a-z]+ $y\\b", "(?s)\\b$x\\b.*", "$x?", "(?<=$x) \\K.");
        my $w = pick("$x", "$y \$0", "\$0\$0", "%{pick a|b|ab}", "");
        printf $rules "z,z.%d,\"%s\",\"%s\",no,%g,%s\n", $i, $p, $w,
            pick(1, 0.3), pick("", qw(word line sentence paragraph record));
    }
    for (1 .. 150) {
        my $text = join "", map { pick(@word) . pick(" ", " ", ". ", "! A",
            "\\n", "\\n\\n", ", ", "") } 1 .. 2 + rand 40;
        print "{\"id\":\"$_\",\"text\":\"$text\"}\n";
    }' >random
for unit in sentence word line paragraph record; do
    some="--rules random.csv --types z=3,skip,future --rate 0.7 --clean 0"
    insec-corrupt $some --dictionary none --unit $unit random >a || exit 1
    cat a >>all
    insec-corrupt $some --dictionary none --unit $unit -j8 --block-size 99 \
        random | cmp -s a -
    result $? "random rules, eight threads: $unit"
    insec-corrupt $some --dictionary none --unit $unit --apply random |
        paste a - | jq -ce -n 'def put(f; g): . as $r | reduce
            (.errors | group_by([.start, .end]) | map(.[0]) | reverse)[] as $e
            (.text; .[:$e | f] + ($e | g) + .[$e | .end:]);
        def undo($r): reduce ($r.errors | group_by([.start, .end]) |
            map(.[0]))[] as $e (.; .[:$e.start] + $e.right +
            .[$e.start + ($e.wrong | length):]);
        [inputs] as $v | [range(0; $v | length; 2)] | all(. as $i | $v[$i] as $r
            | ($r | put(.start; .wrong)) as $done
            | ($r.errors | all(.right == $r.text[.start:.end] and
                .right != .wrong)) and $done == $v[$i + 1].text and
            ($done | undo($r)) == $r.text)' >c
    [ "$(cat c)" = true ]
    result $? "random rules, applied and undone: $unit"
    insec-corrupt $some --dictionary none --unit $unit a --rate 0 | cmp -s a -
    result $? "random rules, read back: $unit"
done
jq -se '[.[].errors[].rule] | unique | length > 30' all >/dev/null
result $? 'many random rules'
for unit in sentence word line; do
    insec-corrupt $all --unit $unit in
done >a
jq -se '[.[].errors[].class] | unique | length > 12' a >/dev/null
result $? 'many classes'

head -c 3000000 /dev/zero | tr '\0' ' ' >spaces
printf 'x 5' >>spaces
timeout 60 insec-corrupt -f file --rate 1 --clean 0 spaces | wc -l >b
[ "$(cat b)" = 1 ]
result $? 'a run of spaces'
head -c 1000000 /dev/zero | tr '\0' '7' >sevens
timeout 60 insec-corrupt -f file --rate 1 --clean 0 sevens | wc -l >b
[ "$(cat b)" = 1 ]
result $? 'a run of digits'
for c in '`' '@' ':' '<' 'w' '.' '('; do
    head -c 1000000 /dev/zero | tr '\0' "$c" >run
    timeout 60 insec-corrupt -f file --rate 1 --clean 0 run >b ||
        echo "$c" >>slow
done
[ ! -e slow ]
result $? 'runs of what protects'
echo "1..$n"
