/**
 * Tensor components against the same steps written by hand: what a firing costs in generated JavaScript, state and
 * outputs made anew by both. A PID controller of two joints, a moving average of six, an RK4 pendulum of ten steps,
 * and a net of 8-64-64-4 in float32.
 *
 * Both sides are called as the engine calls them, on the same inputs, and must come to the same numbers.
 */
import Type from "typebox";
import { tensor } from "../dist/component/ports.js";
import { step } from "../dist/component/step.js";
import { repeat } from "../dist/component/tensor/symbolic.js";
import { tensorStep } from "../dist/component/tensor/tensor.js";
import * as ops from "../dist/onnx/functions.js";

export const name = "tensor";

const RUNS = 7;
const PEER = "the same step by hand";

const two = tensor([2]);
const pid = {
  doc: "PID of two joints, limited, with clamping.",
  inputs: { setpoint: two, measurement: two },
  outputs: { output: two },
};
const [KP, KI, KD, FILTER, LIMIT] = [12, 3, 0.8, 0.01, 20];
const pidByHand = step({
  ...pid,
  state: () => ({
    integral: new Float64Array(2),
    rate: new Float64Array(2),
    error: new Float64Array(2),
    measured: new Float64Array(2),
    started: false,
  }),
  step({ setpoint, measurement }, state, { dt }) {
    const moves = state.started && dt > 0;
    const blend = 1 - Math.exp(-dt / FILTER);
    const output = new Float64Array(2);
    const integral = new Float64Array(2);
    const rate = new Float64Array(2);
    const error = new Float64Array(2);
    for (let i = 0; i < 2; i++) {
      const e = setpoint[i] - measurement[i];
      const r = moves
        ? state.rate[i] + blend * ((measurement[i] - state.measured[i]) / dt - state.rate[i])
        : state.rate[i];
      const rest = KP * e - KD * r;
      let sum = state.integral[i];
      if (moves) {
        const growth = (KI * dt * (e + state.error[i])) / 2;
        sum +=
          growth > 0
            ? Math.min(growth, Math.max(0, LIMIT - rest - sum))
            : Math.max(growth, Math.min(0, -LIMIT - rest - sum));
      }
      output[i] = Math.min(LIMIT, Math.max(-LIMIT, rest + sum));
      integral[i] = sum;
      rate[i] = r;
      error[i] = e;
    }
    return { outputs: { output }, state: { integral, rate, error, measured: measurement, started: true } };
  },
});
const pidTensor = tensorStep({
  ...pid,
  state: () => ({
    integral: new Float64Array(2),
    rate: new Float64Array(2),
    error: new Float64Array(2),
    measured: new Float64Array(2),
    started: false,
  }),
  step({ setpoint, measurement }, state, { dt }) {
    const { add, sub, mul, div, where, and, greater, min, max, exp, clip } = ops;
    const moves = and(state.started, greater(dt, 0));
    const blend = sub(1, exp(div(dt, -FILTER)));
    const error = sub(setpoint, measurement);
    const slope = div(sub(measurement, state.measured), dt);
    const rate = where(moves, add(state.rate, mul(blend, sub(slope, state.rate))), state.rate);
    const rest = sub(mul(error, KP), mul(rate, KD));
    const growth = div(mul(mul(dt, KI), add(error, state.error)), 2);
    const up = min(growth, max(sub(sub(LIMIT, rest), state.integral), 0));
    const down = max(growth, min(sub(sub(-LIMIT, rest), state.integral), 0));
    const integral = where(moves, add(state.integral, where(greater(growth, 0), up, down)), state.integral);
    const output = clip(add(rest, integral), -LIMIT, LIMIT);
    return { outputs: { output }, state: { integral, rate, error, measured: measurement, started: true } };
  },
});

const six = tensor([6]);
const ema = { doc: "Moving average of six.", inputs: { value: six }, outputs: { value: six } };
const emaByHand = step({
  ...ema,
  state: () => ({ y: undefined }),
  step({ value }, { y }) {
    if (y === undefined) return { outputs: { value }, state: { y: value } };
    const next = new Float64Array(6);
    for (let i = 0; i < 6; i++) next[i] = y[i] + 0.2 * (value[i] - y[i]);
    return { outputs: { value: next }, state: { y: next } };
  },
});
const emaTensor = tensorStep({
  ...ema,
  state: () => ({ y: new Float64Array(6), started: false }),
  step({ value }, { y, started }) {
    const next = ops.where(started, ops.add(y, ops.mul(ops.sub(value, y), 0.2)), value);
    return { outputs: { value: next }, state: { y: next, started: true } };
  },
});

