/* The filter: the same bytes for every number of threads and block size, the
 * law of counts, and every input format. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "filter.h"
#include "json.h"
#include "mem.h"
#include "record.h"
#include "rng.h"
#include "tap.h"

static char name_a[] = "a", name_b[] = "b";

struct own {
    struct json_parser *parser;
    struct arena arena;
    int rows;
};

struct total {
    struct buf out;
    int rows;
};

static void *own_new(void *ctx)
{
    (void)ctx;
    struct own *w = mem_zero(1, sizeof *w);
    w->parser = json_parser_new();
    return w;
}

static void own_free(void *ctx, void *worker)
{
    struct total *t = ctx;
    struct own *w = worker;
    t->rows += w->rows;
    json_parser_free(w->parser);
    arena_free(&w->arena);
    mem_free(w);
}

/* Passes the record on, behind its number and place; refuses "no". */
static int work(void *worker, const struct row *row, struct buf *out,
                struct err *e)
{
    static const char *const drop[] = {NULL};
    struct own *w = worker;
    struct record r;
    arena_reset(&w->arena);
    w->rows++;
    buf_printf(out, "%s:%llu #%llu ", row->at.name,
               (unsigned long long)row->at.line,
               (unsigned long long)row->number);
    if (record_parse(w->parser, &w->arena, row->text, row->at, &r, e) < 0)
        return -1;
    if (json_get(r.root, "no"))
        return record_refuse(&r, e, "no");
    record_open(out, &r, drop);
    buf_cstr(out, "}\n");
    return 0;
}

static int sink(void *ctx, struct str bytes, struct err *e)
{
    (void)e;
    struct total *t = ctx;
    buf_str(&t->out, bytes);
    return 0;
}

static int run(struct filter_opts o, char *const *inputs, struct total *t,
               struct err *e)
{
    *t = (struct total){0};
    o.quiet = true;
    struct filter f = {.opts = &o,
                       .ctx = t,
                       .worker_new = own_new,
                       .worker_free = own_free,
                       .work = work,
                       .sink = sink};
    return filter_run(&f, inputs, e);
}

static void save(const char *path, struct str s)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, s.p, s.n) != (ssize_t)s.n)
        abort();
    close(fd);
}

static void threads(void)
{
    struct buf b = {0};
    struct rng r = rng_from(7);
    for (int i = 0; i < 3000; i++) {
        buf_printf(&b, "{\"id\":%d,\"text\":\"", i);
        for (uint64_t n = rng_below(&r, 200); n > 0; n--)
            buf_char(&b, (char)('a' + rng_below(&r, 26)));
        buf_cstr(&b, rng_below(&r, 10) ? "\"}\n" : "\"}\r\n\n");
    }
    b.n--; /* no newline at the end */
    save("a", buf_view(&b));
    save("b", STR("{\"id\":\"last\"}"));
    char *inputs[] = {name_a, name_b, NULL};
    struct filter_opts o = FILTER_DEFAULTS;
    struct err e;
    struct total want, got;
    bool same = run(o, inputs, &want, &e) == 0;
    for (int jobs = 1; jobs <= 5; jobs++)
        for (int block = 1; block < 100000; block *= 50) {
            o.jobs = jobs;
            o.block = block;
            same &= run(o, inputs, &got, &e) == 0 && got.rows == 3001 &&
                    str_eq(buf_view(&want.out), buf_view(&got.out));
            buf_free(&got.out);
        }
    ok(same && want.rows == 3001, "the same bytes for all threads and blocks");
    buf_free(&want.out);
    buf_free(&b);
}

static void stopping(void)
{
    save("a", STR("{\"id\":1}\n\n{\"no\":1}\n{\"id\":3}\nx\xff\n"));
    char *inputs[] = {name_a, NULL};
    struct err e;
    struct total t;
    for (int jobs = 1; jobs < 4; jobs++) {
        struct filter_opts o = FILTER_DEFAULTS;
        o.jobs = jobs;
        int status = run(o, inputs, &t, &e);
        ok(status < 0 && e.at.line == 3 && e.status == STATUS_DATA &&
               str_eq(buf_view(&t.out), STR("a:1 #0 {\"id\":1}\n")),
           "the first refusal stops, what came before is out (-j %d)", jobs);
        buf_free(&t.out);
    }
    struct filter_opts o = FILTER_DEFAULTS;
    o.rejects = "rejects";
    o.stats = "stats";
    o.stats = "missing/stats";
    ok(run(o, inputs, &t, &e) < 0 && e.status == STATUS_SYSTEM && t.rows == 0,
       "no folder for the stats is told before the work");
    buf_free(&t.out);
    o.stats = "stats";
    ok(run(o, inputs, &t, &e) == 0 && t.rows == 4, "rejects: all are seen");
    buf_free(&t.out);
    struct buf b = {0};
    ok(io_slurp("rejects", &b, &e) == 0 &&
           str_eq(buf_view(&b),
                  STR("{\"file\":\"a\",\"line\":3,\"reason\":\"no\","
                      "\"base64\":false,\"raw\":\"{\\\"no\\\":1}\"}\n"
                      "{\"file\":\"a\",\"line\":5,\"reason\":"
                      "\"bad JSON: malformed UTF-8\",\"base64\":true,"
                      "\"raw\":\"eP8=\"}\n")),
       "rejects are verbatim");
    b.n = 0;
    ok(io_slurp("stats", &b, &e) == 0 &&
           str_find(buf_view(&b), STR("\"in\":4,\"out\":2,\"rejected\":2"), 0) <
               b.n,
       "in = out + rejected");
    buf_free(&b);
}

