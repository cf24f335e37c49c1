/* Rows, their order and their batches, from shards made by hand. */
#include <stdlib.h>
#include <unistd.h>

#include "dataset.h"
#include "shard.h"
#include "tap.h"

enum { P = KIND_PROMPT, C = KIND_CONTEXT, W = KIND_WRONG };

static char path[] = "/tmp/insec-dataset-XXXXXX";

/* Three rows of four: two documents, one with padding, one full. */
static int write_shard(uint64_t hash, float *by_doc, struct err *e)
{
    int32_t ids[] = {1, 2, 3, 4, 5, 6, 7, 256, 8, 9, 10, 11};
    uint8_t kinds[] = {P, C, P, W, C, C, C, 0, P, P, C, W};
    int32_t cu[] = {0, 2, 4, 7, 8, 12};
    struct shard s = {.rows = 3,
                      .length = 4,
                      .ids = ids,
                      .kinds = kinds,
                      .cu = cu,
                      .n_cu = 6,
                      .docs = 4,
                      .weights = by_doc,
                      .vocab = 261,
                      .pad = 256,
                      .tokenizer = hash};
    struct buf b = {0};
    int rc = shard_put(&b, &s, 1, e);
    FILE *f = rc ? NULL : fopen(path, "w");
    if (f) {
        fwrite(b.p, 1, b.n, f);
        fclose(f);
    }
    buf_free(&b);
    return f ? 0 : -1;
}

static void batches(const struct dataset *d)
{
    const float weights[KIND_COUNT] = {[P] = 0, [C] = 1, [W] = 0.5f};
    const size_t rows[] = {1, 0};
    struct dataset_batch b = {0};
    dataset_batch_new(&b, 8);
    dataset_fill(d, rows, 2, weights, &b);
    ok(b.b.n == 7 && b.b.docs == 3, "padding is left out");
    ok(b.cu[0] == 0 && b.cu[1] == 3 && b.cu[2] == 5 && b.cu[3] == 7,
       "documents one after another");
    ok(b.ids[0] == 5 && b.targets[0] == 6 && b.targets[1] == 7 &&
           b.targets[2] == -1,
       "a target is the next token of the document");
    ok(b.ids[3] == 1 && b.targets[3] == 2 && b.targets[4] == -1,
       "and never the first of another");
    ok(b.weights[0] == 1 && b.weights[2] == 0 && b.weights[5] == 0.5f,
       "weights are those of the target's kind");
    ok(b.kinds[5] == W && b.kinds[6] == KIND_PAD, "so are kinds");
    dataset_batch_free(&b);
}

static void order(const struct dataset *d)
{
    size_t a[3], b[3];
    bool differs = false;
    for (int64_t epoch = 0; epoch < 20; epoch++) {
        dataset_order(d, 1, 0, a);
        dataset_order(d, 1, epoch, b);
        differs = differs || memcmp(a, b, sizeof a);
        ok(b[0] + b[1] + b[2] == 3 && b[0] != b[1] && b[1] != b[2] &&
               b[0] < 3 && b[1] < 3 && b[2] < 3,
           "pass %d is a permutation", (int)epoch);
    }
    ok(differs, "passes differ");
    dataset_order(d, 1, 5, b);
    dataset_order(d, 1, 5, a);
    ok(!memcmp(a, b, sizeof a), "the same pass is the same");
}

/* A document of context, an error and its correction: two tokens are the
 * same, then they part; the second error has none that follows. */
