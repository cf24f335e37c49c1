/*
 * Units over the bounds of sentences, of lines and of words.  It only finds
 * bounds; what is done with a unit is the caller's.
 */
#include <unicode/uchar.h>

#include "segment.h"
#include "segment_bounds.h"

/* A newline in a line at least this long may be a mere wrap. */
#define WRAP_WIDTH 40

struct segmenter {
    struct bounds *bounds; /* owns */
    struct buf flat;       /* the text with wraps turned to spaces */
};

/* ICU's English list has few of these.  Sorted by bytes. */
static const char *const abbreviations[] = {
    "Adm",    "Apr",  "Art",  "Aug",  "Ave", "Blvd", "Brig", "Bros", "Capt",
    "Cmdr",   "Co",   "Col",  "Corp", "Cpl", "Dec",  "Dept", "Dr",   "Drs",
    "Ed",     "Eq",   "Esq",  "Feb",  "Fig", "Figs", "Ft",   "Gen",  "Gov",
    "Hon",    "Inc",  "Jan",  "Jr",   "Jul", "Jun",  "Lt",   "Ltd",  "Maj",
    "Messrs", "Mlle", "Mme",  "Mr",   "Mrs", "Ms",   "Mt",   "No",   "Nos",
    "Nov",    "Oct",  "Op",   "Pfc",  "Ph",  "Prof", "Pvt",  "Rep",  "Rev",
    "Sen",    "Sep",  "Sept", "Sgt",  "Sr",  "St",   "Ste",  "Vol",  "al",
    "approx", "art",  "ca",   "cf",   "ch",  "e.g",  "ed",   "eds",  "eq",
    "etc",    "fig",  "figs", "i.e",  "no",  "nos",  "op",   "p",    "pp",
    "resp",   "sec",  "seq",  "viz",  "vol", "vols", "vs",
};

const char *segment_noun(enum unit unit)
{
    static const char *const nouns[] = {"sentence", "line", "word", "paragraph",
                                        "record"};
    return nouns[unit];
}

int segment_unit(struct str noun)
{
    for (int i = 0; i <= UNIT_RECORD; i++)
        if (str_eq(str_of(segment_noun((enum unit)i)), noun))
            return i;
    return -1;
}

struct segmenter *segmenter_new(struct err *e)
{
    struct segmenter *s = mem_zero(1, sizeof *s);
    s->bounds = bounds_new(e);
    if (s->bounds)
        return s;
    mem_free(s);
    return NULL;
}

void segmenter_free(struct segmenter *s)
{
    if (!s)
        return;
    bounds_free(s->bounds);
    buf_free(&s->flat);
    mem_free(s);
}

