/* What is counted of rows, for --stats. */
#include "render_impl.h"

static size_t occurrences(struct str text, const char *mark)
{
    if (!mark || strstr(mark, "%{class}"))
        return 0;
    struct str needle = str_of(mark);
    size_t n = 0, at = str_find(text, needle, 0);
    for (; at < text.n; at = str_find(text, needle, at + needle.n))
        n++;
    return n;
}

void row_count(struct render *r)
{
    struct render_counts *c = &r->counts;
    const struct render_opts *o = r->o;
    c->clean += r->edits.n == 0;
    c->wrong += r->edits.n > 0;
    c->attempts += r->edits.n;
    for (size_t i = 0; i < r->pieces.n; i++) {
        struct str text = r->pieces.v[i].text;
        c->marks_in_text +=
            occurrences(text, o->wrong) + occurrences(text, o->right) +
            occurrences(text, o->back) + occurrences(text, o->fine);
    }
    for (size_t i = 0; i < r->script.segments.n; i++) {
        const struct segment *s = &r->script.segments.v[i];
        c->segments[s->kind]++;
        c->bytes[s->kind] += s->text.n;
    }
}

void render_count(const struct render *r, struct render_counts *sum)
{
    const struct render_counts *c = &r->counts;
    sum->clean += c->clean;
    sum->wrong += c->wrong;
    sum->attempts += c->attempts;
    sum->marks_in_text += c->marks_in_text;
    for (int k = 0; k < KIND_COUNT; k++) {
        sum->segments[k] += c->segments[k];
        sum->bytes[k] += c->bytes[k];
    }
}

static void put_kinds(struct buf *json, const char *name, const uint64_t *n)
{
    json_put_key(json, name);
    buf_char(json, '{');
    for (int k = KIND_PROMPT; k < KIND_COUNT; k++)
        json_put_i64(json, kind_names[k], (int64_t)n[k]);
    buf_char(json, '}');
}

void render_stats(const struct render_counts *c, struct buf *json)
{
    json_put_i64(json, "with_errors", (int64_t)c->wrong);
    json_put_i64(json, "without_errors", (int64_t)c->clean);
    json_put_i64(json, "attempts", (int64_t)c->attempts);
    json_put_i64(json, "marks_in_text", (int64_t)c->marks_in_text);
    put_kinds(json, "segments", c->segments);
    put_kinds(json, "bytes", c->bytes);
}
