/** Closed-loop evaluation: episodes, their seeds and starts, and the metrics over them. */
import Type from "typebox";
import { expect, test } from "vitest";
import { tensor } from "../../src/component/ports.js";
import { step } from "../../src/component/step.js";
import { drawStart } from "../../src/runtime/draw.js";
import { type EvaluateOptions, episodeSeed, evaluate, summarise } from "../../src/runtime/evaluate.js";
import { authored, type Components, memory, prepared, problemsOf, rewritten } from "../support/graphs.js";

/** Evaluates the graph's own spec; `sets` collects what each episode's parameters were. */
async function evaluated(text: string, components: Components = {}, more: Partial<EvaluateOptions> = {}) {
  const graph = authored(text);
  const { component } = await prepared(graph, { components });
  const sets: { readonly [param: string]: unknown }[] = [];
  const typed = new Map<string, Awaited<ReturnType<typeof rewritten>>["typed"]>();
  const spec = graph.evaluate!;
  for (const [start, params] of Object.entries(spec.starts))
    for (let k = 0; k < (spec.episodes ?? 8); k++) {
      const set = drawStart(params, episodeSeed(1, start, k));
      typed.set(JSON.stringify(set), (await rewritten(graph, { components, set })).typed);
    }
  const result = await evaluate(spec, {
    seed: 1,
    prepare(set) {
      sets.push(set);
      return typed.get(JSON.stringify(set))!;
    },
    component,
    services: memory(),
    ...more,
  });
  return { ...result, sets };
}

const ramp = (rate: number) =>
  step({
    doc: "A ramp.",
    params: Type.Object({ from: Type.Number({ default: 0 }) }),
    inputs: {},
    outputs: { value: Type.Number() },
    step: (_, _state, { time, params }) => ({ outputs: { value: params.from + rate * time } }),
  });

const two = (metric: string) => `
nodes:
  up: {component: test/up, on: 10hz}
  flat: {component: test/flat, on: 10hz}
evaluate:
  for: 1s
  episodes: 3
  metrics: {m: {${metric}: [up.value, flat.value]}}
  starts: {near: {up.from: 1}, far: {up.from: {uniform: [5, 7]}}}
`;
const components = { "test/up": ramp(1), "test/flat": ramp(0) };

test("metrics are folds over first less second, at each message of the first", async () => {
  // `up` speaks before `flat` at each tag, and at its first message there is nothing to compare it with
  const errors = Array.from({ length: 9 }, (_, k) => 1 + 0.1 * (k + 1));
  const mean = (xs: number[]) => xs.reduce((a, b) => a + b, 0) / xs.length;
  const expected = {
    rmse: Math.sqrt(mean(errors.map((e) => e * e))),
    mae: mean(errors),
  };
  for (const [metric, value] of Object.entries(expected)) {
    const { metrics } = await evaluated(two(metric), components);
    expect(metrics.m!.near!.values).toHaveLength(3);
    for (const v of metrics.m!.near!.values) expect(v).toBeCloseTo(value, 12);
    expect(metrics.m!.near!.sd).toBeCloseTo(0, 12);
    expect(metrics.m!.far!.mean).toBeGreaterThan(5);
    expect(metrics.m!.far!.mean).toBeLessThan(8);
    expect(metrics.m!.far!.sd).toBeGreaterThan(0);
  }
});

test("episode k of a start is the same whatever the others are: its draw and its seed", async () => {
  const one = await evaluated(two("rmse"), components);
  const other = await evaluated(two("rmse").replace("near: {up.from: 1}, ", ""), components);
  expect(other.metrics.m!.far).toEqual(one.metrics.m!.far);
  expect(one.sets.slice(3)).toEqual(other.sets);
  expect(new Set(other.sets.map((s) => s["up.from"])).size).toBe(3);
  const again = await evaluated(two("rmse"), components);
  expect(again.metrics).toEqual(one.metrics);
});

test("episodes side by side say what they say one after the other, each with the services of its lane", async () => {
  const alone = await evaluated(two("rmse"), components, { trace: ["up.value"] });
  for (const count of [2, 4, 6, 100]) {
    const lent: number[] = [];
    const seen: number[] = [];
    const lanes = {
      count,
      services(lane: number) {
        lent.push(lane);
        return memory();
      },
    };
    const onEpisode = (done: number) => void seen.push(done);
    const together = await evaluated(two("rmse"), components, { lanes, trace: ["up.value"], onEpisode });
    expect(together.metrics).toEqual(alone.metrics);
    expect(together.traces).toEqual(alone.traces);
    expect(lent).toEqual([0, 1, 2, 3, 4, 5].map((k) => k % count));
    expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
  }
});

