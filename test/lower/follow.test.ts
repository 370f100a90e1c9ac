/** Loops in lock-step say what the engine says one by one. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { inLockstep } from "../../src/lower/follow.js";
import { lowerLoop } from "../../src/lower/loop.js";
import { startUnder } from "../../src/lower/starts.js";
import { loadGraph } from "../../src/project/load.js";
import { servicesOf } from "../../src/project/services.js";
import { createRun } from "../../src/runtime/run.js";

const file = join(import.meta.dirname, "../../graphs/cart-pole.graph.yaml");
const TICKS = 700;
const starts = [3.1, 2.8, -0.2, 0.4, 3.4].map((angle, i) => [0.1 * i - 0.2, 0, angle, 0.05 * i]);

test("rows of one session are the runs of the engine, from starts of their own", async () => {
  const loaded = await loadGraph(file);
  const services = servicesOf(file, ".limbeck");
  const varied = (state0: readonly number[]) => loaded.vary({ set: { "cart.state0": [...state0] } });
  const first = varied(starts[0]!);
  const loop = lowerLoop(first.typed, { component: first.component, outputs: ["force", "cart.state"] });
  const begun = starts.map((state0) => startUnder(loop, first, varied(state0))!);
  const runs: { force: number[]; state: number[][] }[] = [];
  for (const state0 of starts) {
    const { typed, component } = varied(state0);
    const run = await createRun(typed, { component, services, digest: false, ideal: true });
    const said = { force: [] as number[], state: [] as number[][] };
    run.port("force").subscribe(({ message }) => said.force.push(message as number));
    run.port("cart.state").subscribe(({ message }) => said.state.push(Array.from(message as Float64Array)));
    await run.start(TICKS * 2e7);
    runs.push(said);
  }
  const { time_s, outputs } = await inLockstep(loop, begun, TICKS);
  expect(time_s.length).toBe(TICKS);
  expect(outputs["act.cart.state"]!.dims).toEqual([TICKS, starts.length, 4]);
  for (const [row, { force, state }] of runs.entries()) {
    expect(state.length).toBeGreaterThanOrEqual(TICKS);
    for (let k = 0; k < TICKS; k++) {
      // a swing-up doubles small differences now and then: the bar is 1e-5
      expect(Number(outputs["act.force"]!.data[k * starts.length + row])).toBeCloseTo(force[k]!, 5);
      for (let i = 0; i < 4; i++)
        expect(Number(outputs["act.cart.state"]!.data[(k * starts.length + row) * 4 + i])).toBeCloseTo(
          state[k]![i]!,
          5,
        );
    }
  }
});

test("params that make another step are no start of this one", async () => {
  const loaded = await loadGraph(file);
  const [first, light] = [loaded.vary({}), loaded.vary({ set: { "cart.pole_mass": 0.1 } })];
  const loop = lowerLoop(first.typed, { component: first.component, outputs: ["force"] });
  expect(startUnder(loop, first, first)).toEqual(loop.state);
  expect(startUnder(loop, first, light)).toBeUndefined();
});
