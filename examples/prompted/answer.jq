# Rows with the answers of a batch file, whose order is free, as completions.
# A row without an answer stops everything: nothing is left out in silence.
INDEX($answers[]; .custom_id) as $by
| $by[.id].response.body.choices[0].message.content as $text
| if $text | type == "string" then . + {completion: $text, raw: $text}
  else "no answer to \(.id): \($by[.id].error)\n" | halt_error(1) end
