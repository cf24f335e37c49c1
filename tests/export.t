#!/bin/sh
# What insec-pack -f writes, read back by readers that were written from the
# layouts and know nothing of the writer: each gives a line of ids and a mask
# for every document, which jq makes from the input as well.
. "$(dirname "$0")/tap.sh"

# rows VOCABULARY: of prompt, context, wrong, mark, reason, mark, right.
rows() {
    awk -v vocab="$1" 'BEGIN {
    srand(vocab)
    for (d = 0; d < 200; d++) {
        n = 0; k = ""; s = ""
        first = d % 7 ? 1 : 2
        for (kind = first; kind <= 6; kind++) {
            run = 1 + int(rand() * 6)
            if (kind > 2 && d % 3 == 0) break
            k = k (k ? "," : "") "[" kind "," run "]"
            n += run
        }
        for (i = 1; i < n; i++) s = s int(rand() * vocab) ","
        printf "{\"id\":%d,\"input_ids\":[%s%d],\"kinds\":[%s],", d, s,
            vocab - 1 - d % 2, k
        print "\"tokenizer\":{\"hash\":\"0123456789abcdef\",\"vocab_size\":" \
            vocab ",\"pad_id\":7}}"
    } }'
}

# "1,2,3 0,1,1": ids and mask from ids and labels.
lines='def text: map(tostring) | join(",");
    "\(.ids | text) \(.mask | text)"'

read_axolotl() {
    jq -r '
        if (.attention_mask | all(. == 1)) and (keys | length == 3)
            and ([.input_ids, .labels] | transpose
                | all(.[1] == .[0] or .[1] == -100))
            and (.attention_mask | length) == (.input_ids | length)
        then {ids: .input_ids,
            mask: [.labels[] | if . == -100 then 0 else 1 end]} | '"$lines"'
        else error("labels") end' "$1"*.jsonl
}

read_trl() {
    jq -c 'if (.seq_lengths | add) == (.input_ids | length)
            and ([.labels[] | . != -100] == [.assistant_masks[] | . == 1])
            and (.input_ids | length) <= 64
        then . else error("lengths") end
        | . as $row | reduce .seq_lengths[] as $n ({at: 0, docs: []};
            .docs += [{ids: $row.input_ids[.at:.at + $n],
                mask: $row.assistant_masks[.at:.at + $n]}] | .at += $n)
        | .docs[]' "$1"*.jsonl | jq -r "$lines"
}

# Flat arrays; the templates are V and v for ids of four and two bytes.
slurp='sub slurp {
    local $/;
    open my $f, "<:raw", $_[0] or die "$_[0]\n";
    <$f>
}'

read_olmo() {
    for csv in "$1"token_ids_part_*.csv.gz; do
        ids=${csv%.csv.gz}.npy
        mask=$(echo "$ids" | sed 's/token_ids_part/labels_mask_part/')
        gzip -dc "$csv" | perl -e "$slurp"'
            my ($t, $ids, $mask) = @ARGV;
            my @ids = unpack "$t*", slurp($ids);
            my @mask = unpack "C*", slurp($mask);
            die "sizes" if @ids != @mask;
            my $at = 0;
            while (<STDIN>) {
                /^(\d+),(\d+)$/ && $1 == $at && $2 > $1 or die "csv: $_";
                print join(",", @ids[$1 .. $2 - 1]), " ",
                    join(",", @mask[$1 .. $2 - 1]), "\n";
                $at = $2;
            }
            die "end" if $at != @ids;' "$2" "$ids" "$mask"
    done
}

read_megatron() {
    for idx in "$1"*.idx; do
        perl -e "$slurp"'
            my ($t, $idx, $bin) = @ARGV;
            my ($i, $b) = (slurp($idx), slurp($bin));
            my ($magic, $version, $type, $n, $docs) =
                unpack "a9 Q< C Q< Q<", $i;
            die "magic" if $magic ne "MMIDIDX\0\0" || $version != 1;
            my $size = {4 => 4, 8 => 2}->{$type} or die "type $type";
            die "type" if $size != ($t eq "V" ? 4 : 2) || $docs != $n + 1;
            my @at = (34, 34 + 4 * $n, 34 + 12 * $n, 34 + 12 * $n + 8 * $docs);
            die "size" if $at[3] != length $i;
            my @len = unpack "V$n", substr $i, $at[0];
            my @off = unpack "Q<$n", substr $i, $at[1];
            my @doc = unpack "Q<$docs", substr $i, $at[2];
            die "documents" if "@doc" ne join " ", 0 .. $n;
            die "end" if $off[-1] + $size * $len[-1] != length $b;
            print join(",", unpack "$t$len[$_]", substr $b, $off[$_]), "\n"
                for 0 .. $n - 1;' "$2" "$idx" "${idx%.idx}.bin"
    done
}

# Shards as the index names them, with the sums that it gives.
read_mds() {
    jq -r '.version == 2 and (.shards | all(.format == "mds" and .version == 2))
        | if . then empty else error("index") end' "$1index.json" || return
    jq -r '.shards[] | .raw_data
        | "\(.hashes.sha256)  '"$1"'\(.basename)"' "$1index.json" |
        sha256sum -c --quiet || return
    jq -r '.shards[] | "\(.raw_data.basename) \(.raw_data.bytes) \(.samples)"' \
        "$1index.json" | while read -r name bytes samples; do
        [ "$(wc -c <"$1$name")" = "$bytes" ] || return
        perl -e "$slurp"'
            my $s = slurp($ARGV[0]);
            my $n = unpack "V", $s;
            die "samples" if $n != $ARGV[1];
            my @off = unpack "x4 V" . ($n + 1), $s;
            die "end" if $off[-1] != length $s;
            my $config = substr $s, 8 + 4 * $n, $off[0] - 8 - 4 * $n;
            for (qw(["json"] ["turns"] [null])) {
                index($config, $_) >= 0 or die "configuration: $config";
            }
            for (0 .. $n - 1) {
                my $x = substr $s, $off[$_], $off[$_ + 1] - $off[$_];
                die "size" if unpack("V", $x) != length($x) - 4;
                print substr($x, 4), "\n";
            }' "$1$name" "$samples"
    done | jq -r '{ids: [.[] | (.input_ids + .labels)[]],
        mask: [.[] | (.input_ids[] | 0), (.labels[] | 1)]} | '"$lines"
}

