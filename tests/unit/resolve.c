/* Taking retractions out: a table by hand, and the inverse of rendering on
 * texts drawn at random. */
#include "render.h"
#include "resolve.h"
#include "rng.h"
#include "tap.h"

static struct segmenter *segmenter;

/* "A. {B.}! why} C." is easier to read in a table as one string: W, R and B
 * in braces stand for the marks. */
static void pieces_of(const char *s, struct piece_vec *out)
{
    static const char *const marks[] = {"", "{W}", "{R}", "{B}"};
    out->n = 0;
    while (*s) {
        int what = RESOLVE_BACK;
        while (what > RESOLVE_TEXT && strncmp(s, marks[what], 3))
            what--;
        size_t n = what ? 3 : 1 + strcspn(s + 1, "{");
        struct resolve_piece p = {(enum resolve_what)what, {s, n}};
        vec_push(out, p);
        s += n;
    }
}

static void table(void)
{
    static const struct {
        const char *in, *out;
        size_t retractions, unfinished, stray;
    } cases[] = {
        {"", "", 0, 0, 0},
        {"One. Two.", "One. Two.", 0, 0, 0},
        {"One. Too.{W} typo{R} Two. Three.", "One. Two. Three.", 1, 0, 0},
        {"Too.{W}{R}Two.", "Two.", 1, 0, 0},
        {"One. To{W} cut{R} Two.", "One. Two.", 1, 0, 0},
        {"One. Too.{B} Two.", "One. Two.", 1, 0, 0},
        {"a\nb = 3\n{B}\nb = 4", "a\nb = 4", 1, 0, 0},
        /* several attempts at one place, then at the next */
        {"Ape. Fox.{W} r{R} Owl.{W} r{R} Bee. Yak.{B} Cat.", "Ape. Bee. Cat.",
         3, 0, 0},
        /* cut off */
        {"Ape. Fox.{W} because", "Ape.", 0, 1, 0},
        {"Ape. Fox.{W} because{R}", "Ape.", 0, 1, 0},
        {"Ape. Fox.{B}", "Ape.", 0, 1, 0},
        {"Ape. Fox.{W}r{R} Bee. Owl.{W}", "Ape. Bee.", 1, 1, 0},
        /* marks that mean nothing where they stand */
        {"{R}Ape.", "Ape.", 0, 0, 1},
        {"Ape.{R} Bee.", "Ape. Bee.", 0, 0, 1},
        {"{W} r{R}Ape.", "Ape.", 0, 0, 1},
        {"{B}Ape.", "Ape.", 0, 0, 1},
        {"Ape. Fox.{W} r{W} s{B} t{R} Bee.", "Ape. Bee.", 1, 0, 2},
        {"Ape. Fox.{W}r{R}{W}r{R} Bee.", "Ape. Bee.", 1, 0, 1},
        {"Ape. Fox.{B}{B}{B} Bee.", "Ape. Bee.", 1, 0, 2},
    };
    struct piece_vec pieces = {0};
    struct buf out = {0};
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct resolved r = {0};
        struct err e = {0};
        pieces_of(cases[i].in, &pieces);
        out.n = 0;
        int rc = resolve(segmenter, UNIT_SENTENCE, &pieces, &out, &r, &e);
        bool good = !rc && str_eq(buf_view(&out), str_of(cases[i].out));
        ok(good, "%s", cases[i].in);
        if (!good)
            printf("# got %.*s\n", (int)out.n, out.p);
        ok(r.retractions == cases[i].retractions &&
               r.unfinished == cases[i].unfinished && r.stray == cases[i].stray,
           "counted");
        resolved_free(&r);
    }
    vec_free(&pieces);
    buf_free(&out);
}

