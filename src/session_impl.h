/* Inside the session: for session*.c only. */
#ifndef INSEC_SESSION_IMPL_H
#define INSEC_SESSION_IMPL_H

#include "session.h"

/* Fills s->tokenizer; s->new_ids get the ids that the checkpoint of --init
 * does not know. */
int session_tokenizer(struct session *s, bool resume, struct err *e) MUST_USE;
/* Fills s->model, and s->lora where there is an adapter; s has its data.
 * *want gets the shape asked for. */
int session_network(struct session *s, bool resume, struct model_config *want,
                    struct err *e) MUST_USE;

#endif
