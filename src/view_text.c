/*
 * Rows for a terminal or a pager: signs and, where asked for, colours.
 * Control characters are written as \xNN, so that no text can move the
 * cursor or change what stands elsewhere.
 */
#include "view_impl.h"

#define CONTEXT 120 /* bytes of a line shown on each side of a difference */

static const char *const colours[KIND_COUNT] = {
    [KIND_PAD] = "\033[2m",      [KIND_PROMPT] = "\033[2m",
    [KIND_CONTEXT] = "",         [KIND_WRONG] = "\033[31;9m",
    [KIND_MARK] = "\033[1;35m",  [KIND_REASON] = "\033[33m",
    [KIND_RIGHT] = "\033[32;1m",
};
#define PLAIN "\033[0m"
#define TITLE "\033[1;4m"

/* Text as it is, but for what a terminal would obey; with `every` white
 * space other than a blank is shown too. */
static void put_text(struct buf *out, struct str s, bool every)
{
    const char *p = s.p, *end = s.p + s.n;
    while (p < end) {
        uint32_t cp;
        size_t n = utf8_step(p, end, &cp);
        bool line = every && (cp == '\n' || cp == '\t');
        bool plain = view_shows(cp) || cp == '\n' || cp == '\t';
        if (n && plain && !line)
            buf_add(out, p, n);
        else if (n && cp > 0xff)
            buf_printf(out, "\\u%04x", (unsigned)cp);
        else
            buf_printf(out, line ? cp == '\n' ? "\\n" : "\\t" : "\\x%02x",
                       n ? (unsigned)cp : (unsigned)(unsigned char)*p);
        p += n ? n : 1;
    }
}

static void paint(const struct view *v, struct buf *out, const char *colour)
{
    if (v->o->colour && *colour)
        buf_cstr(out, colour);
}

static void put_title(struct view *v, const struct record *rec, struct buf *out)
{
    struct str what = view_summary(v);
    paint(v, out, TITLE);
    buf_cstr(out, "== ");
    put_text(out, rec->id, true);
    if (what.n) {
        buf_cstr(out, " (");
        put_text(out, what, true);
        buf_char(out, ')');
    }
    paint(v, out, PLAIN);
    buf_char(out, '\n');
}

static void put_segments(struct view *v, struct buf *out)
{
    for (size_t i = 0; i < v->segments.n; i++) {
        const struct segment *s = &v->segments.v[i];
        size_t lead = view_lead(s->text);
        buf_add(out, s->text.p, lead);
        paint(v, out, colours[s->kind]);
        buf_cstr(out, view_open[s->kind]);
        put_text(out, str_sub(s->text, lead, s->text.n), false);
        buf_cstr(out, view_close[s->kind]);
        paint(v, out, *colours[s->kind] ? PLAIN : "");
    }
    buf_char(out, '\n');
}

/* ---- --tokens */

static void put_tokens(struct view *v, struct buf *out)
{
    const struct tokens *t = &v->tokens;
    for (size_t i = 0; i < t->ids.n; i++) {
        int32_t id = t->ids.v[i];
        int kind = t->kinds.n ? t->kinds.v[i] : KIND_CONTEXT;
        v->scratch.n = 0;
        tokenizer_decode(v->o->tokenizer, &id, 1, true, &v->scratch);
        buf_cstr(out, i ? " " : "");
        paint(v, out, colours[kind]);
        put_text(out, buf_view(&v->scratch), true);
        buf_printf(out, "(%d,%d)", kind_weights[kind] > 0 ? (int)id : -100,
                   (int)id);
        paint(v, out, *colours[kind] ? PLAIN : "");
    }
    buf_char(out, '\n');
}

/* ---- --diff */

/* Every line of s behind a sign. */
static void put_lines(struct view *v, char sign, struct str s, struct buf *out)
{
    for (size_t at = 0; at < s.n;) {
        size_t end = str_find(s, STR("\n"), at);
        if (end > at) {
            paint(v, out, colours[sign == '-' ? KIND_WRONG : KIND_RIGHT]);
            buf_char(out, sign);
            put_text(out, str_sub(s, at, end), true);
            paint(v, out, PLAIN);
            buf_char(out, '\n');
        }
        at = end + 1;
    }
}

static void diff_sequence(struct view *v, struct buf *out)
{
    for (size_t i = 0; i < v->segments.n; i++) {
        const struct segment *s = &v->segments.v[i];
        if (s->kind == KIND_WRONG)
            put_lines(v, '-', s->text, out);
        if (s->kind == KIND_RIGHT)
            put_lines(v, '+', s->text, out);
        if (s->kind == KIND_REASON) {
            buf_char(out, '?');
            put_text(out, s->text, true);
            buf_char(out, '\n');
        }
    }
}

/* The rest of the line on both sides of [from,to), not too much of it. */
static void around(struct str text, size_t from, size_t to, struct str *side)
{
    size_t a = from, b = to;
    while (a > 0 && text.p[a - 1] != '\n' && from - a < CONTEXT)
        a--;
    while (a < from && ((unsigned char)text.p[a] & 0xC0) == 0x80)
        a++;
    while (b < text.n && text.p[b] != '\n' && b - to < CONTEXT)
        b++;
    while (b > to && b < text.n && ((unsigned char)text.p[b] & 0xC0) == 0x80)
        b--;
    side[0] = str_sub(text, a, from);
    side[1] = str_sub(text, to, b);
}

static void diff_document(struct view *v, struct buf *out)
{
    for (size_t i = 0; i < v->edits.n; i++) {
        const struct edit *d = &v->edits.v[i];
        struct str side[2];
        around(v->targets.v[d->target].text, d->from, d->to, side);
        for (int right = 0; right < 2; right++) {
            v->scratch.n = 0;
            buf_str(&v->scratch, side[0]);
            buf_str(&v->scratch, right ? d->right : d->wrong);
            buf_str(&v->scratch, side[1]);
            put_lines(v, right ? '+' : '-', buf_view(&v->scratch), out);
        }
        if (d->reason.n) {
            buf_cstr(out, "? ");
            put_text(out, d->reason, true);
            buf_char(out, '\n');
        }
    }
}

void text_row(struct view *v, const struct record *rec, struct buf *out)
{
    put_title(v, rec, out);
    if (v->o->tokens)
        put_tokens(v, out);
    else if (!v->o->diff)
        put_segments(v, out);
    else if (v->document)
        diff_document(v, out);
    else
        diff_sequence(v, out);
}
