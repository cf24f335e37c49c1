/* Safetensors: tensors lie within the bytes and are as long as their shape. */
#include "safetensors.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct st_file f;
    struct err e = {0};
    size_t span;
    struct str bytes = {(const char *)data, n};
    if (st_parse(bytes, &f, &e) == 0) {
        size_t sum = 0;
        for (size_t i = 0; i < f.tensors.n; i++) {
            const struct st_tensor *t = &f.tensors.v[i];
            const char *p = t->data;
            must(t->bytes == 0 ||
                 (p >= bytes.p && p + t->bytes <= bytes.p + n));
            sum += t->bytes;
        }
        size_t head = 8 + (size_t)st_header_bytes(data);
        must(head + sum == n);
        must(st_span(str_sub(bytes, 0, head), &span, &e) == 0 && span == sum);
        st_free(&f);
    } else {
        must(e.status == STATUS_DATA && e.text[0]);
    }
    return 0;
}
