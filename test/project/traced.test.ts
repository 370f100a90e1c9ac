/** `limbeck check` traces tensor steps: what a run would meet first is told with its line, once for nodes that are alike. */
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { loadGraph } from "../../src/project/load.js";

const root = realpathSync(mkdtempSync(join(tmpdir(), "limbeck-traced-")));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const GRAPH = `limbeck: 1
name: traced
streams:
  in: {x: {message: {type: number}, simulate: world.value, contract: {rate: 100hz}}}
  out: {y: {message: {type: number}, from: a.y, initial: 0}, z: {message: {type: number}, from: d.y, initial: 0}}
world: {world: {component: source/constant, on: 100hz, params: {value: 1}}}
nodes:
  a: {component: ./step.ts, in: [x]}
  b: {component: ./step.ts, in: [x]}
  c: {component: ./step.ts, in: [x], params: {gain: 3}}
  d: {component: ./step.ts, in: [x], params: {gain: 4}}
`;
const STEP = `import { appendFileSync } from "node:fs";
import { ops, tensorStep, Type } from "limbeck";
import { square } from "./square.js";
export default tensorStep({
  doc: "Fails in ways that its gain says.",
  params: Type.Object({ gain: Type.Number({ default: 2 }) }),
  inputs: { x: Type.Number() },
  outputs: { y: Type.Number() },
  step: ({ x }, _, { params }) => {
    appendFileSync("${join(root, "calls")}", String(params.gain));
    if (params.gain === 3) return { outputs: { y: x.left.right } };
    if (params.gain === 5) return { outputs: { y: ops.unsqueeze(x, [0]) } };
    return { outputs: { y: params.gain === 4 ? square(x) : ops.mul(x, params.gain) } };
  },
});
`;
writeFileSync(join(root, "package.json"), "{}");
writeFileSync(join(root, "traced.graph.yaml"), GRAPH);
writeFileSync(join(root, "step.ts"), STEP);
writeFileSync(
  join(root, "square.ts"),
  `import { ops } from "limbeck";\n\nexport const square = (x) => ops.reshape(x, [2, 2]);\n`,
);
const load = (trace: boolean, more = {}) => loadGraph(join(root, "traced.graph.yaml"), { trace, ...more });

test("a step that throws and one whose shapes do not fit, each at its line, and once", async () => {
  const { problems, typed } = await load(true);
  const errors = problems.filter(({ severity }) => severity === "error");
  expect(errors.map(({ code, place }) => [code, place?.file, place?.line])).toEqual([
    ["L0840", join(root, "step.ts"), 11],
    ["L0808", join(root, "square.ts"), 3],
  ]);
  // what runs is compiled, so that columns in it are none of the author's: the whole line is meant
  const lines = STEP.split("\n");
  expect(errors[0]!.place).toMatchObject({ column: 5, endLine: 11, endColumn: lines[10]!.length + 1 });
  expect(errors[0]!.message).toContain("`c`");
  expect(errors[0]!.message).toContain("'right'");
  const related = errors.map(({ related }) => related?.map(({ message, place }) => [message, place?.line]));
  expect(related).toEqual([[["the step of `c`", 10]], [["the step of `d`", 11]]]);
  expect(typed).toBeUndefined();
});

test("an output of the wrong shape is told at the component that the node names", async () => {
  const wrong = { set: ["a.gain=5"] };
  const { problems } = await load(true, wrong);
  const met = problems.find(({ code }) => code === "L0833")!;
  const [before] = GRAPH.split("./step.ts");
  expect(met.place).toMatchObject({ line: 8, column: before!.split("\n").at(-1)!.length + 1 });
});

test("nodes that are alike are traced once, and nobody who does not ask pays for it", async () => {
  const calls = () => readFileSync(join(root, "calls"), "utf8");
  writeFileSync(join(root, "calls"), "");
  expect((await load(false)).problems.filter(({ severity }) => severity === "error")).toEqual([]);
  expect(calls()).toBe("");
  await load(true);
  // twice each where nothing is thrown: a step must say the same both times
  expect(calls()).toBe("2234");
});

test("with --no-code there is no step to trace", async () => {
  const { problems } = await load(true, { noCode: true });
  expect(problems.map(({ code }) => code)).not.toContain("L0840");
});
