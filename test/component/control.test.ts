/** Controllers and trajectory generators against closed forms. */
import fc from "fast-check";
import Type from "typebox";
import { describe, expect, test } from "vitest";
import feedForward from "../../src/component/lib/control/feed-forward.js";
import leadLag from "../../src/component/lib/control/lead-lag.js";
import lqr from "../../src/component/lib/control/lqr.js";
import minimumJerk from "../../src/component/lib/control/minimum-jerk.js";
import pid from "../../src/component/lib/control/pid.js";
import trapezoidal from "../../src/component/lib/control/trapezoidal-profile.js";
import { rk4 } from "../../src/component/lib/integrate.js";
import { tensor } from "../../src/component/ports.js";
import { step } from "../../src/component/step.js";
import type { Json, MessageSchema } from "../../src/message/type.js";
import { firing } from "../support/fire.js";
import { run } from "../support/graphs.js";
import { refused } from "../support/refused.js";

const scalar: MessageSchema = { type: "number" };
const vector = (n: number, more: object = {}): MessageSchema => ({ tensor: [n], dtype: "float64", ...more });
const numbers = { setpoint: scalar, measurement: scalar };

describe("control/pid", () => {
  const loop = (params: { [name: string]: Json }) => firing(pid, params, numbers);

  test("on a constant error it gives kp·e + ki·e·t, at whatever times it fires", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 3, maxLength: 30 }), (gaps) => {
        const c = loop({ kp: 2, ki: 3 });
        let t = 0;
        for (const gap of [0, ...gaps]) {
          t += gap / 1000;
          expect(c.at(t, { setpoint: 5, measurement: 1 }).output).toBeCloseTo(2 * 4 + 3 * 4 * t, 9);
        }
      }),
    );
  });

  test("the integral of a ramp is exact: kp·t + ki·t²/2", () => {
    const c = loop({ kp: 1, ki: 4 });
    for (let k = 0; k <= 20; k++) {
      const t = k / 10;
      expect(c.at(t, { setpoint: t, measurement: 0 }).output).toBeCloseTo(t + 2 * t * t, 9);
    }
  });

  test("the derivative is that of the measurement, through a low-pass, and a setpoint that jumps does not kick", () => {
    const c = loop({ kp: 0, kd: 0.5, filter: 0.1 });
    for (let k = 0; k <= 100; k++) {
      const t = k / 100;
      const y = c.at(t, { setpoint: k % 7, measurement: 3 * t }).output;
      expect(y).toBeCloseTo(0.5 * 3 * Math.expm1(-t / 0.1), 9);
    }
    const raw = loop({ kp: 0, kd: 1, filter: 0 });
    raw.at(0, { setpoint: 0, measurement: 1 });
    expect(raw.at(0.5, { setpoint: 9, measurement: 2 }).output).toBeCloseTo(-2, 12);
  });

  test("weight takes the setpoint out of the proportional term and not out of the integral", () => {
    const c = loop({ kp: 2, ki: 1, weight: 0 });
    expect(c.at(0, { setpoint: 5, measurement: 1 }).output).toBeCloseTo(-2, 12);
    expect(c.at(1, { setpoint: 5, measurement: 1 }).output).toBeCloseTo(-2 + 4, 12);
  });

  /** ẏ = u, the worst case of wind-up, from 0 to 10 with |u| ≤ 1. */
  const overshoot = (params: { [name: string]: Json }) => {
    const c = loop({ kp: 1, ki: 1, ...params });
    let y = 0;
    let most = 0;
    for (let k = 0; k <= 6000; k++) {
      const u = c.at(k / 100, { setpoint: 10, measurement: y }).output as number;
      y += Math.min(1, Math.max(-1, u)) / 100;
      most = Math.max(most, y - 10);
    }
    expect(Math.abs(y - 10)).toBeLessThan(0.01);
    return most;
  };

  test("both ways against wind-up take most of the overshoot away", () => {
    const limits = { low: -1, high: 1 };
    const open = loop({ kp: 1, ki: 1 });
    let [y, wound] = [0, 0];
    for (let k = 0; k <= 6000; k++) {
      const u = open.at(k / 100, { setpoint: 10, measurement: y }).output as number;
      y += Math.min(1, Math.max(-1, u)) / 100;
      wound = Math.max(wound, y - 10);
    }
    expect(wound).toBeGreaterThan(5);
    expect(overshoot(limits)).toBeLessThan(0.5);
    expect(overshoot({ ...limits, anti_windup: "back-calculation", tracking_time: 0.5 })).toBeLessThan(0.5);
  });

  test("clamping stands still at a limit and leaves it at once; back-calculation settles at excess = error·ki·T", () => {
    const clamped = loop({ kp: 0, ki: 1, low: -1, high: 1 });
    for (let k = 0; k <= 1000; k++) {
      const u = clamped.at(k / 100, { setpoint: 1, measurement: 0 }).output as number;
      expect(u).toBeCloseTo(Math.min(1, k / 100), 9);
    }
    expect(clamped.at(10.01, { setpoint: -1, measurement: 0 }).output).toBeCloseTo(1, 9);
    expect(clamped.at(10.02, { setpoint: -1, measurement: 0 }).output).toBeCloseTo(0.99, 9);

    const drawn = loop({ kp: 0, ki: 1, high: 1, anti_windup: "back-calculation", tracking_time: 0.2 });
    for (let k = 0; k <= 1000; k++) drawn.at(k / 100, { setpoint: 3, measurement: 0 });
    // the integral rests at 1 + 3·0.2
    expect(drawn.at(10.01, { setpoint: 3, measurement: 0, feed_forward: -0.8 }).output).toBeCloseTo(0.8, 6);
  });

  test("after a hand-over the output goes on from what was applied", () => {
    const c = loop({ kp: 2, ki: 1, kd: 0.1, low: -10, high: 10 });
    for (let k = 0; k <= 10; k++) c.at(k / 10, { setpoint: 4, measurement: k / 20 });
    expect(c.at(1.1, { setpoint: 4, measurement: 1, track: 3.5 }).output).toBeCloseTo(3.5, 12);
    const next = c.at(1.11, { setpoint: 4, measurement: 1 }).output as number;
    // an error of 3 over 10 ms, and the filtered rate of the last move dying down
    expect(Math.abs(next - 3.5)).toBeLessThan(0.5);
    expect(c.at(1.2, { setpoint: 4, measurement: 1, track: 99 }).output).toBe(10);
  });

  test("each element by itself, with gains of its own; angles the short way round; the unit is the author's", () => {
    const types = { setpoint: vector(2), measurement: vector(2) };
    const c = firing(pid, { kp: [1, 10] }, types);
    expect(c.at(0, { setpoint: Float64Array.of(1, 1), measurement: Float64Array.of(0, 3) }).output).toEqual(
      Float64Array.of(1, -20),
    );
    const angle: MessageSchema = { type: "number", unit: "rad", wraps: true };
    const turn = firing(pid, { kp: 1, kd: 1, filter: 0, unit: "N·m" }, { setpoint: angle, measurement: angle });
    expect(turn.at(0, { setpoint: 3, measurement: -3 }).output).toBeCloseTo(6 - 2 * Math.PI, 12);
    // from 3.1 to −3.1 is a step of 0.083 forward
    turn.at(1, { setpoint: 3.1, measurement: 3.1 });
    expect(turn.at(2, { setpoint: -3.1, measurement: -3.1 }).output).toBeCloseTo(-(2 * Math.PI - 6.2), 12);
    const { output } = pid.signature({ kp: 1, unit: "N·m" }, { measurement: angle }).outputs;
    expect(output!.type).toEqual({ type: "number", unit: "N·m" });
  });

  test("what does not go together is refused", () => {
    const sign = (params: { [name: string]: Json }, types = numbers) => pid.signature({ kp: 1, ...params }, types);
    expect(refused(() => sign({ low: 1, high: 1 }))).toEqual(["L0416 /params/low"]);
    expect(refused(() => sign({ ki: -1 }))).toEqual(["L0403 /params/ki"]);
    expect(refused(() => sign({ filter: -1 }))).toEqual(["L0403 /params/filter"]);
    expect(refused(() => sign({ kp: [1, 2, 3] }, { setpoint: vector(2), measurement: vector(2) }))).toEqual([
      "L0414 /params/kp",
    ]);
    expect(refused(() => sign({}, { setpoint: scalar, measurement: { type: "string" } }))).toEqual(["L0414 "]);
  });
});

