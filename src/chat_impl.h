/* What chat.c and chat_write.c share; for these only. */
#ifndef INSEC_CHAT_IMPL_H
#define INSEC_CHAT_IMPL_H

#include "chat.h"

struct chat {
    char *path;              /* owns; of the file with the template */
    struct jinja *template;  /* owns */
    struct arena arena;      /* of what follows */
    struct jinja_value vars; /* a map: what is the same for all */
    VEC(struct str) tokens;  /* special ones, but BOS */
};

#endif
