/* Files of a build: written, or compared with what an earlier run left. */
#include "build.h"

#include <errno.h>
#include <unistd.h>

char *build_path(const struct build *b, const char *name)
{
    size_t n = strlen(b->prefix);
    bool folder = n > 0 && b->prefix[n - 1] == '/';
    struct buf path = {0};
    buf_printf(&path, "%s%s%s%c", b->prefix, folder ? "" : "-", name, 0);
    return path.p;
}

static int refuse_there(const struct build *b, const char *name, struct err *e)
{
    char *path = build_path(b, name);
    int r = access(path, F_OK) != 0 && errno == ENOENT
                ? 0
                : err_set(e, STATUS_USAGE,
                          "%s is there already: remove the old files first, "
                          "or see --resume",
                          path);
    mem_free(path);
    return r;
}

int build_start(struct build *b, struct err *e)
{
    struct buf name = {0};
    int r = 0;
    if (!b->prefix)
        b->out = writer_stdout();
    if (!b->prefix || b->resume)
        return 0;
    export_name(b->format, 0, 0, &name);
    if (refuse_there(b, name.p, e) < 0 ||
        refuse_there(b, "manifest.json", e) < 0 ||
        (b->card.name && refuse_there(b, "README.md", e) < 0) ||
        (b->card.url && refuse_there(b, "croissant.json", e) < 0))
        r = -1;
    buf_free(&name);
    return r;
}

/* Is the file at path these bytes?  1, 0 where there is none, -1. */
static int is_there(const char *path, struct str bytes, struct err *e)
{
    char want[SHA256_TEXT], got[SHA256_TEXT];
    uint64_t n;
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return 0;
    int r = file_sha256(path, got, &n, e);
    sha256_text(bytes, want);
    if (r < 0)
        return -1;
    if (n != bytes.n || strcmp(want, got) != 0)
        return err_set(e, STATUS_DATA,
                       "%s is not of this build: the input or the options "
                       "are not the same",
                       path);
    return 1;
}

/* One file of the build. */
static int put_file(struct build *b, const char *name, struct str bytes,
                    struct err *e)
{
    char *path = build_path(b, name);
    int r = b->resume ? is_there(path, bytes, e) : 0;
    if (r == 0) {
        struct writer *w = writer_file(path, e);
        if (w)
            writer_str(w, bytes);
        r = w ? writer_finish(w, e) : -1;
    }
    mem_free(path);
    return r < 0 ? -1 : 0;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

int build_shard(struct build *b, const struct shard *s, struct err *e)
{
    struct manifest *m = &b->manifest;
    int n = export_put(b->format, s, m->parts, &b->zip, b->files, e);
    if (n < 0)
        return -1;
    if (!b->prefix) {
        m->parts++;
        writer_str(b->out, buf_view(&b->files[0].bytes));
        return writer_flush(b->out, e);
    }
    manifest_add_shard(m, s);
    for (int i = 0; i < n; i++) {
        struct str bytes = buf_view(&b->files[i].bytes);
        char *path = build_path(b, b->files[i].name.p);
        manifest_add_file(m, base_name(path), bytes, s);
        mem_free(path);
        if (put_file(b, b->files[i].name.p, bytes, e) < 0)
            return -1;
    }
    return 0;
}

/* The index of an MDS data set. */
static int put_index(struct build *b, struct err *e)
{
    VEC(struct export_part) parts = {0};
    struct buf text = {0};
    for (size_t i = 0; i < b->manifest.files.n; i++) {
        const struct manifest_file *f = &b->manifest.files.v[i];
        vec_push(&parts, (struct export_part){str_of(f->name), f->bytes,
                                              f->docs, f->sha256});
    }
    export_mds_index(&text, parts.v, parts.n);
    int r = put_file(b, "index.json", buf_view(&text), e);
    manifest_add_other(&b->manifest, "index.json", buf_view(&text));
    vec_free(&parts);
    buf_free(&text);
    return r;
}

static int put_card(struct build *b, struct err *e)
{
    struct buf readme = {0}, croissant = {0};
    card_put_readme(&readme, &b->card, &b->manifest);
    int r = put_file(b, "README.md", buf_view(&readme), e);
    if (b->card.url)
        card_put_croissant(&croissant, &b->card, &b->manifest);
    if (r == 0 && b->card.url)
        r = put_file(b, "croissant.json", buf_view(&croissant), e);
    buf_free(&readme);
    buf_free(&croissant);
    return r;
}

/* A file behind the last one would be taken for one of this build. */
static int check_behind(const struct build *b, struct err *e)
{
    struct buf name = {0};
    export_name(b->format, 0, b->manifest.parts, &name);
    int r = refuse_there(b, name.p, e);
    buf_free(&name);
    return r;
}

int build_finish(struct build *b, struct err *e)
{
    if (!b->prefix)
        return 0;
    if (check_behind(b, e) < 0)
        return -1;
    b->manifest.format = b->format;
    if (b->format == EXPORT_MDS && put_index(b, e) < 0)
        return -1;
    if (b->card.name && put_card(b, e) < 0)
        return -1;
    struct buf text = {0};
    manifest_put(&text, &b->manifest);
    int r = put_file(b, "manifest.json", buf_view(&text), e);
    buf_free(&text);
    return r;
}

void build_free(struct build *b)
{
    export_free(b->files);
    manifest_free(&b->manifest);
}
