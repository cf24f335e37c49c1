/*
 * Products by panels: every table of kernels against the reference, and a
 * row's result the same bytes whatever other rows are made with it.  The same
 * of decoding as a whole.
 */
#include <math.h>
#include <string.h>

#include "decode.h"
#include "kern.h"
#include "panel.h"
#include "rng.h"
#include "tap.h"

enum { MOST = 70, N = 261, K = 97 };

static void fill(float *x, size_t n, uint64_t key)
{
    struct rng r = rng_from(key);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)(rng_unit(&r) - 0.5);
}

static double apart(const float *x, const float *y, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs((double)x[i] - (double)y[i]));
    return most;
}

static void products(const char *name)
{
    static float x[MOST * K], w[N * K], want[MOST * N], y[MOST * N];
    struct panel p;
    fill(x, COUNTOF(x), 1);
    fill(w, COUNTOF(w), 2);
    panel_pack(&p, w, N, K, NULL);
    (void)!kern_select("ref");
    memset(want, 0, sizeof want);
    panel_apply(&p, want, x, MOST, false, NULL);
    double sum = 0;
    for (size_t t = 0; t < K; t++)
        sum += (double)x[3 * K + t] * (double)w[200 * K + t];
    ok(fabs(sum - (double)want[3 * N + 200]) < 1e-5, "the reference");
    if (kern_select(name)) {
        ok(true, "%s # SKIP not on this processor", name);
        panel_free(&p);
        return;
    }
    panel_apply(&p, y, x, MOST, false, NULL);
    ok(apart(y, want, MOST * N) < 1e-5, "%s agrees with the reference", name);
    memcpy(want, y, sizeof want);
    bool same = true;
    for (size_t m = 0; m <= MOST; m++) {
        memset(y, 0x7f, sizeof y);
        panel_apply(&p, y, x, m, false, NULL);
        same &= memcmp(y, want, m * N * sizeof *y) == 0;
        same &= m == MOST || ((unsigned char *)(y + m * N))[0] == 0x7f;
    }
    ok(same, "%s: 0 to %d rows, the same bytes", name, MOST);
    memcpy(y, want, sizeof y);
    panel_apply(&p, y, x, 5, true, NULL);
    for (size_t i = 0; i < 5 * N; i++)
        same &= fabsf(y[i] - 2 * want[i]) < 1e-5f;
    ok(same, "%s: added to what was there", name);
    panel_free(&p);
}

/* Logits of row 0 when it is decoded with so many others. */
static void decode(const struct model *m, size_t rows,
                   const struct kern_pack *half, float *logits)
{
    struct decoder *d =
        decoder_new(m, rows, 16, (struct model_how){.bf16 = half});
    int32_t ids[MOST], at[MOST];
    for (int step = 0; step < 8; step++) {
        for (size_t i = 0; i < rows; i++) {
            at[i] = (int32_t)i;
            ids[i] = (int32_t)((i * 7 + (size_t)step * 3) % 50);
        }
        memcpy(logits, decoder_step(d, ids, at, rows), 50 * sizeof *logits);
    }
    decoder_free(d);
}

static void batches(const struct kern_pack *half)
{
    struct model_config c = {.vocab = 50,
                             .dim = 48,
                             .inner = 80,
                             .layers = 2,
                             .heads = 4,
                             .kv_heads = 2,
                             .head_dim = 12,
                             .context = 16,
                             .rope_theta = 10000,
                             .norm_eps = 1e-5f,
                             .tied = true,
                             .bos = -1,
                             .eos = -1,
                             .pad = -1};
    struct err e = {0};
    struct model m;
    float want[50], got[50];
    bool same = !model_create(&m, &c, &e);
    model_init(&m, 1);
    decode(&m, 1, half, want);
    for (size_t rows = 2; rows <= MOST; rows++) {
        decode(&m, rows, half, got);
        same &= memcmp(got, want, sizeof got) == 0;
    }
    ok(same, "%s: decoded alone or with up to %d others: the same logits",
       half ? half->name : "f32", MOST);
    decode(&m, 1, NULL, got);
    ok(apart(got, want, 50) < 2e-2, "within %.1e of single precision",
       apart(got, want, 50));
    model_free(&m);
}

int main(void)
{
    static const char *const names[] = {"ref", "base", "avx2", "avx512"};
    for (size_t i = 0; i < COUNTOF(names); i++)
        products(names[i]);
    (void)!kern_select("auto");
    batches(NULL);
    batches(kern_bf16_ref());
    for (size_t i = 2; i < 4; i++) {
        const char *name = i == 2 ? "avx512" : "amx";
        if (kern_bf16(name))
            batches(kern_bf16(name));
        else
            ok(true, "%s # SKIP not on this processor", name);
    }
    return tap_end();
}
