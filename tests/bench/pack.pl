#!/usr/bin/perl
# How fast insec-pack and insec-unpack are, and what the ways to fill rows
# cost: on documents of web-like lengths (lognormal, median 420 tokens) with
# ids drawn as words are (the k-th as often as 1/k).  CPU seconds of one
# thread; figures only.
use strict;
use warnings;

my ($fit, $docs, $length) = @ARGV;
$docs ||= 30000;
$length ||= 2048;
my $dir = `mktemp -d`;
chomp $dir;
END { system "rm", "-rf", $dir if $dir }

srand 1;
my ($tokens, @length) = 0;
{
    my @id = map { int exp(rand() * log 50000) - 1 } 1 .. 1 << 20;
    open my $f, ">", "$dir/in" or die "$dir: $!\n";
    for my $d (1 .. $docs) {
        my $z = sqrt(-2 * log(1 - rand)) * cos(6.283185307 * rand);
        my $n = int(420 * exp(1.15 * $z)) || 1;
        $n = 100000 if $n > 100000;
        my $at = int rand(@id - $n);
        print $f qq({"id":$d,"input_ids":[), join(",", @id[$at .. $at + $n - 1]),
            qq(],"kinds":[[2,$n]],"tokenizer":{"hash":"0123456789abcdef",),
            qq("vocab_size":50000,"pad_id":0}}\n);
        push @length, $n;
        $tokens += $n;
    }
}
my $bytes = -s "$dir/in";

# CPU seconds of a shell command, the least of three.
sub seconds {
    my ($least) = 1e9;
    for (1 .. 3) {
        my @before = times;
        system(@_) == 0 or die "failed: @_\n";
        my @after = times;
        my $s = $after[2] + $after[3] - $before[2] - $before[3];
        $least = $s if $s < $least;
    }
    return $least;
}

sub stat_of {
    my ($name) = @_;
    open my $f, "<", "$dir/stats" or die;
    return <$f> =~ /"$name":([\d.e-]+)/ ? $1 : die "no $name\n";
}

printf "%d documents, %.1f million tokens, %.1f MB; rows of %d\n", $docs,
    $tokens / 1e6, $bytes / 1e6, $length;
my $pack = seconds "insec-pack -l $length $dir/in >$dir/shard";
my $unpack = seconds "insec-unpack $dir/shard >/dev/null";
my $none = seconds "insec-pack -l $length --level 1 $dir/in >/dev/null";
my $zstd = seconds "zstd -3 -q -c $dir/in >/dev/null";
printf "%-28s %6.1f million tokens/s\n", @$_ for
    ["insec-pack (level 3)", $tokens / 1e6 / $pack],
    ["insec-pack --level 1", $tokens / 1e6 / $none],
    ["insec-unpack", $tokens / 1e6 / $unpack],
    ["zstd -3 of the same text", $tokens / 1e6 / $zstd];
printf "%.2f bytes a token in the shard\n\n", (-s "$dir/shard") / $tokens;

printf "%-34s %9s %9s %6s\n", "fit", "padding", "cut", "CPU s";
for my $how ("concat", "one", "stream --open-rows 1", "stream --open-rows 16",
    "stream", "stream --open-rows 256", "window --window 1000", "window",
    "window --window 100000") {
    my $s = seconds
        "insec-pack -l $length --fit $how --stats $dir/stats $dir/in >/dev/null";
    printf "%-34s %8.4f%% %8.2f%% %6.2f\n", $how, 100 * stat_of("padding"),
        100 * stat_of("documents_cut") / $docs, $s;
}
print "(one open row is next fit)\n\nfinding rows alone, for the pieces:\n";
open my $f, "|-", "$fit $length" or die "$fit: $!\n";
for my $n (@length) {
    print $f "$length\n" x int($n / $length);
    print $f $n % $length, "\n" if $n % $length;
}
close $f or die;
