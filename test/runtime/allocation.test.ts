/** In the steady state a run allocates nothing beyond what its components return. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import Type from "typebox";
import { expect, test } from "vitest";
import { step } from "../../src/component/step.js";
import { createRun } from "../../src/runtime/run.js";
import { memory, prepared } from "../support/graphs.js";

const number = Type.Number();
/** A step that gives back one and the same object. */
const still = (inputs: { readonly [port: string]: typeof number }) => {
  const result = { outputs: { value: 1 } };
  return step({ doc: "Says 1.", inputs, outputs: { value: number }, step: () => result });
};

test("a chain of nodes, held and aged inputs, allocates less than a byte or two a firing", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const lines = Array.from({ length: 19 }, (_, i) => {
    const age = i % 3 === 0 ? ", max_age: 1s" : "";
    return `  n${i + 1}: {component: test/still, in: {x: {from: n${i}.value${age}}}}`;
  });
  const { typed, component } = await prepared(`nodes:\n  n0: {component: test/tick, on: 1khz}\n${lines.join("\n")}\n`, {
    components: { "test/tick": still({}), "test/still": still({ x: number }) },
  });
  const run = await createRun(typed, { component, services: memory(), digest: false });
  // until its code is compiled, numbers are boxed
  await run.advance(60e9);
  const windows: number[] = [];
  for (let end_s = 70; end_s <= 100; end_s += 10) {
    collect();
    const before = process.memoryUsage().heapUsed;
    await run.advance(end_s * 1e9);
    windows.push((process.memoryUsage().heapUsed - before) / (10_000 * 20));
  }
  const { node_steps } = await run.finish();
  expect(node_steps).toBe(100_000 * 20);
  // the smallest object takes 16; the rest is what the turns of a run take, every few thousand firings
  expect(Math.min(...windows)).toBeLessThan(4);
});
