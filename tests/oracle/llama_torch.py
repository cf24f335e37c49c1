#!/usr/bin/python3
"""The figures that tests/unit/oracle.c compares with: an independent Llama,
Qwen2, Qwen3 and GPT-2.

    tests/oracle/llama_torch.py > tests/oracle/llama.txt

needs Debian's python3-torch; the tests need only the stored figures.  Written
from the papers and from what Hugging Face's models do, in double precision
and in the most direct way: a mask instead of documents apart, autograd
instead of a backward pass.

A step's loss is sum(weight * cross entropy) / sum(weight) over the tokens
with a target, -log(1-p) taking the place of -log(p) where a weight is below 0; AdamW, weight decay on matrices, the gradient scaled down to
norm 1 where it is larger.
"""
import math

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)

V, D, INNER, L, H, K, E = 37, 24, 40, 2, 4, 2, 6
THETA, EPS = 10000.0, 1e-5
DOCS = [5, 40, 1, 30, 20]
N = sum(DOCS)
STEPS, LR, DECAY, BETA1, BETA2, ADAM_EPS = 20, 1e-2, 0.1, 0.9, 0.95, 1e-8


def draw(stream, i):
    """16 bits from a stream's i-th place; the C test has the same lines."""
    x = (i * 2654435761 + stream * 40503 + 1) % 2**32
    x ^= x >> 16
    x = x * 2246822519 % 2**32
    x ^= x >> 13
    return x >> 16


def tensor(index, shape):
    """Matrices in [-1/4,1/4), vectors in [3/4,5/4): exact in any precision."""
    n = 1
    for s in shape:
        n *= s
    v = torch.tensor([draw(index, i) / 65536 - 0.5 for i in range(n)])
    v = v / 2 if len(shape) == 2 else 1 + v / 2
    return v.reshape(shape).requires_grad_()


def parameters(arch, tied):
    if arch == "gpt2":
        return {name: tensor(i, s) for i, (name, s) in
                enumerate(shapes_gpt2().items())}
    shapes = {"model.embed_tokens.weight": (V, D)}
    for l in range(L):
        p = f"model.layers.{l}."
        a = p + "self_attn."
        shapes[p + "input_layernorm.weight"] = (D,)
        shapes[a + "q_proj.weight"] = (H * E, D)
        shapes[a + "k_proj.weight"] = (K * E, D)
        shapes[a + "v_proj.weight"] = (K * E, D)
        if arch == "qwen2":
            shapes[a + "q_proj.bias"] = (H * E,)
            shapes[a + "k_proj.bias"] = (K * E,)
            shapes[a + "v_proj.bias"] = (K * E,)
        if arch == "qwen3":
            shapes[a + "q_norm.weight"] = (E,)
            shapes[a + "k_norm.weight"] = (E,)
        shapes[a + "o_proj.weight"] = (D, H * E)
        shapes[p + "post_attention_layernorm.weight"] = (D,)
        shapes[p + "mlp.gate_proj.weight"] = (INNER, D)
        shapes[p + "mlp.up_proj.weight"] = (INNER, D)
        shapes[p + "mlp.down_proj.weight"] = (D, INNER)
    shapes["model.norm.weight"] = (D,)
    if not tied:
        shapes["lm_head.weight"] = (V, D)
    return {name: tensor(i, s) for i, (name, s) in enumerate(shapes.items())}


def shapes_gpt2():
    """As in its files: matrices are [in,out]."""
    shapes = {"transformer.wte.weight": (V, D),
              "transformer.wpe.weight": (N, D)}
    for l in range(L):
        p = f"transformer.h.{l}."
        for name, shape in (("ln_1", (D,)), ("attn.c_attn", (D, 3 * D)),
                            ("attn.c_proj", (D, D)), ("ln_2", (D,)),
                            ("mlp.c_fc", (D, INNER)),
                            ("mlp.c_proj", (INNER, D))):
            shapes[p + name + ".weight"] = shape
            shapes[p + name + ".bias"] = shape[-1:]
    shapes["transformer.ln_f.weight"] = (D,)
    shapes["transformer.ln_f.bias"] = (D,)
    return shapes


