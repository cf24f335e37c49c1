/* Brings src/packs/ into the library; knows nothing of what is in it. */
#include "packs.h"

#define EMBED(symbol, file)                                                    \
    __asm__(".section .rodata\n"                                               \
            ".global " #symbol "_bytes\n" #symbol "_bytes:\n"                  \
            ".incbin \"packs/" file "\"\n"                                     \
            ".global " #symbol "_end\n" #symbol "_end:\n"                      \
            ".byte 0\n.previous\n");                                           \
    extern const char symbol##_bytes[], symbol##_end[]

EMBED(pack_arithmetic, "arithmetic.csv");
EMBED(pack_number, "number.csv");
EMBED(pack_spelling, "spelling.csv");
EMBED(pack_negation, "negation.csv");
EMBED(pack_misspellings, "misspellings.txt");
EMBED(pack_intruders, "intruders.txt");

/* Ends are symbols, not constants, so a row keeps both pointers. */
static const struct {
    const char *name, *from, *to;
} embedded[] = {
    {"arithmetic.csv", pack_arithmetic_bytes, pack_arithmetic_end},
    {"number.csv", pack_number_bytes, pack_number_end},
    {"spelling.csv", pack_spelling_bytes, pack_spelling_end},
    {"negation.csv", pack_negation_bytes, pack_negation_end},
    {"misspellings.txt", pack_misspellings_bytes, pack_misspellings_end},
    {"intruders.txt", pack_intruders_bytes, pack_intruders_end},
};

const char *pack_name(size_t i)
{
    return i < COUNTOF(embedded) ? embedded[i].name : NULL;
}

bool pack_find(const char *name, size_t n, struct str *text)
{
    for (size_t i = 0; i < COUNTOF(embedded); i++)
        if (strlen(embedded[i].name) == n &&
            memcmp(embedded[i].name, name, n) == 0) {
            text->p = embedded[i].from;
            text->n = (size_t)(embedded[i].to - embedded[i].from);
            return true;
        }
    return false;
}
