/* Templates: what each construct gives (as Jinja2 3.1 gives it), what is
 * refused and where, and that work is bounded. */
#include "jinja.h"

#include "tap.h"

struct row {
    const char *text, *want; /* want NULL: refused with `error` in it */
    const char *error;
};

static const struct row rows[] = {
    /* output, white space */
    {"a\n", "a", NULL},
    {"a\n\n", "a\n", NULL},
    {"a\r\nb", "a\nb", NULL},
    {"a {{ 'b' }} c", "a b c", NULL},
    {"a {{- 'b' -}} c", "abc", NULL},
    {"a\n  {% if true %}\n  b\n  {% endif %}\nc", "a\n  b\nc", NULL},
    {"a  {% if true %} b {% endif %} c", "a   b  c", NULL},
    {"a\n  {%+ if true %}b{% endif %}", "a\n  b", NULL},
    {"a {#- no {{ x }} -#} b", "ab", NULL},
    {"{{ {'a': {'b': 1}}['a']['b'] }}", "1", NULL},
    /* literals and printing */
    {"{{ 'a\\n\\t\\'\\x41\\u00e9\\q' }}", "a\n\t'A\xc3\xa9\\q", NULL},
    {"{{ 'a' 'b' }}{{ 1 }}{{ 2.5 }}{{ 3.0 }}", "ab12.53.0", NULL},
    {"{{ true }}{{ none }}{{ missing }}", "TrueNone", NULL},
    {"{{ 'a' ~ 1 ~ none }}", "a1None", NULL},
    /* operators */
    {"{{ 1 + 2 * 3 - 4 }}|{{ 7 // 2 }}|{{ -7 // 2 }}|{{ -7 % 3 }}|{{ 7 / 2 }}",
     "3|3|-4|2|3.5", NULL},
    {"{{ 1 < 2 and not 2 < 1 or x }}", "True", NULL},
    {"{{ '' or 'b' }}{{ 'a' and 'c' }}", "bc", NULL},
    {"{{ 'b' in 'abc' }}{{ 'x' not in ['x'] }}{{ 'k' in {'k': 1} }}",
     "TrueFalseTrue", NULL},
    {"{{ 'y' if 1 == 1.0 else 'n' }}{{ 'z' if false }}", "y", NULL},
    {"{{ ([1] + [2])[1] }}{{ [1, [2]] == [1, [2]] }}", "2True", NULL},
    {"{{ true == 1 }}{{ 'a' == 1 }}", "TrueFalse", NULL},
    /* indices and slices */
    {"{{ 'h\xc3\xa9llo'[1] }}{{ 'hello'[-1] }}{{ 'hello'[1:3] }}",
     "\xc3\xa9oel", NULL},
    {"{% for x in [1, 2, 3][::-1] %}{{ x }}{% endfor %}", "321", NULL},
    {"{% for x in [1, 2, 3][1:] %}{{ x }}{% endfor %}", "23", NULL},
    {"{{ [1, 2][-1] }}{{ [1][5] }}{{ 'abc'[:-1] }}", "2ab", NULL},
    /* statements */
    {"{% if 0 %}a{% elif 1 %}b{% else %}c{% endif %}", "b", NULL},
    {"{% if 0 %}a{% elif 0 %}b{% else %}{% if 1 %}c{% endif %}{% endif %}", "c",
     NULL},
    {"{% for x in [] %}a{% else %}b{% endfor %}", "b", NULL},
    {"{% for x in [1, 2, 3] if x != 2 %}{{ loop.index0 }}{{ x }}{% endfor %}",
     "0113", NULL},
    {"{% for x in [1, 2, 3] %}{{ loop.first }}{{ loop.last }}{{ loop.length }}"
     "{{ loop.revindex }}{{ loop.previtem }} {% endfor %}",
     "TrueFalse33 FalseFalse321 FalseTrue312 ", NULL},
    {"{% for x in [1, 2, 3] %}{% if x == 2 %}{% continue %}{% endif %}{{ x }}"
     "{% endfor %}",
     "13", NULL},
    {"{% for x in [1, 2] %}{% break %}{% endfor %}a", "a", NULL},
    {"{% for k, v in {'a': 1}.items() %}{{ k }}{{ v }}{% endfor %}", "a1",
     NULL},
    {"{% set x = 1 %}{% for i in [1] %}{% set x = 2 %}{{ x }}{% endfor %}"
     "{{ x }}",
     "21", NULL},
    {"{% set n = namespace(x=1) %}{% for i in [1] %}{% set n.x = 2 %}"
     "{% endfor %}{{ n.x }}",
     "2", NULL},
    {"{% set x %}a{{ 1 }}{% endset %}{{ x }}{{ x }}", "a1a1", NULL},
    {"{% macro m(a, b='c') %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}"
     "{{ m('x', b=2) }}",
     "1cx2", NULL},
    {"{% generation %}a{% endgeneration %}", "a", NULL},
    /* filters, tests, methods, functions */
    {"{{ ' a '|trim }}{{ [1, 2]|length }}{{ 'ab'|upper|lower }}", "a2ab", NULL},
    {"{{ '\xc2\xa0 a'.strip() }}{{ 'xax'.strip('x') }}{{ '--a'.lstrip('-') }}",
     "aaa", NULL},
    {"{{ 'a</t>b</t>c'.split('</t>')[-1] }}{{ 'a,b,c'.split(',', 1)[1] }}",
     "cb,c", NULL},
    {"{{ 'ab'.startswith('a') }}{{ 'ab'.endswith('a') }}", "TrueFalse", NULL},
    {"{{ 'abab'.replace('b', 'c') }}{{ 'ab'|replace('a', '') }}", "acacb",
     NULL},
    {"{{ {'a': [1, none, 'x\"\\n']}|tojson }}",
     "{\"a\": [1, null, \"x\\\"\\n\"]}", NULL},
    {"{{ {'a': [1]}|tojson(indent=2) }}", "{\n  \"a\": [\n    1\n  ]\n}", NULL},
    {"{{ missing|default('d') }}{{ ''|default('e', true) }}", "de", NULL},
    {"{{ [1, 2, 3]|first }}{{ [1, 2]|last }}{{ ['a', 'b']|join('-') }}",
     "12a-b", NULL},
    {"{{ [{'r': 'u'}, {'r': 'a'}]|selectattr('r', 'equalto', 'a')|list|length "
     "}}",
     "1", NULL},
    {"{{ ['a', 'b']|reject('equalto', 'a')|join }}", "b", NULL},
    {"{{ [{'r': 'u'}]|map(attribute='r')|join }}{{ ['a']|map('upper')|join }}",
     "uA", NULL},
    {"{{ none|selectattr('x')|list|length }}", "0", NULL},
    {"{{ x is defined }}{{ 1 is number }}{{ 'a' is string and 'a' is iterable "
     "}}",
     "FalseTrueTrue", NULL},
    {"{{ none is not none }}{{ 4 is divisibleby 2 }}{{ {} is mapping }}",
     "FalseTrueTrue", NULL},
    {"{{ raise_exception is defined }}{{ strftime_now is defined }}",
     "TrueFalse", NULL},
    {"{% for i in range(3) %}{{ i }}{% endfor %}", "012", NULL},
    {"{{ 'heLLo wo'|title }}{{ 'aB'|capitalize }}", "Hello WoAb", NULL},
    /* what is not known is refused by name and line, but only when reached */
    {"{% if false %}{{ x|nosuch }}{{ f() }}{% endif %}a", "a", NULL},
    {"a\n{{ 1|nosuch }}", NULL, "line 2: filter \"nosuch\""},
    {"{{ 'a'|nosuch }}", NULL, "filter of a string \"nosuch\""},
    {"{{ 'a'.nosuch() }}", NULL, "string method \"nosuch\""},
    {"{{ 'a' is nosuch }}", NULL, "test \"nosuch\""},
    {"{{ strftime_now('%d') }}", NULL, "function \"strftime_now\""},
    {"\n\n{% include 'x' %}", NULL, "line 3: statement \"include\""},
    {"{{ raise_exception('No!') }}", NULL, "the template refuses: No!"},
    {"{{ x.y }}", NULL, "undefined"},
    {"{{ 'a' + 1 }}", NULL, "a string + a number"},
    {"{{ [1] }}", NULL, "printing a list"},
    {"{{ 1 % 0 }}", NULL, "out of range"},
    {"{{ 9223372036854775807 + 1 }}", NULL, "out of range"},
    {"{{ 1", NULL, "line 1: a tag without end"},
    {"{{ 'a }}", NULL, "a string without end"},
    {"{# a", NULL, "a comment without end"},
    {"{% if 1 %}a", NULL, "without its \"elif\""},
    {"{% endif %}", NULL, "statement \"endif\""},
    {"{{ 1 2 }}", NULL, "\"2\" is not known here"},
    {"{{ a b }}", NULL, "\"b\" is not known here"},
    {"{% set x.y = 1 %}", NULL, "no namespace"},
    {"{{ ! }}", NULL, "not known here"},
};

