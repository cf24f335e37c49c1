/*
 * JSON.  json.cc is the one file that knows the library (simdjson finds the
 * structure with SIMD; the grammar is then checked in full, skipped fields
 * too).  A parsed text is a flat array of nodes over the text itself, so any
 * part can be passed on byte for byte, big numbers included.
 */
#ifndef INSEC_JSON_H
#define INSEC_JSON_H

#include "diag.h"
#include "mem.h"
#include "str.h"

C_BEGIN

#define JSON_DEPTH 1000 /* deeper nesting is refused */

enum json_type {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT,
};

/* The nodes of a value lie in text order: an array's children follow it, an
 * object's alternate key (a JSON_STRING), value.  v + v->span is the first
 * node behind v and all that is in it. */
struct json {
    const char *p; /* its text, quotes and brackets included */
    size_t n;
    uint32_t span;
    uint8_t type; /* enum json_type */
    bool escaped; /* a string with a backslash in it */
};

struct json_parser; /* one per thread */

struct json_parser *json_parser_new(void); /* returns owned */
void json_parser_free(struct json_parser *p);

/* Parses one complete JSON text.  The text must be readable for IO_PADDING
 * bytes past its end.  *root and everything under it live until the next
 * parse, and borrow from text.  On refusal e->at.col is the byte column. */
int json_parse(struct json_parser *p, struct str text, const struct json **root,
               struct err *e) MUST_USE;

/* Is s well-formed UTF-8?  Faster than utf8_check, which says where not. */
bool json_utf8(struct str s);

/* for (c = json_begin(v); c < json_end(v); c = json_next(c)) over an array;
 * over an object c is a key, c + 1 its value: step with json_next(c + 1). */
static inline const struct json *json_begin(const struct json *v)
{
    return v + 1;
}
static inline const struct json *json_end(const struct json *v)
{
    return v + v->span;
}
static inline const struct json *json_next(const struct json *v)
{
    return v + v->span;
}
static inline struct str json_raw(const struct json *v)
{
    struct str s = {v->p, v->n};
    return s;
}

/* The value under key (the last one, as jq takes it), or NULL; NULL also
 * where v is no object. */
const struct json *json_get(const struct json *v, const char *key);
bool json_key_is(const struct json *key, struct str name);

/* The string's characters; they borrow from the text, or from a where they
 * had to be unescaped.  A lone surrogate becomes U+FFFD, as in jq. v must be
 * a JSON_STRING. */
struct str json_string(const struct json *v, struct arena *a);
/* true if v is a whole number that fits. */
bool json_i64(const struct json *v, int64_t *out);
bool json_f64(const struct json *v, double *out);
bool json_bool(const struct json *v, bool *out);
/* true if v is a string of 16 hexadecimal digits, as hashes are written. */
bool json_hash(const struct json *v, uint64_t *out);
size_t json_count(const struct json *v); /* elements or members */
/* Appends the whole numbers of array v; false if one is not an int32. */
bool json_i32s(const struct json *v, struct i32_vec *out);

/* Writing.  json_put_string quotes and escapes as little as JSON allows;
 * s must be well-formed UTF-8. */
void json_put_string(struct buf *b, struct str s);
/* Quotes any bytes as base64 (RFC 4648). */
void json_put_base64(struct buf *b, struct str s);
/* `"name":`, preceded by a comma unless b ends in '{'. */
void json_put_key(struct buf *b, const char *name);
void json_put_field(struct buf *b, const char *name, struct str s);
void json_put_i64(struct buf *b, const char *name, int64_t v);
void json_put_f64(struct buf *b, const char *name, double v);
void json_put_i32s(struct buf *b, const int32_t *v, size_t n); /* [1,2] */
/* The numbers below n (10^6 at most) as text, for json_put_small; returns
 * owned. */
uint64_t *json_number_texts(size_t n);
/* As json_put_i32s, faster: every number is one of those in texts. */
void json_put_small(struct buf *b, const int32_t *v, size_t n,
                    const uint64_t *texts);

C_END
#endif
