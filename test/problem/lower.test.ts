/** Every code of lowering, provoked: exactly these problems come, where they belong, and read as the golden says. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lowerLoop } from "../../src/lower/loop.js";
import { policyFacts } from "../../src/models/policy.js";
import { graphBuilder } from "../../src/onnx/builder.js";
import { encode } from "../../src/onnx/codec/index.js";
import { lower as codes } from "../../src/problem/catalogue/lower.js";
import { printProblems } from "../../src/problem/print.js";
import { LimbeckError, type Problem } from "../../src/problem/problem.js";
import { checked, type Loaded, loadGraph } from "../../src/project/load.js";
import { located, lower, verifyPolicy } from "../../src/project/lower.js";

const files = {
  "half.ts": `import { step, Type } from "limbeck";
export default step({ doc: "Half.", inputs: { value: Type.Number() }, outputs: { value: Type.Number() }, step: ({ value }) => ({ outputs: { value: value / 2 } }) });
`,
  "double.ts": `import { ops, tensorStep, Type } from "limbeck";
export default tensorStep({ doc: "Twice.", inputs: { value: Type.Number() }, outputs: { value: Type.Number() }, step: ({ value }) => ({ outputs: { value: ops.mul(value, 2) } }) });
`,
  "hear.ts": `import { arrived, event, ops, tensorStep, Type } from "limbeck";
export default tensorStep({
  doc: "Counts what came.",
  inputs: { press: event(Type.Number()) , also: { schema: Type.Number(), kind: "signal", optional: false } },
  outputs: { value: Type.Number() },
  step: ({ press }) => ({ outputs: { value: ops.cast(arrived(press).count, "float64") } }),
});
`,
  "policy.ts": `import { model } from "limbeck";
export default model({ model: "p@1", on: { clock: "100hz" }, inputs: { value: { type: "number" } }, outputs: { value: { type: "number" } }, policy: { call: { period_ns: 1e7 } } });
`,
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "limbeck-codes-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
});
afterAll(() => rmSync(folder, { recursive: true }));

const graphOf = (nodes: string, out = "a.value") => `limbeck: 1
name: tried
streams:
  in:
    x: {message: Scalar, simulate: wave.value, contract: {rate: 100hz}}
    y: {message: Scalar, simulate: wave.value, contract: {rate: 40hz, jitter: 3ms}}
    press: {message: Scalar, kind: event, simulate: wave.value, contract: {rate: 10hz}}
  out:
    z: {message: Scalar, from: ${out}, initial: 0}
world:
  wave: {component: source/chirp, on: 100hz, params: {amplitude: 1, from: 1, to: 5, duration: 1}}
nodes:
${nodes}
`;

const ema = (name: string, rest: string) => `  ${name}: {component: filter/ema, params: {time_constant: 1}, ${rest}}`;
const hear = (rest: string) => `  a: {component: ./hear.ts, ${rest}}`;

const refused: readonly (readonly [keyof typeof codes, string, string])[] = [
  ["L0860", "a step", `  a: {component: ./half.ts, in: {value: x}}`],
  ["L0860", "what draws", `  a: {component: fault/noise, params: {deviation: 1}, in: {value: x}}`],
  [
    "L0862",
    "aligned",
    `  a: {component: filter/complementary, on: {aligned: {ports: [value, rate], within: 5ms}}, params: {time_constant: 1}, in: {value: x, rate: y}}`,
  ],
  ["L0862", "a silence", ema("a", "on: {silence: {port: value, for: 50ms}}, in: {value: x}")],
  [
    "L0862",
    "a window of time",
    hear("on: {window: {port: press, duration: 1s, every: 100ms}}, in: {press: press, also: x}"),
  ],
  ["L0863", "too far apart", `${ema("a", "on: 2khz, in: {value: b.value}")}\n${ema("b", "on: 1hz, in: {value: x}")}`],
  ["L0863", "no base", `${ema("a", "on: 100hz, in: {value: b.value}")}\n${ema("b", "on: 33.333hz, in: {value: x}")}`],
  ["L0864", "a circle", `  a: {component: ./double.ts, in: {value: {from: a.value, delay: 10ms, initial: 0}}}`],
  ["L0865", "a latency", ema("a", "on: 100hz, latency: 2ms, in: {value: x}")],
  ["L0866", "a fault", ema("a", "on: 100hz, in: {value: {from: x, missing: fault}}")],
  ["L0866", "events without a bound", hear("on: 10hz, in: {press: press, also: x}")],
  [
    "L0866",
    "a queue that ends the node",
    hear("on: 10hz, in: {press: {from: press, queue: {size: 4, policy: fault}}, also: x}"),
  ],
  ["L0866", "a queue that waits for another input", hear("in: {press: {from: press, queue: {size: 4}}, also: x}")],
  [
    "L0867",
    "behind messages",
    `${ema("a", "on: 100hz, in: {value: {from: b.value, delay: 10ms, initial: 0}}")}\n${ema("b", "in: {value: y}")}`,
  ],
  [
    "L0867",
    "without a clock",
    `${ema("a", "on: {each: [value]}, in: {value: {from: b.value, delay: 10ms, initial: 0}}")}\n${ema("b", "in: {value: y}")}`,
  ],
  ["L0868", "a policy", `  a: {component: ./policy.ts, in: {value: x}}`],
];

const problemsOf = (work: () => Promise<unknown>): Promise<readonly Problem[]> =>
  work().then(
    () => [],
    (error: unknown) => {
      if (error instanceof LimbeckError) return error.problems;
      throw error;
    },
  );

let made = 0;
function load(text: string): Promise<Loaded> {
  const file = join(folder, `tried-${++made}.graph.yaml`);
  writeFileSync(file, text);
  return loadGraph(file);
}

const lowering = async (text: string) => {
  const loaded = await load(text);
  expect(loaded.problems.filter(({ severity }) => severity === "error").map(({ message }) => message)).toEqual([]);
  return problemsOf(() => lower(loaded, { home: folder, spec: { all: true } }));
};

const whole = graphOf(ema("a", "on: 100hz, in: {value: x}"));
const vectors = whole
  .replace("x: {message: Scalar, simulate: wave.value,", "x: {message: Vector2,")
  .replace("z: {message: Scalar, from: a.value, initial: 0}", "z: {message: Vector2, from: a.value, initial: [0, 0]}");
const moved = whole
  .replace("simulate: wave.value", "simulate: motor.value")
  .replace(
    "nodes:",
    "  motor: {component: filter/ema, on: {each: [value]}, params: {time_constant: 1}, in: {value: z}}\nnodes:",
  );
const job = () => ({ home: folder, signal: new AbortController().signal, onProgress: () => {}, now: () => 0 });
const facts = (text?: string) => async () =>
  void policyFacts({ metadata: text === undefined ? {} : { limbeck: text } }, "p.onnx");
const bare = () => {
  const g = graphBuilder("bare");
  g.output("y", g.input("x", "float32", [1]));
  return encode(g.model());
};
async function verifyingElsewhere(other: string) {
  const { onnx } = await lower(await load(whole), { home: folder, spec: { all: true } });
  const loaded = await load(other);
  return problemsOf(() => verifyPolicy(loaded, { ...job(), policy: { name: "p.onnx", onnx }, for_ns: 1e8 }));
}

const others: readonly (readonly [keyof typeof codes, string, () => Promise<readonly Problem[]>])[] = [
  ["L0861", "no out-stream", () => lowering(whole.replace(/ {2}out:\n.*\n/, ""))],
  [
    "L0870",
    "no policy",
    async () =>
      problemsOf(async () => verifyPolicy(await load(whole), { ...job(), policy: { name: "p.onnx", onnx: bare() } })),
  ],
  ["L0870", "no JSON", () => problemsOf(facts("{"))],
  ["L0870", "other facts", () => problemsOf(facts('{"limbeck": 1, "policy": 2}'))],
  ["L0871", "a port that is not there", () => verifyingElsewhere(whole.replaceAll("z:", "other:"))],
  ["L0871", "another type", () => verifyingElsewhere(vectors)],
  [
    "L0873",
    "a plant that every message moves",
    async () => {
      const loaded = await load(moved);
      return problemsOf(() =>
        located(loaded, async () => lowerLoop(checked(loaded), { component: loaded.component, outputs: ["z"] })),
      );
    },
  ],
];

const cases: readonly (readonly [string, string, () => Promise<readonly Problem[]>])[] = [
  ...refused.map(([code, name, nodes]) => [code, name, () => lowering(graphOf(nodes))] as const),
  ...others,
];
const printed = new Map<string, string>();

test.each(cases)("%s: %s", async (code, name, act) => {
  const problems = await act();
  expect(problems.map((p) => p.code)).toEqual([code]);
  const text = printProblems(problems, {
    readText: (file) => readFileSync(resolve(file), "utf8"),
    color: false,
  });
  // what JSON.parse says is another thing in every version of Node
  printed.set(`${code}: ${name}`, text.replaceAll(/\S*tried-\d+/g, "tried").replace(/(not JSON:).*/, "$1 …"));
});

test("they read as the golden says", async () => {
  const text = cases.map(([code, name]) => `# ${name}\n${printed.get(`${code}: ${name}`)}`).join("\n――――\n\n");
  await expect(text).toMatchFileSnapshot("lower.golden.txt");
});

test("no code is without its example", () => {
  const shown = new Set(cases.map(([code]) => code));
  expect(Object.keys(codes).filter((code) => !shown.has(code))).toEqual([]);
});
