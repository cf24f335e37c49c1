/* Finding and reading a chat template, and the names it may use. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chat_impl.h"
#include "io.h"
#include "json.h"

/* ---- files */

/* Reads folder/name into *b where it is there: 1, 0, -1. */
static int read_in(const char *folder, const char *name, struct buf *b,
                   struct err *e)
{
    struct buf path = {0};
    buf_printf(&path, "%s%s%s", folder, *folder ? "/" : "", name);
    buf_char(&path, '\0');
    int found = access(path.p, F_OK) == 0;
    if (found && io_slurp(path.p, b, e))
        found = -1;
    buf_reserve(b, IO_PADDING);
    memset(b->p + b->n, 0, IO_PADDING);
    buf_free(&path);
    return found;
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool ends_in(const char *path, const char *end)
{
    size_t n = strlen(path), m = strlen(end);
    return n >= m && strcmp(path + n - m, end) == 0;
}

/* ---- tokenizer_config.json */

static bool is_string(const struct json *v)
{
    return v && v->type == JSON_STRING;
}

/* A token: its text, or {"content": its text}. */
static const struct json *token_text(const struct json *v)
{
    if (v->type == JSON_OBJECT)
        v = json_get(v, "content");
    return is_string(v) ? v : NULL;
}

static void add_token(struct chat *c, const struct json *v)
{
    const struct json *text = token_text(v);
    struct str s = text ? json_string(text, &c->arena) : STR("");
    if (s.n)
        vec_push(&c->tokens,
                 (struct str){arena_copy(&c->arena, s.p, s.n), s.n});
}

/* "eos_token" and its like are variables too. */
static void add_named(struct chat *c, const struct json *key)
{
    struct str name = json_string(key, &c->arena);
    struct str end = STR("_token");
    const struct json *text = token_text(key + 1);
    if (!text || name.n < end.n ||
        !str_eq(str_sub(name, name.n - end.n, name.n), end))
        return;
    struct str s = json_string(text, &c->arena);
    s.p = arena_copy(&c->arena, s.n ? s.p : "", s.n);
    name.p = arena_copy(&c->arena, name.p, name.n);
    jinja_put(&c->arena, c->vars, name, jinja_own(s));
    if (!str_eq(name, STR("bos_token")))
        add_token(c, key + 1);
}

static void add_tokens(struct chat *c, const struct json *root)
{
    for (const struct json *k = json_begin(root); k < json_end(root);
         k = json_next(k + 1))
        add_named(c, k);
    const struct json *more = json_get(root, "additional_special_tokens");
    if (more && more->type == JSON_ARRAY)
        for (const struct json *v = json_begin(more); v < json_end(more);
             v = json_next(v))
            add_token(c, v);
    const struct json *added = json_get(root, "added_tokens_decoder");
    const struct json *bos = json_get(root, "bos_token");
    bos = bos ? token_text(bos) : NULL;
    if (!added || added->type != JSON_OBJECT)
        return;
    for (const struct json *k = json_begin(added); k < json_end(added);
         k = json_next(k + 1)) {
        const struct json *special = json_get(k + 1, "special");
        const struct json *text = token_text(k + 1);
        bool yes = true;
        if (text && (!special || !json_bool(special, &yes) || yes) &&
            !(bos && str_eq(json_raw(bos), json_raw(text))))
            add_token(c, k + 1);
    }
}

/* chat_template: a string, or a list of {"name","template"} of which
 * "default" is the one. */
static const struct json *template_of(const struct json *root)
{
    const struct json *v = json_get(root, "chat_template");
    if (!v || v->type != JSON_ARRAY)
        return is_string(v) ? v : NULL;
    for (const struct json *t = json_begin(v); t < json_end(v);
         t = json_next(t)) {
        const struct json *name = json_get(t, "name");
        const struct json *text = json_get(t, "template");
        if (is_string(name) && json_key_is(name, STR("default")) &&
            is_string(text))
            return text;
    }
    return NULL;
}

/* Takes names from a configuration; *source gets its template unless it has
 * one. */
static int read_config(struct chat *c, struct str text, struct buf *source,
                       struct err *e)
{
    struct json_parser *parser = json_parser_new();
    const struct json *root;
    int bad = json_parse(parser, text, &root, e);
    if (!bad && root->type != JSON_OBJECT)
        bad = err_set(e, STATUS_DATA, "not an object");
    if (!bad) {
        const struct json *t = template_of(root);
        add_tokens(c, root);
        if (t && !source->n)
            buf_str(source, json_string(t, &c->arena));
    }
    json_parser_free(parser);
    return bad;
}

/* ---- variables */

/* "NAME=VALUE": true, false, none, a whole number, or a string. */
static int set_variable(struct chat *c, const char *text, struct err *e)
{
    const char *equal = strchr(text, '=');
    if (!equal || equal == text)
        return err_set(e, STATUS_USAGE,
                       "--chat-set: \"%.60s\" is not "
                       "NAME=VALUE",
                       text);
    const char *value = equal + 1;
    struct jinja_value v = jinja_own(str_of(value));
    char *end;
    long long i = strtoll(value, &end, 10);
    if (!strcmp(value, "true") || !strcmp(value, "false")) {
        v = jinja_bool(*value == 't');
    } else if (!strcmp(value, "none")) {
        v.type = JINJA_NONE;
    } else if (*value && !*end && value[strspn(value, "-0123456789")] == 0) {
        v.type = JINJA_INT;
        v.as.i = i;
    }
    jinja_put(&c->arena, c->vars, (struct str){text, (size_t)(equal - text)},
              v);
    return 0;
}

/* ---- all of it */

/* Reads the template of path into *source, and what is known beside it. */
static int read_all(struct chat *c, const char *path, struct buf *source,
                    struct err *e)
{
    struct buf folder = {0}, config = {0};
    const char *slash = strrchr(path, '/');
    bool in_folder = is_folder(path), json = ends_in(path, ".json");
    if (in_folder)
        buf_cstr(&folder, path);
    else
        buf_add(&folder, path, slash ? (size_t)(slash - path) : 0);
    if (!in_folder && slash == path)
        buf_char(&folder, '/');
    buf_char(&folder, '\0');
    int rc = in_folder ? read_in(folder.p, "chat_template.jinja", source, e)
             : json    ? 0
                       : io_slurp(path, source, e);
    c->path = mem_strdup(path);
    if (rc >= 0) {
        rc = json && !in_folder
                 ? io_slurp(path, &config, e)
                 : read_in(folder.p, "tokenizer_config.json", &config, e);
        buf_reserve(&config, IO_PADDING);
        memset(config.p + config.n, 0, IO_PADDING);
    }
    if (rc >= 0 && config.n) {
        rc = read_config(c, buf_view(&config), source, e);
        e->at.name = rc ? NULL : e->at.name;
    }
    if (rc >= 0 && !source->n && json && !in_folder)
        rc = read_in(folder.p, "chat_template.jinja", source, e);
    buf_free(&folder);
    buf_free(&config);
    return rc < 0 ? -1 : 0;
}

static int load(struct chat *c, const char *path, struct buf *source,
                struct err *e)
{
    struct jinja_value none = {.type = JINJA_NONE};
    c->vars = jinja_map(&c->arena);
    jinja_put(&c->arena, c->vars, STR("tools"), none);
    jinja_put(&c->arena, c->vars, STR("documents"), none);
    if (read_all(c, path, source, e))
        return -1;
    struct str text = buf_view(source);
    if (!text.n)
        return err_set(e, STATUS_DATA, "%s: no chat template", path);
    if (utf8_check(text) < text.n)
        return err_set(e, STATUS_DATA, "%s: the chat template is not UTF-8",
                       path);
    c->template = jinja_compile(text, e);
    if (c->template)
        return 0;
    struct err inner = *e;
    return err_set(e, inner.status, "%s: chat template: %s", path, inner.text);
}

struct chat *chat_load(const char *path, const struct opt_list *sets,
                       struct err *e)
{
    struct chat *c = mem_zero(1, sizeof *c);
    struct buf source = {0};
    *e = (struct err){0};
    int bad = load(c, path, &source, e);
    for (size_t i = 0; sets && i < sets->n && !bad; i++)
        bad = set_variable(c, sets->v[i], e);
    buf_free(&source);
    if (!bad)
        return c;
    chat_free(c);
    return NULL;
}

void chat_free(struct chat *c)
{
    if (!c)
        return;
    jinja_free(c->template);
    arena_free(&c->arena);
    vec_free(&c->tokens);
    mem_free(c->path);
    mem_free(c);
}
