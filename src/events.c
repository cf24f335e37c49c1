/* Scalars as TFRecords of Event messages. */
#include "events.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "folder.h"
#include "io.h"
#include "mem.h"
#include "trainlog.h"

/* ---- records */

/* CRC-32C (RFC 3720), rotated and offset as TFRecord has it. */
static uint32_t checksum(const char *p, size_t n)
{
    uint32_t crc = ~(uint32_t)0;
    for (size_t i = 0; i < n; i++) {
        crc ^= (unsigned char)p[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
    }
    crc = ~crc;
    return (crc >> 15 | crc << 17) + 0xa282ead8;
}

/* The lowest n bytes of v, the lowest first. */
static void put_bytes(struct buf *out, uint64_t v, int n)
{
    for (int i = 0; i < n; i++)
        buf_char(out, (char)(v >> (8 * i)));
}

static void put_record(struct buf *out, struct str data)
{
    size_t at = out->n;
    put_bytes(out, data.n, 8);
    put_bytes(out, checksum(out->p + at, 8), 4);
    buf_str(out, data);
    put_bytes(out, checksum(data.p, data.n), 4);
}

/* ---- messages (https://protobuf.dev/programming-guides/encoding) */

enum wire { VARINT, FIXED64, BYTES, FIXED32 = 5 };

static void put_varint(struct buf *out, uint64_t v)
{
    for (; v >= 128; v >>= 7)
        buf_char(out, (char)(v | 128));
    buf_char(out, (char)v);
}

static void put_key(struct buf *out, int field, enum wire wire)
{
    put_varint(out, (uint64_t)field << 3 | wire);
}

static void put_string(struct buf *out, int field, struct str s)
{
    put_key(out, field, BYTES);
    put_varint(out, s.n);
    buf_str(out, s);
}

/* Event: 1 wall_time, 2 step, then 3 file_version or 5 summary. */
static void put_event(struct buf *out, int64_t step, int field, struct str s)
{
    struct buf event = {0};
    put_key(&event, 1, FIXED64);
    put_bytes(&event, 0, 8);
    put_key(&event, 2, VARINT);
    put_varint(&event, (uint64_t)step);
    put_string(&event, field, s);
    put_record(out, buf_view(&event));
    buf_free(&event);
}

/* Summary: 1 value; its Value: 1 tag, 2 simple_value. */
static void put_scalar(struct buf *summary, struct str tag, float v)
{
    struct buf value = {0};
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    put_string(&value, 1, tag);
    put_key(&value, 2, FIXED32);
    put_bytes(&value, bits, 4);
    put_string(summary, 1, buf_view(&value));
    buf_free(&value);
}

/* ---- rows */

static double number(struct str text)
{
    char copy[64];
    snprintf(copy, sizeof copy, "%.*s", STR_ARG(text));
    return strtod(copy, NULL);
}

static bool is_eval(struct str key)
{
    return key.n > 5 && memcmp(key.p, "eval_", 5) == 0;
}

/* The fields of the step, or of the evaluation; returns their step. */
static int64_t put_fields(struct buf *summary, struct str row, bool eval)
{
    struct str key, value;
    struct buf tag = {0};
    int64_t step = -1;
    while (losses_next(&row, &key, &value)) {
        struct str name = eval ? str_sub(key, size_min(5, key.n), key.n) : key;
        if (is_eval(key) != eval)
            continue;
        if (str_eq(name, STR("step"))) {
            step = (int64_t)number(value);
            continue;
        }
        tag.n = 0;
        buf_cstr(&tag, eval ? "eval/" : "train/");
        buf_str(&tag, name);
        put_scalar(summary, buf_view(&tag), (float)number(value));
    }
    buf_free(&tag);
    return step;
}

void events_start(struct events *v, int64_t step)
{
    *v = (struct events){.first = step, .evaluation = -1};
    put_event(&v->out, 0, 3, STR("brain.Event:2"));
}

void events_row(struct events *v, struct str row)
{
    struct buf summary = {0};
    int64_t step = put_fields(&summary, row, true);
    if (step > v->evaluation) {
        put_event(&v->out, step, 5, buf_view(&summary));
        v->evaluation = step;
    }
    summary.n = 0;
    step = put_fields(&summary, row, false);
    put_event(&v->out, step, 5, buf_view(&summary));
    buf_free(&summary);
}

int events_write(const struct events *v, const char *dir, struct err *e)
{
    char name[80];
    if (mkdir(dir, 0777) && errno != EEXIST)
        return err_errno(e, "cannot make the folder %s", dir);
    snprintf(name, sizeof name, "events.out.tfevents.%010lld.insec-sft",
             (long long)v->first);
    char *path = folder_path(dir, name);
    struct writer *w = writer_file(path, e);
    int rc = -1;
    if (w) {
        writer_str(w, buf_view(&v->out));
        rc = writer_finish(w, e);
    }
    mem_free(path);
    return rc;
}

void events_free(struct events *v)
{
    buf_free(&v->out);
}
