/*
 * One step after another.  What a row of the log says is trainlog.c, what a
 * folder holds checkpoint.c; here is only what happens when.
 */
#include "trainer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gguf.h"
#include "io.h"
#include "json.h"
#include "meter.h"
#include "progress.h"
#include "report.h"
#include "trainlog.h"

struct step { /* what one step was, for its row */
    struct losses losses;
    double norm, rate;
};

struct loop {
    struct session *s;
    struct writer *log;
    struct buf row;
    struct schedule schedule;
    int64_t last; /* the step to leave after */
    struct progress progress;
    struct report report;
    struct meter meter;
};

/* A stretch of the gradient is whole. */
static void reduce(void *ctx, size_t from, size_t to)
{
    struct session *s = ctx;
    ranks_begin(s->ranks, s->grad + from, to - from);
}

/* This rank's share of n rows: *at and on. */
static size_t share(const struct session *s, size_t n, size_t *at)
{
    size_t number = ranks_number(s->ranks), count = ranks_count(s->ranks);
    *at = n * number / count;
    return n * (number + 1) / count - *at;
}

/* The losses of this rank's share of n rows, in passes of up to batch.max
 * tokens, summed over all ranks. */
static void losses_of(struct session *s, const struct dataset *d,
                      const size_t *rows, size_t n, struct losses *l)
{
    size_t at;
    n = share(s, n, &at);
    *l = (struct losses){0};
    for (size_t i = 0, k; i < n; i += k) {
        k = dataset_take(d, rows + at + i, n - i, s->batch.max);
        dataset_fill(d, rows + at + i, k, s->o->weights, &s->batch);
        model_forward(s->run, &s->model, &s->batch.b, s->losses);
        losses_add(l, &s->batch, s->losses);
    }
    losses_sum(l, s->ranks);
}

/* The same for training rows, with the gradient of scale times their weighted
 * sum.  In the last pass the gradient is summed over the ranks, from the
 * output layer down, while it is still being made; a rank without rows of its
 * own adds nothing. */
static void gradient_of(struct session *s, const size_t *rows, size_t n,
                        double scale, struct losses *l)
{
    const struct dataset *d = &s->train;
    size_t at, k, i = 0;
    n = share(s, n, &at);
    *l = (struct losses){0};
    memset(s->grad, 0, s->model.n_params * sizeof *s->grad);
    do {
        k = n > 0 ? dataset_take(d, rows + at + i, n - i, s->batch.max) : 1;
        bool last = i + k >= n;
        model_run_watch(s->run, last && !s->lora ? reduce : NULL, s);
        dataset_fill(d, rows + (n > 0 ? at + i : 0), k, s->o->weights,
                     &s->batch);
        model_forward(s->run, &s->model, &s->batch.b, s->losses);
        if (n > 0)
            losses_add(l, &s->batch, s->losses);
        model_backward(s->run, &s->model, &s->batch.b, n > 0 ? (float)scale : 0,
                       s->grad);
        i += k;
    } while (i < n);
    losses_sum(l, s->ranks);
}

/* The gradient of what is trained, whole. */
static const float *trained_gradient(struct session *s)
{
    if (s->lora) {
        lora_gradient(s->lora, s->grad, s->dpart);
        ranks_begin(s->ranks, s->dpart, s->optim.n);
    }
    ranks_wait(s->ranks);
    return s->lora ? s->dpart : s->grad;
}

/* One step on n rows; refused before anything of the model is changed. */
static int step_rows(struct loop *l, const size_t *rows, size_t n,
                     struct step *out, struct err *e)
{
    struct session *s = l->s;
    long long number = (long long)s->at.step + 1;
    double weight = dataset_weight(&s->train, rows, n, s->o->weights);
    if (!(weight > 0))
        return err_set(e, STATUS_DATA,
                       "step %lld: nothing to learn: no token of its rows has "
                       "weight",
                       number);
    gradient_of(s, rows, n, 1 / weight, &out->losses);
    const float *grad = trained_gradient(s);
    out->norm = optim_norm(grad, s->optim.n);
    if (!ranks_agree(s->ranks, out->norm))
        return err_set(e, STATUS_SYSTEM,
                       "step %lld: the processes have come to different "
                       "gradients",
                       number);
    if (!isfinite(out->losses.weighted) || !isfinite(out->norm))
        return err_set(e, STATUS_DATA,
                       "step %lld: the %s is not finite; not updated, what was "
                       "saved stays (a lower --lr may help)",
                       number,
                       isfinite(out->losses.weighted) ? "gradient" : "loss");
    out->rate = schedule_rate(&l->schedule, s->at.step);
    optim_step(&s->optim, session_trained(s), grad, out->norm, out->rate);
    if (s->lora)
        lora_apply(s->lora, &s->model);
    return 0;
}

static int next_step(struct loop *l, struct step *out, struct err *e)
{
    struct session *s = l->s;
    struct trainer_state *at = &s->at;
    size_t rows = dataset_rows(&s->train);
    const size_t *from = s->order + at->row;
    size_t n = dataset_take(&s->train, from, rows - (size_t)at->row,
                            (size_t)s->o->batch_tokens);
    meter_begin(&l->meter);
    if (step_rows(l, from, n, out, e))
        return -1;
    meter_end(&l->meter, s, from, n);
    for (size_t i = 0; i < n; i++)
        at->tokens += (int64_t)dataset_row_tokens(&s->train, from[i]);
    at->step++;
    at->row += (int64_t)n;
    if ((size_t)at->row < rows)
        return 0;
    at->row = 0;
    at->epoch++;
    dataset_order(&s->train, at->seed, at->epoch, s->order);
    return 0;
}