/* What was taken back, and the answer without: "wrong>right|..." = draft. */
static void list(void)
{
    static const struct {
        const char *in, *list, *draft;
    } cases[] = {
        {"One. Two.", "", "One. Two."},
        {"One. Too.{W} typo{R} Two. Three.", " Too.: typo: Two.|",
         "One. Too. Three."},
        {"Ape. Fox.{W} r{R} Owl.{B} Bee. Yak.{B} Cat.",
         " Fox.: r: Bee.| Owl.:: Bee.| Yak.:: Cat.|", "Ape. Fox. Yak."},
        {"Ape. Fox.{W} because", " Fox.: because:|", "Ape. Fox."},
        {"Ape. Fox.{W}{R} Bee. Owl.{W}", " Fox.:: Bee.| Owl.::|",
         "Ape. Fox. Owl."},
        {"Ape. Two and{W} no{R} Two and two. Cat.",
         " Two and: no: Two and two.|", "Ape. Two and two. Cat."},
        {"Ape. It is 1{W} no{R} It is 12. Cat.", " It is 1: no: It is 12.|",
         "Ape. It is 1 Cat."},
        {"Ape. It is 3{W} no{R} It is 3.5 m. Cat.",
         " It is 3: no: It is 3.5 m.|", "Ape. It is 3 Cat."},
        {"Ape. Fo{R}x.{W} r{W}s{R} Bee.", " Fo{R}x.: r{W}s: Bee.|",
         "Ape. Fo{R}x."},
    };
    struct piece_vec pieces = {0};
    struct resolved r = {0};
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct buf out = {0}, text = {0};
        struct err e = {0};
        struct str in = str_of(cases[i].in);
        pieces_of(cases[i].in, &pieces);
        int rc = resolve(segmenter, UNIT_SENTENCE, &pieces, &out, &r, &e);
        for (size_t k = 0; !rc && k < r.list.n; k++) {
            const struct retraction *t = &r.list.v[k];
            buf_str(&text, str_sub(in, t->wrong.from, t->wrong.to));
            buf_char(&text, ':');
            buf_str(&text, str_sub(in, t->reason.from, t->reason.to));
            buf_char(&text, ':');
            buf_str(&text, str_sub(buf_view(&out), t->at, t->end));
            buf_char(&text, '|');
        }
        ok(str_eq(buf_view(&text), str_of(cases[i].list)), "taken back: %s",
           cases[i].in);
        text.n = 0;
        resolve_draft(&r, in, buf_view(&out), &text);
        ok(str_eq(buf_view(&text), str_of(cases[i].draft)), "its draft");
        buf_free(&text);
        buf_free(&out);
    }
    resolved_free(&r);
    vec_free(&pieces);
}

/* ---- what rendering wrote is taken out again */

static struct str draw_text(struct rng *r, struct arena *a)
{
    static const char *const words[] = {"ab", "12", "Cd", "e,", "+", "f"};
    struct buf b = {0};
    size_t units = 1 + rng_below(r, 6);
    for (size_t u = 0; u < units; u++) {
        if (u)
            buf_cstr(&b, rng_below(r, 2) ? "\n" : "\n\n");
        size_t n = 1 + rng_below(r, 4);
        for (size_t i = 0; i < n; i++) {
            buf_cstr(&b, i ? " " : "");
            buf_cstr(&b, words[rng_below(r, COUNTOF(words))]);
        }
    }
    struct str s = {arena_copy(a, b.p, b.n), b.n};
    buf_free(&b);
    return s;
}

/* Errors within lines: up to two wrong words for the first word of some. */
static void draw_edits(struct rng *r, const struct render_text *t,
                       struct edit_vec *out)
{
    static const char *const wrong[] = {"no", "zz Z"};
    out->n = 0;
    for (size_t u = 0; u < t->units.n; u++) {
        struct span s = t->units.v[u];
        s.from += segment_leading(str_sub(t->text, s.from, s.to));
        size_t n = rng_below(r, 3);
        for (size_t i = 0; i < n; i++) {
            struct edit d = {.from = s.from, .to = s.from + 1};
            d.right = str_sub(t->text, d.from, d.to);
            d.wrong = str_of(wrong[i]);
            d.reason = STR("it is not");
            vec_push(out, d);
        }
    }
}