static struct jinja_value variables(struct arena *a)
{
    struct jinja_value vars = jinja_map(a);
    jinja_put(a, vars, STR("data"), jinja_data(a, STR(" d\xc3\xa9t "), 100));
    return vars;
}

/* Runs text; NULL where it is refused, with the reason in *e. */
static struct jinja_output *run(const char *text, uint64_t most, struct err *e)
{
    static struct jinja_output out;
    struct arena a = {0};
    struct jinja *t = jinja_compile(str_of(text), e);
    int bad = t ? jinja_run(t, &a, variables(&a), most, &out, e) : -1;
    jinja_free(t);
    arena_free(&a);
    return bad ? NULL : &out;
}

static void check_rows(void)
{
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct err e = {0};
        struct jinja_output *out = run(rows[i].text, 100000, &e);
        bool good = rows[i].want ? out && str_eq(buf_view(&out->text),
                                                 str_of(rows[i].want))
                                 : !out && strstr(e.text, rows[i].error);
        ok(good, "template %zu", i);
        if (!good)
            printf("# %s: %.*s %s\n", rows[i].text, out ? (int)out->text.n : 0,
                   out ? out->text.p : "", e.text);
    }
}

/* The origins of what data becomes. */
static void check_origins(void)
{
    static const struct {
        const char *text;
        uint32_t from[8];
        size_t n;
    } cases[] = {
        {"{{ data }}", {100, 101, 102, 103, 104, 105}, 6},
        {"{{ data|trim }}", {101, 102, 103, 104}, 4},
        {"x{{ 'y' + data[1:2] }}", {JINJA_OWN, JINJA_OWN, 101}, 3},
        {"{{ data[1:2]|upper }}", {JINJA_MADE}, 1},
        {"{{ data.split('d')[0] ~ 'd' }}", {100, JINJA_OWN}, 2},
        {"{% set d %}{{ data[:1] }}{% endset %}{{ d }}", {100}, 1},
        {"{{ data[1:2]|tojson }}", {JINJA_OWN, 101, JINJA_OWN}, 3},
    };
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct err e = {0};
        struct jinja_output *out = run(cases[i].text, 100000, &e);
        ok(out && out->from.n == cases[i].n && out->text.n == cases[i].n &&
               memcmp(out->from.v, cases[i].from,
                      cases[i].n * sizeof(uint32_t)) == 0,
           "origins of %s", cases[i].text);
    }
    struct err e = {0};
    struct jinja_output *out =
        run("a{% generation %}bc{% endgeneration %}d", 1000, &e);
    ok(out && out->generation.n == 2 && out->generation.v[0] == 1 &&
           out->generation.v[1] == 3,
       "what is generated is told");
}

