# At most 80 columns and no blanks at a line's end; at most 400 lines a file;
# every source file opens with its charter.
for f in src/*.[ch] src/*.cc tests/unit/*.[ch] tests/fuzz/*.[ch] \
    tests/*.t tests/lint/*.sh; do
    [ -e "$f" ] || continue
    perl -CSD -ne 'chomp;
        print "$ARGV:$.: more than 80 columns\n" if length > 80;
        print "$ARGV:$.: blanks at the end\n" if /[ \t]$/;
        END { print "$ARGV: $. lines, 400 allowed\n" if $. > 400 }' "$f"
    case $f in
    *.[ch] | *.cc)
        head -n 1 "$f" | grep -q '^/\*' || echo "$f: no charter comment"
        ;;
    esac
done
