/** Controllers against closed forms. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import feedForward from "../../src/component/lib/control/feed-forward.js";
import leadLag from "../../src/component/lib/control/lead-lag.js";
import pid from "../../src/component/lib/control/pid.js";
import { rk4 } from "../../src/component/lib/integrate.js";
import type { Json, MessageSchema } from "../../src/message/type.js";
import { firing } from "../support/fire.js";
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

  test("weight is refused where angles wrap: a part of one means nothing", () => {
    const angle: MessageSchema = { type: "number", unit: "rad", wraps: true };
    const ask = (weight: number) =>
      refused(() => pid.signature({ kp: 1, weight }, { setpoint: angle, measurement: angle }));
    expect(ask(0.5)).toEqual(["L0416 /params/weight"]);
    expect(ask(1)).toEqual([]);
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
