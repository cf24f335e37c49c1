#!/usr/bin/perl
# english.pl MEGABYTES FOLDER...: documents of about 2 KB, one JSON object a
# line, out of the English prose that lies in the folders.  Lines of roff
# requests are dropped; what is not mostly ASCII words is left out, and what
# stood there already.
use strict;
use warnings;
use File::Find;
use IO::Uncompress::Gunzip qw(gunzip);

my ($megabytes, @folders) = @ARGV;
my $left = $megabytes * 1e6;
my (%seen, $n);

sub put {
    my ($text) = @_;
    return if $seen{substr($text, 0, 200)}++ || $left <= 0;
    my $words = () = $text =~ /(?<![^ \n(])[A-Za-z]{2,}(?=[ .,;:)\n])/g;
    return if $words < length($text) / 9;
    $left -= length $text;
    $text =~ s/([\\"])/\\$1/g;
    $text =~ s/\n/\\n/g;
    $text =~ s/\t/\\t/g;
    print qq({"id":"), $n++, qq(","text":"$text"}\n);
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
    return if $text =~ /[^\t\n -~]/;
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

for my $folder (@folders) {
    my @names;
    find({ no_chdir => 1, wanted => sub { push @names, $_ if -f } }, $folder)
        if -d $folder;
    for (sort @names) {
        last if $left <= 0;
        take($_);
    }
}
