/* Is everything that a manifest names there, whole, and what it says?
 */
#include <errno.h>
#include <unistd.h>

#include "manifest.h"

struct check {
    const char *path;     /* of the manifest; borrows */
    size_t folder;        /* bytes of it that are the folder */
    bool shards;          /* the format is shard */
    struct manifest sums; /* what the shards hold */
    struct arena arena;
};

static int complain(struct check *c, struct err *e, struct str name,
                    const char *what)
{
    err_set(e, STATUS_DATA, "%.*s: %.400s", STR_ARG(name), what);
    e->at.name = c->path;
    return -1;
}

static bool number_is(const struct json *v, const char *key, uint64_t want)
{
    int64_t n;
    const struct json *x = v ? json_get(v, key) : NULL;
    return x && json_i64(x, &n) && n >= 0 && (uint64_t)n == want;
}

static bool text_is(const struct json *v, const char *key, struct str want,
                    struct arena *a)
{
    const struct json *x = json_get(v, key);
    return x && x->type == JSON_STRING && str_eq(json_string(x, a), want);
}

/* The one shard in the file at path. */
static int check_shard(struct check *c, const struct json *f, const char *path,
                       struct err *e)
{
    struct shard s, more;
    struct shard_reader *r = shard_open(path, e);
    if (!r)
        return -1;
    int got = shard_next(r, &s, e);
    if (got > 0) {
        got = shard_next(r, &more, e);
        if (got > 0)
            shard_free(&more);
        bool good =
            number_is(f, "rows", s.rows) && number_is(f, "documents", s.docs);
        if (got >= 0)
            got = got == 0 && good ? 1 : 0;
        manifest_add_shard(&c->sums, &s);
        shard_free(&s);
    }
    shard_close(r);
    return got == 0 ? complain(c, e, str_of(path),
                               "not the shard that the "
                               "manifest tells of")
                    : got;
}

static int check_file(struct check *c, const struct json *f, bool shard,
                      struct err *e)
{
    char sum[SHA256_TEXT];
    uint64_t bytes;
    const struct json *v = json_get(f, "name");
    if (!v || v->type != JSON_STRING)
        return complain(c, e, STR("files"), "a file has no name");
    struct str name = json_string(v, &c->arena);
    if (name.n == 0 || name.p[0] == '.' || memchr(name.p, '/', name.n) ||
        memchr(name.p, 0, name.n))
        return complain(c, e, name, "not a name beside the manifest");
    struct buf path = {0};
    buf_add(&path, c->path, c->folder);
    buf_str(&path, name);
    buf_char(&path, 0);
    int r = -1;
    if (access(path.p, F_OK) != 0 && errno == ENOENT)
        complain(c, e, name, "missing");
    else if (file_sha256(path.p, sum, &bytes, e) < 0)
        r = -1;
    else if (!number_is(f, "bytes", bytes))
        complain(c, e, name, "another size than the manifest says");
    else if (!text_is(f, "sha256", str_of(sum), &c->arena))
        complain(c, e, name, "another SHA-256 than the manifest says");
    else
        r = shard ? check_shard(c, f, path.p, e) : 0;
    if (r < 0 && e->at.name == path.p) { /* about to be freed */
        struct err why = *e;
        complain(c, e, name, why.text);
        e->status = why.status;
    }
    buf_free(&path);
    return r < 0 ? -1 : 0;
}

/* Do the shards add up to what the manifest says of all? */
static int check_sums(struct check *c, const struct json *root, struct err *e)
{
    const struct json *tokens = json_get(root, "tokens");
    bool good = number_is(root, "rows", c->sums.rows) &&
                number_is(root, "documents", c->sums.docs);
    for (int k = 0; k < KIND_COUNT; k++)
        good = good && number_is(tokens, kind_names[k], c->sums.tokens[k]);
    return good ? 0
                : complain(c, e, STR("counts"),
                           "the shards do not add up to what it says");
}

/* Every file of a list of the manifest. */
static int check_files(struct check *c, const struct json *list, bool shards,
                       struct err *e)
{
    if (!list || list->type != JSON_ARRAY)
        return complain(c, e, STR("schema"), "a list of files is missing");
    for (const struct json *f = json_begin(list); f < json_end(list);
         f = json_next(f)) {
        if (check_file(c, f, shards, e) < 0)
            return -1;
    }
    return 0;
}

static int check_all(struct check *c, const struct json *root, struct err *e)
{
    if (!text_is(root, "schema", STR("insec-manifest"), &c->arena) ||
        !number_is(root, "version", 1))
        return complain(c, e, STR("schema"), "not a manifest of version 1");
    c->shards = text_is(root, "format", STR("shard"), &c->arena);
    if (check_files(c, json_get(root, "files"), c->shards, e) < 0 ||
        check_files(c, json_get(root, "others"), false, e) < 0)
        return -1;
    return c->shards ? check_sums(c, root, e) : 0;
}

int manifest_verify(const char *path, struct err *e)
{
    const char *slash = strrchr(path, '/');
    struct check c = {.path = path,
                      .folder = slash ? (size_t)(slash - path) + 1 : 0};
    struct buf b = {0};
    const struct json *root;
    struct json_parser *p = json_parser_new();
    int r = file_json(path, p, &b, &root, e);
    if (r == 0)
        r = check_all(&c, root, e);
    json_parser_free(p);
    manifest_free(&c.sums);
    arena_free(&c.arena);
    buf_free(&b);
    return r;
}
