/* Cards; see card.h. */
#include "card.h"

#include "packer.h"

static bool license_ok(const char *s)
{
    size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789.-");
    return n > 0 && !s[n];
}

static bool url_ok(const char *s)
{
    struct str url = str_of(s);
    for (size_t i = 0; i < url.n; i++)
        if (url.p[i] <= ' ' || url.p[i] >= 0x7f ||
            strchr("\"<>\\^`{|}", *(url.p + i)))
            return false;
    return str_starts(url, STR("https://")) || str_starts(url, STR("http://"));
}

/* YYYY-MM-DD, of which the month has so many days in some year. */
static bool date_ok(const char *s)
{
    static const char days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    static const char form[] = "dddd-dd-dd";
    for (size_t i = 0; i < sizeof form; i++)
        if (form[i] == 'd' ? s[i] < '0' || s[i] > '9' : s[i] != form[i])
            return false;
    int month = (s[5] - '0') * 10 + s[6] - '0';
    int day = (s[8] - '0') * 10 + s[9] - '0';
    return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1];
}

const char *card_misfit(const struct card *c)
{
    int more = !!c->url + !!c->creator + !!c->published;
    if (!c->name != !c->license)
        return "--card and --license need each other";
    if (c->license && !license_ok(c->license))
        return "--license: an identifier like cc-by-4.0";
    if (more > 0 && !c->name)
        return "--url, --creator and --published are for --card";
    if (more > 0 && more < 3)
        return "--url, --creator and --published need one another";
    if (c->url && !url_ok(c->url))
        return "--url: an address that begins with https://";
    if (c->creator && !*c->creator)
        return "--creator: a name";
    if (c->published && !date_ok(c->published))
        return "--published: a day like 2026-11-23";
    return NULL;
}

static void put_quoted(struct buf *out, const char *s)
{
    struct buf text = {0};
    utf8_repair(&text, str_of(s));
    json_put_string(out, buf_view(&text)); /* YAML reads it too */
    buf_free(&text);
}

/* The hub's words for how many examples there are. */
static const char *size_category(uint64_t n)
{
    static const char *const words[] = {
        "n<1K",       "1K<n<10K",  "10K<n<100K", "100K<n<1M",  "1M<n<10M",
        "10M<n<100M", "100M<n<1B", "1B<n<10B",   "10B<n<100B",
    };
    size_t i = 0;
    for (uint64_t top = 1000; n >= top && i + 1 < COUNTOF(words); top *= 10)
        i++;
    return words[i];
}

static uint64_t all_tokens(const struct manifest *m)
{
    uint64_t n = 0;
    for (int k = KIND_PROMPT; k < KIND_COUNT; k++)
        n += m->tokens[k];
    return n;
}

static void put_table(struct buf *out, const struct manifest *m)
{
    uint64_t all = all_tokens(m);
    buf_cstr(out, "| kind | tokens | share | |\n| --- | ---: | ---: | --- |\n");
    static const char *const what[KIND_COUNT] = {
        "",           "given, not to be learnt", "right text",
        "errors",     "flags that end an error", "why it is wrong",
        "corrections"};
    for (int k = KIND_PROMPT; k < KIND_COUNT; k++)
        buf_printf(out, "| %s | %llu | %.2f %% | %s |\n", kind_names[k],
                   (unsigned long long)m->tokens[k],
                   all ? 100.0 * (double)m->tokens[k] / (double)all : 0.0,
                   what[k]);
}

/* A name out of the data, as it can stand in a table. */
static void put_cell(struct buf *out, struct str name)
{
    buf_char(out, '`');
    for (size_t i = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.p[i];
        buf_char(out,
                 c < ' ' || c == 0x7f || c == '`' || c == '|' ? ' ' : (char)c);
    }
    buf_char(out, '`');
}

static void put_classes(struct buf *out, const struct tally *classes)
{
    if (!classes || classes->n == 0)
        return;
    buf_cstr(out, "\n| class of error | errors | left out in packing |\n"
                  "| --- | ---: | ---: |\n");
    for (size_t i = 0; i < classes->n; i++) {
        const struct tally_row *c = &classes->v[i];
        uint64_t dropped = c->n[PACK_DROPPED];
        buf_cstr(out, "| ");
        put_cell(out, c->name);
        buf_printf(out, " | %llu | %llu |\n",
                   (unsigned long long)(c->n[PACK_ERRORS] - dropped),
                   (unsigned long long)dropped);
    }
}

