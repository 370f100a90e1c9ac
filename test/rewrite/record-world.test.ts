/** Recorders that read on both sides of the boundary. */
import { expect, test } from "vitest";
import { authored, memory, rewritten, run } from "../support/graphs.js";

const loop = `
streams:
  in: {x: {message: Scalar, simulate: plant.value, contract: {rate: 100hz}}}
  out: {command: {message: Scalar, from: control.value, initial: 0}}
world:
  plant: {component: test/sum, on: 100hz, in: {a: command}, params: {offset: 1}}
  other: {component: test/count, on: 50hz}
nodes:
  control: {component: test/sum, on: 100hz, in: {a: x}, params: {gain: 2}}
`;

const rowsOf = async (record: string, for_ms = 40) => {
  const services = memory();
  const { result } = await run(`${loop}rewrites: [{record: {as: r, ${record}}}]`, { for_ms, services });
  const { spec, rows, incomplete } = services.kept.r!;
  return { rows: rows.map(({ time_ns, values }) => [time_ns / 1e6, values]), kind: spec.rows, incomplete, result };
};

test("a world node's row holds what its firing read: the out-stream as it had reached the world", async () => {
  const { rows, kind } = await rowsOf("inputs: [command], outputs: [plant.value]");
  expect(kind).toBe("firings");
  // the plant fires first at a tag; what the controller says there it hears only at its next
  expect(rows).toEqual([
    [0, { command: 0, "plant.value": 1 }],
    [10, { command: 2, "plant.value": 3 }],
    [20, { command: 6, "plant.value": 7 }],
    [30, { command: 14, "plant.value": 15 }],
  ]);
});

test("a node's row may hold the world's truth of the same instant", async () => {
  const { rows } = await rowsOf("inputs: [plant.value, other.value, x], outputs: [control.value]");
  expect(rows).toEqual([
    [0, { "plant.value": 1, "other.value": 0, x: 1, "control.value": 2 }],
    [10, { "plant.value": 3, "other.value": 0, x: 3, "control.value": 6 }],
    [20, { "plant.value": 7, "other.value": 1, x: 7, "control.value": 14 }],
    [30, { "plant.value": 15, "other.value": 1, x: 15, "control.value": 30 }],
  ]);
});

test("the world and the system as one row of firings, where they fire together", async () => {
  const { rows, incomplete } = await rowsOf("outputs: [plant.value, control.value]");
  expect(rows.map(([, values]) => values)).toEqual([
    { "plant.value": 1, "control.value": 2 },
    { "plant.value": 3, "control.value": 6 },
    { "plant.value": 7, "control.value": 14 },
    { "plant.value": 15, "control.value": 30 },
  ]);
  expect(incomplete).toEqual([]);
});

test("as messages, joined by stamp: each as it was sent", async () => {
  const { rows, kind } = await rowsOf("inputs: [x], outputs: [command, other.value]", 15);
  expect(kind).toBe("asof");
  expect(rows).toEqual([
    [0, { command: 2, "other.value": 0, x: 1 }],
    [10, { command: 6, x: 3 }],
  ]);
});

test("a recorder anywhere leaves every digest as it is", async () => {
  const bare = await run(loop, { for_ms: 200 });
  for (const record of [
    "inputs: [command], outputs: [plant.value]",
    "inputs: [plant.value], outputs: [control.value]",
    "inputs: [x, control.value], outputs: [plant.value]",
    "outputs: [command, other.value]",
  ]) {
    const { result } = await rowsOf(record, 200);
    expect(result.digest).toBe(bare.result.digest);
    expect(result.ports).toEqual(bare.result.ports);
    expect(result.apart).toEqual(bare.result.apart);
  }
});

test("nothing but what feeds nobody may look over the boundary", async () => {
  const { problems } = await rewritten(
    authored(loop.replace("in: {a: x}, params: {gain: 2}", "in: {a: plant.value}, params: {gain: 2}")),
  );
  expect(problems.filter((p) => p.severity === "error").map((p) => p.code)).toEqual(["L0216"]);
});