static void rivals(void)
{
    enum { R = KIND_RIGHT, M = KIND_MARK };
    int32_t ids[] = {1, 5, 6, 7, 258, 5, 6, 8, 9, 3};
    uint8_t kinds[] = {C, W, W, W, M, R, R, R, C, W};
    size_t docs[] = {0, 10}, rows[] = {0, 1};
    float weight = 1;
    struct dataset d = {.ids = {ids, 10, 10},
                        .kinds = {kinds, 10, 10},
                        .docs = {docs, 2, 2},
                        .rows = {rows, 2, 2},
                        .weights = {&weight, 1, 1}};
    const float weights[KIND_COUNT] = {0};
    const size_t row = 0;
    struct dataset_batch b = {0};
    dataset_batch_new(&b, 10);
    dataset_fill(&d, &row, 1, weights, &b);
    int found = 0;
    for (size_t i = 0; i < b.b.n; i++)
        found += b.rivals[i] >= 0;
    ok(found == 1 && b.targets[2] == 7 && b.rivals[2] == 8,
       "an error's rival is its correction, where they part");
    ids[7] = 7;
    dataset_fill(&d, &row, 1, weights, &b);
    found = 0;
    for (size_t i = 0; i < b.b.n; i++)
        found += b.rivals[i] >= 0;
    ok(found == 0, "where they do not part there is none");
    dataset_batch_free(&b);
}

/* The same shard, its documents having weights of their own. */
static void weighted(const struct tokenizer_info *info, struct err *e)
{
    float by_doc[] = {1, -2, 0.5f, 0};
    const float by_kind[KIND_COUNT] = {[P] = 0, [C] = 1, [W] = 0.5f};
    const size_t rows[] = {1, 0};
    char *const paths[] = {path, NULL};
    struct dataset d;
    struct dataset_batch b = {0};
    ok(!write_shard(info->hash, by_doc, e) && !dataset_read(&d, paths, info, e),
       "a shard with weights is read");
    dataset_batch_new(&b, 8);
    dataset_fill(&d, rows, 2, by_kind, &b);
    ok(b.b.n == 7 && b.weights[0] == 0.5f && b.weights[3] == 1 &&
           b.weights[5] == -1,
       "a target's weight is its kind's times its document's");
    ok(dataset_weight(&d, rows, 2, by_kind) == 0.5 + 0.5 + 1 + 1,
       "and so in the sum, signs aside");
    dataset_batch_free(&b);
    dataset_free(&d);
}

int main(void)
{
    struct err e = {0};
    struct dataset d;
    struct tokenizer *t = tokenizer_builtin();
    struct tokenizer_info info = *tokenizer_info(t);
    close(mkstemp(path));
    char *const paths[] = {path, path, NULL};
    ok(!write_shard(info.hash, NULL, &e), "a shard: %s", e.text);
    ok(!dataset_read(&d, paths, &info, &e), "is read twice: %s", e.text);
    ok(dataset_rows(&d) == 6 && d.docs.n == 9, "rows and documents");
    ok(d.longest_row == 4 && d.longest_doc == 4, "the longest");
    ok(dataset_row_tokens(&d, 1) == 3 && dataset_row_squares(&d, 0) == 8 &&
           dataset_row_squares(&d, 1) == 9 && dataset_row_squares(&d, 5) == 16,
       "tokens of a row, and squares of its documents");
    const float by_kind[KIND_COUNT] = {[P] = 1, [C] = 10, [W] = -100};
    const size_t all[] = {0, 1, 2, 3, 4, 5};
    ok(dataset_weight(&d, all, 6, by_kind) == 2 + 80 + 400,
       "the weight of all targets, signs aside");
    dataset_free(&d);

    char *const one[] = {path, NULL};
    ok(!dataset_read(&d, one, &info, &e), "is read: %s", e.text);
    const size_t rows[] = {0, 1, 2};
    ok(dataset_take(&d, rows, 3, 7) == 2 && dataset_take(&d, rows, 3, 6) == 1 &&
           dataset_take(&d, rows, 3, 1) == 1 &&
           dataset_take(&d, rows, 3, 99) == 3,
       "as many rows as fit, and at least one");
    ok(dataset_steps(&d, 1, 0, 4) == 3 && dataset_steps(&d, 1, 0, 99) == 1,
       "steps of a pass");
    batches(&d);
    rivals();
    order(&d);
    dataset_free(&d);

    weighted(&info, &e);
    info.hash++;
    ok(dataset_read(&d, one, &info, &e) && e.status == STATUS_DATA,
       "another tokenizer is refused: %s", e.text);
    unlink(path);
    tokenizer_free(t);
    return tap_end();
}
