#!/bin/sh
# insec-view: what holds for all rows, and its page in a browser (headless
# Chromium, where it is installed).
. "$(dirname "$0")/tap.sh"

insec-synth chain -n 200 --ops 2-3 |
    insec-corrupt --rate 0.5 --clean 0.2 | tee in | insec-pair --keep >pairs
insec-tokenize pairs >tokens

# Without signs the text of a sequence is there, whole.
jq -r '[.segments[].text] | add' pairs >want
insec-view pairs | grep -v '^== ' |
    sed 's/\[[-:!?+]//g; s/[-:!?+]\]//g' | tr -d '\n' >seen
tr -d '\n' <want | cmp - seen
result $? "the text is there"
insec-view --tokens tokens | grep -v '^== ' | grep -o ',[0-9]*)' |
    tr -d ',)' >seen
jq '.input_ids[]' tokens | cmp - seen
result $? "every token is there"
insec-tokenize --labels pairs | jq '.labels[]' >want
insec-view --tokens tokens | grep -v '^== ' |
    grep -o '([-0-9]*,[0-9]*)' | sed 's/(\(.*\),.*/\1/' | cmp want -
result $? "labels are those of insec-tokenize --labels"
insec-view --html page pairs
for how in '-j 2' '-j 3 --block-size 700'; do
    insec-view --html other $how pairs && cmp page other
    result $? "the same page with $how"
done
for class in $(jq -r '.errors[].class' in | sort -u); do
    jq -r "select(any(.errors[]; .class == \"$class\")).id" in >want
    insec-view --grep "class=$class" in | grep '^== ' | cut -d ' ' -f 2 |
        cmp want -
    result $? "--grep class=$class finds what jq finds"
done

# ---- the page in a browser

browser=$(command -v chromium)
browse() { # page, options: what Chromium makes of it
    page=$1
    shift
    rm -rf profile && mkdir profile
    timeout 120 "$browser" --headless --no-sandbox --disable-gpu \
        --no-first-run --disable-background-networking \
        --disable-component-update --disable-sync \
        --user-data-dir="$dir/profile" --window-size=900,1200 "$@" \
        "file://$dir/$page" 2>log
}
if [ -z "$browser" ]; then
    n=$((n + 1))
    echo "ok $n - the page in a browser # SKIP no chromium"
    echo "1..$n"
    exit
fi
cp page page.html
browse page.html --dump-dom >dom
grep -q '200 of 200 rows' dom
result $? "the script runs and counts the rows"
classes=$(jq -r '.errors[].class' in | sort -u | grep -c .)
[ "$(grep -o '<option' dom | wc -l)" = $((classes + 1)) ]
result $? "every class can be chosen"
class=$(jq -r '.errors[].class' in | sort | uniq -c | sort -n | head -n 1 |
    awk '{ print $2 }')
{
    cat page
    printf '<script>var l=document.getElementById("class");'
    printf 'l.value="=%s";l.dispatchEvent(new Event("change"))</script>' \
        "$class"
} >chosen.html
browse chosen.html --dump-dom >dom
want=$(jq -s "map(select(any(.errors[]; .class == \"$class\"))) | length" in)
grep -q ">$want of 200 rows" dom &&
    [ "$(grep -c '<article.*hidden' dom)" = $((200 - want)) ]
result $? "a chosen class hides the rows without it"
jq -c '.id = "<b>" + .id | .text = "<script>document.title=1</script>" |
    {id, text}' in | head -n 5 | insec-view --html page.html
browse page.html --dump-dom >dom
grep -q '<title>insec' dom && grep -q '5 of 5 rows' dom &&
    ! grep -q '<b>' dom
result $? "a text cannot become part of the page"
cp page page.html
browse page.html --screenshot="$dir/light.png" >/dev/null
browse page.html --blink-settings=preferredColorScheme=0 \
    --screenshot="$dir/dark.png" >/dev/null
[ -s light.png ] && [ -s dark.png ] && ! cmp -s light.png dark.png
result $? "it is drawn, in light and in dark"
echo "1..$n"