describe("control/lead-lag", () => {
  test("a step jumps to gain·lead/lag and settles at gain with the time constant of the pole", () => {
    const c = firing(leadLag, { lead: 0.5, lag: 0.1, gain: 2 }, { value: scalar });
    c.at(0, { value: 0 });
    // the input is straight between firings: a step within 1 ns
    c.at(1e-9, { value: 1 });
    for (const t of [0.001, 0.01, 0.1, 0.3, 1])
      expect(c.at(t, { value: 1 }).value).toBeCloseTo(2 * (1 + 4 * Math.exp(-t / 0.1)), 6);
  });

  test("on a sine it has the gain and the phase of its transfer function", () => {
    for (const [lead, lag, w] of [
      [0.2, 0.02, 10],
      [0.02, 0.2, 10],
      [0, 0.1, 3],
    ] as const) {
      const c = firing(leadLag, { lead, lag, gain: 3 }, { value: scalar });
      const gain = (3 * Math.hypot(1, w * lead)) / Math.hypot(1, w * lag);
      const phase = Math.atan(w * lead) - Math.atan(w * lag);
      for (let k = 0; k < 30_000; k++) {
        const t = k / 10_000;
        const y = c.at(t, { value: Math.sin(w * t) }).value as number;
        if (t > 15 * lag) expect(Math.abs(y - gain * Math.sin(w * t + phase))).toBeLessThan(1e-5 * gain);
      }
    }
  });

  test("it starts at rest, wherever its first input is, and a second firing at one time changes nothing", () => {
    const c = firing(leadLag, { lead: 1, lag: 0.1 }, { value: scalar });
    for (const t of [0, 0.1, 0.5]) expect(c.at(t, { value: 7 }).value).toBeCloseTo(7, 12);
    expect(c.at(0.5, { value: 7 }).value).toBeCloseTo(7, 12);
    expect(refused(() => leadLag.signature({ lead: 1, lag: 0 }, {}))).toEqual(["L0403 /params/lag"]);
  });
});

