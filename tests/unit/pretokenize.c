/* Cutting and normalising: what comes out, byte for byte, and what is
 * refused. */
#include "normalize.h"
#include "onig.h"
#include "pretokenize.h"

#include "tap.h"

static struct err e;

static int join(void *ctx, const struct piece *piece, struct err *err)
{
    struct buf *b = ctx;
    (void)err;
    if (b->n)
        buf_char(b, '|');
    buf_str(b, piece->text);
    return 0;
}

/* The pieces of text, joined by bars. */
static bool cuts(struct pretok *p, const char *text, const char *want)
{
    struct pretok_run *r = pretok_run_new(p);
    struct buf got = {0};
    int bad = pretok_each(r, str_of(text), join, &got, &e);
    bool good = !bad && str_eq(buf_view(&got), str_of(want));
    if (!good)
        printf("# got %.*s\n", (int)got.n, got.p);
    buf_free(&got);
    pretok_run_free(r);
    pretok_free(p);
    return good;
}

static struct pretok *by(const char *pattern, enum pretok_how how, bool invert)
{
    struct pretok *p = pretok_new();
    if (pretok_regex(p, str_of(pattern), how, invert, &e))
        printf("# %s\n", e.text);
    return p;
}

static void check_hows(void)
{
    const char *text = "a--b-c";
    ok(cuts(by("-", PRETOK_ISOLATED, false), text, "a|-|-|b|-|c"), "isolated");
    ok(cuts(by("-", PRETOK_CONTIGUOUS, false), text, "a|--|b|-|c"),
       "contiguous");
    ok(cuts(by("-", PRETOK_PREVIOUS, false), text, "a-|-|b-|c"), "previous");
    ok(cuts(by("-", PRETOK_NEXT, false), text, "a|-|-b|-c"), "next");
    ok(cuts(by("[a-z]", PRETOK_REMOVED, true), text, "a|b|c"),
       "all but the matches removed");
    ok(cuts(by("x*", PRETOK_ISOLATED, false), "axb", "a|x|b"),
       "empty matches cut once");
    struct pretok *p = pretok_new();
    ok(pretok_literal(p, STR(".("), PRETOK_ISOLATED, false, &e) == 0 &&
           cuts(p, "a.(b.c", "a|.(|b.c"),
       "a literal");
}

static void check_chain(void)
{
    struct pretok *p = by("\\p{N}", PRETOK_ISOLATED, false);
    pretok_prefix_space(p);
    ok(cuts(p, "a12 b", " a| 1| 2| b"), "a space for each piece");
    ok(cuts(by(pretok_preset(0), PRETOK_ISOLATED, false),
            "Don't  say 'x' 12ab \n\n y",
            "Don|'t| | say| '|x|'| 12|ab| \n\n| y"),
       "as GPT-2");
    ok(cuts(by(" $", PRETOK_ISOLATED, false), "a \nb ", "a| |\nb| "),
       "an end of line is one everywhere, as in Ruby");
}

/* U+1FAE8, U+11F04 and U+1E4F0 (a symbol, a letter, a digit) came with
 * Unicode 15. */
static void check_young(void)
{
    ok(cuts(by(" ?\\p{S}+", PRETOK_ISOLATED, false), "a \U0001fae8$b",
            "a| \U0001fae8$|b"),
       "a young symbol");
    ok(cuts(by("[^\\s\\p{L}\\p{N}]+", PRETOK_ISOLATED, false),
            "a\U00011f04.\U0001e4f0", "a\U00011f04|.|\U0001e4f0"),
       "not taken for what is neither letter nor number");
    ok(cuts(by("\\P{L}+", PRETOK_ISOLATED, false), "\U00011f04..a",
            "\U00011f04|..|a"),
       "what is no letter");
    ok(cuts(by("[\\P{L}x]+", PRETOK_ISOLATED, false), "\U00011f04..xa",
            "\U00011f04|..x|a"),
       "the same in a class");
    ok(cuts(by("\\p{Cn}+", PRETOK_ISOLATED, false), "\U00011f04\u0378\u0379",
            "\U00011f04|\u0378\u0379"),
       "unassigned");
    ok(cuts(by("\\p{Han}+", PRETOK_ISOLATED, false), ".\u4e2d\U00031350.",
            ".|\u4e2d\U00031350|."),
       "a young script");
    ok(cuts(by(pretok_preset(1), PRETOK_ISOLATED, false),
            "a\U00011f04 \U0001e4f0", "a\U00011f04| |\U0001e4f0"),
       "a scanner knows them");
}

