#!/usr/bin/perl
# Runs the EXAMPLES of the manual pages.  In each .Bd -literal block a line
# that begins with "$ " is a command (a backslash at its end continues it);
# the lines up to the next command are exactly what it must print.  Where
# there are none, only its status is looked at.  The commands of a page run
# one after another in one scratch folder.  A block that begins otherwise is
# a listing in another language and is not run.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(basename dirname);
use File::Temp qw(tempdir);

chdir dirname(__FILE__) . "/.." or die;
my $top = abs_path(".");
my $bin = $ENV{BIN} // "bin";
$bin = "$top/$bin" unless $bin =~ m{^/};
$ENV{PATH} = "$bin:$ENV{PATH}";
$ENV{LC_ALL} = "C.UTF-8";
$ENV{NO_COLOR} = 1;
$ENV{WORDNET} = "$top/tests/wordnet"; # what insec-rules(5) reads
my $n = 0;

sub result {
    my ($good, $name, $note) = @_;
    $n++;
    print $good ? "" : "not ", "ok $n - $name\n";
    print map { "# $_\n" } split /\n/, $note unless $good;
}

# roff's way to write what a shell reads literally; -1 for any other escape.
my %escape = ("\\e" => "\\", "\\&" => "", "\\-" => "-", "\\(aq" => "'",
    "\\(dq" => '"', "\\(rs" => "\\", "\\(ti" => "~", "\\(ga" => "`",
    "\\(ha" => "^");

sub plain {
    my ($line) = @_;
    $line =~ s/(\\\(..|\\.)/$escape{$1} \/\/ die "escape $1 in: $line"/ge;
    return $line;
}

# The page's commands: [line number, command, expected output].
sub commands {
    my ($page) = @_;
    my ($section, $literal, $shell, @all) = ("", 0);
    open(my $in, "<", $page) or die "$page: $!\n";
    while (my $line = <$in>) {
        $section = $1 if $line =~ /^\.Sh (.*)$/;
        next if $section ne "EXAMPLES";
        if ($line =~ /^\.(Bd -literal|Ed)/) {
            $literal = $1 ne "Ed";
            undef $shell;
            next;
        }
        next unless $literal;
        $shell //= $line =~ /^\$ /;
        next unless $shell;
        $line = plain($line);
        if (@all && $all[-1][1] =~ /\\\n$/ && $all[-1][2] eq "") {
            $all[-1][1] .= $line;
        } elsif ($line =~ /^\$ (.*)$/s) {
            push @all, [$., $1, ""];
        } else {
            $all[-1][2] .= $line;
        }
    }
    return @all;
}

sub run_page {
    my ($page) = @_;
    my $name = basename($page);
    my @all = eval { commands($page) };
    result(0, $name, $@) if $@;
    result(0, "$name has examples", "no command in EXAMPLES")
        if !@all && $page =~ /\.1$/;
    my $dir = tempdir(CLEANUP => 1);
    for (@all) {
        my ($line, $command, $want) = @$_;
        open(my $script, ">", "$dir/.command") or die;
        print $script $command;
        close $script;
        my $got = `cd $dir && timeout 120 sh .command 2>.stderr </dev/null`;
        my $status = $?;
        my $good = $want eq "" ? $status == 0 : $got eq $want;
        my $note = "\$ ${command}status " . ($status >> 8) . "\n";
        $note .= "wanted:\n${want}got:\n$got\n" if $want ne "";
        $note .= `head -n 5 $dir/.stderr`;
        result($good, "$name:$line", $note);
    }
}

run_page($_) for sort glob("$top/man/*.[157]");
print "1..$n\n";
