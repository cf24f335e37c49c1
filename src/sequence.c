/* Segments to tokens and back; what is guarded is decided here and nowhere
 * else. */
#include "sequence.h"

/* Of two kinds that share a token, the higher one has it: what must not be
 * learnt stays unlearnt. */
static const uint8_t guard[KIND_COUNT] = {
    [KIND_WRONG] = 6,  [KIND_PROMPT] = 5, [KIND_PAD] = 4,     [KIND_MARK] = 3,
    [KIND_REASON] = 2, [KIND_RIGHT] = 1,  [KIND_CONTEXT] = 0,
};

void sequence_start(struct sequence *s, const struct tokenizer *t, bool plain)
{
    *s = (struct sequence){.t = t, .plain = plain};
    s->c = encoder_new(t);
}

void sequence_free(struct sequence *s)
{
    encoder_free(s->c);
    buf_free(&s->text);
    buf_free(&s->clean);
    vec_free(&s->ends);
    vec_free(&s->stretches);
}

void sequence_counts_add(struct sequence_counts *to,
                         const struct sequence_counts *from)
{
    to->bytes += from->bytes;
    to->tokens += from->tokens;
    for (int k = 0; k < KIND_COUNT; k++)
        to->kinds[k] += from->kinds[k];
    to->straddles += from->straddles;
    to->literal_marks += from->literal_marks;
    to->marks_in_text += from->marks_in_text;
    to->untrained += from->untrained;
    to->replaced += from->replaced;
}

static void put_id(struct tokens *out, int32_t id, enum kind kind)
{
    vec_push(&out->ids, id);
    vec_push(&out->kinds, (uint8_t)kind);
}

/* Gives each token its kind: ends of tokens and of stretches both rise. */
static void put_kinds(struct sequence *s, struct tokens *out,
                      struct sequence_counts *n)
{
    const struct stretch *st = s->stretches.v, *last = st + s->stretches.n - 1;
    size_t from = 0;
    uint8_t before = (uint8_t)st->kind;
    vec_reserve(&out->kinds, s->ends.n);
    for (size_t i = 0; i < s->ends.n; i++) {
        size_t to = s->ends.v[i];
        while (st < last && st->end <= from)
            st++;
        enum kind kind = st->kind;
        bool straddles = false;
        for (const struct stretch *c = st; c < last && c->end < to;) {
            c++;
            straddles |= c->kind != st->kind;
            if (guard[c->kind] > guard[kind])
                kind = c->kind;
        }
        if (from == to && i) /* more of the same character */
            kind = before;
        n->straddles += straddles;
        out->kinds.v[out->kinds.n++] = before = (uint8_t)kind;
        from = to;
    }
}

/* Encodes the text that has been gathered. */
static int flush(struct sequence *s, struct tokens *out,
                 struct sequence_counts *n, struct err *e)
{
    struct str text = buf_view(&s->text);
    s->ends.n = 0;
    if (!text.n)
        return 0;
    bool plain = s->stretches.n == 1; /* all tokens are of one kind */
    size_t before = out->ids.n;
    if (encoder_encode(s->c, text, &out->ids, plain ? NULL : &s->ends, e))
        return -1;
    if (plain) {
        size_t more = out->ids.n - before;
        vec_reserve(&out->kinds, more);
        memset(out->kinds.v + out->kinds.n, s->stretches.v[0].kind, more);
        out->kinds.n += more;
    } else {
        put_kinds(s, out, n);
    }
    n->marks_in_text += tokenizer_marks_in(s->t, text);
    n->bytes += text.n;
    s->text.n = s->stretches.n = 0;
    return 0;
}

/* A chat template's own text: the special tokens that it holds are control
 * tokens, what lies between them is text like any other. */
static int put_special(struct sequence *s, const struct segment *g,
                       struct tokens *out, struct sequence_counts *n,
                       struct err *e)
{
    for (size_t from = 0; from < g->text.n;) {
        size_t at, len;
        int32_t id = tokenizer_next_special(s->t, g->text, from, &at, &len);
        if (at > from) {
            buf_str(&s->text, str_sub(g->text, from, at));
            vec_push(&s->stretches,
                     (struct stretch){s->text.n, g->kind, false});
        }
        if (id < 0)
            break;
        if (flush(s, out, n, e))
            return -1;
        put_id(out, id, g->kind);
        n->bytes += len;
        from = at + len;
    }
    return 0;
}

