/** Params and types under which the components of the library are held to their traces. */
import type { Message, MessageSchema } from "../../src/message/type.js";
import type { Case } from "./stimulus.js";

const number = { type: "number", unit: "m" } as const;
const vector = (n: number, more: object = {}): MessageSchema => ({ tensor: [n], dtype: "float64", ...more });
const angle = { type: "number", unit: "rad", wraps: true } as const;
const singles = { tensor: [2, 2], dtype: "float32" } as const;
const angles = vector(2, { unit: "rad", wraps: true });
const joints = {
  type: "object",
  properties: { position: angles, velocity: vector(2, { unit: "rad/s" }) },
  required: ["position", "velocity"],
} as const;
const value = (type: MessageSchema, params = {}, more: object = {}): Case => ({
  types: { value: type },
  params,
  ...more,
});

const rigid = (): Message => Float64Array.of(0, -1, 0, 1, 1, 0, 0, 2, 0, 0, 1, 3, 0, 0, 0, 1);
const positive =
  (n: number, count = 1) =>
  (random: { normal(): number }): Message => {
    const out = new Float64Array(count * n * n);
    for (let k = 0; k < count; k++)
      for (let i = 0; i < n; i++)
        for (let j = 0; j <= i; j++)
          out[k * n * n + i * n + j] = out[k * n * n + j * n + i] = i === j ? 3 + Math.abs(random.normal()) : 0.5;
    return out as Message;
  };
const kalman = {
  A: [
    [0, 1],
    [-4, -0.3],
  ],
  C: [[1, 0]],
  Q: [
    [0, 0],
    [0, 0.1],
  ],
  R: [[0.01]],
  P0: [
    [1, 0],
    [0, 1],
  ],
};
const links = [
  { a: 1, alpha: 0.3 },
  { a: 0.5, d: 0.2, alpha: -1 },
  { joint: "prismatic", d: 0.1 },
  { a: 0.2, theta: 0.3 },
];

/** Long steps of the integrators, for the sake of reference evaluation. */
const step = 0.02;

