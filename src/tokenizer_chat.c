/* The chat template that lies beside a tokenizer: not read here, but kept, so
 * that a checkpoint trained with the tokenizer has it too. */
#include <unistd.h>

#include "io.h"
#include "json.h"
#include "tokenizer_impl.h"

void tokenizer_keep_chat(struct tokenizer *t, const struct json *config)
{
    const struct json *v = json_get(config, "chat_template");
    if (!v || (v->type != JSON_STRING && v->type != JSON_ARRAY))
        return;
    t->chat = (struct str){arena_copy(&t->arena, v->p, v->n), v->n};
}

int tokenizer_chat_beside(struct tokenizer *t, struct str folder, struct err *e)
{
    struct buf name = {0}, text = {0}, json = {0};
    buf_str(&name, folder);
    buf_cstr(&name, "chat_template.jinja");
    buf_char(&name, '\0');
    int bad = 0;
    if (access(name.p, F_OK) == 0) {
        bad = io_slurp(name.p, &text, e);
        if (!bad && utf8_check(buf_view(&text)) == text.n) {
            json_put_string(&json, buf_view(&text));
            t->chat =
                (struct str){arena_copy(&t->arena, json.p, json.n), json.n};
        }
    }
    buf_free(&name);
    buf_free(&text);
    buf_free(&json);
    return bad;
}

void tokenizer_put_chat(const struct tokenizer *t, struct buf *out)
{
    bool first = true;
    if (t->chat.n == 0)
        return;
    buf_cstr(out, ",\n  \"additional_special_tokens\": [");
    for (size_t id = 0; id < t->tokens.n; id++) {
        struct str text = t->tokens.v[id].bytes;
        if (!tokenizer_is_special(t, (int32_t)id) || text.n == 0 ||
            str_find(t->chat, text, 0) == t->chat.n)
            continue;
        buf_cstr(out, first ? "" : ", ");
        json_put_string(out, text);
        first = false;
    }
    buf_cstr(out, "],\n  \"chat_template\": ");
    buf_str(out, t->chat);
}