/* Made: the pattern, or a part of the refusal behind a bang. */
static bool makes(const char *pattern, const char *want)
{
    struct buf out = {0};
    bool good;
    if (onig_to_pcre2(str_of(pattern), false, &out, &e))
        good = want[0] == '!' && strstr(e.text, want + 1);
    else
        good = str_eq(buf_view(&out), str_of(want));
    if (!good)
        printf("# %.*s / %s\n", (int)out.n, out.p ? out.p : "", e.text);
    buf_free(&out);
    return good;
}

static void check_patterns(void)
{
    ok(makes("\\s+(?!\\S)", "\\p{wspace}+(?!\\P{wspace})"), "white space");
    ok(makes("[^\\s\\p{Han}]", "[^\\p{wspace}\\p{sc:Han}]"), "scripts");
    ok(makes("\\p{^Lu}\\P{N}", "\\P{Lu}\\P{N}"), "categories");
    ok(makes("\\u4e00-\\x41", "\\x{4e00}-\\x{41}"), "code points");
    ok(makes("(?i:'s)|a++|\\p{N}{1,3}", "(?i:'s)|a++|\\p{N}{1,3}"), "as is");
    static const char *const refused[] = {
        "[a&&b]",
        "[a[b]]",
        "\\h",
        "\\w",
        "\\b",
        "(?m)a",
        "(?<n>a)",
        "(a)\\1",
        "a{1,2}+",
        "a{,2}",
        "[abc",
        "a\\",
        "(*UTF)a",
        "\\pL",
        "\\p{Alpha}",
        "[]a]",
        "\\x{110000000}",
    };
    for (size_t i = 0; i < COUNTOF(refused); i++)
        ok(makes(refused[i], "!not supported"), "refused: %s", refused[i]);
}

static bool normal(struct normal *n, const char *text, const char *want)
{
    int changed = normalize_nfc(n, str_of(text), &e);
    if (changed == 0)
        return !strcmp(text, want);
    if (changed < 0 || !str_eq(buf_view(&n->text), str_of(want)))
        return false;
    size_t last = 0;
    for (size_t i = 0; i < n->from.n; i++) {
        if (n->from.v[i] < last)
            return false;
        last = n->from.v[i];
    }
    return n->from.n == n->text.n && last == strlen(text);
}

static void check_nfc(void)
{
    struct normal n = {0};
    ok(normal(&n, "plain \xc3\xa9", "plain \xc3\xa9"), "NFC stays");
    ok(normal(&n, "ae\xcc\x81z", "a\xc3\xa9z") && n.from.v[0] == 1 &&
           n.from.v[1] == 4 && n.from.v[2] == 4 && n.from.v[3] == 5,
       "composed, with the way back");
    ok(normal(&n, "\xe2\x84\xab", "\xc3\x85"), "a singleton");
    ok(normal(&n, "\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8", "\xea\xb0\x81"),
       "Hangul");
    struct buf in = {0}, out = {0};
    buf_cstr(&in, "q");
    for (int i = 0; i < 20000; i++)
        buf_cstr(&in, "\xcc\x81\xcc\xa3"); /* above, below */
    buf_cstr(&out, "q");
    for (int i = 0; i < 20000; i++)
        buf_cstr(&out, "\xcc\xa3");
    for (int i = 0; i < 20000; i++)
        buf_cstr(&out, "\xcc\x81");
    buf_char(&in, '\0');
    buf_char(&out, '\0');
    ok(normal(&n, in.p, out.p), "many marks are put in order");
    buf_free(&in);
    buf_free(&out);
    normalize_free(&n);
}

int main(void)
{
    check_hows();
    check_chain();
    check_patterns();
    check_young();
    check_nfc();
    return tap_end();
}
