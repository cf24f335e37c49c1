#!/usr/bin/perl
# corpus.pl KIND MEGABYTES FOLDER...: documents of about 2 KB, one JSON object
# a line, out of the files in the folders.  What stood there already is left
# out.  KIND is
#   english  prose in ASCII: of manual pages without the lines of roff
#            requests, of anything else what is mostly words
#   code     sources by the ends of their names
#   other    translations: gettext catalogues, and manual pages in folders that
#            are named after a language; languages are mixed
use strict;
use warnings;
use Digest::MD5 qw(md5);
use File::Find;
use IO::Uncompress::Gunzip qw(gunzip);

my ($kind, $megabytes, @folders) = @ARGV;
my $left = $megabytes * 1e6;
my (%seen, $n);
my %takes = (
    english => sub { 1 },
    code => sub { /\.(c|cc|h|hpp|py|pm|pl|js|mjs|rs|go|td)$/ },
    other => sub { /\.mo$/ || m{/man/(?!man)[a-z]{2}[^/]*/} },
);

# Is it of the kind?
sub fits {
    my ($text) = @_;
    if ($kind eq 'english') {
        my $words = () = $text =~ /(?<![^ \n(])[A-Za-z]{2,}(?=[ .,;:)\n])/g;
        return $words >= length($text) / 9;
    }
    my $wide = $text =~ tr/\x80-\xff//;
    return $kind eq 'code' || $wide > length($text) / 50;
}

sub put {
    my ($text) = @_;
    return if $left <= 0 || !fits($text) || $seen{substr($text, 0, 200)}++;
    return unless utf8::decode(my $copy = $text);
    $left -= length $text;
    $text =~ s/([\\"])/\\$1/g;
    $text =~ s/\n/\\n/g;
    $text =~ s/\t/\\t/g;
    $text =~ s/([\x00-\x1f])/sprintf '\\u%04x', ord $1/ge;
    print qq({"id":"), $n++, qq(","text":"$text"}\n);
}

# The translations of a gettext catalogue, one a line.
sub messages {
    my ($all) = @_;
    return '' if length $all < 20 || substr($all, 0, 4) ne "\xde\x12\x04\x95";
    my ($count, $table) = (unpack 'V5', $all)[2, 4];
    return join '', map {
        my ($size, $at) = unpack 'V2', substr $all, $table + 8 * $_, 8;
        (substr $all, $at, $size) =~ tr/\0/\n/r . "\n"
    } 1 .. $count - 1;
}

sub take {
    my ($name) = @_;
    my $text = '';
    if ($name =~ /\.gz$/) {
        gunzip($name => \$text) or return;
    } else {
        open(my $in, '<:raw', $name) or return;
        local $/;
        $text = <$in> // '';
    }
    $text = messages($text) if $name =~ /\.mo$/;
    return if $kind eq 'english' && $text =~ /[^\t\n -~]/;
    my $doc = '';
    my $roff = $name =~ m{/man/};
    for (split /^/, $text) {
        next if $roff && /^[.']/;
        s/\\f[A-Z]|\\&|\\(?=-)//g if $roff;
        $doc .= $_;
        next if length $doc < 2048;
        put($doc);
        $doc = '';
    }
    put($doc) if length $doc > 200;
}

my @all;
for my $folder (@folders) {
    my @names;
    find({ no_chdir => 1,
           wanted => sub { push @names, $_ if -f && $takes{$kind}->() } },
        $folder) if -d $folder;
    push @all, sort @names;
}
@all = sort { md5($a) cmp md5($b) } @all if $kind eq 'other';
for (@all) {
    last if $left <= 0;
    take($_);
}
