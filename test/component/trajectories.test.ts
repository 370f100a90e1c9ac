/** Generators of trajectories against closed forms. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import minimumJerk from "../../src/component/lib/control/minimum-jerk.js";
import trapezoidal from "../../src/component/lib/control/trapezoidal-profile.js";
import type { MessageSchema } from "../../src/message/type.js";
import { firing } from "../support/fire.js";
import { refused } from "../support/refused.js";

const scalar: MessageSchema = { type: "number" };
const vector = (n: number, more: object = {}): MessageSchema => ({ tensor: [n], dtype: "float64", ...more });

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
