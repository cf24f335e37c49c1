/* Choosing tokens: ties, limits, and shares over many draws. */
#include <math.h>

#include "sample.h"
#include "tap.h"

static const float logits[] = {0, 2, 2, NAN, -1, 1};
enum { N = 6 };

static int32_t choose(struct sample_opts o, uint64_t key)
{
    struct sampler *s = sampler_new(&o, N);
    struct rng r = rng_from(key);
    int32_t id = sampler_choose(s, logits, &r);
    sampler_free(s);
    return id;
}

static void shares(struct sample_opts o, double share[N])
{
    enum { DRAWS = 20000 };
    struct sampler *s = sampler_new(&o, N);
    struct rng r = rng_from(7);
    for (int i = 0; i < N; i++)
        share[i] = 0;
    for (int i = 0; i < DRAWS; i++)
        share[sampler_choose(s, logits, &r)] += 1.0 / DRAWS;
    sampler_free(s);
}

int main(void)
{
    double p[N], all = exp(0) + 2 * exp(2) + exp(-1) + exp(1);
    ok(choose((struct sample_opts){.top_p = 1}, 1) == 1,
       "greedy: the best, of equals the first");
    ok(choose((struct sample_opts){1, 1, 1, 0}, 1) == 1, "top-k 1 is greedy");
    ok(choose((struct sample_opts){1, 0, 1e-9, 0}, 1) == 1,
       "a tiny top-p is greedy");
    shares((struct sample_opts){1, 0, 1, 0}, p);
    ok(p[3] == 0, "no number is never chosen");
    ok(fabs(p[0] - exp(0) / all) < 0.01 && fabs(p[1] - exp(2) / all) < 0.01 &&
           fabs(p[5] - exp(1) / all) < 0.01,
       "shares are those of the softmax");
    shares((struct sample_opts){1, 3, 1, 0}, p);
    ok(p[0] == 0 && p[4] == 0 && p[5] > 0.1, "top-k leaves the likeliest");
    shares((struct sample_opts){1, 0, 0.5, 0}, p);
    ok(p[1] > 0.4 && p[2] > 0.4 && p[5] == 0, "top-p leaves the likeliest");
    shares((struct sample_opts){0.1, 0, 1, 0}, p);
    ok(p[1] + p[2] > 0.99, "cold is nearly greedy");
    return tap_end();
}
