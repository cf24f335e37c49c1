#!/usr/bin/python3
"""The figures that tests/unit/oracle.c compares with: an independent Llama.

    tests/oracle/llama_torch.py > tests/oracle/llama.txt

needs Debian's python3-torch; the tests need only the stored figures.  Written
from the papers and from what Hugging Face's models do, in double precision
and in the most direct way: a mask instead of documents apart, autograd
instead of a backward pass.

A step's loss is sum(weight * cross entropy) / sum(weight) over the tokens
with a target; AdamW, weight decay on matrices, the gradient scaled down to
norm 1 where it is larger.
"""
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


def parameters(tied):
    shapes = {"model.embed_tokens.weight": (V, D)}
    for l in range(L):
        p = f"model.layers.{l}."
        shapes[p + "input_layernorm.weight"] = (D,)
        shapes[p + "self_attn.q_proj.weight"] = (H * E, D)
        shapes[p + "self_attn.k_proj.weight"] = (K * E, D)
        shapes[p + "self_attn.v_proj.weight"] = (K * E, D)
        shapes[p + "self_attn.o_proj.weight"] = (D, H * E)
        shapes[p + "post_attention_layernorm.weight"] = (D,)
        shapes[p + "mlp.gate_proj.weight"] = (INNER, D)
        shapes[p + "mlp.up_proj.weight"] = (INNER, D)
        shapes[p + "mlp.down_proj.weight"] = (D, INNER)
    shapes["model.norm.weight"] = (D,)
    if not tied:
        shapes["lm_head.weight"] = (V, D)
    return {name: tensor(i, s) for i, (name, s) in enumerate(shapes.items())}


def batch(step):
    ids = torch.tensor([draw(100 + step, i) % V for i in range(N)])
    # learnable: the next id follows from this one, with exceptions
    targets = [(int(t) * 5 + 3) % V if i % 7 else draw(200 + step, i) % V
               for i, t in enumerate(ids)]
    targets = [-1 if i % 13 == 6 else t for i, t in enumerate(targets)]
    weights = [[1, 0, 0.5, 1.5][draw(300 + step, i) % 4] for i in range(N)]
    return ids, torch.tensor(targets), torch.tensor(weights)


def rms_norm(x, w):
    return w * x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + EPS)


def rotate_half(x):
    return torch.cat((-x[..., E // 2:], x[..., :E // 2]), dim=-1)


def rotary(x, position):
    frequency = THETA ** (-torch.arange(0, E, 2) / E)
    angle = torch.outer(position.double(), frequency)
    angle = torch.cat((angle, angle), dim=-1)[:, None, :]
    return x * angle.cos() + rotate_half(x) * angle.sin()


def attention(p, name, x, position, mask):
    q = F.linear(x, p[name + "q_proj.weight"]).view(N, H, E)
    k = F.linear(x, p[name + "k_proj.weight"]).view(N, K, E)
    v = F.linear(x, p[name + "v_proj.weight"]).view(N, K, E)
    q, k = rotary(q, position), rotary(k, position)
    k, v = (t.repeat_interleave(H // K, dim=1) for t in (k, v))
    s = torch.einsum("ihe,jhe->hij", q, k) / E**0.5
    s = s.masked_fill(~mask, float("-inf")).softmax(-1)
    o = torch.einsum("hij,jhe->ihe", s, v).reshape(N, H * E)
    return F.linear(o, p[name + "o_proj.weight"])


def mlp(p, name, x):
    gate = F.silu(F.linear(x, p[name + "gate_proj.weight"]))
    up = F.linear(x, p[name + "up_proj.weight"])
    return F.linear(gate * up, p[name + "down_proj.weight"])


def logits(p, ids):
    doc = torch.cat([torch.full((n,), i) for i, n in enumerate(DOCS)])
    position = torch.cat([torch.arange(n) for n in DOCS])
    mask = (doc[:, None] == doc[None, :]).tril()
    x = p["model.embed_tokens.weight"][ids]
    for l in range(L):
        name = f"model.layers.{l}."
        y = rms_norm(x, p[name + "input_layernorm.weight"])
        x = x + attention(p, name + "self_attn.", y, position, mask)
        y = rms_norm(x, p[name + "post_attention_layernorm.weight"])
        x = x + mlp(p, name + "mlp.", y)
    x = rms_norm(x, p["model.norm.weight"])
    head = p.get("lm_head.weight", p["model.embed_tokens.weight"])
    return F.linear(x, head)


def loss_of(p, step):
    ids, targets, weights = batch(step)
    ce = F.cross_entropy(logits(p, ids), targets.clamp(min=0),
                         reduction="none")
    weights = weights * (targets >= 0)
    return (weights * ce).sum() / weights.sum()


def run(case, tied):
    p = parameters(tied)
    opt = torch.optim.AdamW(
        [{"params": [t for t in p.values() if t.dim() == 2],
          "weight_decay": DECAY},
         {"params": [t for t in p.values() if t.dim() == 1],
          "weight_decay": 0.0}],
        lr=LR, betas=(BETA1, BETA2), eps=ADAM_EPS)
    for step in range(STEPS):
        loss = loss_of(p, step)
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


run("tied", True)
run("untied", False)
