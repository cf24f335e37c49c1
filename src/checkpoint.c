/*
 * What a checkpoint folder holds.  How a folder appears whole is folder.c,
 * what config.json says is hfconfig.c, the tensor layout safetensors.c.
 */
#include "checkpoint.h"

#include <stdio.h>
#include <unistd.h>

#include "adapter.h"
#include "hfconfig.h"

static const char *const names[] = {
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
    "trainer_state.json",
    "optimizer.safetensors",
    "adapter_config.json",
    "adapter_model.safetensors",
    NULL,
};

static int use_config(const struct json *root, const char *path, void *to,
                      struct err *e)
{
    return hfconfig_read(root, path, to, e);
}

int checkpoint_config(const char *path, struct model_config *c, struct err *e)
{
    struct buf text = {0};
    int rc = weights_json(path, &text, use_config, c, e);
    buf_free(&text);
    return rc;
}

int checkpoint_shape(const char *dir, struct model_config *c, struct err *e)
{
    char *path = folder_path(dir, "config.json");
    int rc = checkpoint_config(path, c, e);
    mem_free(path);
    return rc;
}

struct tokenizer *checkpoint_tokenizer(const char *dir, struct err *e)
{
    char *path = folder_path(dir, "tokenizer.json");
    struct tokenizer *t = tokenizer_load(path, e);
    if (!t && e->at.name) { /* path does not outlive the call */
        char text[sizeof e->text];
        err_format(e, text, sizeof text);
        err_set(e, e->status, "%s", text);
    }
    mem_free(path);
    return t;
}

int checkpoint_check(const char *dir, struct err *e)
{
    return folder_check(dir, names, e);
}

bool checkpoint_resumable(const char *dir)
{
    folder_recover(dir);
    char *path = folder_path(dir, "trainer_state.json");
    bool there = !access(path, F_OK);
    mem_free(path);
    return there;
}

/* ---- saving */

static int put_text(struct folder *to, const char *name, struct buf *text,
                    struct err *e)
{
    struct str s = buf_view(text);
    int rc = folder_put(to, name, &s, 1, e);
    text->n = 0;
    return rc;
}

static int put_tokenizer(struct folder *to, const struct tokenizer *t,
                         int32_t context, struct err *e)
{
    struct buf text = {0};
    tokenizer_put_config(t, context, &text);
    int rc = put_text(to, "tokenizer_config.json", &text, e);
    struct str json = tokenizer_json(t);
    if (!rc)
        rc = folder_put(to, "tokenizer.json", &json, 1, e);
    buf_free(&text);
    return rc;
}

static int put_config(struct folder *to, const struct model_config *c,
                      struct err *e)
{
    struct buf text = {0};
    hfconfig_put(&text, c);
    int rc = put_text(to, "config.json", &text, e);
    hfconfig_put_generation(&text, c);
    if (!rc)
        rc = put_text(to, "generation_config.json", &text, e);
    buf_free(&text);
    return rc;
}

static int put_state(struct folder *to, const struct model *m,
                     const struct trainer_state *s, struct err *e)
{
    struct buf text = {0};
    buf_cstr(&text, "{");
    json_put_i64(&text, "global_step", s->step);
    json_put_i64(&text, "epoch", s->epoch);
    json_put_i64(&text, "epoch_rows", s->row);
    json_put_i64(&text, "num_tokens", s->tokens);
    /* As text: readers that keep numbers as doubles would round these. */
    buf_printf(&text, ",\"seed\":\"%016llx\",\"data_hash\":\"%016llx\"",
               (unsigned long long)s->seed, (unsigned long long)s->data_hash);
    json_put_key(&text, "settings");
    buf_str(&text, s->settings);
    json_put_key(&text, "eval");
    buf_str(&text, s->eval);
    buf_cstr(&text, "}\n");
    int rc = put_text(to, "trainer_state.json", &text, e);
    buf_free(&text);
    const struct weights_block moments[] = {{"exp_avg.", s->m},
                                            {"exp_avg_sq.", s->v}};
    return rc ? rc : weights_put(to, "optimizer.safetensors", m, moments, 2, e);
}

/* The tokenizer and the state, then the folder takes its place; m has what is
 * trained. */
static int finish(struct folder *to, const struct model *m,
                  const struct tokenizer *t, const struct trainer_state *state,
                  struct err *e)
{
    int rc = put_tokenizer(to, t, m->config.context, e);
    if (!rc && state)
        rc = put_state(to, m, state, e);
    if (!rc)
        return folder_commit(to, e);
    folder_abandon(to);
    return -1;
}