static bool ascii_space(unsigned char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

size_t segment_leading(struct str text)
{
    size_t i = 0;
    while (i < text.n) {
        unsigned char c = (unsigned char)text.p[i];
        if (c < 0x80 && !ascii_space(c))
            break;
        uint32_t cp = c;
        size_t n = c < 0x80 ? 1 : utf8_step(text.p + i, text.p + text.n, &cp);
        if (n == 0 || !u_isUWhiteSpace((UChar32)cp))
            break;
        i += n;
    }
    return i;
}

size_t segment_trailing(struct str text)
{
    size_t i = text.n;
    while (i > 0) {
        size_t at = i - 1;
        unsigned char c = (unsigned char)text.p[at];
        if (c < 0x80) {
            if (!ascii_space(c))
                break;
        } else {
            while (at > 0 && i - at < 4 && (text.p[at] & 0xC0) == 0x80)
                at--;
            uint32_t cp;
            size_t n = utf8_step(text.p + at, text.p + i, &cp);
            if (n != i - at || !u_isUWhiteSpace((UChar32)cp))
                break;
        }
        i = at;
    }
    return i;
}

/* The stretch [*start,end) is over: it becomes a unit up to its last
 * character that is not white space, or is left to the next one. */
static void close_unit(struct span_vec *out, struct str text, size_t *done,
                       struct span stretch)
{
    struct str s = str_sub(text, stretch.from, stretch.to);
    size_t to = stretch.from + segment_trailing(s);
    if (to == stretch.from)
        return;
    vec_push(out, ((struct span){*done, to}));
    *done = to;
}

static void cut_lines(struct str text, bool paragraphs, struct span_vec *out)
{
    size_t done = 0, start = 0, at = 0;
    while (at < text.n) {
        const char *nl = memchr(text.p + at, '\n', text.n - at);
        size_t to = nl ? (size_t)(nl - text.p) + 1 : text.n;
        bool blank = segment_trailing(str_sub(text, at, to)) == 0;
        if (!paragraphs || blank) {
            close_unit(out, text, &done, (struct span){start, to});
            start = to;
        }
        at = to;
    }
    close_unit(out, text, &done, (struct span){start, text.n});
}

static void cut_words(struct str text, struct span_vec *out)
{
    size_t at = 0;
    while (at < text.n) {
        size_t i = at + segment_leading(str_sub(text, at, text.n));
        if (i == text.n)
            return;
        while (i < text.n) {
            unsigned char c = (unsigned char)text.p[i];
            if (c < 0x80 ? ascii_space(c)
                         : segment_leading(
                               str_sub(text, i, size_min(text.n, i + 4))) > 0)
                break;
            i++;
        }
        vec_push(out, ((struct span){at, i}));
        at = i;
    }
}

/* Does text end in an abbreviation and its full stop? */
static bool ends_in_abbreviation(struct str text)
{
    if (text.n < 2 || text.p[text.n - 1] != '.')
        return false;
    size_t to = text.n - 1, from = to;
    while (from > 0 && to - from < 8 && !ascii_space(text.p[from - 1]) &&
           !strchr("([\"'-", text.p[from - 1]))
        from--;
    struct str word = str_sub(text, from, to);
    if (word.n == 1 && word.p[0] >= 'A' && word.p[0] <= 'Z')
        return word.p[0] != 'I'; /* an initial */
    size_t lo = 0, hi = COUNTOF(abbreviations);
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        struct str a = str_of(abbreviations[mid]);
        int order = memcmp(a.p, word.p, size_min(a.n, word.n));
        if (order == 0)
            order = (a.n > word.n) - (a.n < word.n);
        if (order == 0)
            return true;
        if (order < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return false;
}

/* Is the newline at `to` only where a long line was wrapped? */
static bool is_wrap(struct str text, struct span line)
{
    size_t next = line.to + 1;
    if (line.to - line.from < WRAP_WIDTH || next >= text.n)
        return false;
    struct str s = str_sub(text, line.from, line.to);
    s.n = segment_trailing(s);
    if (s.n < WRAP_WIDTH)
        return false;
    char last = s.p[s.n - 1];
    bool ended = strchr(".!?:;\"')]", last) && !ends_in_abbreviation(s);
    unsigned char c = (unsigned char)text.p[next];
    bool goes_on = c >= 0x80 || (c >= '0' && c <= '9') ||
                   (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                   c == '"' || c == '\'' || c == '(';
    return goes_on && !ended;
}

/* Copies text with wraps turned to spaces: the same offsets, but ICU takes
 * every newline for the end of a paragraph. */
static struct str unwrap(struct segmenter *s, struct str text)
{
    s->flat.n = 0;
    buf_str(&s->flat, text);
    size_t at = 0;
    const char *nl;
    while ((nl = memchr(text.p + at, '\n', text.n - at))) {
        size_t to = (size_t)(nl - text.p);
        if (is_wrap(text, (struct span){at, to})) {
            s->flat.p[to] = ' ';
            if (to > 0 && text.p[to - 1] == '\r')
                s->flat.p[to - 1] = ' ';
        }
        at = to + 1;
    }
    return buf_view(&s->flat);
}

static int cut_sentences(struct segmenter *s, struct str text,
                         struct span_vec *out, struct err *e)
{
    if (text.n == 0)
        return 0;
    if (text.n >= INT32_MAX)
        return err_set(e, STATUS_DATA, "a text of 2 GiB has no sentences");
    struct str flat = unwrap(s, text);
    size_t done = 0, start = 0, next;
    if (bounds_start(s->bounds, flat, false, e))
        return -1;
    while ((next = bounds_next(s->bounds)) != SIZE_MAX) {
        struct span stretch = {start, next};
        struct str piece = str_sub(flat, stretch.from, stretch.to);
        size_t n = segment_trailing(piece);
        bool newline = memchr(piece.p + n, '\n', piece.n - n) != NULL;
        piece.n = n;
        if (n > 0 && !newline && stretch.to < text.n &&
            ends_in_abbreviation(piece))
            continue;
        close_unit(out, flat, &done, stretch);
        start = stretch.to;
    }
    close_unit(out, flat, &done, (struct span){start, text.n});
    return 0;
}

int segment_units(struct segmenter *s, struct str text, enum unit unit,
                  struct span_vec *out, struct err *e)
{
    size_t done = 0;
    switch (unit) {
    case UNIT_SENTENCE:
        return cut_sentences(s, text, out, e);
    case UNIT_LINE:
        cut_lines(text, false, out);
        return 0;
    case UNIT_PARAGRAPH:
        cut_lines(text, true, out);
        return 0;
    case UNIT_WORD:
        cut_words(text, out);
        return 0;
    case UNIT_RECORD:
        close_unit(out, text, &done, (struct span){0, text.n});
        return 0;
    }
    return 0;
}
