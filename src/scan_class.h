/*
 * The classes of characters that scanners look at, as the patterns of common
 * tokenizers have them: asked of PCRE2, for 256 characters at a time.
 */
#ifndef INSEC_SCAN_CLASS_H
#define INSEC_SCAN_CLASS_H

#include "base.h"

/* The first four exclude each other. */
enum {
    LETTER = 1, /* \p{L} */
    NUMBER = 2, /* \p{N} */
    SPACE = 4,  /* \s */
    OTHER = 8,
    UPPER = 16, /* Lu, Lt, Lm, Lo, M */
    LOWER = 32, /* Ll, Lm, Lo, M */
    BREAK = 64, /* CR, LF */
};

#define SCAN_PAGES   0x1100 /* of 256 code points */
#define SCAN_CLASSES 5      /* that are asked for */

struct scan_classes {           /* zero-initialise; one thread's memory */
    uint8_t *pages[SCAN_PAGES]; /* [256] owns; NULL: not asked yet */
    struct pcre2_real_code_8 *codes[SCAN_CLASSES]; /* owns */
};

/* The classes of the 256 code points from first on; surrogates have none. */
void scan_classes_fill(struct scan_classes *c, uint32_t first,
                       uint8_t page[256]);
void scan_classes_free(struct scan_classes *c);

#endif
