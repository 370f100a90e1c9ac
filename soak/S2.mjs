/** Caps on graph files: at, below and above each one, nothing but the verdict that the cap says; drawn sizes, drawn forms. */
import { rng, seedOf } from "../dist/component/rng.js";
import { MAX_VERTICES } from "../dist/graph/checks/ids.js";
import { parseGraphFile } from "../dist/graphfile/load.js";
import { CAPS } from "../dist/graphfile/scan.js";
import { LimbeckError } from "../dist/limbeck.js";
import { prepareGraph } from "../dist/testing/testing.js";
import { demand, tries } from "./support/tries.mjs";

export const promise = "a file up to every cap is read, and one above any cap is refused by that cap's name";
export const runs = 200;

const HEAD = "limbeck: 1\nname: x\n";
const list = (n, of) => Array.from({ length: n }, (_, i) => of(i)).join(", ");
const filled = (n, end) => `${`${HEAD}#`.padEnd(n - 1, end)}\n`;

/** By cap: a text of size n, and the code by which one too large is refused. */
const FORMS = [
  { cap: CAPS.bytes, code: "L0101", text: (n) => filled(n, "x") },
  { cap: CAPS.depth, code: "L0102", text: (n) => "[".repeat(n) + "]".repeat(n) },
  { cap: CAPS.depth, code: "L0102", text: (n) => `${"{a: ".repeat(n)}1${"}".repeat(n)}` },
  { cap: CAPS.depth, code: "L0102", text: (n) => `${"- ".repeat(n)}1` },
  { cap: CAPS.depth, code: "L0102", text: (n) => `${"? ".repeat(n)}1` },
  { cap: CAPS.aliases, code: "L0103", text: (n) => `a: &a 1\nb: [${list(n, () => "*a")}]\n` },
  { cap: CAPS.anchors, code: "L0103", text: (n) => `[${list(n, (i) => `&a${i} 1`)}]\n` },
];

export async function run({ seed, ...words }) {
  return tries(words, async (index) => {
    const random = rng(seedOf(seed, `caps ${index}`));
    if (index % 50 === 0) return await vertices(random);
    const { cap, code, text } = FORMS[random.integer(FORMS.length)];
    const sizes = [cap - 1, cap, cap + 1, cap + 1 + random.integer(cap), 1 + random.integer(cap)];
    const size = sizes[random.integer(sizes.length)];
    const { problems } = parseGraphFile(text(size), "f");
    const told = problems.some((p) => p.code === code);
    demand(told === size > cap, () => `size ${size} against the cap ${cap}: ${problems.map((p) => p.code).join()}`);
    return { above: size > cap ? 1 : 0, within: size > cap ? 0 : 1 };
  });
}

/** Nodes: each reads the one before. */
async function vertices(random) {
  const size = MAX_VERTICES + [-1, 0, 1, 1 + random.integer(1000)][random.integer(4)];
  const lines = Array.from(
    { length: size },
    (_, i) =>
      `  n${i}: {component: ${i === 0 ? "source/constant, on: 1hz, params: {value: 1}" : `filter/ema, params: {alpha: 0.5}, in: {value: n${i - 1}.value}`}}`,
  );
  const { graph, problems } = parseGraphFile(`${HEAD}nodes:\n${lines.join("\n")}\n`, "f");
  demand(graph !== undefined, () => problems.map((p) => p.message).join());
  let told = false;
  try {
    await prepareGraph(graph);
  } catch (error) {
    if (!(error instanceof LimbeckError)) throw error;
    told = error.problems.some((p) => p.code === "L0230");
    demand(told, () => error.message.slice(0, 300));
  }
  demand(told === size > MAX_VERTICES, `${size} nodes`);
  return { large_graphs: 1 };
}
