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
EMBED(pack_code, "code.csv");
EMBED(pack_keyboard, "keyboard.csv");
EMBED(pack_ocr, "ocr.csv");
EMBED(pack_punctuation, "punctuation.csv");
EMBED(pack_grammar, "grammar.csv");
EMBED(pack_date, "date.csv");
EMBED(pack_unit, "unit.csv");
EMBED(pack_fact, "fact.csv");
EMBED(pack_entity, "entity.csv");
EMBED(pack_bias, "bias.csv");
EMBED(pack_instruction, "instruction.csv");
EMBED(pack_misspellings, "misspellings.txt");
EMBED(pack_intruders, "intruders.txt");
EMBED(pack_sisters, "sisters.txt");
EMBED(pack_antonyms, "antonyms.txt");

/* Ends are symbols, not constants, so a row keeps both pointers. */
static const struct {
    const char *name, *from, *to;
} embedded[] = {
    {"arithmetic.csv", pack_arithmetic_bytes, pack_arithmetic_end},
    {"number.csv", pack_number_bytes, pack_number_end},
    {"spelling.csv", pack_spelling_bytes, pack_spelling_end},
    {"negation.csv", pack_negation_bytes, pack_negation_end},
    {"code.csv", pack_code_bytes, pack_code_end},
    {"keyboard.csv", pack_keyboard_bytes, pack_keyboard_end},
    {"ocr.csv", pack_ocr_bytes, pack_ocr_end},
    {"punctuation.csv", pack_punctuation_bytes, pack_punctuation_end},
    {"grammar.csv", pack_grammar_bytes, pack_grammar_end},
    {"date.csv", pack_date_bytes, pack_date_end},
    {"unit.csv", pack_unit_bytes, pack_unit_end},
    {"fact.csv", pack_fact_bytes, pack_fact_end},
    {"entity.csv", pack_entity_bytes, pack_entity_end},
    {"bias.csv", pack_bias_bytes, pack_bias_end},
    {"instruction.csv", pack_instruction_bytes, pack_instruction_end},
    {"misspellings.txt", pack_misspellings_bytes, pack_misspellings_end},
    {"intruders.txt", pack_intruders_bytes, pack_intruders_end},
    {"sisters.txt", pack_sisters_bytes, pack_sisters_end},
    {"antonyms.txt", pack_antonyms_bytes, pack_antonyms_end},
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
