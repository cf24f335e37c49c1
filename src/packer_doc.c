/*
 * From rows of tokens to documents: what can be judged about a row alone, on
 * any thread.  What needs the rows before it is packer.c's.
 */
#include "packer_impl.h"

struct pack_reader {
    struct pack_rules rules;
    struct json_parser *parser;
    struct arena arena;
    VEC(bool) may;

    /* Of the row being read. */
    struct tokens tokens;
    struct pack_counts counts;
    struct pack_doc doc; /* what its documents share */
    struct error_classes errors;
    bool known;  /* errors has as many stretches as the tokens */
    size_t next; /* stretch of wrong tokens that was not come to yet */
    struct buf classes, lost;
};

struct pack_reader *pack_reader_new(const struct pack_rules *rules)
{
    struct pack_reader *r = mem_zero(1, sizeof *r);
    r->rules = *rules;
    r->parser = json_parser_new();
    return r;
}

void pack_counts_add(struct pack_counts *to, const struct pack_counts *from)
{
    to->cut += from->cut;
    to->attempts_dropped += from->attempts_dropped;
    to->errors += from->errors;
    to->flawed += from->flawed;
    to->too_long += from->too_long;
    to->long_flawed += from->long_flawed;
    for (int k = 0; k < KIND_COUNT; k++)
        to->dropped[k] += from->dropped[k];
}

void pack_reader_free(struct pack_reader *r)
{
    json_parser_free(r->parser);
    arena_free(&r->arena);
    vec_free(&r->tokens.ids);
    vec_free(&r->tokens.kinds);
    vec_free(&r->may);
    classes_free(&r->errors);
    buf_free(&r->classes);
    buf_free(&r->lost);
    mem_free(r);
}

/* ---- where to cut */

static bool is_plain(uint8_t kind)
{
    return kind == KIND_PROMPT || kind == KIND_CONTEXT;
}

/* Two passes: backwards, does what comes next still belong to an error before
 * it?  Forwards, is there an error that has not met its correction? */
void pack_cuts(const uint8_t *kinds, size_t n, bool *may)
{
    bool belongs = false; /* the next that is not plain: mark, reason, right */
    for (size_t c = n; c-- > 0;) {
        if (!is_plain(kinds[c]))
            belongs = kinds[c] != KIND_WRONG;
        may[c] = !belongs;
    }
    bool open = false;
    for (size_t c = 1; c < n; c++) {
        uint8_t before = kinds[c - 1], after = kinds[c];
        if (before == KIND_WRONG)
            open = true;
        else if (before == KIND_RIGHT)
            open = false;
        if (is_plain(before) || is_plain(after))
            may[c] = may[c] || !open;
        else /* only a finished correction and a new error come apart */
            may[c] = before == KIND_RIGHT && after == KIND_WRONG;
    }
}

size_t pack_piece(const bool *may, size_t from, size_t n, size_t length)
{
    if (n - from <= length)
        return n;
    size_t c = from + length;
    while (c > from && !may[c])
        c--;
    return c;
}

/* ---- the row */

static int check_vocab(struct pack_reader *r, const struct record *rec,
                       struct err *e)
{
    const struct tokens *t = &r->tokens;
    int64_t vocab = t->vocab > 0 ? t->vocab : r->rules.vocab;
    int64_t pad = t->pad >= 0 ? t->pad : r->rules.pad;
    if (vocab <= 0)
        return record_refuse(rec, e,
                             "tokenizer: no vocab_size; see --vocab-size");
    if (pad < 0)
        return record_refuse(rec, e, "tokenizer: no pad_id; see --pad-id");
    if (vocab > INT32_MAX || pad >= vocab)
        return record_refuse(rec, e, "tokenizer: pad id %lld of %lld ids",
                             (long long)pad, (long long)vocab);
    for (size_t i = 0; i < t->ids.n; i++) {
        if (t->ids.v[i] < 0 || t->ids.v[i] >= vocab)
            return record_refuse(
                rec, e, "input_ids[%zu]: %d is not in a vocabulary of %lld", i,
                t->ids.v[i], (long long)vocab);
        if (t->kinds.v[i] == KIND_PAD)
            return record_refuse(
                rec, e, "kinds: token %zu is pad, which only fills rows", i);
        if (r->rules.maskless && kind_weights[t->kinds.v[i]] <= 0)
            return record_refuse(
                rec, e,
                "token %zu is %s, not to be learnt, and %s has no place for "
                "that; see --discard-mask",
                i, kind_names[t->kinds.v[i]], r->rules.maskless);
    }
    if (r->rules.weightless && t->weight != 1)
        return record_refuse(rec, e,
                             "its weight is %g, and %s has no place for that; "
                             "see --discard-mask",
                             (double)t->weight, r->rules.weightless);
    r->doc.weight = t->weight;
    r->doc.tokenizer = t->hash;
    r->doc.vocab = (int32_t)vocab;
    r->doc.pad = (int32_t)pad;
    return 0;
}

/* Stretches of wrong tokens that begin in [from,to). */
static size_t stretches(const uint8_t *kinds, size_t from, size_t to)
{
    size_t n = 0;
    for (size_t i = from; i < to; i++)
        n += kinds[i] == KIND_WRONG && (i == from || kinds[i - 1] != kinds[i]);
    return n;
}

/* Appends the classes of the next n stretches. */
static void take_classes(struct pack_reader *r, size_t n, struct buf *out)
{
    for (; n > 0; n--, r->next++) {
        if (r->known)
            classes_put(out, &r->errors, r->next);
        else
            classes_put_unknown(out);
    }
}

