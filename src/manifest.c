/* Sums while a build goes on, and the text at its end. */
#include "manifest.h"

#include <fcntl.h>
#include <sha2.h>
#include <unistd.h>
#include <zstd.h>

void manifest_free(struct manifest *m)
{
    for (size_t i = 0; i < m->files.n; i++)
        mem_free(m->files.v[i].name);
    for (size_t i = 0; i < m->others.n; i++)
        mem_free(m->others.v[i].name);
    vec_free(&m->files);
    vec_free(&m->others);
    buf_free(&m->options);
    buf_free(&m->counts);
    buf_free(&m->stages);
}

static void hex(const uint8_t digest[SHA256_DIGEST_LENGTH],
                char out[SHA256_TEXT])
{
    for (int i = 0; i < SHA256_DIGEST_LENGTH; i++) {
        out[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    out[SHA256_TEXT - 1] = '\0';
}

void sha256_text(struct str bytes, char out[SHA256_TEXT])
{
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA2_CTX ctx;
    SHA256Init(&ctx);
    SHA256Update(&ctx, (const uint8_t *)bytes.p, bytes.n);
    SHA256Final(digest, &ctx);
    hex(digest, out);
}

int file_sha256(const char *path, char out[SHA256_TEXT], uint64_t *bytes,
                struct err *e)
{
    static const size_t step = 1 << 16;
    uint8_t digest[SHA256_DIGEST_LENGTH];
    ssize_t got = -1;
    SHA2_CTX ctx;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_errno(e, "cannot read %s", path);
    uint8_t *block = mem_alloc(step);
    SHA256Init(&ctx);
    for (*bytes = 0; (got = read(fd, block, step)) > 0; *bytes += (size_t)got)
        SHA256Update(&ctx, block, (size_t)got);
    SHA256Final(digest, &ctx);
    hex(digest, out);
    mem_free(block);
    int r = got < 0 ? err_errno(e, "cannot read %s", path) : 0;
    close(fd);
    return r;
}

void manifest_add_shard(struct manifest *m, const struct shard *s)
{
    m->parts++;
    m->rows += s->rows;
    m->length = s->length;
    m->docs += s->docs;
    m->tokenizer = s->tokenizer;
    m->vocab = s->vocab;
    m->pad = s->pad;
    for (size_t i = 0; i < s->rows * s->length; i++)
        m->tokens[s->kinds[i]]++;
}

void manifest_add_file(struct manifest *m, const char *name, struct str bytes,
                       const struct shard *s)
{
    struct manifest_file f = {.name = mem_strdup(name),
                              .part = m->parts - 1,
                              .rows = s->rows,
                              .docs = s->docs,
                              .bytes = bytes.n};
    sha256_text(bytes, f.sha256);
    vec_push(&m->files, f);
}

void manifest_add_other(struct manifest *m, const char *name, struct str bytes)
{
    struct manifest_file f = {.name = mem_strdup(name), .bytes = bytes.n};
    sha256_text(bytes, f.sha256);
    vec_push(&m->others, f);
}

int file_json(const char *path, struct json_parser *p, struct buf *b,
              const struct json **root, struct err *e)
{
    if (io_slurp(path, b, e) < 0)
        return -1;
    size_t n = b->n;
    buf_reserve(b, IO_PADDING);
    int r = json_parse(p, (struct str){b->p, n}, root, e);
    if (r < 0)
        e->at.name = path;
    return r;
}

int manifest_add_stage(struct manifest *m, const char *path, struct err *e)
{
    struct buf b = {0};
    const struct json *root;
    struct json_parser *p = json_parser_new();
    int r = file_json(path, p, &b, &root, e);
    if (r == 0 && root->type != JSON_OBJECT) {
        r = err_set(e, STATUS_DATA, "not one JSON object");
        e->at.name = path;
    }
    if (r == 0) {
        buf_cstr(&m->stages, m->stages.n ? ",\n" : "\n");
        buf_str(&m->stages, json_raw(root));
    }
    json_parser_free(p);
    buf_free(&b);
    return r;
}

static void put_file(struct buf *out, const struct manifest_file *f, bool part)
{
    buf_char(out, '{');
    json_put_field(out, "name", str_of(f->name));
    if (part) {
        json_put_i64(out, "part", (int64_t)f->part);
        json_put_i64(out, "rows", (int64_t)f->rows);
        json_put_i64(out, "documents", (int64_t)f->docs);
    }
    json_put_i64(out, "bytes", (int64_t)f->bytes);
    json_put_field(out, "sha256", str_of(f->sha256));
    buf_char(out, '}');
}

static void put_tokens(struct buf *out, const struct manifest *m)
{
    buf_printf(
        out,
        "\"tokenizer\":{\"hash\":\"%016llx\",\"vocab_size\":%d,\"pad_id\":%d}",
        (unsigned long long)m->tokenizer, (int)m->vocab, (int)m->pad);
    json_put_i64(out, "length", (int64_t)m->length);
    json_put_i64(out, "rows", (int64_t)m->rows);
    json_put_i64(out, "documents", (int64_t)m->docs);
    json_put_key(out, "tokens");
    buf_char(out, '{');
    for (int k = 0; k < KIND_COUNT; k++)
        json_put_i64(out, kind_names[k], (int64_t)m->tokens[k]);
    buf_char(out, '}');
}

void manifest_put(struct buf *out, const struct manifest *m)
{
    struct buf name = {0};
    export_format_name(m->format, &name);
    buf_char(out, '{');
    json_put_field(out, "schema", STR("insec-manifest"));
    json_put_i64(out, "version", 1);
    json_put_field(out, "program", str_of(diag_name()));
    json_put_field(out, "release", STR(VERSION));
    json_put_field(out, "zstd", str_of(ZSTD_versionString()));
    json_put_field(out, "format", str_of(name.p));
    buf_free(&name);
    buf_cstr(out, ",\n\"options\":{");
    buf_str(out, buf_view(&m->options));
    buf_cstr(out, "},\n");
    buf_cstr(out, "\"counts\":{");
    buf_str(out, buf_view(&m->counts));
    buf_cstr(out, "},\n");
    put_tokens(out, m);
    buf_cstr(out, ",\n\"stages\":[");
    buf_str(out, buf_view(&m->stages));
    buf_cstr(out, "],\n\"files\":[");
    for (size_t i = 0; i < m->files.n; i++) {
        buf_cstr(out, i ? ",\n" : "\n");
        put_file(out, &m->files.v[i], true);
    }
    buf_cstr(out, "\n],\n\"others\":[");
    for (size_t i = 0; i < m->others.n; i++) {
        buf_cstr(out, i ? ",\n" : "\n");
        put_file(out, &m->others.v[i], false);
    }
    buf_cstr(out, "]}\n");
}
