/* What stands at a site instead, and why it is wrong. */
#include "rules_impl.h"

bool matcher_find_asked(struct matcher *m, const struct rule *rule,
                        struct str *asked)
{
    struct str p = m->prompt;
    int rc = p.n > 0 ? pcre2_match(rule->asked, (PCRE2_SPTR)p.p, p.n, 0,
                                   PCRE2_NO_UTF_CHECK, m->asked, m->context)
                     : PCRE2_ERROR_NOMATCH;
    if (rc < 0) {
        m->limits[rule->id] += rc != PCRE2_ERROR_NOMATCH;
        return false;
    }
    const PCRE2_SIZE *v = pcre2_get_ovector_pointer(m->asked);
    *asked = str_sub(p, v[0], size_max(v[0], v[1]));
    return true;
}

static struct expansion expansion_of(struct matcher *m, const struct site *s,
                                     struct str text)
{
    return (struct expansion){.lexicon = rules_lexicon(m->rules),
                              .subject = text,
                              .groups = m->pool.v + s->groups,
                              .n_groups = s->n_groups,
                              .right = str_sub(text, s->from, s->to)};
}

bool matcher_wrong(struct matcher *m, const struct site *s, struct str text,
                   struct rng rng, struct buf *out)
{
    struct expansion x = expansion_of(m, s, text);
    x.rng = rng;
    return template_expand(s->rule->wrong, &x, out);
}

void matcher_reason(struct matcher *m, const struct site *s, struct str text,
                    struct str wrong, struct buf *out)
{
    struct expansion x = expansion_of(m, s, text);
    x.rng = rng_from(rng_hash(s->rule->hash, wrong.p, wrong.n));
    x.wrong = wrong;
    x.asked = STR("");
    if (s->rule->asked)
        (void)matcher_find_asked(m, s->rule, &x.asked);
    size_t start = out->n;
    if (!template_expand(s->rule->reason, &x, out))
        out->n = start;
}
