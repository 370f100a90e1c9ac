/**
 * Graph files that nobody wrote in good faith: a good file, changed in one to four places by bytes, words or structure.
 *
 * `mutant(seed, index)` is a function of its arguments and of the good files, so that a failure is repeated by two numbers.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse, stringify } from "yaml";
import { rng, seedOf } from "../../dist/component/rng.js";

const root = resolve(import.meta.dirname, "../..");
const MAX_MUTATIONS = 4;
/** A little more than a graph file may have. */
const MAX_LENGTH = 1_100_000;
const MAX_STRUCTURED = 100_000;

const textsIn = (folder) =>
  readdirSync(join(root, folder))
    .filter((file) => file.endsWith(".graph.yaml"))
    .sort()
    .map((file) => readFileSync(join(root, folder, file), "utf8"));

/** The good files: authored examples, the template of `limbeck new`, and seeds that use every word of the language. */
export const goodFiles = ["graphs", "templates/project", "soak/seeds"].flatMap(textsIn);
/** Those that need neither code nor data to run: they are taken more often, since more of what they become runs, too. */
const runnable = goodFiles.filter((text) => !/component: \.\/|shared\/data/.test(text));

/** Words that mean something: to YAML, to JavaScript, to graph files, to arithmetic. */
const WORDS = [
  "[", "]", "{", "}", ":", ": ", "- ", ", ", "\n", "  ", "\t", "*a", "&a ", "!!str ", "!!js/function ", "? ", "'", '"',
  "|\n", ">-\n", "<<: ", "$kp", "$", "#", "---\n", "...\n", "%YAML 1.1\n", "~", "null", "true", ".nan", ".inf", "-.inf",
  "1e999", "-0", "0", "1e308", "9007199254740993", "0x10", "0o7", "1_000", "-1", "0.1", "1e-300", "100hz", "1e9hz",
  "0hz", "1e-9hz", "1ns", "10ms", "1e300s", "0.3ns", "1period", "-5ms", "100%", "101%", "é", "\u2028", "\ufeff", "\r", "\r\n",
  "\u{1F916}", "\ud800", "a\u0301", "__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf",
  "__defineGetter__", "then", "length", "..", "../..", "a.b.c", "a:b:c", "node.port:field", ".", ":", "",
  "./x.ts", "../../x.js", "model:x@1", "model:../../x@1", "each", "clock", "aligned", "window", "silence", "component",
  "in", "on", "params", "rewrites", "record", "substitute", "streams", "world", "nodes", "messages", "Scalar", "Vector2",
  "number", "tensor", "max_age", "missing", "delay", "initial", "exact", "queue", "latency", "restart", "place", "uniform",
]; // biome-ignore format: a word list

const HOSTILE = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf", "__lookupSetter__"];

/** Values that stand where another was. */
const VALUES = [
  null, true, false, 0, -0, -1, 1, 1.5, 1e308, -1e308, 5e-324, 2 ** 53, 1e21, "", " ", "x", "100hz", "10ms", "1e9hz", "0.001hz",
  "1period", "$kp", "__proto__", [], {}, [[]], [null], { a: null }, "a".repeat(200), "é\u{1F916}", [0, 0], [1, 2, 3],
  { default: 0 }, { uniform: [0, 1] }, { tensor: [2] }, { tensor: [1e9] }, { tensor: [1e6, 1e6] }, { tensor: [] }, "number",
]; // biome-ignore format: a value list

/** A changed file as bytes. */
export function mutant(seed, index) {
  const random = rng(seedOf(seed, `mutant ${index}`));
  const pick = (list) => list[random.integer(list.length)];
  let text = pick(random.integer(4) === 0 ? goodFiles : runnable);
  const times = random.integer(2) === 0 ? 1 : 1 + random.integer(MAX_MUTATIONS);
  for (let k = 0; k < times; k++) {
    const level = random.integer(10);
    text =
      level < 2
        ? byBytes(text, random, pick)
        : level < 5
          ? byWords(text, random, pick)
          : byStructure(String(text).slice(0, MAX_LENGTH), random, pick);
  }
  const bytes = typeof text === "string" ? Buffer.from(text, "utf8") : text;
  return bytes.subarray(0, MAX_LENGTH);
}

function byBytes(text, random, pick) {
  const bytes = Buffer.from(text);
  const at = random.integer(bytes.length + 1);
  const length = 1 + random.integer(40);
  const around = (middle) => Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(at)]);
  const other = Buffer.from(pick(goodFiles));
  const from = random.integer(other.length);
  const changed = pick([
    () => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]),
    () => around(bytes.subarray(at, at + length)),
    () => around(other.subarray(from, from + 1 + random.integer(400))),
    () => around(Buffer.from(Array.from({ length: 1 + random.integer(4) }, () => random.integer(256)))),
    () => {
      const flipped = Buffer.from(bytes);
      if (at < flipped.length) flipped[at] ^= 1 << random.integer(8);
      return flipped;
    },
    () => bytes.subarray(0, at),
  ])();
  // later mutations read text; what is no UTF-8 by now stays so only when this is the last one
  const back = changed.toString("utf8");
  return random.integer(4) === 0 && Buffer.from(back).equals(changed) === false ? Buffer.from(changed) : back;
}

const TOKENS = /\s+|[\w.$/@-]+|./gsu;

