# The manual page has the options of the program's table, and no others; it
# names the words of a choice and every default.  The defaults of the options
# that all filters have stand in insec(7).
for p in $(cd src && ls insec-*.c | sed 's/\.c$//'); do
    [ -x "$BIN/$p" ] && [ -e "man/$p.1" ] || continue
    "$BIN/$p" --options | perl -e '
        my ($page) = @ARGV;
        my (%item, %arg, $at);
        open(my $in, "<", $page) or die "$page: $!\n";
        while (<$in>) {
            s/\\&|\\:|\\%//g;
            s/\\-/-/g;
            s/\\e/\\/g;
            $at = "" if /^\.Sh/;
            if (/^\.It Fl (?:(\w) , Fl )?-([\w-]+)(?: (?:Ar|Cm) (.*))?$/) {
                $at = ($1 // "-") . " $2";
                print "$page:$.: --$2 stands twice\n" if exists $item{$at};
                $item{$at} = $arg{$at} = $3 // "";
            } elsif (/^\.It Fl/) {
                print "$page:$.: not of the form .It Fl j , Fl -jobs Ar N\n";
            } elsif ($at) {
                $item{$at} .= " $_";
            }
        }
        while (<STDIN>) {
            chomp;
            my ($brief, $name, $arg, $default) = split /\t/;
            my $key = "$brief $name";
            if (!exists $item{$key}) {
                my $b = $brief eq "-" ? "" : "$brief , Fl ";
                print "$page: no \".It Fl $b-$name\"\n";
                next;
            }
            my $text = delete $item{$key};
            my $takes = $arg{$key} ne "";
            print "$page: --$name: the page gives it "
                . ($takes ? "an" : "no") . " argument\n"
                if $takes != ($arg ne "-");
            my @words = $arg =~ /\|/ ? split(/\|/, $arg) : ();
            push @words, $default
                if $default !~ /^-1?$/ && $name !~ /^(?:jobs|block-size)$/;
            for (@words) {
                print "$page: --$name: \"$_\" is not mentioned\n"
                    if $text !~ /(?<![\w.])\Q$_\E(?![\w])/;
            }
        }
        print "$page: the program has no option $_\n" for sort keys %item;
    ' "man/$p.1"
done
