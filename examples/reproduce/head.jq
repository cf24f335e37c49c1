# Of a wrong step only its first word is written: that shows which step it is.
# In a share $due of the places it is that of the step that is due.
def head: sub(" .*"; "");
input_line_number as $line |
reduce range(.segments | length) as $i (.;
    if .segments[$i].kind == "wrong" then
        .segments[$i].text |= head |
        if ($line * 7 + $i * 13) % 100 < $due * 100 then
            .segments[$i].text = (first(.segments[$i:][] |
                select(.kind == "right").text) | head)
        else . end
    else . end)