static void format(enum input_format f, const char *field, const char *text,
                   const char *want)
{
    static const struct str bom = {"\xef\xbb\xbf", 3};
    char *inputs[] = {name_a, NULL};
    bool same = true;
    struct total t;
    struct err e;
    char message[600];
    for (int mark = 0; mark < 2; mark++)
        for (int block = 1; block < 2000; block *= 10) {
            struct buf b = {0};
            if (mark)
                buf_str(&b, bom);
            buf_cstr(&b, text);
            save("a", buf_view(&b));
            buf_free(&b);
            struct filter_opts o = FILTER_DEFAULTS;
            o.format = (int)f;
            o.field = field;
            o.block = block;
            if (run(o, inputs, &t, &e) < 0) {
                err_format(&e, message, sizeof message);
                same &= strcmp(message, want) == 0;
            } else {
                same &= str_eq(buf_view(&t.out), str_of(want));
            }
            if (!same)
                printf("# got %.*s, %s\n", (int)t.out.n, t.out.p, message);
            buf_free(&t.out);
        }
    ok(same, "format %d, every block size, with and without a mark", f);
}

static void formats(void)
{
#define ID(hash) "{\"id\":\"" hash "\","
    format(INPUT_TEXT, "", "one\r\n\ntwo \"q\"\n",
           "a:1 #0 " ID(
               "07b9249f21dcdd19") "\"text\":\"one\"}\n"
                                   "a:3 #1 " ID(
                                       "ab1d74e77a42aba8") "\"text\":\"two "
                                                           "\\\"q\\\"\"}\n");
    format(INPUT_PARA, "", "\n\none\nmore\n \n\nthree",
           "a:3 #0 " ID(
               "5f0b355fba470c5e") "\"text\":\"one\\nmore\"}\n"
                                   "a:7 #1 " ID(
                                       "9d2c67998d0668af") "\"text\":\"three\"}"
                                                           "\n");
    format(INPUT_FILE, "", "a\n\nb\n",
           "a:1 #0 " ID("9761530eb0faa388") "\"text\":\"a\\n\\nb\\n\"}\n");
    format(INPUT_CSV, "body", "id,body\n7,\"a\n\"\"b\"\"\"\n\n8, c \n",
           "a:2 #0 {\"id\":\"7\",\"text\":\"a\\n\\\"b\\\"\"}\n"
           "a:5 #1 {\"id\":\"8\",\"text\":\" c \"}\n");
    format(INPUT_TSV, "body", "body\tid\r\n\"a\t7\r\n",
           "a:2 #0 {\"text\":\"\\\"a\",\"id\":\"7\"}\n");
    format(INPUT_CSV, "text", "id,body\n",
           "a:1: the header has no column text");
    format(INPUT_CSV, "b", "a,b\n1,2,3\n",
           "a:2: the row has 3 cells, the header 2");
    format(INPUT_CSV, "b", "a,b\n1,\"2\n",
           "a:2: bad CSV: a quote stands out of place or has no end");
    format(INPUT_TEXT, "", "ok\n\xc3(\n", "a:2:1: malformed UTF-8");
    format(INPUT_PARA, "", "ok\nab\xff\n", "a:2:3: malformed UTF-8");
}

static int work_made(void *worker, const struct row *row, struct buf *out,
                     struct err *e)
{
    (void)worker;
    (void)e;
    buf_u64(out, row->number);
    buf_char(out, '\n');
    return 0;
}

static void making(void)
{
    bool same = true;
    struct buf want = {0};
    for (uint64_t i = 0; i < 1000; i++)
        buf_printf(&want, "%llu\n", (unsigned long long)i);
    for (int jobs = 1; jobs < 4; jobs++) {
        struct total t = {0};
        struct err e;
        struct filter_opts o = FILTER_DEFAULTS;
        o.quiet = true;
        o.jobs = jobs;
        struct filter f = {.opts = &o,
                           .ctx = &t,
                           .work = work_made,
                           .sink = sink,
                           .make = 1000};
        same &= filter_run(&f, NULL, &e) == 0 &&
                str_eq(buf_view(&t.out), buf_view(&want));
        buf_free(&t.out);
    }
    ok(same, "records are made in order");
    buf_free(&want);
}

int main(void)
{
    char dir[] = "/tmp/insec-filter-XXXXXX";
    if (!mkdtemp(dir) || chdir(dir))
        abort();
    threads();
    stopping();
    formats();
    making();
    for (const char *const *p =
             (const char *const[]){"a", "b", "rejects", "stats", NULL};
         *p; p++)
        unlink(*p);
    if (chdir("/") == 0)
        rmdir(dir);
    return tap_end();
}