read_datatrove() {
    for ds in "$1"*.ds; do
        perl -e "$slurp"'
            my ($t, $ds) = @ARGV;
            my @ids = unpack "$t*", slurp($ds);
            my @end = unpack "Q<*", slurp("$ds.index");
            my @loss = unpack "C*", slurp("$ds.loss");
            my @meta = split /\n/, slurp("$ds.metadata");
            my $size = $t eq "V" ? 4 : 2;
            die "metadata @meta" if $meta[0] ne "0123456789abcdef|$size"
                || $meta[1] != @ids || $meta[2] !~ /^[\d.]+ [kM]?T$/;
            die "sizes" if @loss != @ids || $end[-1] != @ids;
            my $at = 0;
            for (@end) {
                print join(",", @ids[$at .. $_ - 1]), " ",
                    join(",", @loss[$at .. $_ - 1]), "\n";
                $at = $_;
            }' "$2" "$ds"
    done
}

read_npy() {
    for ids in "$1"*.input_ids.npy; do
        perl -e "$slurp"'
            sub npy {
                my $s = slurp($_[0]);
                my ($magic, $major, $minor, $n) = unpack "a6 C C v", $s;
                die "magic" if $magic ne "\x93NUMPY" || $major != 1
                    || (10 + $n) % 64 || substr($s, 9 + $n, 1) ne "\n";
                substr($s, 10, $n) =~ /^\{\x27descr\x27: \x27(\S+)\x27, \x27f/
                    or die "descr";
                my $t = {"<i4" => "l<*", "|u1" => "C*"}->{$1} or die "$1";
                substr($s, 10, $n) =~ /\x27shape\x27: \(([\d, ]+)\), \}/;
                my $cells = 1;
                $cells *= $_ for split /, ?/, $1;
                my @v = unpack $t, substr $s, 10 + $n;
                die "shape" if $cells != @v;
                @v
            }
            my ($p) = $ARGV[0] =~ /(.*)\.input_ids\.npy/;
            my @ids = npy("$p.input_ids.npy");
            my @kinds = npy("$p.kinds.npy");
            my @cu = npy("$p.cu_seqlens.npy");
            for (1 .. $#cu) {
                my @at = $cu[$_ - 1] .. $cu[$_] - 1;
                next if $kinds[$at[0]] == 0;
                print join(",", @ids[@at]), " ",
                    join(",", map { $_ != 1 && $_ != 3 || 0 } @kinds[@at]),
                    "\n";
            }' "$ids"
    done
}

for vocab in 300 65536 65537; do
    [ $vocab -le 65536 ] && t=v || t=V
    [ $vocab -lt 65500 ] && mega=v || mega=V
    rows $vocab >in
    jq -c '{ids: .input_ids, mask: [.kinds[] | . as [$k, $n] | range($n)
        | if $k == 1 or $k == 3 then 0 else 1 end]}' in | jq -r "$lines" |
        sort >want
    cut -d ' ' -f 1 want | sort >want_ids
    for format in axolotl trl olmo mds datatrove npy; do
        mkdir $format
        insec-pack -l 64 -f $format -o $format/ --shard-size 2000 in
        read_$format $format/ $t | sort | cmp -s - want
        result $? "$vocab ids, $format: every document and its mask"
        insec-pack --verify $format/manifest.json
        result $? "$vocab ids, $format: --verify"
        insec-pack -l 64 -f $format -o $format/ --shard-size 2000 --resume in
        result $? "$vocab ids, $format: the same again"
    done
    mkdir megatron llmc
    insec-pack -l 64 -f megatron -o megatron/p in 2>err
    [ $? = 1 ] && grep -q 'is prompt.*--discard-mask' err
    result $? "$vocab ids, megatron: refuses a mask"
    insec-pack -l 64 -f megatron -o megatron/ --discard-mask \
        --shard-size 2000 in
    read_megatron megatron/ $mega | sort | cmp -s - want_ids
    result $? "$vocab ids, megatron: every document"
    # llm.c has no bounds: the stream of ids is that of another format.
    insec-pack -l 64 -f llmc -o llmc/x --discard-mask in
    insec-pack -l 64 -f axolotl in | jq '.input_ids[]' >ids
    perl -e "$slurp"'
        my $s = slurp("llmc/x-00000.bin");
        my ($magic, $version, $n) = unpack "V3", $s;
        my $small = $ARGV[0] eq "v";
        die "magic" if $magic != ($small ? 20240520 : 20240801)
            || $version != ($small ? 1 : 7);
        my @ids = unpack "$ARGV[0]*", substr $s, 1024;
        die "count" if @ids != $n;
        print "$_\n" for @ids;' $t | cmp -s - ids
    result $? "$vocab ids, llmc: every token"
    rm -r axolotl trl olmo mds datatrove npy megatron llmc
done

# Without a mask in the input nothing needs to be discarded.
jq -c '.kinds = [[2, (.input_ids | length)]]' in | insec-pack -l 64 \
    -f megatron -o m
result $? "megatron takes what is all learnt"

echo "1..$n"