describe("control/feed-forward", () => {
  test("a motor under it follows the motion that was asked for, without feedback", () => {
    // J·ω̇ = u − b·ω − c·sign(ω)
    const [J, b, c] = [0.3, 0.8, 0.5];
    const ff = firing(feedForward, { inertia: J, viscous: b, static: c }, { velocity: scalar, acceleration: scalar });
    const wanted = (t: number) => 2 + Math.sin(3 * t);
    let w = wanted(0);
    let t = 0;
    for (let k = 0; k < 2000; k++) {
      [w, t] = rk4([w, t], 0.001, 0.001, ([speed, time]) => {
        const inputs = { velocity: wanted(time), acceleration: 3 * Math.cos(3 * time) };
        const u = ff.at(0, inputs).output as number;
        return [(u - b * speed - c * Math.sign(speed)) / J, 1];
      });
      expect(Math.abs(w - wanted(t))).toBeLessThan(1e-9);
    }
  });

  test("about standstill there is no static term, and the constant stays", () => {
    const ff = firing(feedForward, { static: 5, constant: 2, rest: 0.1 }, { velocity: scalar });
    expect([0.05, -0.1, 0.11, -0.2].map((velocity) => ff.at(0, { velocity }).output)).toEqual([2, 2, 7, -3]);
    expect(refused(() => feedForward.signature({ static: -1 }, {}))).toEqual(["L0403 /params/static"]);
  });
});

