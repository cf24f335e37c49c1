# What only one file may name, and what none may.  Comments do not count.
perl -e '
    my @rules = (
        [qr/\bstderr\b|\b_?exit *\(|\babort *\(|\bperror\b/, qr{/diag\.c$},
         "only diag.c writes to stderr or exits"],
        [qr/\bstdout\b|\b(?:printf|puts|putchar) *\(/, qr{/io_write\.c$},
         "only the writer knows stdout"],
        [qr/simdjson/, qr{/json\.cc$}, "only json.cc knows the JSON library"],
        [qr/dnnl|cblas/, qr{/gemm\.c$},
         "only gemm.c knows the matrix library"],
        [qr/<csv\.h>/, qr{/(?:rules_csv|table)\w*\.c$}, "libcsv"],
        [qr/immintrin|\b_mm\d*_/, qr{/(?:kern\w*|scan_bits)\.[ch]$},
         "intrinsics are for kernels"],
        [qr/\b(?:atoi|atol|atof|strtok|sprintf|vsprintf|strcpy|strcat)\b/,
         undef, "an unsafe function"],
        [qr/\bs?rand(?:om)? *\(|drand48/, undef, "randomness is rng.h"],
        [qr/\b(?:malloc|calloc|realloc) *\(/, qr{/(?:mem|json)\.cc?$},
         "memory is mem.h"],
    );
    for my $file (@ARGV) {
        open(my $in, "<", $file) or die "$file: $!\n";
        local $/;
        my $text = <$in>;
        $text =~ s{(/\*.*?\*/)}{ "\n" x ($1 =~ tr/\n//) }gse;
        $text =~ s{//.*}{}g;
        $text =~ s{(?<=")(?:\\.|[^"\\\n])*(?=")}{}g;
        my $n = 0;
        for my $line (split /\n/, $text) {
            $n++;
            for (@rules) {
                my ($what, $where, $why) = @$_;
                print "$file:$n: $why\n"
                    if $line =~ $what && !($where && $file =~ $where);
            }
        }
    }' src/*.c src/*.h $(ls src/*.cc 2>/dev/null)
grep -nE '(^|[^A-Za-z_])(TODO|FIXME|XXX|HACK)([^A-Za-z_]|$)' -r Makefile src \
    man examples README.md NEWS.md tests/unit tests/*.t tests/cases 2>/dev/null
true
