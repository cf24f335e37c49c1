# A row with its first answer: the same with a second turn that asks for a look
# at it.
.draft = .completion
| .messages += [{role: "assistant", content: .draft},
    {role: "user", content: $ask}]