static int put_segment(struct sequence *s, const struct segment *g,
                       struct tokens *out, struct sequence_counts *n,
                       struct err *e)
{
    int32_t id = -1;
    if (g->special)
        return put_special(s, g, out, n, e);
    if (g->kind == KIND_MARK) {
        id = tokenizer_special(s->t, g->text);
        n->literal_marks += id < 0;
    }
    if (id < 0) {
        buf_str(&s->text, g->text);
        vec_push(&s->stretches, (struct stretch){s->text.n, g->kind, false});
        return 0;
    }
    if (flush(s, out, n, e))
        return -1;
    put_id(out, id, KIND_MARK);
    n->bytes += g->text.n;
    return 0;
}

/* What a finished row adds to the counts. */
static void count_row(struct sequence *s, const struct tokens *out,
                      struct sequence_counts *n)
{
    bool trained = false;
    n->tokens = out->ids.n;
    for (size_t i = 0, from = 0; i < out->kinds.n; from = i) {
        const uint8_t *kinds = out->kinds.v;
        while (i < out->kinds.n && kinds[i] == kinds[from])
            i++;
        n->kinds[kinds[from]] += i - from;
    }
    for (int k = 0; k < KIND_COUNT; k++)
        trained |= n->kinds[k] && kind_weights[k] > 0;
    n->untrained = !trained;
    sequence_counts_add(&s->counts, n);
}

int sequence_encode(struct sequence *s, const struct segment_vec *in, bool open,
                    struct tokens *out, struct err *e)
{
    const struct tokenizer_info *info = tokenizer_info(s->t);
    struct sequence_counts n = {0};
    out->ids.n = out->kinds.n = 0;
    out->hash = info->hash;
    out->vocab = info->vocab_size;
    out->pad = info->pad;
    s->text.n = s->stretches.n = 0;
    bool plain = s->plain || record_is_chat(in);
    if (!plain && info->bos >= 0)
        put_id(out, info->bos, KIND_PROMPT);
    for (size_t i = 0; i < in->n; i++)
        if (put_segment(s, &in->v[i], out, &n, e))
            return -1;
    if (flush(s, out, &n, e))
        return -1;
    if (!plain && !open && info->eos >= 0)
        put_id(out, info->eos, KIND_CONTEXT);
    count_row(s, out, &n);
    return 0;
}

/* Length of the bytes at p that one U+FFFD stands for: the longest beginning
 * of a character, at least one byte (Unicode 15, section 3.9). */
static size_t broken(const char *p, const char *end)
{
    const uint8_t *u = (const uint8_t *)p;
    size_t n = (size_t)(end - p);
    uint8_t low = 0x80, high = 0xbf;
    size_t want = u[0] >= 0xf0 ? 4 : u[0] >= 0xe0 ? 3 : 2;
    if (u[0] < 0xc2 || u[0] > 0xf4)
        return 1;
    if (u[0] == 0xe0)
        low = 0xa0;
    else if (u[0] == 0xf0)
        low = 0x90;
    else if (u[0] == 0xed)
        high = 0x9f;
    else if (u[0] == 0xf4)
        high = 0x8f;
    size_t i = 1;
    for (; i < want && i < n && u[i] >= low && u[i] <= high; i++) {
        low = 0x80;
        high = 0xbf;
    }
    return i;
}

static void put_clean(struct sequence *s, struct str bytes)
{
    const char *p = bytes.p, *end = bytes.p + bytes.n;
    while (p < end) {
        size_t good = utf8_check((struct str){p, (size_t)(end - p)});
        buf_add(&s->clean, p, good);
        p += good;
        if (p == end)
            break;
        utf8_put(&s->clean, 0xfffd);
        s->counts.replaced++;
        p += broken(p, end);
    }
}

/* Text from at on begins a stretch: as it was before it was encoded. */
static void drop_lead(struct sequence *s, size_t at)
{
    size_t lead =
        tokenizer_lead(s->t, str_sub(buf_view(&s->text), at, s->text.n));
    if (!lead)
        return;
    memmove(s->text.p + at, s->text.p + at + lead, s->text.n - at - lead);
    s->text.n -= lead;
}

