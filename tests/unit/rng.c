/* Draws: the same for the same key, uniform, and stable over releases (the
 * stored values pin the bytes of every seed). */
#include <math.h>

#include "rng.h"
#include "tap.h"

int main(void)
{
    ok(rng_hash(1, "insec", 5) == rng_hash(1, "insec", 5) &&
           rng_hash(1, "insec", 5) != rng_hash(2, "insec", 5),
       "a hash depends on its seed");
    struct rng a = rng_from(42), b = rng_from(42), c = rng_from(43);
    uint64_t x = rng_u64(&a);
    ok(x == rng_u64(&b) && x != rng_u64(&c), "a draw depends on its key");
    ok(rng_hash(0, "insec", 5) == 0xa499eb159f9362b9u, "the hash is pinned");
    ok(x == 0x57e1faba65107204u, "the draw is pinned");

    enum { N = 200000, K = 7 };
    int count[K] = {0};
    double sum = 0, squares = 0, unit = 0;
    for (int i = 0; i < N; i++) {
        count[rng_below(&a, K)]++;
        double z = rng_normal(&a);
        sum += z;
        squares += z * z;
        unit += rng_unit(&a);
    }
    double chi = 0, mean = (double)N / K;
    for (int k = 0; k < K; k++)
        chi += (count[k] - mean) * (count[k] - mean) / mean;
    ok(chi < 22.5, "below n: chi-square %.1f at 6 degrees (p > 0.001)", chi);
    ok(fabs(sum / N) < 0.01 && fabs(squares / N - 1) < 0.02, "normal");
    ok(fabs(unit / N - 0.5) < 0.005, "unit");
    return tap_end();
}