test("one of several episodes side by side that fails is told once the others are over", async () => {
  const failing = step({
    doc: "Fails where it begins high.",
    params: Type.Object({ from: Type.Number({ default: 0 }) }),
    inputs: {},
    outputs: { value: Type.Number() },
    step(_inputs, _state, { params: { from } }) {
      if (from > 5) throw new Error("too high");
      return { outputs: { value: from } };
    },
  });
  const lanes = { count: 6, services: () => memory() };
  const found = await problemsOf(evaluated(two("rmse"), { ...components, "test/up": failing }, { lanes }));
  expect(found.map(({ code }) => code)).toEqual(["L0602"]);
});

test("what drives the graph does not change the world that it meets", async () => {
  const noisy = (gain: number) => `
streams: {in: {x: {message: Scalar, simulate: w.value, contract: {rate: 10hz, loss: 20%}}}}
world: {w: {component: test/noise}}
nodes: {p: {component: test/sum, in: {a: x}, params: {gain: ${gain}}}}
evaluate: {for: 5s, episodes: 2, metrics: {m: {rmse: [w.value, x]}}, starts: {s: {}}}
`;
  const [teacher, student] = [await evaluated(noisy(1)), await evaluated(noisy(-3))];
  expect(student.metrics).toEqual(teacher.metrics);
  const [first, second] = teacher.metrics.m!.s!.values;
  expect(first).not.toBe(second);
});

test("angles that wrap differ the short way round", async () => {
  const angle = (of: number) =>
    step({
      doc: "An angle.",
      inputs: {},
      outputs: { value: tensor([1], { unit: "rad", wraps: true }) },
      step: () => ({ outputs: { value: Float64Array.of(of) } }),
    });
  const { metrics } = await evaluated(
    two("rmse").replace("near: {up.from: 1}, far: {up.from: {uniform: [5, 7]}}", "near: {}"),
    { "test/up": angle(3.1), "test/flat": angle(-3.1) },
  );
  expect(metrics.m!.near!.mean).toBeCloseTo(2 * Math.PI - 6.2, 12);
});

test("ports of different types cannot be compared", async () => {
  const pair = step({
    doc: "A pair.",
    inputs: {},
    outputs: { value: tensor([2]) },
    step: () => ({ outputs: { value: Float64Array.of(1, 2) } }),
  });
  const [problem] = await problemsOf(evaluated(two("rmse"), { ...components, "test/flat": pair }));
  expect(problem).toMatchObject({ code: "L0608", path: "/evaluate/metrics/m" });
});

test("traces are of the first episode of each start", async () => {
  const { traces } = await evaluated(two("rmse"), components, { trace: ["up.value"] });
  expect(traces.map(({ start, episode, port }) => [start, episode, port])).toEqual([
    ["near", 0, "up.value"],
    ["far", 0, "up.value"],
  ]);
  expect(traces[0]!.samples.length).toBe(10);
});

test("a signal stops the evaluation, and no figure is given", async () => {
  const abort = new AbortController();
  const done: number[] = [];
  const { interrupted, metrics } = await evaluated(two("rmse"), components, {
    signal: abort.signal,
    onEpisode: (n) => {
      done.push(n);
      if (n === 2) abort.abort();
    },
  });
  expect(interrupted).toBe(true);
  expect(metrics).toEqual({});
  expect(done).toEqual([1, 2]);
});

test("draws: values as they are, bounds element by element, arrays between corners", () => {
  const draw = (seed: number) =>
    drawStart(
      {
        a: 3,
        b: { uniform: [1, 2] },
        c: {
          uniform: [
            [-1, 10],
            [0, 20],
          ],
        },
        d: [1, 2],
        e: { x: 1 },
      },
      seed,
    );
  const { a, b, c, d, e } = draw(1) as { a: number; b: number; c: [number, number]; d: unknown; e: unknown };
  expect([a, d, e]).toEqual([3, [1, 2], { x: 1 }]);
  expect(b >= 1 && b < 2 && c[0] >= -1 && c[0] < 0 && c[1] >= 10 && c[1] < 20).toBe(true);
  expect(draw(1)).toEqual(draw(1));
  expect(draw(2)).not.toEqual(draw(1));
});

test("summary: mean and sample standard deviation", () => {
  expect(summarise([2, 4, 4, 4, 5, 5, 7, 9])).toMatchObject({ mean: 5, sd: Math.sqrt(32 / 7) });
  expect(summarise([3]).sd).toBe(0);
});