/** By name of the component and what is particular about the case. */
export const cases: { readonly [title: string]: Case } = {
  "control/feed-forward number": {
    types: { velocity: number },
    params: { static: 1, viscous: 2, inertia: 3, rest: 0.5 },
  },
  "control/feed-forward vector": {
    types: { velocity: vector(2), acceleration: vector(2) },
    params: { static: [1, 2], viscous: 2, inertia: [0, 3], constant: 1 },
  },
  "control/lead-lag": value(vector(3), { lead: 0.1, lag: 0.01, gain: 2 }),
  "control/lqr": {
    params: {
      A: [
        [0, 1],
        [0, 0],
      ],
      B: [[0], [1]],
      Q: [
        [1, 0],
        [0, 1],
      ],
      R: [[1]],
      time: "continuous",
      low: -1,
      tell_gain: true,
    },
  },
  "control/minimum-jerk": { types: { goal: vector(2) }, params: { duration: 0.2 } },
  "control/minimum-jerk angle": { types: { goal: angle }, params: { duration: 0.1, start: 1 } },
  "control/pd": { types: { target: angles, joints }, params: { kp: 60, kd: 3, limit: 50 } },
  "control/pd without": { types: { target: vector(2), joints }, params: { kp: 60 }, without: ["feed_forward"] },
  "control/pid clamping": {
    types: { setpoint: number, measurement: number },
    params: { kp: 2, ki: 5, kd: 0.1, low: -4, high: 5, weight: 0.5 },
  },
  "control/pid back-calculation": {
    types: { setpoint: angles, measurement: angles },
    params: { kp: [2, 1], ki: 5, kd: 0.1, high: [4, 3], anti_windup: "back-calculation", filter: 0 },
  },
  "control/pid without": {
    types: { setpoint: singles, measurement: singles },
    params: { kp: 2, ki: 1 },
    without: ["feed_forward", "track"],
    rate: 100,
  },
  "control/trapezoidal-profile": { types: { goal: vector(2) }, params: { max_velocity: [5, 3], max_acceleration: 50 } },
  "control/trapezoidal-profile angle": {
    types: { goal: angle },
    params: { max_velocity: 5, max_acceleration: 20, start: 0.3 },
  },
  "dynamics/two-link-gravity": {},
  "estimation/associate": {
    types: {
      measurement: vector(2),
      candidates: { tensor: [4, 2], dtype: "float64" },
      covariance: { tensor: [2, 2], dtype: "float64" },
    },
    params: { angles: [1] },
    draw: { covariance: positive(2) },
    nan: 0,
  },
  "estimation/associate each": {
    types: {
      measurement: vector(3),
      candidates: { tensor: [4, 3], dtype: "float64" },
      covariance: { tensor: [4, 3, 3], dtype: "float64" },
    },
    params: { probability: 0.5 },
    draw: { covariance: positive(3, 4) },
    nan: 0,
  },
  "estimation/dead-reckoning-differential": { params: { pose0: [1, 2, 3] } },
  "estimation/dead-reckoning-tricycle": {},
  "estimation/dead-reckoning-unicycle": {},
  "estimation/kalman continuous": { params: { ...kalman, time: "continuous" }, nan: 0 },
  "estimation/kalman driven": {
    params: { ...kalman, B: [[0], [1]], time: "continuous", x0: [1, 2] },
    types: { measurement: { type: "number" } },
    nan: 0,
  },
  "estimation/kalman integrators": {
    params: {
      ...kalman,
      A: [
        [0, 1],
        [0, 0],
      ],
      B: [[0.1], [1]],
      time: "continuous",
    },
    nan: 0,
  },
  "estimation/kalman clock": { params: { ...kalman, B: [[0], [1]], time: "continuous" }, nan: 0, rate: 50 },
  "estimation/kalman discrete": {
    params: {
      ...kalman,
      A: [
        [1, 0.1],
        [0, 1],
      ],
      C: [
        [1, 0],
        [0, 1],
      ],
      R: [
        [1, 0.1],
        [0.1, 2],
      ],
      time: "discrete",
    },
    nan: 0,
    without: [],
  },
  "fault/bias": value(joints, { gain: 2, offset: [0.1, 0.2, 0.3, 0.4], from: 0.5, until: 1.5 }),
  "fault/drift": value(number, { rate: 0.5, from: 0.5 }),
  "fault/freeze": value(joints, { from: 0.5, until: 1 }),
  "fault/nan": value(joints, { at: [0.3, 1] }),
  // a zero keeps its sign in JavaScript
  "fault/quantisation": value(singles, { step: 0.25, until: 2 }, { apart: 0 }),
  "filter/butterworth-high-pass": value(vector(2), { order: 3, cutoff: 5, rate: 100 }),
  "filter/butterworth-low-pass": value(number, { order: 4, cutoff: 5, rate: 100, start: "rest" }),
  "filter/butterworth-low-pass angle": value(angle, { order: 1, cutoff: 5, rate: 100 }),
  "filter/butterworth-low-pass clock": value(singles, { order: 2, cutoff: 5, rate: 100 }, { rate: 100 }),
  "filter/complementary": { types: { value: number, rate: { type: "number", unit: "m/s" } } },
  "filter/complementary angle": { types: { value: angles, rate: vector(2, { unit: "rad/s" }) } },
  "filter/dead-band": value(vector(2), { lower: [-0.1, -1], upper: 0.5 }),
  "filter/delay-line": value(singles, { samples: 3, initial: 7 }),
  "filter/delay-line one": value(number, { samples: 1 }),
  "filter/delay-line none": value(number, { samples: 0 }),
  "filter/derivative": value(number),
  "filter/derivative angle": value(vector(2, { unit: "rad", wraps: true })),
  "filter/ema alpha": value(singles, { alpha: 0.2 }),
  "filter/ema time": value(angle, { time_constant: 0.05 }),
  "filter/hysteresis": value(vector(2), { lower: [-0.5, 0], upper: 0.5 }),
  "filter/median": value(vector(2), { samples: 5 }),
  "filter/median angle": value(angle, { samples: 4 }),
  "filter/median one": value(angle, { samples: 1 }),
  "filter/rate-limiter": value(angles, { rise: [10, 2], fall: 5 }),
  "filter/resample": value(vector(2), { method: "linear" }),
  "filter/resample angle": value(angle, { method: "linear" }, { rate: 50 }),
  "filter/resample hold": value(number),
  "filter/saturation": value(singles, { lower: [-1, -2, 0, 0] }),
  "kinematics/dh-forward": { params: { links }, nan: 0 },
  "kinematics/dh-forward modified": { nan: 0, params: { links, convention: "modified", order: "xyzw" } },
  "kinematics/dh-inverse": {
    params: { links: [{ a: 1 }, { a: 0.8 }], iterations: 6 },
    draw: { target: (r) => Float64Array.of(r.between(0.5, 1), r.between(-0.7, 0.7), 0) },
    // equations are solved with or without exchange of rows
    apart: 1e-9,
    count: 50,
    nan: 0.02,
  },
  "kinematics/dh-inverse pose": {
    params: { links, iterations: 6, initial: [0.1, 0.2, 0.3, 0.4] },
    types: { target: { tensor: [4, 4], dtype: "float64" } },
    draw: { target: rigid },
    apart: 1e-6,
    // near a pose where joints stand in for each other
    precision: 1e-7,
    count: 50,
    nan: 0,
  },
  "kinematics/two-link-inverse": {},
  "kinematics/two-link-inverse up": { params: { elbow: "up" } },
  "logic/counter": { params: { maximum: 5, wraps: true } },
  "logic/counter stays": { params: { maximum: 3 }, without: ["reset"] },
  "logic/latch": {},
  "logic/latch set": { params: { priority: "set", initial: true } },
  "logic/select": {
    params: { choices: ["a", "b"] },
    types: { which: { type: "string", enum: ["b", "a"] }, a: joints, b: joints },
  },
  "logic/switch": { types: { if_true: joints, if_false: joints } },
  "logic/threshold": value(vector(2), { level: [0, 1], hysteresis: 0.5 }),
  "logic/threshold below": value(number, { level: 0, beyond: "below" }),
  "math/cross-product": {},
  "math/frame-transform": { types: { points: { tensor: [3, 3], dtype: "float64" } }, draw: { transform: rigid } },
  "math/frame-transform inverse": { params: { inverse: true }, draw: { transform: rigid } },
  "math/frame-transform vectors": {
    params: {
      matrix: [
        [0, -1, 0, 1],
        [1, 0, 0, 2],
        [0, 0, 1, 3],
        [0, 0, 0, 1],
      ],
      of: "vectors",
    },
  },
  "math/lookup-table clamp": value(vector(3), { x: [-1, 0, 0.5, 2], y: [1, 3, -2, 0], outside: "clamp" }),
  "math/lookup-table extend": value(number, { x: [-1, 0, 0.5, 2, 3], y: [1, 3, -2, 0, 5], outside: "extend" }),
  "math/matrix-gain": value(singles, {
    matrix: [
      [1, 2, 3, 4],
      [0, -1, 0.5, 0],
    ],
  }),
  "math/norm euclidean": value(vector(3)),
  "math/norm sum": value(singles, { kind: "sum" }),
  "math/norm max": value(number, { kind: "max" }),
  "math/polynomial": value(vector(2), { coefficients: [1, -2, 0.5, 3] }),
  "math/quaternion-multiply": { params: { order: "xyzw" } },
  "math/quaternion-rotate": { params: { inverse: true }, nan: 0 },
  "sim/cart-pole": { params: { state0: [0, 0, 1, 0], hinge_friction: 0.1, step }, nan: 0 },
  "sim/cart-pole clock": { params: { state0: [0, 0, 1, 0] }, rate: 100, nan: 0 },
  "sim/cascaded-tanks": {
    params: { upper0: 0.29, lower0: 0.1, step },
    draw: { inflow: (r) => 1e-3 * r.uniform() },
    nan: 0,
  },
  "sim/dc-motor": { params: { step: 0.005, inductance: 0.1 }, nan: 0 },
  "sim/differential-drive": { params: { lag: 0.05, pose0: [1, 2, 0.5], step }, nan: 0 },
  "sim/differential-drive clock": { rate: 50, nan: 0 },
  "sim/mass-spring-damper": { nan: 0, params: { damping: 0.3, step } },
  "sim/pendulum": { nan: 0, params: { q0: 1, damping: 0.1, step } },
  "sim/pendulum clock": { nan: 0, params: { q0: 1, damping: 0.1 }, rate: 200, without: ["torque"] },
  "sim/planar-quadrotor": { params: { step }, nan: 0 },
  "sim/spectral-camera": {
    params: {
      pixels: [3, 4],
      bands: [450, 550, 650],
      materials: { soil: { base: 0.2 }, leaf: { base: 0.1, peaks: [{ at: 550, width: 30, height: 0.4 }] } },
      discs: [{ material: "leaf", centre: [0.1, 0], radius: 0.2 }],
    },
  },
  "sim/tricycle": { params: { speed_lag: 0.1, steering_lag: 0.2, step }, nan: 0 },
  "sim/two-link-arm": { params: { q0: [0.3, 0.5], step: 0.005 }, nan: 0 },
  "sim/two-link-arm clock": { params: { q0: [0.3, 0.5] }, rate: 100, nan: 0 },
  "source/chirp": { params: { from: 0.1, to: 10, duration: 5, sweep: "exponential", amplitude: [1, 2] } },
  "source/chirp linear": { params: { from: 0.1, to: 10, duration: 5, offset: 2 } },
  "source/constant": { params: { value: [1, 2] } },
  "source/constant number": { params: { value: 3 } },
  "source/step": { params: { time: 2, to: [1, 2] } },
};

/** Components without a tensor form, and why they have none. */
export const opaque: { readonly [name: string]: string } = {
  "fault/delay": "asks for firings of its own",
  "fault/drop-out": "random",
  "fault/noise": "random",
  "sim/waypoints": "random, or any number of points",
  "source/csv": "reads a file",
  "source/prbs": "a shift register of bits",
  "source/random-walk": "random",
};
