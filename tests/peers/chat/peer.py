"""The other side of the comparison: Jinja2 itself, set up as transformers has
it, runs the same template over the same conversations.  Run by ./run."""
import json
import os
import random
import re
import sys

from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

BITS = ["a", "word", " ", "  ", "\n", "\n\n", "\t", "é", "中文", "😀", "<think>",
        "</think>", "<|im_end|>", "[INST]", "<<SYS>>", "{{ x }}", "{% if %}",
        "'", '"', "\\", "&", "</s>", "It rains. ", "1+1=2", "<tool_response>",
        "</tool_response>", "\u00a0", "<|wrong|> no<|right|>"]


def make(out, n):
    """Conversations of all shapes, most of them orderly."""
    rnd = random.Random(1)

    def text():
        s = "".join(rnd.choices(BITS, k=rnd.randrange(9)))
        return "It is " + s + "so" if rnd.randrange(4) else s

    with open(out, "w") as f:
        for i in range(int(n)):
            m = []
            if rnd.randrange(3) == 0:
                m.append({"role": "system", "content": text()})
            for _ in range(1 + rnd.randrange(3)):
                m.append({"role": "user", "content": text()})
                m.append({"role": "assistant", "content": text()})
            if rnd.randrange(12) == 0:
                m.pop(rnd.randrange(len(m)))
            if rnd.randrange(12) == 0:
                role = rnd.choice(["tool", "user", "critic"])
                m.append({"role": role, "content": text()})
            f.write(json.dumps({"id": str(i), "messages": m}) + "\n")


def source(path):
    if path.endswith(".jinja"):
        return open(path).read(), {}
    config = json.load(open(path))
    names = {}
    for key, v in config.items():
        v = v.get("content") if isinstance(v, dict) else v
        if key.endswith("_token") and isinstance(v, str):
            names[key] = v
    t = config["chat_template"]
    if isinstance(t, list):
        t = next(x["template"] for x in t if x["name"] == "default")
    return t, names


def refuse(why):
    raise ValueError(why)


def compare(path, docs, texts, rejects, *sets):
    text, names = source(path)
    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True,
                                        extensions=[loopcontrols])
    env.globals["raise_exception"] = refuse
    env.filters["tojson"] = lambda x, indent=None: json.dumps(
        x, ensure_ascii=False, indent=indent)
    names.update(s.split("=", 1) for s in sets)
    template = env.from_string(text)
    rows = [json.loads(line) for line in open(docs)]
    ours = {r["id"]: r["text"] for r in map(json.loads, open(texts))}
    why = {json.loads(r["raw"])["id"]: r["reason"]
           for r in map(json.loads, open(rejects))}
    same = both = guarded = bad = 0
    for row in rows:
        try:
            want = template.render(messages=row["messages"], tools=None,
                                   documents=None, add_generation_prompt=False,
                                   **names)
        except Exception as e:
            want = None
        got, reason = ours.get(row["id"]), why.get(row["id"], "")
        if want is None and got is None:
            both += 1
        elif want is not None and got == want:
            same += 1
        elif want is not None and re.search("leaves out|writes into", reason):
            # It must be true: a turn is not in the text, or not in one piece.
            # (Only texts that templates do not hold themselves can tell.)
            turns = [m["content"].strip() for m in row["messages"]]
            if len(set(turns)) == len(turns) and all(
                    t.startswith("It is") and t in want for t in turns):
                bad += 1
                print("guarded for nothing", json.dumps(row), reason)
            guarded += 1
        else:
            bad += 1
            if bad < 4:
                print("not the same", json.dumps(row), repr(want), repr(got),
                      reason)
    print("%s: %d the same, %d refused by both, %d guarded, %d not the same"
          % ("/".join(path.split("/")[-3::2]), same, both, guarded, bad))
    sys.exit(1 if bad or not same else 0)


{"make": make, "compare": compare}[sys.argv[1]](*sys.argv[2:])