/* Appends tokens [from,to) of the row as a document. */
static void put_doc(struct pack_reader *r, size_t from, size_t to,
                    struct buf *out)
{
    const struct tokens *t = &r->tokens;
    r->classes.n = 0;
    take_classes(r, stretches(t->kinds.v, from, to), &r->classes);
    r->doc.n = to - from;
    r->doc.ids = t->ids.v + from;
    r->doc.kinds = t->kinds.v + from;
    r->doc.classes = buf_view(&r->classes);
    item_doc(out, &r->doc);
}

/* Tokens from the one number from on stay out. */
static void drop(struct pack_reader *r, size_t from)
{
    const struct tokens *t = &r->tokens;
    for (size_t i = from; i < t->ids.n; i++)
        r->counts.dropped[t->kinds.v[i]]++;
    take_classes(r, stretches(t->kinds.v, from, t->kinds.n), &r->lost);
}

static bool is_attempt(uint8_t kind)
{
    return kind == KIND_WRONG || kind == KIND_MARK || kind == KIND_REASON;
}

/* Makes the stretch [from,end), which must not be cut, fit into a row: leaves
 * out its first attempts (with flag and reason), as few as will do.  Where not
 * even the last may stay, what is left was never wrong: it becomes context and
 * may be cut.  What is left moves to the stretch's end; returns its start. */
static size_t leave_out(struct pack_reader *r, size_t from, size_t end)
{
    int32_t *ids = r->tokens.ids.v;
    uint8_t *kinds = r->tokens.kinds.v;
    size_t left = end - from, stop = from;
    while (stop < end) {
        bool begins = kinds[stop] == KIND_WRONG &&
                      (stop == from || kinds[stop - 1] != KIND_WRONG);
        if (begins && left <= r->rules.length)
            break;
        r->counts.attempts_dropped += begins;
        take_classes(r, begins, &r->lost);
        left -= is_attempt(kinds[stop++]);
    }
    size_t to = stop;
    for (size_t i = stop; i-- > from;) {
        if (is_attempt(kinds[i])) {
            r->counts.dropped[kinds[i]]++;
            continue;
        }
        ids[--to] = ids[i];
        kinds[to] = kinds[i];
        if (stop == end && kinds[to] == KIND_RIGHT)
            kinds[to] = KIND_CONTEXT;
        r->may.v[to] = stop == end;
    }
    return to;
}

/* Pieces of a document that is longer than a row. */
static int put_pieces(struct pack_reader *r, const struct record *rec,
                      struct buf *out, struct err *e)
{
    size_t n = r->tokens.ids.n, length = r->rules.length;
    if (r->rules.overflow == PACK_REJECT) {
        drop(r, 0);
        return record_refuse(rec, e,
                             "%zu tokens are more than the %zu of a row; see "
                             "-l, --overflow",
                             n, length);
    }
    r->may.n = 0;
    vec_reserve(&r->may, n);
    pack_cuts(r->tokens.kinds.v, n, r->may.v);
    for (size_t from = 0, to; from < n; from = to) {
        to = pack_piece(r->may.v, from, n, length);
        if (to == from) {
            for (to = from + 1; to < n && !r->may.v[to];)
                to++;
            to = leave_out(r, from, to);
            continue;
        }
        put_doc(r, from, to, out);
        if (r->rules.overflow == PACK_TRUNCATE) {
            drop(r, to);
            break;
        }
    }
    r->counts.cut++;
    return 0;
}

static struct str name_of(const struct record *rec, struct arena *a)
{
    const struct json *id = json_get(rec->root, "id");
    if (rec->has_id && id)
        return json_raw(id);
    struct buf b = {0};
    json_put_string(&b, rec->id);
    struct str s = {arena_copy(a, b.p, b.n), b.n};
    buf_free(&b);
    return s;
}

static void read_errors(struct pack_reader *r, const struct record *rec)
{
    const struct tokens *t = &r->tokens;
    size_t n = stretches(t->kinds.v, 0, t->kinds.n);
    r->counts.errors = n;
    r->counts.flawed = n > 0;
    r->known = n > 0 && record_error_classes(rec, &r->arena, &r->errors) &&
               r->errors.ends.n == n;
}

static int put_docs(struct pack_reader *r, const struct record *rec,
                    struct buf *out, struct err *e)
{
    size_t n = r->tokens.ids.n;
    if (n <= r->rules.length) {
        put_doc(r, 0, n, out);
        return 0;
    }
    r->counts.too_long = 1;
    r->counts.long_flawed = r->counts.flawed;
    return put_pieces(r, rec, out, e);
}

int pack_read(struct pack_reader *r, const struct row *row, struct buf *out,
              struct err *e)
{
    struct record rec;
    arena_reset(&r->arena);
    r->counts = (struct pack_counts){0};
    r->doc = (struct pack_doc){.at = row->at};
    r->next = r->lost.n = 0;
    if (record_parse(r->parser, &r->arena, row->text, row->at, &rec, e) < 0 ||
        record_tokens(&rec, &r->tokens, e) < 0)
        return -1;
    size_t n = r->tokens.ids.n;
    if (n == 0)
        return record_refuse(&rec, e, "input_ids is empty");
    if (check_vocab(r, &rec, e) < 0)
        return -1;
    r->doc.name = name_of(&rec, &r->arena);
    read_errors(r, &rec);
    size_t at = item_row(out);
    int status = put_docs(r, &rec, out, e);
    item_row_set(out, at, &r->counts, status == 0);
    if (r->lost.n > 0)
        item_lost(out, buf_view(&r->lost));
    return status;
}
