"""One training step of a GPT-2-shaped network in PyTorch, for bench-sft.

    torch_step.py L D H V T B threads steps fp32|bf16

prints tokens per second, the median of the steps, by the clock and by
processor time.  Attention is the plain one; AdamW and clipping as in
tests/bench/step.c.
"""
import statistics
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

L, D, H, V, T, B, THREADS, STEPS = map(int, sys.argv[1:9])
BF16 = sys.argv[9] == "bf16"
torch.set_num_threads(THREADS)
torch.manual_seed(1)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.n1, self.n2 = nn.LayerNorm(D), nn.LayerNorm(D)
        self.qkv, self.o = nn.Linear(D, 3 * D), nn.Linear(D, D)
        self.up, self.down = nn.Linear(D, 4 * D), nn.Linear(4 * D, D)

    def forward(self, x):
        q, k, v = (t.view(B, T, H, D // H).transpose(1, 2)
                   for t in self.qkv(self.n1(x)).split(D, -1))
        if hasattr(F, "scaled_dot_product_attention"):
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            s = q @ k.transpose(-1, -2) / (D // H) ** 0.5
            s = s.masked_fill(mask, float("-inf")).softmax(-1)
            y = s.to(v.dtype) @ v
        x = x + self.o(y.transpose(1, 2).reshape(B, T, D))
        return x + self.down(F.gelu(self.up(self.n2(x)), approximate="tanh"))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(V, D), nn.Embedding(T, D)
        self.blocks = nn.ModuleList(Block() for _ in range(L))
        self.norm = nn.LayerNorm(D)
        self.head = nn.Linear(D, V, bias=False)
        self.head.weight = self.wte.weight

    def forward(self, ids, targets):
        x = self.wte(ids) + self.wpe.weight
        for b in self.blocks:
            x = b(x)
        x = self.head(self.norm(x))
        return F.cross_entropy(x.view(-1, V).float(), targets.reshape(-1))


mask = torch.ones(T, T, dtype=torch.bool).triu(1)
net = Net()
for p in net.parameters():  # as GPT-2; the default's logits make denormals
    if p.dim() > 1:
        nn.init.normal_(p, std=0.02)
opt = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=0.1)
data = torch.randint(V, (B, T + 1))
times, cpu = [], []
for step in range(STEPS + 1):
    start, spent = time.monotonic(), time.process_time()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=BF16):
        loss = net(data[:, :-1], data[:, 1:])
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    opt.step()
    times.append(time.monotonic() - start)
    cpu.append(time.process_time() - spent)
print(f"{B * T / statistics.median(times[1:]):.0f} tok/s, "
      f"{B * T / statistics.median(cpu[1:]):.0f} for a second of processor time")