function byWords(given, random, pick) {
  const tokens = String(given).match(TOKENS) ?? [];
  const at = random.integer(tokens.length + 1);
  const other = random.integer(tokens.length + 1);
  pick([
    () => tokens.splice(at, 1, pick(WORDS)),
    () => tokens.splice(at, 1, pick(WORDS)),
    () => tokens.splice(at, 0, pick(WORDS)),
    () => tokens.splice(at, 1 + random.integer(5)),
    () => tokens.splice(at, 0, ...tokens.slice(other, other + 1 + random.integer(30))),
    () => ([tokens[at], tokens[other]] = [tokens[other] ?? "", tokens[at] ?? ""]),
    () => tokens.splice(at, 1, (tokens[at] ?? "x").repeat(1 + random.integer(2000))),
    () =>
      tokens.splice(
        at,
        0,
        pick(["[", "{a: ", "- ", "? ", "(", "&a ", "*a ", "'", '"']).repeat(1 + random.integer(200)),
      ),
    () => tokens.splice(at, 1, pick(tokens)),
  ])();
  return tokens.join("");
}

function byStructure(given, random, pick) {
  // mappings as keys become texts that double with every level
  if (String(given).length > MAX_STRUCTURED || /\?\s+[[{?]|(\{\s*){4}/.test(String(given)))
    return byWords(given, random, pick);
  let value;
  try {
    value = parse(String(given), {
      merge: false,
      stringKeys: true,
      uniqueKeys: false,
      maxAliasCount: 100,
      logLevel: "silent",
    });
  } catch {
    return byWords(given, random, pick);
  }
  if (value === null || typeof value !== "object") return byWords(given, random, pick);
  const holders = [];
  // an alias may lead back to what holds it
  const met = new Set();
  const collect = (part) => {
    if (part === null || typeof part !== "object" || met.has(part)) return;
    met.add(part);
    for (const key of Object.keys(part)) {
      holders.push([part, key]);
      collect(part[key]);
    }
  };
  collect(value);
  if (holders.length === 0) return byWords(given, random, pick);
  const [holder, key] = pick(holders);
  const [otherHolder, otherKey] = pick(holders);
  const leaves = holders.filter(([part, name]) => typeof part[name] !== "object");
  const put = (name, what) =>
    Array.isArray(holder)
      ? holder.push(what)
      : Object.defineProperty(holder, name, { value: what, enumerable: true, configurable: true, writable: true });
  pick([
    () => (Array.isArray(holder) ? holder.splice(Number(key), 1) : delete holder[key]),
    () => (holder[key] = pick(VALUES)),
    () => (holder[key] = pick(VALUES)),
    () => (holder[key] = structuredClone(otherHolder[otherKey])),
    () => ([holder[key], otherHolder[otherKey]] = [otherHolder[otherKey], holder[key]]),
    ...Array(6).fill(() => {
      if (leaves.length === 0) return;
      const [part, name] = pick(leaves);
      part[name] = alike(part[name], random, pick);
    }),
    () => put(pick(WORDS) || "x", holder[key]),
    () => put(pick(HOSTILE), holder[key]),
    () => put(`${key}2`, structuredClone(holder[key])),
    () => (holder[key] = nested(holder[key], 1 + random.integer(80), random.integer(2) === 0)),
    () => (holder[key] = Array.from({ length: 1 + random.integer(300) }, () => holder[key])),
    () => {
      for (let i = random.integer(300); i > 0; i--) put(`${key}_${i}`, holder[key]);
    },
    () =>
      (holder[key] =
        typeof holder[key] === "number" ? holder[key] * 10 ** (random.integer(80) - 40) : written(holder[key])),
    () => (holder[key] = pick(WORDS)),
    () => put(pick(["nodes", "world", "in", "out", "params", "on", "evaluate", "rewrites"]), otherHolder[otherKey]),
  ])();
  return printed(value, given, random);
}

/** A value as JSON; one that leads back to itself has none. */
function written(value) {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return "";
  }
}

/** Another value of the same kind: what a checker lets through, and a run must bear. */
function alike(value, random, pick) {
  if (typeof value === "number")
    return pick([
      value * (0.5 + random.uniform()),
      -value,
      value * 1e6,
      value * 1e-6,
      Math.round(value),
      1e308,
      5e-324,
    ]);
  if (typeof value === "boolean") return !value;
  if (/^[\d.]+(hz|m?s)$/.test(value)) return pick(["1hz", "333.3hz", "1e9hz", "10ms", "7us", "1ns", "3s", "100s"]);
  if (/^[\d.]+%$/.test(value)) return pick(["0%", "50%", "100%"]);
  return pick(["number", "Scalar", value, `${value}x`]);
}

function nested(value, depth, inLists) {
  let whole = value;
  for (let i = 0; i < depth; i++) whole = inLists ? [whole] : { a: whole };
  return whole;
}

const LAUGHS = Array.from(
  { length: 10 },
  (_, i) =>
    `l${i}: &l${i} [${Array(9)
      .fill(i === 0 ? "x" : `*l${i - 1}`)
      .join(", ")}]`,
).join("\n");

/** As text again: blocks, one line, JSON, with aliases for what stands twice, or under ten levels of laughter. */
function printed(value, given, random) {
  try {
    switch (random.integer(60)) {
      case 0:
        return JSON.stringify(value);
      case 1:
        return stringify(value, { collectionStyle: "flow" });
      case 2:
        return `${LAUGHS}\n${stringify(value)}`;
      default:
        return stringify(value, { aliasDuplicateObjects: random.integer(2) === 0 });
    }
  } catch {
    // a value that holds itself
    return String(given);
  }
}
