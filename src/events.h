/*
 * The log as TensorBoard reads it: TFRecords, each with its length and two
 * checksums (https://www.tensorflow.org/tutorials/load_data/tfrecord), of
 * Event messages (tensorboard/compat/proto/event.proto).
 *
 * Where the log's row has a field, the event has a scalar, under the name that
 * Hugging Face's Trainer gives it: train/NAME, and eval/NAME for eval_NAME.
 * An evaluation is one event, at its own step.  No clock is read: the same run
 * writes the same file.
 */
#ifndef INSEC_EVENTS_H
#define INSEC_EVENTS_H

#include "diag.h"
#include "str.h"

struct events {
    struct buf out;
    int64_t first;      /* steps done before */
    int64_t evaluation; /* the step of the last one written; -1: none */
};

void events_start(struct events *v, int64_t step);
/* A row of the log, JSON text. */
void events_row(struct events *v, struct str row);
/* Writes the file into dir, which is made if it is not there. */
int events_write(const struct events *v, const char *dir,
                 struct err *e) MUST_USE;
void events_free(struct events *v);

#endif
