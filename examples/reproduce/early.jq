# Would a later step be wrong where it stands?  It is where it needs the value
# of a step that is still due; and the answer always comes too early.
(.text[.start:] | [scan("(?m)^([a-z]) =")[0]]) as $due |
.wrong | startswith("Answer") or
    any(.[1:] | scan("[a-z]"); IN($due[]))