describe("control/lqr", () => {
  const gain = (params: { [name: string]: Json }) => {
    const A = params.A as number[][];
    const x = new Float64Array(A.length);
    return Array.from(firing(lqr, { ...params, tell_gain: true }).at(0, { state: x }).gain as Float64Array);
  };
  const double = {
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
  };

  test("a double integrator with unit weights has K = [1, √3]", () => {
    const [k1, k2] = gain({ ...double, time: "continuous" });
    expect(k1).toBeCloseTo(1, 12);
    expect(k2).toBeCloseTo(Math.sqrt(3), 12);
  });

  test("with weights q and r it has K = [√(q/r), √(2√(q/r))], over ten decades", () => {
    fc.assert(
      fc.property(fc.double({ min: -5, max: 5, noNaN: true }), (decades) => {
        const k = Math.sqrt(10 ** decades);
        const K = gain({
          ...double,
          Q: [
            [10 ** decades, 0],
            [0, 0],
          ],
          time: "continuous",
        });
        expect(K[0]! / k).toBeCloseTo(1, 8);
        expect(K[1]! / Math.sqrt(2 * k)).toBeCloseTo(1, 8);
      }),
    );
  });

  test("a first-order system: continuous k = (a + √(a² + b²q/r))/b, discrete k = abp/(r + b²p)", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -3, max: 3, noNaN: true }),
        fc.double({ min: 0.1, max: 3, noNaN: true }),
        fc.double({ min: 0.1, max: 10, noNaN: true }),
        (a, b, q) => {
          const one = (v: number) => [[v]];
          const model = { A: one(a), B: one(b), Q: one(q), R: one(2) };
          const [k] = gain({ ...model, time: "continuous" });
          expect(k).toBeCloseTo((a + Math.sqrt(a * a + (b * b * q) / 2)) / b, 9);
          // b²p² + (r − a²r − b²q)p − qr = 0
          const half = (2 - 2 * a * a - b * b * q) / 2;
          const p = (-half + Math.sqrt(half * half + b * b * q * 2)) / (b * b);
          expect(gain({ ...model, time: "discrete" })[0]).toBeCloseTo((a * b * p) / (2 + b * b * p), 9);
        },
      ),
    );
  });

  test("two inputs and three states: the gain satisfies the Riccati difference equation run to its end", () => {
    const A = [
      [1.1, 0.2, 0],
      [0, 0.9, 0.3],
      [0.1, 0, 1.05],
    ];
    const B = [
      [1, 0],
      [0, 0.5],
      [0.2, 1],
    ];
    const K = gain({
      A,
      B,
      Q: [
        [1, 0, 0],
        [0, 2, 0],
        [0, 0, 0.5],
      ],
      R: [
        [1, 0.2],
        [0.2, 2],
      ],
      time: "discrete",
    });
    // 400 steps of P ← Q + AᵀP(A − BK), K = (R + BᵀPB)⁻¹BᵀPA with a 2 × 2 inverse written out
    const at = (m: number[][], i: number, j: number) => m[i]![j]!;
    const mul = (a: number[][], b: number[][]) =>
      a.map((r) => b[0]!.map((_, j) => r.reduce((s, v, k) => s + v * at(b, k, j), 0)));
    const tr = (a: number[][]) => a[0]!.map((_, j) => a.map((r) => r[j]!));
    const Q = [
      [1, 0, 0],
      [0, 2, 0],
      [0, 0, 0.5],
    ];
    let P = Q;
    let L: number[][] = [];
    for (let n = 0; n < 400; n++) {
      const S = mul(mul(tr(B), P), B).map((r, i) =>
        r.map(
          (v, j) =>
            v +
            at(
              [
                [1, 0.2],
                [0.2, 2],
              ],
              i,
              j,
            ),
        ),
      );
      const det = at(S, 0, 0) * at(S, 1, 1) - at(S, 0, 1) * at(S, 1, 0);
      const inverse = [
        [at(S, 1, 1) / det, -at(S, 0, 1) / det],
        [-at(S, 1, 0) / det, at(S, 0, 0) / det],
      ];
      L = mul(inverse, mul(mul(tr(B), P), A));
      const closed = A.map((r, i) => r.map((v, j) => v - at(mul(B, L), i, j)));
      P = mul(mul(tr(A), P), closed).map((r, i) => r.map((v, j) => v + at(Q, i, j)));
    }
    K.forEach((k, i) => {
      expect(k).toBeCloseTo(L.flat()[i]!, 9);
    });
  });

  test("control = −K·(state − target) + feed_forward, within its limits", () => {
    const c = firing(lqr, { ...double, time: "continuous", low: -5, high: 5 });
    const target = Float64Array.of(1, 0);
    const at = (state: number[], more = {}) => c.at(0, { state: Float64Array.from(state), ...more });
    expect((at([2, 1]).control as Float64Array)[0]).toBeCloseTo(-2 - Math.sqrt(3), 9);
    expect((at([2, 1], { target, feed_forward: Float64Array.of(0.5) }).control as Float64Array)[0]).toBeCloseTo(
      -0.5 - Math.sqrt(3),
      9,
    );
    expect(at([20, 0])).toEqual({ control: Float64Array.of(-5) });
  });

  test.each<[string, object, string]>([
    ["A that is not square", { A: [[0, 1]] }, "L0416 /params/A"],
    ["A with rows of different length", { A: [[0, 1], [0]] }, "L0416 /params/A"],
    ["B without a row a state", { B: [[1]] }, "L0416 /params/B"],
    ["Q of another size", { Q: [[1]] }, "L0416 /params/Q"],
    [
      "Q that is not symmetric",
      {
        Q: [
          [1, 1],
          [0, 1],
        ],
      },
      "L0416 /params/Q",
    ],
    [
      "Q with a negative weight",
      {
        Q: [
          [1, 0],
          [0, -1],
        ],
      },
      "L0416 /params/Q",
    ],
    ["R that is 0", { R: [[0]] }, "L0416 /params/R"],
    [
      "R of another size",
      {
        R: [
          [1, 0],
          [0, 1],
        ],
      },
      "L0416 /params/R",
    ],
    ["limits the wrong way round", { low: 1, high: -1 }, "L0416 /params/low"],
    ["no time", { time: "fast" }, "L0403 /params/time"],
    [
      "a state that no input reaches",
      {
        A: [
          [1, 0],
          [0, 1],
        ],
      },
      "L0417 /params/A",
    ],
    [
      "a growing state that Q does not see",
      {
        A: [
          [1, 0],
          [0, -1],
        ],
        B: [[1], [1]],
        Q: [
          [0, 0],
          [0, 1],
        ],
      },
      "L0417 /params/A",
    ],
  ])("%s is refused", (_, change, expected) => {
    expect(refused(() => lqr.signature({ ...double, time: "continuous", ...change }, {}))).toEqual([expected]);
  });
});

