/* The options of a training run. */
#ifndef INSEC_TRAINOPTS_H
#define INSEC_TRAINOPTS_H

#include "model.h"
#include "opt.h"
#include "optim.h"
#include "record.h"

/* enum schedule_kind */
#define SCHEDULES "cosine|linear|constant|wsd"

struct trainer_opts {
    const char *out;       /* the checkpoint folder */
    const char *tokenizer; /* tokenizer.json; NULL: built-in */
    /* The network: from init, else config, else preset with overrides. */
    int preset;
    const char *config, *init;
    /* Adapters: rank 0 and no folder: none. */
    int64_t lora;      /* rank */
    double lora_alpha; /* 0: twice the rank */
    const char *lora_targets, *adapter;
    bool merge; /* only write init with the adapter in it */
    int64_t layers, dim, heads, kv_heads, inner; /* 0: as the preset has */
    bool resume;
    int64_t steps, epochs; /* steps 0: as many as epochs take */
    int64_t tokens;        /* instead: as many steps as see so many; or 0 */
    int64_t stop_at;       /* save and leave after this step; 0: at the end */
    int64_t batch_tokens;  /* per step, at most */
    int64_t micro_tokens;  /* per forward pass, at most; bounds the memory */
    int dtype;             /* enum model_dtype */
    bool recompute;        /* layers in the backward pass, for memory */
    int schedule;          /* enum schedule_kind */
    int64_t warmup;        /* steps */
    double cooldown;       /* share of the steps, of wsd */
    double lr, min_lr;
    double weight_decay, beta1, beta2, clip; /* clip 0: never */
    int64_t seed;
    float weights[KIND_COUNT];                 /* loss weight by kind */
    struct opt_list eval;                      /* shards, or patterns of them */
    int64_t save_every, log_every, eval_every; /* steps; 0: only at the end */
    bool speed;                                /* in the rows of the log */
    const char *best;        /* folder for the best of the evaluations */
    const char *plot, *csv;  /* files for the losses */
    const char *tensorboard; /* folder for them */
    const char *gguf;        /* file for the network in one piece */
    int gguf_type;           /* enum gguf_type */
    bool dry_run;            /* only say what the run would take */
    bool quiet;
};
#define TRAINER_DEFAULTS                                                       \
    {                                                                          \
        .epochs = 1, .batch_tokens = 8192, .micro_tokens = 4096, .warmup = 20, \
        .lr = 1e-3, .weight_decay = 0.1, .beta1 = 0.9, .beta2 = 0.95,          \
        .clip = 1, .seed = 1, .log_every = 10, .cooldown = 0.2                 \
    }

#endif
