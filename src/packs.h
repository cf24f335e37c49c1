/* The data that is compiled in: rule packs, word lists, misspellings; the
 * files of src/packs/ as they are. */
#ifndef INSEC_PACKS_H
#define INSEC_PACKS_H

#include "str.h"

/* The name of file i ("negation.csv"), NULL behind the last; packs of rules,
 * which end in ".csv", come first. */
const char *pack_name(size_t i);
/* Finds a file by its name; its bytes are static. */
bool pack_find(const char *name, size_t n, struct str *text);

#endif
