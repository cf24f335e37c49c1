/*
 * Rows as parts of one page that needs nothing else: no file, no network.
 * Kinds have signs as well as colours, figures are tables with bars, and
 * everything can be read without the script, which only filters.
 */
#include "view_impl.h"

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<title>insec: what the trainer sees</title>\n<style>\n"
    ":root{color-scheme:light dark;--bg:#fff;--fg:#1b1b1b;--dim:#595959;"
    "--wrong:#a80010;--wrongbg:#fdeaea;--right:#0a5a20;--rightbg:#e6f5e9;"
    "--mark:#6a1b9a;--reason:#7a4b00;--line:#c8c8c8;--bar:#3b6fb5}\n"
    "@media(prefers-color-scheme:dark){:root{--bg:#16181b;--fg:#e8e8e8;"
    "--dim:#a8a8a8;--wrong:#ff9a9a;--wrongbg:#3d1f22;--right:#8fdf9f;"
    "--rightbg:#1c3524;--mark:#d7a8ff;--reason:#f0c26a;--line:#4a4d52;"
    "--bar:#6ea0e0}}\n"
    "body{background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,"
    "sans-serif;max-width:60rem;margin:0 auto;padding:1rem}\n"
    "article{border-top:1px solid var(--line);padding:.5rem 0}\n"
    "h2{font-size:1rem;margin:.3rem 0}h2 small{color:var(--dim);"
    "font-weight:normal}\n"
    "pre{font:15px/1.6 ui-monospace,monospace;white-space:pre-wrap;"
    "overflow-wrap:anywhere;margin:.3rem 0}\n"
    ".prompt,.pad{color:var(--dim)}\n"
    "del{color:var(--wrong);background:var(--wrongbg)}\n"
    "ins{color:var(--right);background:var(--rightbg);"
    "text-decoration:none;font-weight:600}\n"
    "mark{color:var(--mark);background:none;font-weight:700}\n"
    ".reason{color:var(--reason);font-style:italic}\n"
    "table{border-collapse:collapse;margin:1rem 0;width:100%}\n"
    "caption{text-align:left;font-weight:600}\n"
    "th,td{text-align:left;padding:.1rem .6rem .1rem 0;font-weight:normal}\n"
    "td.n{text-align:right;width:6rem}th{width:14rem}\n"
    ".bar{display:block;height:.9rem;background:var(--bar);min-width:1px}\n"
    "a{color:var(--bar)}[hidden]{display:none}\n"
    "</style>\n</head>\n<body>\n<header><h1>What the trainer sees</h1>\n"
    "<p>Signs: [:<span class=\"prompt\">given</span>:] "
    "[-<del>wrong</del>-] [!<mark>mark</mark>!] "
    "[?<span class=\"reason\">reason</span>?] [+<ins>right</ins>+]; text "
    "without a sign is right.  <a href=\"#figures\">Figures</a></p>\n"
    "<p id=\"filter\" hidden><label for=\"class\">Show rows with errors of "
    "class</label> <select id=\"class\"><option value=\"\">(all rows)"
    "</option></select> <span id=\"count\" role=\"status\"></span></p>\n"
    "</header>\n<main>\n";

static const char script[] =
    "<script>\n(function(){\"use strict\";\n"
    "var rows=Array.from(document.querySelectorAll(\"article\")),"
    "list=document.getElementById(\"class\"),"
    "count=document.getElementById(\"count\"),names=new Set();\n"
    "function of(row){return JSON.parse(row.dataset.classes)}\n"
    "rows.forEach(function(row){of(row).forEach(function(name){"
    "names.add(name)})});\n"
    "Array.from(names).sort().forEach(function(name,i){"
    "list.add(new Option(name,\"=\"+name))});\n"
    "function show(){var n=0;rows.forEach(function(row){"
    "row.hidden=list.value!==\"\"&&of(row).indexOf(list.value.slice(1))<0;"
    "n+=row.hidden?0:1});count.textContent=n+\" of \"+rows.length+"
    "\" rows\"}\n"
    "list.addEventListener(\"change\",show);"
    "document.getElementById(\"filter\").hidden=false;show()})();\n"
    "</script>\n";

static const struct {
    const char *open, *close;
} tags[KIND_COUNT] = {
    [KIND_PAD] = {"<span class=\"pad\">", "</span>"},
    [KIND_PROMPT] = {"<span class=\"prompt\">", "</span>"},
    [KIND_CONTEXT] = {"", ""},
    [KIND_WRONG] = {"<del>", "</del>"},
    [KIND_MARK] = {"<mark>", "</mark>"},
    [KIND_REASON] = {"<span class=\"reason\">", "</span>"},
    [KIND_RIGHT] = {"<ins>", "</ins>"},
};

static const char *entity(unsigned char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\r':
        return "&#13;";
    default:
        return NULL;
    }
}

/* Text, so that nothing in it is markup: in an element or in a quoted
 * attribute.  What HTML may not hold, and what would turn the direction of
 * other text, is written as \u and its number. */
static void put_text(struct buf *out, struct str s)
{
    const char *p = s.p, *end = s.p + s.n;
    while (p < end) {
        uint32_t cp = 0;
        size_t n = utf8_step(p, end, &cp);
        const char *as = entity((unsigned char)*p);
        if (as)
            buf_cstr(out, as);
        else if (n && (view_shows(cp) || cp == '\n' || cp == '\t'))
            buf_add(out, p, n);
        else
            buf_printf(out, "\\u%04x", (unsigned)cp);
        p += n ? n : 1;
    }
}

