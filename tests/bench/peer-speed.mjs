// CPU seconds that a peer takes for the texts of a JSONL file with GPT-2's
// vocabulary, loading left out.  Run by ./tokenize in the peers' folder.
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";

const require = createRequire(path.join(process.cwd(), "x.js"));
const [, , peer, docs] = process.argv;
const texts = fs.readFileSync(docs, "utf8").trim().split("\n")
  .map((row) => JSON.parse(row).text);
let encode;
if (peer === "tiktoken") {
  const t = require("tiktoken").get_encoding("gpt2");
  encode = (text) => t.encode_ordinary(text).length;
} else {
  const { Tokenizer } = require("@anush008/tokenizers");
  const t = Tokenizer.fromFile("gpt2.json");
  encode = async (text) =>
    (await t.encode(text, null, { addSpecialTokens: false })).getIds().length;
}
let best = Infinity;
for (let run = 0; run < 3; run++) {
  const t0 = process.cpuUsage();
  for (const text of texts) await encode(text);
  const t1 = process.cpuUsage(t0);
  best = Math.min(best, (t1.user + t1.system) / 1e6);
}
console.log(best.toFixed(3));
