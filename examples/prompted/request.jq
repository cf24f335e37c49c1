# Rows with messages to an OpenAI batch file.
{custom_id: .id, method: "POST", url: "/v1/chat/completions",
 body: {$model, messages, temperature: 0, max_tokens: $tokens}}