/* The classes of the row's errors as a JSON list in an attribute. */
static void put_classes(struct view *v, struct buf *out)
{
    struct tally c = row_classes(v);
    v->scratch.n = 0;
    buf_char(&v->scratch, '[');
    for (size_t i = 0; i < c.n; i++) {
        buf_cstr(&v->scratch, i ? "," : "");
        json_put_string(&v->scratch, c.v[i].name);
    }
    buf_char(&v->scratch, ']');
    tally_free(&c);
    buf_cstr(out, "<article data-classes=\"");
    put_text(out, buf_view(&v->scratch));
    buf_cstr(out, "\">\n");
}

void html_row(struct view *v, const struct record *rec, struct buf *out)
{
    put_classes(v, out);
    buf_cstr(out, "<h2>");
    put_text(out, rec->id);
    struct str what = view_summary(v);
    if (what.n) {
        buf_cstr(out, " <small>");
        put_text(out, what);
        buf_cstr(out, "</small>");
    }
    buf_cstr(out, "</h2>\n<pre>");
    for (size_t i = 0; i < v->segments.n; i++) {
        const struct segment *s = &v->segments.v[i];
        struct str text = s->text;
        size_t lead = view_lead(text);
        /* a parser drops a newline right behind <pre> */
        buf_cstr(out, i == 0 && lead ? "\n" : "");
        buf_add(out, text.p, lead);
        buf_cstr(out, view_open[s->kind]);
        buf_cstr(out, tags[s->kind].open);
        put_text(out, str_sub(text, lead, text.n));
        buf_cstr(out, tags[s->kind].close);
        buf_cstr(out, view_close[s->kind]);
    }
    buf_cstr(out, "</pre>\n</article>\n");
}

/* ---- the page */

void view_page_open(struct buf *out)
{
    buf_cstr(out, head);
}

/* The rest of a line of a table: the number, and a bar as long as it is. */
static void put_bar(struct buf *out, uint64_t n, uint64_t most)
{
    buf_printf(out, "</th><td class=\"n\">%llu</td><td>",
               (unsigned long long)n);
    if (n)
        buf_printf(out, "<span class=\"bar\" style=\"width:%.1f%%\"></span>",
                   100.0 * (double)n / (double)most);
    buf_cstr(out, "</td></tr>\n");
}

static void put_table(struct buf *out, const char *caption)
{
    buf_printf(out, "<table>\n<caption>%s</caption>\n<tbody>\n", caption);
}

static uint64_t most_of(const uint64_t *v, size_t n, size_t *last)
{
    uint64_t most = 0;
    *last = 0;
    for (size_t i = 0; i < n; i++) {
        most = v[i] > most ? v[i] : most;
        if (v[i])
            *last = i + 1;
    }
    return most;
}

static void put_class_table(struct buf *out, const struct tally *c)
{
    uint64_t most = 0;
    for (size_t i = 0; i < c->n; i++)
        most = c->v[i].n[0] > most ? c->v[i].n[0] : most;
    put_table(out, "Errors by class");
    for (size_t i = 0; i < c->n; i++) {
        buf_cstr(out, "<tr><th scope=\"row\">");
        put_text(out, c->v[i].name);
        put_bar(out, c->v[i].n[0], most);
    }
    buf_cstr(out, "</tbody>\n</table>\n");
}

static void put_figures(struct buf *out, const struct view_counts *c)
{
    size_t last;
    uint64_t most = most_of(c->lengths, VIEW_LENGTHS, &last);
    put_table(out, "Rows by length in characters");
    for (size_t i = 0; i < last; i++) {
        unsigned long long low = i ? 1ULL << i : 0;
        buf_printf(out, "<tr><th scope=\"row\">%llu to %llu", low,
                   (1ULL << (i + 1)) - 1);
        put_bar(out, c->lengths[i], most);
    }
    buf_cstr(out, "</tbody>\n</table>\n");
    most = most_of(c->shares, VIEW_SHARES, &last);
    if (last)
        put_table(out, "Rows by the share of bytes that is learnt");
    for (size_t i = 0; last && i < VIEW_SHARES; i++) {
        buf_printf(out, "<tr><th scope=\"row\">%zu to %zu %%", i * 10,
                   i * 10 + 10);
        put_bar(out, c->shares[i], most);
    }
    buf_cstr(out, last ? "</tbody>\n</table>\n" : "");
    most = most_of(c->bytes, KIND_COUNT, &last);
    put_table(out, "Bytes by kind");
    for (int k = KIND_PROMPT; k < KIND_COUNT; k++) {
        buf_printf(out, "<tr><th scope=\"row\">%s", kind_names[k]);
        put_bar(out, c->bytes[k], most);
    }
    buf_cstr(out, "</tbody>\n</table>\n");
}

void view_page_close(struct buf *out, const struct view_counts *c)
{
    buf_cstr(out, "</main>\n<section id=\"figures\">\n<h2>Figures</h2>\n");
    buf_printf(out, "<p>%llu rows were read, %llu of them match.</p>\n",
               (unsigned long long)c->rows, (unsigned long long)c->found);
    put_class_table(out, &c->classes);
    put_figures(out, c);
    buf_cstr(out, "</section>\n");
    buf_cstr(out, script);
    buf_cstr(out, "</body>\n</html>\n");
}
