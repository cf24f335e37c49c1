/* Weights in several files: the index that names them
 * (model.safetensors.index.json).  It is taken for a list of files; what they
 * hold is checked when they are read. */
#include <stdio.h>

#include "io.h"
#include "json.h"
#include "weights.h"

VEC_NAMED(path_vec, char *);

static int refuse(struct err *e, const char *path, const char *why)
{
    return err_set(e, STATUS_DATA, "%s: %s", path, why);
}

/* Adds the file unless it is there. */
static void add_file(struct path_vec *out, const char *dir, const char *name)
{
    char *path = folder_path(dir, name);
    for (size_t i = 0; i < out->n; i++)
        if (!strcmp(out->v[i], path)) {
            mem_free(path);
            return;
        }
    vec_push(out, path);
}

static int add_files(struct path_vec *out, const char *dir, const char *path,
                     const struct json *root, struct err *e)
{
    const struct json *map = json_get(root, "weight_map");
    struct arena arena = {0};
    int rc = 0;
    if (!map || map->type != JSON_OBJECT || json_count(map) == 0)
        return refuse(e, path, "names no files");
    const struct json *k = json_begin(map);
    for (; !rc && k < json_end(map); k = json_next(k + 1)) {
        const char *name = "";
        if (k[1].type == JSON_STRING) {
            struct str s = json_string(k + 1, &arena);
            name = arena_copy(&arena, s.p, s.n);
        }
        if (!*name || *name == '.' || strchr(name, '/') || out->n > 4096)
            rc = refuse(e, path, "names something that is no file beside it");
        else
            add_file(out, dir, name);
    }
    arena_free(&arena);
    return rc;
}

char **weights_index(const char *dir, struct err *e)
{
    char *path = folder_path(dir, "model.safetensors.index.json");
    struct buf text = {0};
    struct path_vec out = {0};
    int rc = weights_file(path, &text, e);
    if (!rc) {
        struct json_parser *p = json_parser_new();
        const struct json *root;
        rc = json_parse(p, buf_view(&text), &root, e)
                 ? refuse(e, path, "is not JSON")
                 : add_files(&out, dir, path, root, e);
        json_parser_free(p);
    }
    vec_push(&out, NULL);
    buf_free(&text);
    mem_free(path);
    if (!rc)
        return out.v;
    weights_paths_free(out.v);
    return NULL;
}

void weights_paths_free(char **paths)
{
    for (size_t i = 0; paths && paths[i]; i++)
        mem_free(paths[i]);
    mem_free(paths);
}
