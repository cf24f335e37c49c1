/* Counting, and the counts as JSON. */
#include "corrupt_count.h"
#include "json.h"

void counts_init(struct counts *c, size_t classes, size_t rules)
{
    *c = (struct counts){.classes = classes, .rules = rules};
    c->class = mem_zero(classes + 1, sizeof *c->class);
    c->rule = mem_zero(rules + 1, sizeof *c->rule);
}

void counts_free(struct counts *c)
{
    mem_free(c->class);
    mem_free(c->rule);
}

void counts_add(struct counts *to, const struct counts *c)
{
    to->records += c->records;
    to->clean += c->clean;
    to->units += c->units;
    to->drawn += c->drawn;
    to->nothing += c->nothing;
    to->over += c->over;
    to->rejected += c->rejected;
    to->checked += c->checked;
    to->candidates.used += c->candidates.used;
    to->candidates.rejected += c->candidates.rejected;
    to->answered += c->answered;
    to->missing += c->missing;
    to->refuted += c->refuted;
    for (size_t i = 0; i < c->classes; i++) {
        to->class[i].places += c->class[i].places;
        to->class[i].errors += c->class[i].errors;
    }
    for (size_t i = 0; i < c->rules; i++) {
        to->rule[i].errors += c->rule[i].errors;
        to->rule[i].rejected += c->rule[i].rejected;
        to->rule[i].limits += c->rule[i].limits;
    }
}

void counts_made(struct counts *c, size_t class_id, size_t rule, bool first)
{
    c->class[class_id].places += first;
    c->class[class_id].errors++;
    if (rule != SIZE_MAX)
        c->rule[rule].errors++;
}

static double share(uint64_t n, uint64_t of)
{
    return of ? (double)n / (double)of : 0;
}

/* `"name":` for a name that is data; names of rules need no escapes. */
static void put_name(struct buf *b, struct str name)
{
    char key[64];
    size_t n = size_min(name.n, sizeof key - 1);
    memcpy(key, name.p, n);
    key[n] = 0;
    json_put_key(b, key);
}

void counts_put(const struct counts *c, const struct rules *r, double rate,
                struct buf *b)
{
    uint64_t places = 0, errors = 0;
    for (size_t i = 0; i < c->classes; i++) {
        places += c->class[i].places;
        errors += c->class[i].errors;
    }
    json_put_i64(b, "copies", (int64_t)c->records);
    json_put_i64(b, "clean", (int64_t)c->clean);
    json_put_i64(b, "units", (int64_t)c->units);
    json_put_i64(b, "drawn", (int64_t)c->drawn);
    json_put_i64(b, "places", (int64_t)places);
    json_put_i64(b, "errors", (int64_t)errors);
    json_put_i64(b, "nothing_fits", (int64_t)c->nothing);
    json_put_i64(b, "over_max", (int64_t)c->over);
    json_put_i64(b, "rejected_candidates", (int64_t)c->rejected);
    json_put_i64(b, "checked_candidates", (int64_t)c->checked);
    json_put_i64(b, "refuted_candidates", (int64_t)c->refuted);
    json_put_f64(b, "false_error_rate", share(c->refuted, c->checked));
    json_put_f64(b, "rate_requested", rate);
    json_put_f64(b, "rate_realised", share(places, c->units));
    json_put_f64(b, "no_op_rate", share(c->nothing, c->drawn));
    json_put_key(b, "classes");
    buf_char(b, '{');
    for (size_t i = 0; i < c->classes; i++) {
        put_name(b, rules_class_at(r, i)->name);
        buf_char(b, '{');
        json_put_i64(b, "places", (int64_t)c->class[i].places);
        json_put_i64(b, "errors", (int64_t)c->class[i].errors);
        json_put_f64(b, "rate", share(c->class[i].places, c->units));
        buf_char(b, '}');
    }
    buf_char(b, '}');
    json_put_key(b, "rules");
    buf_char(b, '{');
    for (size_t i = 0; i < c->rules; i++) {
        put_name(b, rules_at(r, i)->name);
        buf_char(b, '{');
        json_put_i64(b, "errors", (int64_t)c->rule[i].errors);
        json_put_i64(b, "rejected", (int64_t)c->rule[i].rejected);
        json_put_i64(b, "match_limit", (int64_t)c->rule[i].limits);
        buf_char(b, '}');
    }
    buf_char(b, '}');
}
