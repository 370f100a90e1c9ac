/** Loops in lock-step say what the engine says one by one. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { model } from "../../src/component/model.js";
import { rng } from "../../src/component/rng.js";
import { inLockstep } from "../../src/lower/lockstep.js";
import { lowerLoop } from "../../src/lower/loop.js";
import { startUnder } from "../../src/lower/starts.js";
import { openPolicy } from "../../src/models/sessions.js";
import { graphBuilder } from "../../src/onnx/builder.js";
import { encode } from "../../src/onnx/codec/index.js";
import { matmul, tanh } from "../../src/onnx/functions.js";
import { sizeOf, tensor } from "../../src/onnx/tensor.js";
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

test("a student's net is one run a tick for all rows, and they do what they do in the engine one by one", async () => {
  const loaded = await loadGraph(file);
  const net = studentNet();
  const place = "model:student";
  const student = model({
    model: "student@1",
    on: { clock: "50hz" },
    inputs: { state: { tensor: [4] } },
    outputs: { force: { type: "number", unit: "N" } },
  });
  const varied = (state0: readonly number[]) =>
    loaded.vary({
      rewrites: [{ rule: "substitute", options: { nodes: ["controller"], with: place } }],
      components: { [place]: student },
      set: { "cart.state0": [...state0] },
    });
  const services = { ...servicesOf(file, ".limbeck"), models: { open: () => openPolicy(encode(net)) } as never };
  const first = varied(starts[0]!);
  const loop = lowerLoop(first.typed, {
    component: first.component,
    model: () => net,
    outputs: ["force", "cart.state"],
  });
  const begun = starts.map((state0) => startUnder(loop, first, varied(state0))!);
  const ticks = 100;
  const { outputs } = await inLockstep(loop, begun, ticks);
  for (const [row, state0] of starts.entries()) {
    const { typed, component } = varied(state0);
    const run = await createRun(typed, { component, services, digest: false, ideal: true });
    const states: number[][] = [];
    run.port("cart.state").subscribe(({ message }) => states.push(Array.from(message as Float64Array)));
    await run.start(ticks * 2e7);
    for (let k = 0; k < ticks; k++)
      for (let i = 0; i < 4; i++)
        expect(Number(outputs["act.cart.state"]!.data[(k * starts.length + row) * 4 + i])).toBeCloseTo(
          states[k]![i]!,
          5,
        );
  }
});

/** 4 → 64 → 1, mild. */
function studentNet() {
  const draws = rng(5);
  const drawn = (dims: number[], scale: number) =>
    tensor(
      "float32",
      dims,
      Float32Array.from({ length: sizeOf(dims) }, () => scale * draws.between(-1, 1)),
    );
  const g = graphBuilder("student");
  const x = g.input("obs.state", "float32", ["N", 4]);
  const hidden = tanh(matmul(x, g.initializer("w0", drawn([4, 64], 0.5))));
  g.output("act.force", matmul(hidden, g.initializer("w1", drawn([64, 1], 0.2))));
  return g.model();
}