/* The evaluation's fields, kept as text: rows until the next one and a
 * resumed run repeat them. */
static int evaluate(struct session *s, struct report *r, struct err *e)
{
    size_t n = dataset_rows(&s->eval);
    size_t *rows = mem_zero(n, sizeof *rows);
    for (size_t i = 0; i < n; i++)
        rows[i] = i;
    struct losses l;
    losses_of(s, &s->eval, rows, n, &l);
    mem_free(rows);
    if (!isfinite(l.weighted))
        return err_set(e, STATUS_DATA,
                       "step %lld: the loss of --eval is not finite",
                       (long long)s->at.step);
    double loss = losses_mean(&l);
    bool better = loss < s->best;
    if (better) {
        s->best = loss;
        s->best_step = s->at.step;
    }
    s->evaluation.n = 0;
    buf_char(&s->evaluation, '{');
    json_put_i64(&s->evaluation, "eval_step", s->at.step);
    losses_put(&s->evaluation, "eval_", &l);
    json_put_i64(&s->evaluation, "eval_best_step", s->best_step);
    json_put_f64(&s->evaluation, "eval_best_loss", s->best);
    buf_char(&s->evaluation, '}');
    struct plot_point point = {(double)s->at.step, loss};
    vec_push(&r->plot.eval, point);
    return better && s->o->best ? session_save_best(s, e) : 0;
}

static bool due(int64_t step, int64_t every)
{
    return every > 0 && step % every == 0;
}

static int put_row(struct loop *l, const struct step *step, struct err *e)
{
    struct session *s = l->s;
    struct buf *b = &l->row;
    if (!ranks_lead(s->ranks))
        return 0;
    b->n = 0;
    buf_char(b, '{');
    json_put_i64(b, "step", s->at.step);
    double rows = (double)dataset_rows(&s->train);
    json_put_f64(b, "epoch", (double)s->at.epoch + (double)s->at.row / rows);
    json_put_i64(b, "num_tokens", s->at.tokens);
    json_put_f64(b, "learning_rate", step->rate);
    json_put_f64(b, "grad_norm", step->norm);
    losses_put(b, "", &step->losses);
    if (dataset_rows(&s->eval) > 0) { /* its fields, without the braces */
        buf_char(b, ',');
        buf_add(b, s->evaluation.p + 1, s->evaluation.n - 2);
    }
    if (s->o->speed)
        meter_put(&l->meter, b);
    buf_cstr(b, "}\n");
    writer_str(l->log, buf_view(b));
    report_row(&l->report, buf_view(b));
    return writer_flush(l->log, e);
}

static void show(struct loop *l, const struct step *step)
{
    char note[96];
    meter_show(&l->meter, losses_mean(&step->losses), note, sizeof note);
    progress_show(&l->progress, (double)l->s->at.step, (double)l->last, note);
}

/* What follows a step: evaluation, its row, a checkpoint. */
static int after_step(struct loop *l, const struct step *step, struct err *e)
{
    struct session *s = l->s;
    const struct trainer_opts *o = s->o;
    int64_t n = s->at.step;
    bool last = n == s->steps, leave = n == l->last;
    struct plot_point point = {(double)n, losses_mean(&step->losses)};
    vec_push(&l->report.plot.train, point);
    if (dataset_rows(&s->eval) > 0 && (last || due(n, o->eval_every)) &&
        evaluate(s, &l->report, e))
        return -1;
    if ((n == 1 || last || due(n, o->log_every)) && put_row(l, step, e))
        return -1;
    show(l, step);
    return leave || due(n, o->save_every) ? session_save(s, e) : 0;
}

static int loop(struct loop *l, struct err *e)
{
    struct session *s = l->s;
    dataset_order(&s->train, s->at.seed, s->at.epoch, s->order);
    if (dataset_rows(&s->eval) > 0 && s->at.step == 0 &&
        evaluate(s, &l->report, e))
        return -1;
    while (s->at.step < l->last) {
        struct step step;
        if (next_step(l, &step, e) || after_step(l, &step, e))
            return -1;
    }
    return 0;
}

int trainer_run(struct session *s, struct err *e)
{
    const struct trainer_opts *o = s->o;
    struct loop l = {
        .s = s,
        .log = writer_stdout(),
        .schedule = {o->schedule, o->lr, o->min_lr / o->lr, o->warmup, s->steps,
                     o->cooldown},
        .last = s->steps,
    };
    if (o->stop_at > 0 && o->stop_at < s->steps)
        l.last = o->stop_at;
    bool lead = ranks_lead(s->ranks);
    progress_start(&l.progress, o->quiet || !lead, "steps", 1);
    meter_start(&l.meter, s->ranks, l.progress.on || o->speed);
    report_start(&l.report, o, s->at.step);
    int rc = loop(&l, e);
    progress_end(&l.progress);
    if (!rc && lead)
        rc = report_write(&l.report, e);
    if (!rc && lead && o->gguf)
        rc = gguf_write(o->gguf, &s->model, s->tokenizer,
                        (enum gguf_type)o->gguf_type, e);
    if (!rc && lead)
        report_show(&l.report);
    report_free(&l.report);
    buf_free(&l.row);
    if (!rc)
        return writer_finish(l.log, e);
    writer_abandon(l.log);
    return -1;
}