interface Reference {
  readonly position: number;
  readonly velocity: number;
  readonly acceleration: number;
}

describe("control/trapezoidal-profile", () => {
  const profile = (params = {}) =>
    firing(trapezoidal, { max_velocity: 2, max_acceleration: 4, start: 0, ...params }, { goal: scalar });
  const at = (f: ReturnType<typeof profile>, t: number, goal: number) =>
    f.at(t, { goal }).reference as unknown as Reference;

  test("5 m at 2 m/s and 4 m/s² take 3 s: half a second up, two at full speed, half a second down", () => {
    const f = profile();
    expect(at(f, 0, 5)).toEqual({ position: 0, velocity: 0, acceleration: 4 });
    expect(at(f, 0.25, 5)).toEqual({ position: 0.125, velocity: 1, acceleration: 4 });
    expect(at(f, 1.5, 5)).toEqual({ position: 2.5, velocity: 2, acceleration: 0 });
    expect(at(f, 2.75, 5)).toEqual({ position: 4.875, velocity: 1, acceleration: -4 });
    expect(at(f, 3, 5)).toEqual({ position: 5, velocity: 0, acceleration: 0 });
    expect(at(f, 9, 5)).toEqual({ position: 5, velocity: 0, acceleration: 0 });
  });

  test("a short way is a triangle: 0.25 m take 2·√(0.25/4) s", () => {
    const f = profile();
    expect(at(f, 0, -0.25).acceleration).toBe(-4);
    expect(at(f, 0.25, -0.25)).toEqual({ position: -0.125, velocity: -1, acceleration: 4 });
    expect(at(f, 0.5, -0.25).position).toBe(-0.25);
  });

  test("goals that change at any time: within the limits, without a jump, and at rest at the last", () => {
    const goals = fc.array(fc.tuple(fc.integer({ min: 1, max: 80 }), fc.double({ min: -4, max: 4, noNaN: true })), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(goals, (legs) => {
        const f = profile();
        let last = at(f, 0, 0);
        let k = 0;
        const go = (goal: number, steps: number) => {
          for (let n = 0; n < steps; n++) {
            const now = at(f, ++k / 50, goal);
            expect(Math.abs(now.velocity)).toBeLessThanOrEqual(2 + 1e-9);
            expect([4, 0, -4]).toContain(now.acceleration + 0);
            expect(Math.abs(now.velocity - last.velocity)).toBeLessThanOrEqual(4 / 50 + 1e-9);
            expect(Math.abs(now.position - last.position)).toBeLessThanOrEqual(2 / 50 + 1e-9);
            // what was travelled is the integral of the velocity, to the error of the trapezoidal rule at a corner
            const travelled = (now.velocity + last.velocity) / 100;
            expect(Math.abs(now.position - last.position - travelled)).toBeLessThan(4 / 50 / 50);
            last = now;
          }
        };
        for (const [steps, goal] of legs) go(goal, steps);
        const goal = legs.at(-1)![1];
        go(goal, 400);
        expect(last).toEqual({ position: goal, velocity: 0, acceleration: 0 });
      }),
      { numRuns: 60 },
    );
  });

  test("one that cannot stop in time brakes, and comes back", () => {
    const f = profile();
    at(f, 0, 5);
    at(f, 1, 5);
    const turned = at(f, 1, 1.6);
    expect(turned).toEqual({ position: 1.5, velocity: 2, acceleration: -4 });
    // a full stop takes it to 2 m at 1.5 s; the way back of 0.4 m is a triangle of 2·√(0.1) s
    expect(at(f, 1.5, 1.6).position).toBeCloseTo(2, 12);
    expect(at(f, 1.5 + Math.sqrt(0.1), 1.6).position).toBeCloseTo(1.8, 9);
    expect(at(f, 1.5 + 2 * Math.sqrt(0.1) + 1e-6, 1.6)).toEqual({ position: 1.6, velocity: 0, acceleration: 0 });
  });

  test("elements by themselves; angles the short way; without a start it rests at its first goal; units", () => {
    const two = firing(
      trapezoidal,
      { max_velocity: [1, 2], max_acceleration: 1e6, start: [0, 0] },
      { goal: vector(2) },
    );
    two.at(0, { goal: Float64Array.of(9, 9) });
    const { velocity } = two.at(1, { goal: Float64Array.of(9, 9) }).reference as unknown as { velocity: Float64Array };
    expect(Array.from(velocity)).toEqual([1, 2]);

    const angle: MessageSchema = { type: "number", unit: "rad", wraps: true };
    const turn = firing(trapezoidal, { max_velocity: 1, max_acceleration: 1, start: 3 }, { goal: angle });
    turn.at(0, { goal: -3 });
    expect((turn.at(99, { goal: -3 }).reference as unknown as Reference).position).toBeCloseTo(2 * Math.PI - 3, 12);

    const still = firing(trapezoidal, { max_velocity: 1, max_acceleration: 1 }, { goal: scalar });
    expect(still.at(0, { goal: 8 }).reference).toEqual({ position: 8, velocity: 0, acceleration: 0 });
    const { reference } = trapezoidal.signature({ max_velocity: 1, max_acceleration: 1 }, { goal: angle }).outputs;
    expect(
      Object.values(reference!.type.properties!)
        .map((t) => t.unit)
        .sort(),
    ).toEqual(["rad", "rad/s", "rad/s^2"]);
    expect(refused(() => trapezoidal.signature({ max_velocity: 0, max_acceleration: 1 }, {}))).toEqual([
      "L0403 /params/max_velocity",
    ]);
    expect(
      refused(() => trapezoidal.signature({ max_velocity: [1, 2, 3], max_acceleration: 1 }, { goal: vector(2) })),
    ).toEqual(["L0414 /params/max_velocity"]);
  });
});

