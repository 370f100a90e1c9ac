/** `limbeck lower …` and `limbeck verify --policy` as they are typed. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "../support/run.js";
import { limbeck } from "./command.js";

const arm = join(root, "graphs", "arm-reach.graph.yaml");
let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "limbeck-lower-"));
});
afterAll(() => rmSync(cwd, { recursive: true }));

const run = (...words: string[]) => limbeck(words, { cwd });

test("the arm's whole controller is one policy, which answers as the graph does", async () => {
  const lowered = await run("lower", arm, "--all", "--output", "arm.onnx", "--for", "1s", "--json");
  expect(lowered).toMatchObject({ code: 0 });
  const told = JSON.parse(lowered.stdout);
  expect(told).toMatchObject({ output: "arm.onnx", nodes: ["ik", "gravity", "controller"], spliced: [] });
  expect(told.report.holds).toBe(true);
  expect(existsSync(join(cwd, "arm.onnx"))).toBe(true);

  const verified = await run("verify", arm, "--policy", "arm.onnx", "--for", "1s", "--json");
  expect(verified).toMatchObject({ code: 0 });
  const { ports } = JSON.parse(verified.stdout);
  expect(ports).toHaveLength(1);
  expect(ports[0]).toMatchObject({ port: "torque", holds: true });
  expect(ports[0].messages).toBeGreaterThan(90);
  // angles go through sine and cosine, which no two libraries give bit for bit
  const strict = await run("verify", arm, "--policy", "arm.onnx", "--for", "1s", "--tolerance", "0");
  expect([strict.code, ports[0].equal]).toEqual([ports[0].equal ? 0 : 1, ports[0].equal]);

  const described = await run("onnx", "info", "arm.onnx", "--json");
  expect(JSON.parse(described.stdout).outputs.map(({ name }: { name: string }) => name)).toContain("act.torque");
});

test("a policy of another graph, and a node that nobody sees through, are refused with their places", async () => {
  const other = join(root, "graphs", "delayed-integrator.graph.yaml");
  const wrong = await run("verify", other, "--policy", "arm.onnx", "--for", "1s");
  expect(wrong.code).not.toBe(0);
  expect(wrong.stderr).toContain("L0871");
  writeFileSync(
    join(cwd, "half.ts"),
    `import { step, Type } from "limbeck";
export default step({ doc: "Half.", inputs: { x: Type.Number() }, outputs: { y: Type.Number() }, step: ({ x }) => ({ outputs: { y: x / 2 } }) });
`,
  );
  writeFileSync(
    join(cwd, "half.graph.yaml"),
    `limbeck: 1
name: half
streams:
  in: {x: {message: Scalar, simulate: one.value, contract: {rate: 10hz}}}
  out: {y: {message: Scalar, from: half.y, initial: 0}}
world: {one: {component: source/constant, params: {value: 1}}}
nodes:
  half: {component: ./half.ts, in: [x]}
`,
  );
  const opaque = await run("lower", "half.graph.yaml", "--all", "--output", "half.onnx");
  expect(opaque.code).toBe(1);
  expect(opaque.stderr).toContain("error L0860: `half` cannot be lowered");
  expect(opaque.stderr).toContain("half.graph.yaml:8:21");
  expect(existsSync(join(cwd, "half.onnx"))).toBe(false);
});