static void pieces_from(const struct segment_vec *s,
                        const struct render_opts *o, struct piece_vec *out)
{
    out->n = 0;
    for (size_t i = 0; i < s->n; i++) {
        enum resolve_what what = RESOLVE_TEXT;
        if (s->v[i].kind == KIND_MARK)
            what = o->style == RENDER_RETRY                 ? RESOLVE_BACK
                   : str_eq(s->v[i].text, str_of(o->wrong)) ? RESOLVE_WRONG
                                                            : RESOLVE_RIGHT;
        struct resolve_piece p = {what, s->v[i].text};
        vec_push(out, p);
    }
}

static bool round_trip(struct rng *r, int style, int cut, struct arena *a)
{
    struct render_opts o = RENDER_DEFAULTS;
    struct render_text t = {.text = draw_text(r, a)};
    struct edit_vec edits = {0};
    struct script script = {0};
    struct piece_vec pieces = {0};
    struct buf out = {0};
    struct resolved found = {0};
    struct err e = {0};
    o.style = style;
    o.cut = cut;
    int rc = render_settle(&o, &e);
    rc = rc ? rc : segment_units(segmenter, t.text, UNIT_LINE, &t.units, &e);
    draw_edits(r, &t, &edits);
    t.edits = edits.v;
    t.n = edits.n;
    (void)render_text(&o, &t, a, &script, &e);
    pieces_from(&script.segments, &o, &pieces);
    rc = rc ? rc : resolve(segmenter, UNIT_LINE, &pieces, &out, &found, &e);
    bool same = !rc && str_eq(buf_view(&out), t.text) &&
                found.retractions == edits.n && !found.stray;
    if (!same)
        printf("# %.*s\n# became %.*s\n", (int)t.text.n, t.text.p, (int)out.n,
               out.p);
    vec_free(&t.units);
    vec_free(&edits);
    script_free(&script);
    resolved_free(&found);
    vec_free(&pieces);
    buf_free(&out);
    return same;
}

static void property(void)
{
    struct arena a = {0};
    for (int style = RENDER_INSEC; style <= RENDER_RETRY; style++)
        for (int cut = RENDER_UNIT; cut <= RENDER_SPAN; cut++) {
            struct rng r = rng_from((uint64_t)(style * 2 + cut));
            bool same = true;
            for (int i = 0; same && i < 500; i++) {
                same = round_trip(&r, style, cut, &a);
                arena_reset(&a);
            }
            ok(same, "style %d, cut %d: the document comes back", style, cut);
        }
    arena_free(&a);
}

/* ---- ids */

static void split(void)
{
    static const struct str texts[3] = {
        {"<|wrong|>", 9}, {"<|right|>", 9}, {"BACK.", 5}};
    struct tokenizer *t = tokenizer_builtin();
    struct resolve_marks m = resolve_marks(t, texts);
    /* "a", the mark, a lone byte of UTF-8, the mark's characters as bytes,
     * a literal mark, padding */
    int32_t ids[32] = {'a', 258, 0xC3}, n = 3;
    for (const char *p = "<|wrong|>BACK."; *p; p++)
        ids[n++] = *p;
    ids[n++] = 256;
    struct arena a = {0};
    struct piece_vec p = {0};
    resolve_split(&m, ids, (size_t)n, &a, &p);
    ok(p.n == 5 && p.v[4].what == RESOLVE_OTHER, "five pieces");
    ok(p.n == 5 && p.v[1].what == RESOLVE_WRONG, "an id is a mark");
    ok(p.n == 5 && p.v[2].what == RESOLVE_TEXT &&
           str_eq(p.v[2].text, STR("\xEF\xBF\xBD<|wrong|>")),
       "its characters are not; bad bytes are mended");
    ok(p.n == 5 && p.v[3].what == RESOLVE_BACK, "a mark without an id is text");
    vec_free(&p);
    arena_free(&a);
    tokenizer_free(t);
}

int main(void)
{
    struct err e = {0};
    segmenter = segmenter_new(&e);
    table();
    list();
    property();
    split();
    segmenter_free(segmenter);
    return tap_end();
}