describe("control/minimum-jerk", () => {
  const reach = (params = {}) => firing(minimumJerk, { duration: 2, start: 1, ...params }, { goal: scalar });
  const at = (f: ReturnType<typeof reach>, t: number, goal: number) =>
    f.at(t, { goal }).reference as unknown as Reference;

  test("from rest it is 10τ³ − 15τ⁴ + 6τ⁵, with a peak velocity of 15/8 of the mean", () => {
    const f = reach();
    for (let k = 0; k <= 20; k++) {
      const s = k / 20;
      const { position } = at(f, 2 * s, 4);
      expect(position).toBeCloseTo(1 + 3 * (10 * s ** 3 - 15 * s ** 4 + 6 * s ** 5), 12);
    }
    const g = reach();
    at(g, 0, 4);
    expect(at(g, 1, 4)).toMatchObject({ velocity: (15 / 8) * 1.5, acceleration: 0 });
    expect(at(g, 5, 4)).toEqual({ position: 4, velocity: 0, acceleration: 0 });
  });

  test("position, velocity and acceleration go on without a jump when the goal changes, and end at rest", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1999 }), fc.double({ min: -5, max: 5, noNaN: true }), (ms, goal) => {
        const f = reach();
        at(f, 0, 4);
        const before = at(f, ms / 1000, 4);
        const after = at(f, ms / 1000, goal);
        for (const key of ["position", "velocity", "acceleration"] as const)
          expect(after[key]).toBeCloseTo(before[key], 9);
        const end = at(f, ms / 1000 + 2 - 1e-6, goal);
        expect(end.position).toBeCloseTo(goal, 9);
        expect(Math.abs(end.velocity)).toBeLessThan(1e-8);
        expect(Math.abs(end.acceleration)).toBeLessThan(1e-3);
      }),
    );
  });

  test("velocity and acceleration are the slopes of what is above them", () => {
    const slope = (key: "position" | "velocity", t: number) => {
      const f = reach();
      at(f, 0, 4);
      at(f, 0.7, -2);
      const h = 1e-5;
      return (at(f, t + h, -2)[key] - at(f, t - h, -2)[key]) / (2 * h);
    };
    for (const t of [0.8, 1.3, 2.6]) {
      const f = reach();
      at(f, 0, 4);
      at(f, 0.7, -2);
      const now = at(f, t, -2);
      expect(slope("position", t)).toBeCloseTo(now.velocity, 7);
      expect(slope("velocity", t)).toBeCloseTo(now.acceleration, 7);
    }
    expect(refused(() => minimumJerk.signature({ duration: 0 }, {}))).toEqual(["L0403 /params/duration"]);
  });
});