/* Appends the stretches of in, with their raw bytes. */
static int gather(struct sequence *s, const struct tokens *in, size_t from,
                  size_t to, struct err *e)
{
    bool kinds = in->kinds.n == in->ids.n;
    for (size_t i = from; i < to; i++) {
        int32_t id = in->ids.v[i];
        if (!tokenizer_has(s->t, id))
            return err_set(e, STATUS_DATA,
                           "input_ids[%zu] is %d: no token of this tokenizer",
                           i, (int)id);
        bool mark = tokenizer_is_special(s->t, id);
        enum kind kind = kinds  ? (enum kind)in->kinds.v[i]
                         : mark ? KIND_MARK
                                : KIND_CONTEXT;
        if (kind == KIND_PAD)
            continue;
        struct stretch *last =
            s->stretches.n ? &s->stretches.v[s->stretches.n - 1] : NULL;
        size_t at = s->text.n;
        tokenizer_decode(s->t, &id, 1, true, &s->text);
        if (!mark && (!last || last->mark))
            drop_lead(s, at);
        if (last && !last->mark && !mark && last->kind == kind)
            last->end = s->text.n;
        else
            vec_push(&s->stretches, (struct stretch){s->text.n, kind, mark});
    }
    return 0;
}

/* An edge within a character moves behind it. */
static size_t whole_char(struct str bytes, size_t end)
{
    size_t lead = end;
    for (size_t k = 1; k <= 3 && k <= end; k++)
        if (((uint8_t)bytes.p[end - k] & 0xc0) == 0xc0) {
            lead = end - k;
            break;
        }
    if (lead == end)
        return end;
    uint32_t cp;
    size_t n = utf8_step(bytes.p + lead, bytes.p + bytes.n, &cp);
    return lead + n > end ? lead + n : end;
}

/* Did a chat template write the row?  Then it has special tokens that are no
 * marks, beside BOS and EOS, and these are its own too. */
static bool is_chat(const struct sequence *s, const struct tokens *in)
{
    if (in->kinds.n != in->ids.n)
        return false;
    for (size_t i = 1; i + 1 < in->ids.n; i++)
        if (in->kinds.v[i] != KIND_MARK && in->kinds.v[i] != KIND_PAD &&
            tokenizer_is_special(s->t, in->ids.v[i]))
            return true;
    return false;
}

static bool control(const struct sequence *s, struct str text)
{
    return tokenizer_is_special(s->t, tokenizer_special(s->t, text));
}

int sequence_decode(struct sequence *s, const struct tokens *in,
                    struct segment_vec *out, struct err *e)
{
    const struct tokenizer_info *info = tokenizer_info(s->t);
    size_t from = 0, to = in->ids.n;
    bool plain = s->plain || is_chat(s, in);
    if (!plain && to && info->bos >= 0 && in->ids.v[0] == info->bos)
        from = 1;
    if (!plain && to > from && info->eos >= 0 && in->ids.v[to - 1] == info->eos)
        to--;
    out->n = 0;
    s->text.n = s->stretches.n = 0;
    if (gather(s, in, from, to, e))
        return -1;
    s->clean.n = 0;
    buf_reserve(&s->clean, s->text.n * 3 + 1); /* never moves: U+FFFD is 3 */
    struct str bytes = buf_view(&s->text);
    size_t at = 0;
    for (size_t i = 0; i < s->stretches.n; i++) {
        const struct stretch *st = &s->stretches.v[i];
        size_t end = size_max(at, whole_char(bytes, st->end));
        size_t start = s->clean.n, before = at;
        put_clean(s, str_sub(bytes, at, end));
        at = end;
        if (s->clean.n == start)
            continue;
        vec_push(out, (struct segment){
                          kind_weights[st->kind] > 0, st->kind,
                          str_sub(buf_view(&s->clean), start, s->clean.n),
                          st->mark && st->kind != KIND_MARK &&
                              control(s, str_sub(bytes, before, at))});
    }
    s->counts.tokens += in->ids.n;
    s->counts.bytes += s->clean.n;
    return 0;
}