const pendulum = {
  doc: "Pendulum by RK4, ten steps a firing.",
  inputs: { torque: Type.Number() },
  outputs: { joint: Type.Object({ position: Type.Number(), velocity: Type.Number() }) },
};
const STEPS = 10;
const pendulumByHand = step({
  ...pendulum,
  state: () => ({ q: 0.5, w: 0 }),
  step({ torque }, { q, w }, { dt }) {
    const h = dt / STEPS;
    const slope = (at, speed) => torque - 0.1 * speed - 9.81 * Math.sin(at);
    for (let n = 0; n < STEPS; n++) {
      const a1 = slope(q, w);
      const w2 = w + (h / 2) * a1;
      const a2 = slope(q + (h / 2) * w, w2);
      const w3 = w + (h / 2) * a2;
      const a3 = slope(q + (h / 2) * w2, w3);
      const w4 = w + h * a3;
      const a4 = slope(q + h * w3, w4);
      q += (h / 6) * (w + 2 * w2 + 2 * w3 + w4);
      w += (h / 6) * (a1 + 2 * a2 + 2 * a3 + a4);
    }
    return { outputs: { joint: { position: q, velocity: w } }, state: { q, w } };
  },
});
const pendulumTensor = tensorStep({
  ...pendulum,
  state: () => ({ q: 0.5, w: 0 }),
  step({ torque }, state, { dt }) {
    const { add, sub, mul, div, sin } = ops;
    const h = div(dt, STEPS);
    const slope = (at, speed) => sub(sub(torque, mul(speed, 0.1)), mul(sin(at), 9.81));
    const sum = (k1, k2, k3, k4) => mul(div(h, 6), add(add(add(k1, mul(k2, 2)), mul(k3, 2)), k4));
    const half = div(h, 2);
    const [q, w] = repeat(STEPS, [state.q, state.w], ([q, w]) => {
      const a1 = slope(q, w);
      const w2 = add(w, mul(half, a1));
      const a2 = slope(add(q, mul(half, w)), w2);
      const w3 = add(w, mul(half, a2));
      const a3 = slope(add(q, mul(half, w2)), w3);
      const w4 = add(w, mul(h, a3));
      const a4 = slope(add(q, mul(h, w3)), w4);
      return [add(q, sum(w, w2, w3, w4)), add(w, sum(a1, a2, a3, a4))];
    });
    return { outputs: { joint: { position: q, velocity: w } }, state: { q, w } };
  },
});

const weights = (rows, columns, seed) =>
  Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(seed + i) / Math.sqrt(columns));
const layers = [weights(64, 8, 1), weights(64, 64, 2), weights(4, 64, 3)];
const net = {
  doc: "A net of 8-64-64-4 with tanh, in float32.",
  inputs: { x: tensor([8], { dtype: "float32" }) },
  outputs: { y: tensor([4], { dtype: "float32" }) },
};
const netByHand = step({
  ...net,
  step({ x }) {
    let at = x;
    for (const [k, w] of layers.entries()) {
      const out = new Float32Array(w.length / at.length);
      for (let i = 0; i < out.length; i++) {
        let sum = 0;
        for (let j = 0; j < at.length; j++) sum += w[i * at.length + j] * at[j];
        out[i] = k < 2 ? Math.tanh(Math.fround(sum)) : sum;
      }
      at = out;
    }
    return { outputs: { y: at } };
  },
});
const netTensor = tensorStep({
  ...net,
  step({ x }, _, { constant }) {
    const sizes = [8, 64, 64, 4];
    let at = x;
    for (const [k, data] of layers.entries()) {
      at = ops.matmul(constant({ dims: [sizes[k + 1], sizes[k]], data }), at);
      if (k < 2) at = ops.tanh(at);
    }
    return { outputs: { y: at } };
  },
});

const cases = [
  [
    "tensor/pid-2",
    pidByHand,
    pidTensor,
    2_000_000,
    (x) => ({ setpoint: Float64Array.of(1, -1), measurement: Float64Array.of(x, x / 2) }),
  ],
  ["tensor/ema-6", emaByHand, emaTensor, 2_000_000, (x) => ({ value: Float64Array.of(x, 1, 2 * x, 3, x, 5) })],
  ["tensor/pendulum-rk4-10", pendulumByHand, pendulumTensor, 200_000, (torque) => ({ torque })],
  ["tensor/net-8-64-64-4", netByHand, netTensor, 20_000, (x) => ({ x: Float32Array.of(x, 1, 2, 3, 4, -x, 0.5, 0.25) })],
];

function stepperOf(component) {
  const { inputs, params } = component.signature({}, {});
  return component.instantiate({
    node: "bench",
    params,
    inputs: Object.fromEntries(Object.entries(inputs).map(([port, { type }]) => [port, type])),
    kinds: Object.fromEntries(Object.keys(inputs).map((port) => [port, "signal"])),
  }).step;
}

/** A loop of its own for each side, so that the compiler sees one step in it. */
const looping = () =>
  new Function(
    "stepper",
    "feeds",
    "ctx",
    `return (count) => {
      let state = stepper.initial;
      let outputs;
      for (let i = 0; i < count; i++) {
        const result = stepper.run(feeds[i & 15], state, ctx, undefined);
        outputs = result.outputs;
        if (result.state !== undefined) state = result.state;
      }
      return outputs;
    }`,
  );

export async function run() {
  return cases.map(([name, hand, traced, count, feed]) => {
    const feeds = Array.from({ length: 16 }, (_, i) => feed(Math.sin(i)));
    const ctx = { dt: 0.01, time: 1, fresh: () => true, age: () => 0 };
    const [peer, ours] = [hand, traced].map((component) => {
      const stepper = stepperOf(component);
      return looping()(stepper, feeds, ctx);
    });
    const [a, b] = [JSON.stringify(ours(1000)), JSON.stringify(peer(1000))];
    if (!alike(JSON.parse(a), JSON.parse(b))) throw new Error(`${name}: ${a} is not ${b}`);
    const runs = { ours: [], peer: [] };
    for (let i = 0; i < RUNS; i++)
      for (const [side, loop] of [
        ["ours", ours],
        ["peer", peer],
      ]) {
        const start = process.hrtime.bigint();
        loop(count);
        runs[side].push(Number(process.hrtime.bigint() - start) / count);
      }
    const best = Math.min(...runs.ours);
    const theirs = Math.min(...runs.peer);
    return { name, unit: "ns/firing", ours: best, peer: theirs, peer_name: PEER, ratio: theirs / best, runs };
  });
}

/** The same numbers, but for the order in which a hand adds them up. */
function alike(a, b) {
  if (typeof a === "number") return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b));
  return Object.keys(a).every((key) => alike(a[key], b[key]));
}

export default run;