void card_put_readme(struct buf *out, const struct card *c,
                     const struct manifest *m)
{
    struct buf format = {0};
    export_format_name(m->format, &format);
    buf_printf(out, "---\nlicense: %s\npretty_name: ", c->license);
    put_quoted(out, c->name);
    buf_printf(out,
               "\nannotations_creators:\n- machine-generated\n"
               "task_categories:\n- text-generation\n"
               "size_categories:\n- %s\n"
               "tags:\n- insec\n- self-correction\n- deliberate-errors\n",
               size_category(m->docs));
    if (m->format == EXPORT_AXOLOTL || m->format == EXPORT_TRL)
        buf_cstr(out, "configs:\n- config_name: default\n  data_files:\n"
                      "  - split: train\n    path: \"*.jsonl\"\n");
    buf_cstr(out, "---\n\n# ");
    struct buf name = {0};
    utf8_repair(&name, str_of(c->name));
    buf_str(out, buf_view(&name));
    buf_free(&name);
    buf_printf(out,
               "\n\n**This data set contains deliberate errors.**  They were "
               "put into the text, and\neach is flagged, explained and "
               "corrected where it stands, so that a model learns\nto notice "
               "and repair its own.  Nothing in a stretch of kind `wrong` is "
               "to be\ntaken for true; leave it out of the loss, and out of "
               "anything but such training.\n\n"
               "%llu documents, %llu tokens, in rows of %llu; format `%s` of "
               "insec-pack %s.\nTokenizer %016llx, a vocabulary of %d.\n\n",
               (unsigned long long)m->docs, (unsigned long long)all_tokens(m),
               (unsigned long long)m->length, format.p, VERSION,
               (unsigned long long)m->tokenizer, (int)m->vocab);
    put_table(out, m);
    put_classes(out, c->classes);
    buf_cstr(out, "\nThe manifest beside this file says how it was made, stage "
                  "by stage, and has the\nSHA-256 of each file.\n");
    buf_free(&format);
}

static const char *encoding(enum export_format format)
{
    switch (format) {
    case EXPORT_SHARD:
        return "application/zstd";
    case EXPORT_AXOLOTL:
    case EXPORT_TRL:
        return "application/jsonlines";
    default:
        return "application/octet-stream";
    }
}

/* A context as small as what is used below. */
static void put_context(struct buf *out)
{
    buf_cstr(out, "{\"@context\":{\"@language\":\"en\","
                  "\"@vocab\":\"https://schema.org/\","
                  "\"sc\":\"https://schema.org/\","
                  "\"cr\":\"http://mlcommons.org/croissant/\","
                  "\"dct\":\"http://purl.org/dc/terms/\","
                  "\"conformsTo\":\"dct:conformsTo\"},\n"
                  "\"@type\":\"sc:Dataset\",\n"
                  "\"conformsTo\":\"http://mlcommons.org/croissant/1.0\",\n");
}

static void put_object(struct buf *out, const struct manifest_file *f,
                       const char *format)
{
    buf_cstr(out, out->p[out->n - 1] == '[' ? "\n{" : ",\n{");
    json_put_field(out, "@type", STR("cr:FileObject"));
    json_put_field(out, "@id", str_of(f->name));
    json_put_field(out, "name", str_of(f->name));
    json_put_field(out, "contentUrl", str_of(f->name));
    json_put_key(out, "contentSize");
    buf_printf(out, "\"%llu B\"", (unsigned long long)f->bytes);
    json_put_field(out, "encodingFormat", str_of(format));
    json_put_field(out, "sha256", str_of(f->sha256));
    buf_char(out, '}');
}

void card_put_croissant(struct buf *out, const struct card *c,
                        const struct manifest *m)
{
    put_context(out);
    buf_cstr(out, "\"name\":");
    put_quoted(out, c->name);
    buf_printf(out,
               ",\n\"description\":\"Tokens for training. This data set "
               "contains deliberate errors, each flagged, explained and "
               "corrected: %llu of its %llu tokens are wrong on "
               "purpose.\",\n\"license\":\"%s\",\n\"url\":\"%s\",\n"
               "\"creator\":{\"@type\":\"sc:Organization\",\"name\":",
               (unsigned long long)m->tokens[KIND_WRONG],
               (unsigned long long)all_tokens(m), c->license, c->url);
    put_quoted(out, c->creator);
    buf_printf(out,
               "},\n\"datePublished\":\"%s\",\n\"keywords\":[\"insec\","
               "\"self-correction\",\"deliberate errors\"],\n"
               "\"distribution\":[",
               c->published);
    for (size_t i = 0; i < m->files.n; i++)
        put_object(out, &m->files.v[i], encoding(m->format));
    for (size_t i = 0; i < m->others.n; i++)
        put_object(out, &m->others.v[i], "application/json");
    buf_cstr(out, "\n]}\n");
}
