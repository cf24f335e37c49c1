# Rows with the answers of a batch file, whose order is free, as completions.
# A row without an answer stops everything: nothing is left out in silence.
INDEX($answers[]; .custom_id) as $by
| def answer: $by[.id].response.body.choices[0].message.content;
([$rows[] | select(answer | type != "string") | .id]) as $missing
| if $missing != [] then
    error("no answer to \($missing[0]): \($by[$missing[0]].error)")
  else $rows[] | . + {completion: answer, raw: answer} end