/** The only element of a vector. */
const first = step({
  doc: "The first element.",
  inputs: { value: tensor([1]) },
  outputs: { value: Type.Number() },
  step: ({ value }) => ({ outputs: { value: value[0]! } }),
});

test("in a graph the regulator of its linearisation keeps a pole upright and brings the cart home", async () => {
  // M = 1, m = 0.1, l = 0.5, g = 9.81: v̇ = F − 0.981·q, q̈ = −2·F + 21.582·q
  const { values, result } = await run(
    `
streams:
  in: {state: {message: State, simulate: plant.state, contract: {rate: 200hz}}}
  out: {force: {message: Scalar, from: first.value, initial: 0}}
messages: {State: {tensor: [4]}}
world:
  plant: {component: sim/cart-pole, in: [force], params: {state0: [0.5, 0, 0.3, 0]}}
nodes:
  regulator:
    component: control/lqr
    in: [state]
    params:
      A: [[0, 1, 0, 0], [0, 0, -0.981, 0], [0, 0, 0, 1], [0, 0, 21.582, 0]]
      B: [[0], [1], [0], [-2]]
      Q: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
      R: [[0.1]]
      time: continuous
  first: {component: test/first, in: {value: regulator.control}}
`,
    { for_ms: 15_000, components: { "test/first": first } },
  );
  expect(result.warnings).toEqual([]);
  const states = values("plant.state") as Float64Array[];
  expect(states).toHaveLength(3000);
  expect(Math.max(...states.map((x) => Math.abs(x[2]!)))).toBeLessThan(0.31);
  for (const x of states.at(-1)!) expect(Math.abs(x)).toBeLessThan(1e-3);
});
