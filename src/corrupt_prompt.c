/* Finds what a target answers: the prompt of a completion, or the turn of
 * the user in front of an assistant's; and the known answer. */
#include "corrupt.h"

static bool role_is(const struct json *turn, struct str role, struct arena *a)
{
    const struct json *v = json_get(turn, "role");
    return v && v->type == JSON_STRING && str_eq(json_string(v, a), role);
}

struct str corrupt_prompt(const struct record *r, struct arena *a,
                          struct str field)
{
    if (str_eq(field, STR("/completion")))
        return record_prompt(r, a);
    const struct json *turns = json_get(r->root, "messages"), *asked = NULL;
    if (!str_starts(field, STR("/messages/")) || !turns)
        return STR("");
    size_t n = 0, i = 0;
    for (size_t k = STR("/messages/").n; k < field.n && field.p[k] != '/'; k++)
        n = n * 10 + (size_t)(field.p[k] - '0');
    for (const struct json *t = json_begin(turns); t < json_end(turns) && i < n;
         t = json_next(t), i++)
        if (role_is(t, STR("user"), a))
            asked = json_get(t, "content");
    return asked && asked->type == JSON_STRING ? json_string(asked, a)
                                               : STR("");
}

struct str corrupt_answer(const struct record *r, struct arena *a)
{
    const struct json *v = json_get(r->root, "answer");
    if (v && v->type == JSON_STRING)
        return json_string(v, a);
    return v && v->type == JSON_NUMBER ? json_raw(v) : STR("");
}