int checkpoint_save(const char *dir, const struct model *m,
                    const struct tokenizer *t,
                    const struct trainer_state *state, struct err *e)
{
    struct folder to;
    if (folder_begin(&to, dir, names, e))
        return -1;
    const struct weights_block weights = {"", m->params};
    if (weights_put(&to, "model.safetensors", m, &weights, 1, e) ||
        put_config(&to, &m->config, e)) {
        folder_abandon(&to);
        return -1;
    }
    return finish(&to, m, t, state, e);
}

int checkpoint_save_adapter(const char *dir, const struct lora *l,
                            const char *base, const struct tokenizer *t,
                            const struct trainer_state *state, struct err *e)
{
    struct folder to;
    if (folder_begin(&to, dir, names, e))
        return -1;
    if (adapter_put(&to, l, base, e)) {
        folder_abandon(&to);
        return -1;
    }
    return finish(&to, &l->part, t, state, e);
}

/* ---- loading */

/* One file, or where that is not, those of an index. */
static int read_weights(const char *dir, const struct model *m, struct err *e)
{
    const struct weights_block weights = {"", m->params};
    char *path = folder_path(dir, "model.safetensors");
    char *index = folder_path(dir, "model.safetensors.index.json");
    char *const one[] = {path, NULL};
    int rc = -1;
    if (access(path, F_OK) && !access(index, F_OK)) {
        char **paths = weights_index(dir, e);
        if (paths)
            rc = weights_read(paths, m, &weights, 1, e);
        weights_paths_free(paths);
    } else {
        rc = weights_read(one, m, &weights, 1, e);
    }
    mem_free(path);
    mem_free(index);
    return rc;
}

int checkpoint_load(const char *dir, struct model *m, struct err *e)
{
    folder_recover(dir);
    struct model_config c = {0};
    char *path = folder_path(dir, "config.json");
    int rc = checkpoint_config(path, &c, e);
    if (!rc && model_create(m, &c, e)) {
        char why[sizeof e->text];
        snprintf(why, sizeof why, "%s", e->text);
        rc = err_set(e, e->status, "%s: %s", path, why);
    }
    mem_free(path);
    if (rc)
        return -1;
    rc = read_weights(dir, m, e);
    if (rc)
        model_free(m);
    return rc;
}

static int use_state(const struct json *root, const char *path, void *to,
                     struct err *e)
{
    struct trainer_state *s = to;
    const struct {
        const char *name;
        int64_t *to;
    } counts[] = {{"global_step", &s->step},
                  {"epoch", &s->epoch},
                  {"epoch_rows", &s->row},
                  {"num_tokens", &s->tokens}};
    bool good = true;
    for (size_t i = 0; i < COUNTOF(counts); i++) {
        const struct json *v = json_get(root, counts[i].name);
        good = good && v && json_i64(v, counts[i].to) && *counts[i].to >= 0;
    }
    const struct json *seed = json_get(root, "seed");
    const struct json *data = json_get(root, "data_hash");
    good = good && seed && json_hash(seed, &s->seed) && data &&
           json_hash(data, &s->data_hash);
    const struct json *settings = json_get(root, "settings");
    const struct json *eval = json_get(root, "eval");
    if (!good || !settings || settings->type != JSON_OBJECT || !eval ||
        eval->type != JSON_OBJECT)
        return err_set(e, STATUS_DATA, "%s: not the state of a run", path);
    s->settings = json_raw(settings);
    s->eval = json_raw(eval);
    return 0;
}

int checkpoint_state(const char *dir, const struct model *m,
                     struct trainer_state *s, struct err *e)
{
    *s = (struct trainer_state){0};
    char *path = folder_path(dir, "trainer_state.json");
    int rc = weights_json(path, &s->text, use_state, s, e);
    mem_free(path);
    if (rc) {
        buf_free(&s->text);
        return -1;
    }
    s->m = mem_huge(m->n_params * sizeof *s->m);
    s->v = mem_huge(m->n_params * sizeof *s->v);
    path = folder_path(dir, "optimizer.safetensors");
    const struct weights_block moments[] = {{"exp_avg.", s->m},
                                            {"exp_avg_sq.", s->v}};
    char *const paths[] = {path, NULL};
    rc = weights_read(paths, m, moments, COUNTOF(moments), e);
    mem_free(path);
    if (rc)
        checkpoint_state_free(s, m);
    return rc;
}

void checkpoint_state_free(struct trainer_state *s, const struct model *m)
{
    mem_huge_free(s->m, m->n_params * sizeof *s->m);
    mem_huge_free(s->v, m->n_params * sizeof *s->v);
    buf_free(&s->text);
}
