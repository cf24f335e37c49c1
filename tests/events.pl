#!/usr/bin/perl
# events.pl FILE: the scalars of a TensorBoard file, a line each: step, name,
# value.  A reader that shares nothing with the program; checks both checksums
# of each record, by tables and not bit by bit.
use strict;
use warnings;

my @table = map {
    my $c = $_;
    $c = $c & 1 ? $c >> 1 ^ 0x82f63b78 : $c >> 1 for 1 .. 8;
    $c
} 0 .. 255;

sub masked {
    my $crc = 0xffffffff;
    $crc = $table[($crc ^ $_) & 255] ^ $crc >> 8 for unpack 'C*', $_[0];
    $crc ^= 0xffffffff;
    return (($crc >> 15 | $crc << 17 & 0xffffffff) + 0xa282ead8) & 0xffffffff;
}
die "crc\n" if (masked("123456789") - 0xa282ead8 & 0xffffffff)
    != ((0xe3069283 >> 15 | 0xe3069283 << 17) & 0xffffffff);

# The fields of a message: [number, value], strings as they are.
sub fields {
    my ($s) = @_;
    my @out;
    my $varint = sub {
        my ($v, $at) = (0, 0);
        while (1) {
            my $byte = ord substr $s, 0, 1, '';
            $v |= ($byte & 127) << $at;
            return $v if $byte < 128;
            $at += 7;
        }
    };
    while (length $s) {
        my $key = $varint->();
        my $wire = $key & 7;
        my $v = $wire == 0 ? $varint->()
            : $wire == 1 ? unpack('d<', substr $s, 0, 8, '')
            : $wire == 2 ? substr($s, 0, $varint->(), '')
            : $wire == 5 ? unpack('f<', substr $s, 0, 4, '')
            : die "wire $wire\n";
        push @out, [$key >> 3, $v];
    }
    return @out;
}
open my $f, '<:raw', $ARGV[0] or die "$ARGV[0]: $!\n";
my $records = 0;
while (read $f, my $head, 12) {
    my ($n, $crc) = unpack 'Q<L<', $head;
    die "length\n" if masked(substr $head, 0, 8) != $crc;
    die "short\n" if read($f, my $data, $n) != $n || read($f, my $tail, 4) != 4;
    die "data\n" if masked($data) != unpack 'L<', $tail;
    my %event = map { @$_ } fields($data);
    if ($records++ == 0) {
        die "version\n" if $event{3} ne 'brain.Event:2';
        next;
    }
    for (fields($event{5})) {
        my %value = map { @$_ } fields($_->[1]);
        printf "%d %s %.9g\n", $event{2}, $value{1}, $value{2};
    }
}