static void check_bounds(void)
{
    struct err e = {0};
    ok(!run("{% for a in range(9) %}{% for b in range(999) %}{{ b }}"
            "{% endfor %}{% endfor %}",
            5000, &e) &&
           strstr(e.text, "too much"),
       "steps are bounded");
    ok(!run("{% for a in range(1000000000000) %}{% endfor %}", 5000, &e),
       "so is a range");
    ok(!run("{% set n = namespace(x='aaaaaaaa') %}{% for i in range(64) %}"
            "{% set n.x = n.x + n.x %}{% endfor %}",
            1 << 20, &e),
       "and a text that doubles");
    ok(!run("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", 1 << 20, &e) &&
           strstr(e.text, "deeply"),
       "and calls");
    struct buf deep = {0};
    buf_cstr(&deep, "{{ ");
    for (int i = 0; i < 100000; i++)
        buf_char(&deep, '(');
    buf_cstr(&deep, " }}");
    buf_char(&deep, '\0');
    ok(!run(deep.p, 1000, &e) && strstr(e.text, "deeply"), "and brackets");
    deep.n = 0;
    buf_cstr(&deep, "{{ 1");
    for (int i = 0; i < 100000; i++)
        buf_cstr(&deep, " + 1");
    buf_cstr(&deep, " }}");
    buf_char(&deep, '\0');
    ok(!run(deep.p, 1 << 20, &e) && strstr(e.text, "deeply"), "and sums");
    buf_free(&deep);
}

/* Every template cut at every byte gives an answer or a reason. */
static void check_cuts(void)
{
    size_t answers = 0;
    for (size_t i = 0; i < COUNTOF(rows); i++)
        for (size_t n = strlen(rows[i].text); n-- > 0;) {
            char text[256];
            struct err e = {0};
            memcpy(text, rows[i].text, n);
            text[n] = '\0';
            struct jinja_output *out = run(text, 100000, &e);
            answers += out || e.text[0];
            if (!out && !e.text[0])
                printf("# no reason: %s\n", text);
        }
    size_t all = 0;
    for (size_t i = 0; i < COUNTOF(rows); i++)
        all += strlen(rows[i].text);
    ok(answers == all, "a cut template is refused with a reason");
}

int main(void)
{
    struct err e = {0};
    check_rows();
    check_origins();
    check_bounds();
    check_cuts();
    jinja_output_free(run("", 10, &e));
    return tap_end();
}