def batch(step, negative):
    ids = torch.tensor([draw(100 + step, i) % V for i in range(N)])
    # learnable: the next id follows from this one, with exceptions
    targets = [(int(t) * 5 + 3) % V if i % 7 else draw(200 + step, i) % V
               for i, t in enumerate(ids)]
    targets = [-1 if i % 13 == 6 else t for i, t in enumerate(targets)]
    choice = [1, -0.25, 0.5, -1.5] if negative else [1, 0, 0.5, 1.5]
    weights = [choice[draw(300 + step, i) % 4] for i in range(N)]
    return ids, torch.tensor(targets), torch.tensor(weights)


def rms_norm(x, w):
    return w * x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + EPS)


def rotate_half(x):
    return torch.cat((-x[..., E // 2:], x[..., :E // 2]), dim=-1)


def rotary(x, position, scaling):
    frequency = THETA ** (-torch.arange(0, E, 2) / E)
    if scaling == "linear":
        frequency = frequency / 2
    if scaling == "llama3":
        # factor 8, low 1, high 4, original length 40
        wave = 2 * math.pi / frequency
        smooth = (40 / wave - 1) / (4 - 1)
        between = (1 - smooth) * frequency / 8 + smooth * frequency
        frequency = torch.where(
            wave > 40 / 1, frequency / 8,
            torch.where(wave < 40 / 4, frequency, between))
    angle = torch.outer(position.double(), frequency)
    angle = torch.cat((angle, angle), dim=-1)[:, None, :]
    return x * angle.cos() + rotate_half(x) * angle.sin()


def attend(q, k, v, mask):
    """q [N,H,*], k and v [N,H,*] -> [N,H**]"""
    s = torch.einsum("ihe,jhe->hij", q, k) / q.shape[-1]**0.5
    s = s.masked_fill(~mask, float("-inf")).softmax(-1)
    return torch.einsum("hij,jhe->ihe", s, v).reshape(N, -1)


def attention(p, name, x, position, mask, scaling):
    def project(which):
        return F.linear(x, p[name + which + "_proj.weight"],
                        p.get(name + which + "_proj.bias")).view(N, -1, E)
    q, k, v = project("q"), project("k"), project("v")
    if name + "q_norm.weight" in p:
        q = rms_norm(q, p[name + "q_norm.weight"])
        k = rms_norm(k, p[name + "k_norm.weight"])
    q, k = rotary(q, position, scaling), rotary(k, position, scaling)
    k, v = (t.repeat_interleave(H // K, dim=1) for t in (k, v))
    return F.linear(attend(q, k, v, mask), p[name + "o_proj.weight"])


def mlp(p, name, x):
    gate = F.silu(F.linear(x, p[name + "gate_proj.weight"]))
    up = F.linear(x, p[name + "up_proj.weight"])
    return F.linear(gate * up, p[name + "down_proj.weight"])


def logits_gpt2(p, ids, position, mask):
    def norm(x, name):
        return F.layer_norm(x, (D,), p[name + ".weight"], p[name + ".bias"],
                            EPS)

    def conv(x, name):
        return x @ p[name + ".weight"] + p[name + ".bias"]
    wte = p["transformer.wte.weight"]
    x = wte[ids] + p["transformer.wpe.weight"][position]
    for l in range(L):
        h = f"transformer.h.{l}."
        qkv = conv(norm(x, h + "ln_1"), h + "attn.c_attn").split(D, dim=-1)
        q, k, v = (t.view(N, H, D // H) for t in qkv)
        x = x + conv(attend(q, k, v, mask), h + "attn.c_proj")
        y = conv(norm(x, h + "ln_2"), h + "mlp.c_fc")
        y = F.gelu(y, approximate="tanh")
        x = x + conv(y, h + "mlp.c_proj")
    return F.linear(norm(x, "transformer.ln_f"), wte)


def logits(p, ids, scaling):
    doc = torch.cat([torch.full((n,), i) for i, n in enumerate(DOCS)])
    position = torch.cat([torch.arange(n) for n in DOCS])
    mask = (doc[:, None] == doc[None, :]).tril()
    if "transformer.wte.weight" in p:
        return logits_gpt2(p, ids, position, mask)
    x = p["model.embed_tokens.weight"][ids]
    for l in range(L):
        name = f"model.layers.{l}."
        y = rms_norm(x, p[name + "input_layernorm.weight"])
        x = x + attention(p, name + "self_attn.", y, position, mask, scaling)
        y = rms_norm(x, p[name + "post_attention_layernorm.weight"])
        x = x + mlp(p, name + "mlp.", y)
    x = rms_norm(x, p["model.norm.weight"])
    head = p.get("lm_head.weight", p["model.embed_tokens.weight"])
    return F.linear(x, head)


def loss_of(p, step, scaling, negative):
    ids, targets, weights = batch(step, negative)
    x = logits(p, ids, scaling).log_softmax(-1)
    log_p = x.gather(-1, targets.clamp(min=0)[:, None])[:, 0]
    each = torch.where(weights < 0, -torch.log1p(-log_p.exp()), -log_p)
    weights = weights.abs() * (targets >= 0)
    return (weights * each).sum() / weights.sum()


def train(case, p, loss_at):
    """Trains the tensors of p by loss_at(step)."""
    opt = torch.optim.AdamW(
        [{"params": [t for t in p.values() if t.dim() == 2],
          "weight_decay": DECAY},
         {"params": [t for t in p.values() if t.dim() == 1],
          "weight_decay": 0.0}],
        lr=LR, betas=(BETA1, BETA2), eps=ADAM_EPS)
    for step in range(STEPS):
        loss = loss_at(step)
        opt.zero_grad()
        loss.backward()
        norm = torch.sqrt(sum((t.grad**2).sum() for t in p.values()))
        print(f"{case} loss {step} {loss.item():.12f}")
        print(f"{case} norm {step} {norm.item():.12f}")
        if step == 0:
            for name, t in p.items():
                print(f"{case} {name} 0 {t.grad.norm().item():.12f}")
        for t in p.values():
            t.grad *= min(1.0, 1.0 / norm.item())
        opt.step()


def run(case, arch="llama", tied=True, scaling=None, negative=False):
    p = parameters(arch, tied)
    train(case, p, lambda step: loss_of(p, step, scaling, negative))


RANK, ALPHA, IDS = 3, 6.0, [3, 17]


def run_lora(case, targets, arch="llama", tied=True):
    """The matrices get scale * B A, the rows of IDS are replaced; only these
    are trained.  GPT-2's matrices are [in,out]."""
    p = {name: t.detach() for name, t in parameters(arch, tied).items()}
    adapted = [n for n, t in p.items() if t.dim() == 2 and
               any(n.endswith(f".{w}.weight") for w in targets)]
    tables = [n for n in ("model.embed_tokens.weight", "lm_head.weight",
                          "transformer.wte.weight") if n in p]
    trained = {}
    for i, name in enumerate(adapted):
        turned = arch == "gpt2"
        out, into = reversed(p[name].shape) if turned else p[name].shape
        module = "base_model.model." + name[:-len("weight")]
        trained[module + "lora_A.weight"] = tensor(500 + 2 * i, (RANK, into))
        trained[module + "lora_B.weight"] = tensor(501 + 2 * i, (out, RANK))
    for name in tables:
        key = ("base_model.model." + name[:-len("weight")] +
               "token_adapter.trainable_tokens_delta")
        trained[key] = p[name][IDS].clone().requires_grad_()

    def loss_at(step):
        whole = dict(p)
        for name in adapted:
            module = "base_model.model." + name[:-len("weight")]
            more = trained[module + "lora_B.weight"] @ \
                trained[module + "lora_A.weight"] * (ALPHA / RANK)
            whole[name] = p[name] + (more.T if arch == "gpt2" else more)
        for name in tables:
            key = ("base_model.model." + name[:-len("weight")] +
                   "token_adapter.trainable_tokens_delta")
            whole[name] = p[name].index_copy(0, torch.tensor(IDS),
                                             trained[key])
        return loss_of(whole, step, None, False)

    train(case, trained, loss_at)


run("tied")
run("untied", tied=False)
run("linear", scaling="linear")
run("llama3", scaling="llama3")
run("negative", negative=True)
run("qwen2", arch="qwen2")
run("qwen3", arch="qwen3", tied=False)
run("gpt2", arch="gpt2")
run_lora("lora", ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj",
                  "up_proj", "down_proj"])
run_lora("lora-qwen2", ["q_proj", "v_proj"], arch="qwen2", tied=False)
run_lora("lora-gpt2", ["c_attn", "c_proj"], arch="gpt2")
