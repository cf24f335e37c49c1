/* Units: the bounds of each kind, and that they cover the text in order. */
#include <stdlib.h>

#include "segment.h"
#include "tap.h"

static struct segmenter *seg;

/* The units of text, each behind a '|'. */
static const char *cut(const char *text, enum unit unit)
{
    static char shown[4096];
    struct span_vec v = {0};
    struct err e;
    size_t n = 0;
    if (segment_units(seg, str_of(text), unit, &v, &e))
        return "refused";
    for (size_t i = 0; i < v.n; i++) {
        shown[n++] = '|';
        memcpy(shown + n, text + v.v[i].from, v.v[i].to - v.v[i].from);
        n += v.v[i].to - v.v[i].from;
    }
    shown[n] = 0;
    vec_free(&v);
    return shown;
}

static const struct {
    enum unit unit;
    const char *text, *units;
} cases[] = {
    {UNIT_SENTENCE, "", ""},
    {UNIT_SENTENCE, " \n ", ""},
    {UNIT_SENTENCE, "One. Two!  Three?\n", "|One.| Two!|  Three?"},
    {UNIT_SENTENCE, " lead. More", "| lead.| More"},
    {UNIT_SENTENCE, "a = 3 + 4 = 0.\nb = a + 1 = 1.\n",
     "|a = 3 + 4 = 0.|\nb = a + 1 = 1."},
    {UNIT_SENTENCE, "x = 3\ny = 4", "|x = 3|\ny = 4"},
    {UNIT_SENTENCE, "Dr. Watson met Prof. Moriarty. He fled.",
     "|Dr. Watson met Prof. Moriarty.| He fled."},
    {UNIT_SENTENCE, "Mr. J. Smith came at 5 p.m. It rained.",
     "|Mr. J. Smith came at 5 p.m.| It rained."},
    {UNIT_SENTENCE, "It costs 3.50 today. See fig. 3 for more.",
     "|It costs 3.50 today.| See fig. 3 for more."},
    {UNIT_SENTENCE,
     "This sentence is long enough to be wrapped\nbehind a word. So it is.",
     "|This sentence is long enough to be wrapped\nbehind a word.| So it is."},
    {UNIT_SENTENCE,
     "This line is long and ends in a full stop, so:\r\n\r\nNew one",
     "|This line is long and ends in a full stop, so:|\r\n\r\nNew one"},
    {UNIT_SENTENCE,
     "A heading that is a good deal longer than forty\n\nThe text.",
     "|A heading that is a good deal longer than forty|\n\nThe text."},
    {UNIT_SENTENCE, "Gut. \u00c4hnlich\u3000gut.",
     "|Gut.| \u00c4hnlich\u3000gut."},
    {UNIT_LINE, "a\n\n  b\nc \n", "|a|\n\n  b|\nc"},
    {UNIT_WORD, " to be,\tor\u00a0not ", "| to| be,|\tor|\u00a0not"},
    {UNIT_PARAGRAPH, "a\nb\n\n \nc\nd\n", "|a\nb|\n\n \nc\nd"},
    {UNIT_RECORD, "\na. b.\n", "|\na. b."},
    {UNIT_RECORD, " ", ""},
};

/* Long runs are walked once, not once per unit. */
static void runs(int number, const char *piece)
{
    size_t n = 2000000, k = strlen(piece);
    char *p = malloc(n);
    for (size_t i = 0; i < n; i++)
        p[i] = piece[i % k];
    memcpy(p, "A. ", 3);
    memcpy(p + n - 4, " End", 4);
    struct err e;
    struct str text = {p, n};
    for (int unit = UNIT_SENTENCE; unit <= UNIT_RECORD; unit++) {
        struct span_vec v = {0};
        bool good = segment_units(seg, text, (enum unit)unit, &v, &e) == 0;
        size_t at = 0;
        for (size_t i = 0; i < v.n; i++) {
            struct str u = str_sub(text, v.v[i].from, v.v[i].to);
            good = good && v.v[i].from == at && u.n > 0 &&
                   segment_trailing(u) == u.n;
            at = v.v[i].to;
        }
        ok(good && at == n, "unit %d covers run %d", unit, number);
        vec_free(&v);
    }
    free(p);
}

int main(void)
{
    struct err e;
    seg = segmenter_new(&e);
    ok(seg != NULL, "a segmenter opens");
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        const char *got = cut(cases[i].text, cases[i].unit);
        bool same = strcmp(got, cases[i].units) == 0;
        ok(same, "case %zu", i);
        if (!same)
            printf("# got %s\n", got);
    }
    runs(1, " ");
    runs(2, "\n");
    runs(3, ". ");
    runs(4, "x");
    runs(5, "((");
    segmenter_free(seg);
    return tap_end();
}
