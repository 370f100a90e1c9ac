/** The two-link arm: known answers of its plant, gravity, kinematics and control. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Outputs } from "../../src/component/component.js";
import pd from "../../src/component/lib/control/pd.js";
import { acceleration, gravityTorque, tipOf } from "../../src/component/lib/dynamics/two-link.js";
import twoLinkGravity from "../../src/component/lib/dynamics/two-link-gravity.js";
import { rk4 } from "../../src/component/lib/integrate.js";
import twoLinkInverse from "../../src/component/lib/kinematics/two-link-inverse.js";
import twoLinkArm from "../../src/component/lib/sim/two-link-arm.js";
import { builtinTypes } from "../../src/message/builtin.js";
import { firing } from "../support/fire.js";
import { run } from "../support/graphs.js";

const links = { lengths: [1, 0.8], masses: [1, 0.8], gravity: 9.81 };
const still = { viscous: 0, coulomb: 0, noise: 0, velocity_noise: 0 };

interface Joints {
  readonly position: Float64Array;
  readonly velocity: Float64Array;
}
const jointsOf = (outputs: Outputs) => outputs.joints as unknown as Joints;

/** Kinetic and potential energy from the motion of the rods' centres and their spin, by no matrix. */
function energy({
  position: [q1, q2],
  velocity: [w1, w2],
}: { position: ArrayLike<number>; velocity: ArrayLike<number> } & Joints) {
  const [l1, l2] = links.lengths as [number, number];
  const [m1, m2] = links.masses as [number, number];
  const both = q1! + q2!;
  const spin = w1! + w2!;
  const vx = -l1 * Math.sin(q1!) * w1! - (l2 / 2) * Math.sin(both) * spin;
  const vy = l1 * Math.cos(q1!) * w1! + (l2 / 2) * Math.cos(both) * spin;
  const kinetic =
    0.5 * m1 * (l1 / 2) ** 2 * w1! ** 2 +
    0.5 * ((m1 * l1 ** 2) / 12) * w1! ** 2 +
    0.5 * m2 * (vx ** 2 + vy ** 2) +
    0.5 * ((m2 * l2 ** 2) / 12) * spin ** 2;
  const height1 = (l1 / 2) * Math.sin(q1!);
  const height2 = l1 * Math.sin(q1!) + (l2 / 2) * Math.sin(both);
  return kinetic + links.gravity * (m1 * height1 + m2 * height2);
}

describe("sim/two-link-arm", () => {
  test("without friction, noise and torque it keeps its energy over 10 s of wild swinging", () => {
    const arm = firing(twoLinkArm, { ...still, q0: [1.2, 0.7], w0: [0, 3] });
    const torque = Float64Array.of(0, 0);
    const first = energy(jointsOf(arm.at(0, { torque })));
    let furthest = 0;
    let swung = 0;
    for (let k = 1; k <= 1000; k++) {
      const joints = jointsOf(arm.at(k / 100, { torque }));
      furthest = Math.max(furthest, Math.abs(energy(joints) - first));
      swung = Math.max(swung, Math.abs(joints.velocity[1]!));
    }
    expect(swung).toBeGreaterThan(5);
    expect(furthest).toBeLessThan(1e-6);
  });

  test("friction takes energy and never gives it", () => {
    const arm = firing(twoLinkArm, { noise: 0, q0: [1.2, 0.7] });
    const torque = Float64Array.of(0, 0);
    let last = energy(jointsOf(arm.at(0, { torque })));
    for (let k = 1; k <= 500; k++) {
      const now = energy(jointsOf(arm.at(k / 100, { torque })));
      expect(now).toBeLessThanOrEqual(last + 1e-9);
      last = now;
    }
  });

  test("the torque of its gravity model holds it still anywhere, and no other does", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -3, max: 3, noNaN: true }),
        fc.double({ min: -3, max: 3, noNaN: true }),
        (q1, q2) => {
          const joints = { position: Float64Array.of(q1, q2), velocity: Float64Array.of(0, 0) };
          const torque = firing(twoLinkGravity).at(0, { joints }).torque as Float64Array;
          const hold = (t: Float64Array) => {
            const arm = firing(twoLinkArm, { ...still, q0: [q1, q2] });
            arm.at(0, { torque: t });
            return jointsOf(arm.at(0.5, { torque: t }));
          };
          for (const i of [0, 1]) expect(hold(torque).position[i]).toBeCloseTo([q1, q2][i]!, 9);
          const more = hold(torque.map((t) => t + 0.5));
          expect(Math.abs(more.position[0]! - q1) + Math.abs(more.position[1]! - q2)).toBeGreaterThan(0.01);
        },
      ),
      { numRuns: 25 },
    );
  });

  test("gravity torque is the slope of potential energy", () => {
    const zero = Float64Array.of(0, 0);
    const potential = (q1: number, q2: number) => energy({ position: Float64Array.of(q1, q2), velocity: zero });
    const h = 1e-5;
    for (const [q1, q2] of [
      [0.3, -1.1],
      [2, 0.4],
      [-1.5, 1.5],
    ] as const) {
      const [g1, g2] = gravityTorque(links, q1, q2);
      expect(g1).toBeCloseTo((potential(q1 + h, q2) - potential(q1 - h, q2)) / (2 * h), 7);
      expect(g2).toBeCloseTo((potential(q1, q2 + h) - potential(q1, q2 - h)) / (2 * h), 7);
    }
  });

  test("a straight arm hanging down swings like the pendulum that it is: ω² = m·g·d/I", () => {
    // both joints as one rod: the outer link is held straight by being a thousandth of the mass
    const light = { ...links, masses: [1, 1e-6] };
    const [a] = acceleration(light, [-Math.PI / 2 + 1e-4, 0, 0, 0], 0, 0);
    const inertia = 1 / 3;
    expect(a).toBeCloseTo((-9.81 * 0.5 * 1e-4) / inertia, 6);
  });

  test("how often it fires does not change where it swings", () => {
    const swing = (rate: number) => {
      const arm = firing(twoLinkArm, { ...still, q0: [0.4, 0.3] });
      let joints: Joints | undefined;
      for (let k = 0; k <= rate; k++) joints = jointsOf(arm.at(k / rate, { torque: Float64Array.of(1, -1) }));
      return joints!;
    };
    const [slow, fast] = [swing(10), swing(500)];
    for (const i of [0, 1]) expect(fast.position[i]).toBeCloseTo(slow.position[i]!, 7);
  });

  test("encoder noise has the declared deviation, is seeded, and does not move the plant", () => {
    const params = { ...still, noise: 0.01, velocity_noise: 0.1, gravity: 0, q0: [0.5, 0.5] };
    const torque = Float64Array.of(0, 0);
    const [one, two, other] = [1, 1, 2].map((seed) => firing(twoLinkArm, params, {}, seed));
    const errors: number[] = [];
    const speeds: number[] = [];
    for (let k = 0; k < 5000; k++) {
      const outputs = one!.at(k / 1000, { torque });
      expect(two!.at(k / 1000, { torque })).toEqual(outputs);
      errors.push(jointsOf(outputs).position[0]! - 0.5);
      speeds.push(jointsOf(outputs).velocity[1]!);
      expect((outputs.tip as Float64Array)[0]).toBeCloseTo(tipOf(links.lengths, 0.5, 0.5)[0], 12);
    }
    expect(jointsOf(other!.at(0, { torque })).position[0]).not.toBe(0.5 + errors[0]!);
    const sd = (xs: number[]) => Math.sqrt(xs.reduce((s, x) => s + x * x, 0) / xs.length);
    // 5,000 draws: the deviation is known to 1 %, five times over 5 %
    expect(Math.abs(sd(errors) / 0.01 - 1)).toBeLessThan(0.05);
    expect(Math.abs(sd(speeds) / 0.1 - 1)).toBeLessThan(0.05);
  });
});

describe("rk4", () => {
  const oscillator = ([x, v]: [number, number]) => [v, -x];
  const error = (h: number) => {
    const [x, v] = rk4([1, 0] as [number, number], 2, h, oscillator);
    return Math.hypot(x - Math.cos(2), v + Math.sin(2));
  };

  test("is of order 4: half the step, a sixteenth of the error", () => {
    for (const h of [0.04, 0.02, 0.01]) {
      const order = Math.log2(error(h) / error(h / 2));
      expect(order).toBeGreaterThan(3.95);
      expect(order).toBeLessThan(4.05);
    }
  });

  test("divides the time into equal steps no longer than the bound, and takes no time at 0", () => {
    let calls = 0;
    const count = ([x]: [number]) => {
      calls++;
      return [x];
    };
    rk4([1], 0.0025, 0.001, count);
    expect(calls).toBe(3 * 4);
    calls = 0;
    rk4([1], 0.01, 0.001, count);
    expect(calls).toBe(10 * 4);
    expect(rk4([1], 0, 0.001, count)).toEqual([1]);
    expect(() => rk4([1], 1e6, 1e-3, count)).toThrow(RangeError);
  });
});

describe("kinematics/two-link-inverse", () => {
  const angles = (x: number, y: number, elbow: string) =>
    firing(twoLinkInverse, { elbow }).at(0, { point: Float64Array.of(x, y) }).angles as Float64Array;
  const coordinate = fc.double({ min: -1.9, max: 1.9, noNaN: true });

  test("forward ∘ inverse is the identity within reach, and the nearest point without", () => {
    fc.assert(
      fc.property(coordinate, coordinate, fc.constantFrom("down", "up"), (x, y, elbow) => {
        const reach = Math.hypot(x, y);
        fc.pre(reach > 1e-3);
        const [q1, q2] = angles(x, y, elbow) as unknown as [number, number];
        const [tx, ty] = tipOf(links.lengths, q1, q2);
        const scale = Math.min(1.8, Math.max(0.2, reach)) / reach;
        expect(Math.hypot(tx - x * scale, ty - y * scale)).toBeLessThan(1e-7);
        expect(elbow === "down" ? q2 >= 0 : q2 <= 0).toBe(true);
      }),
    );
  });
});

describe("control/pd", () => {
  const types = { joints: builtinTypes.JointState2!, target: builtinTypes.Vector2! };
  const joints = { position: Float64Array.of(0.5, -3), velocity: Float64Array.of(1, -2) };

  test("torque = kp · error − kd · velocity + feed-forward", () => {
    const plain = { ...types, joints: { ...builtinTypes.JointState2!, properties: unwrapped() } };
    const controller = firing(pd, { kp: 10, kd: 2 }, plain);
    const target = Float64Array.of(1, 3);
    expect(controller.at(0, { target, joints }).torque).toEqual(Float64Array.of(3, 64));
    const feed_forward = Float64Array.of(0.5, -1);
    expect(controller.at(0, { target, joints, feed_forward }).torque).toEqual(Float64Array.of(3.5, 63));
  });

  test("angles that wrap go the short way round", () => {
    const torque = firing(pd, { kp: 10 }, types).at(0, { target: Float64Array.of(0.5, 3), joints })
      .torque as Float64Array;
    expect(torque[0]).toBe(0);
    expect(torque[1]).toBeCloseTo(10 * (6 - 2 * Math.PI), 12);
  });

  test("the limit holds on both sides", () => {
    const controller = firing(pd, { kp: 1000, limit: 7 }, types);
    expect(controller.at(0, { target: Float64Array.of(1, -3.5), joints }).torque).toEqual(Float64Array.of(7, -7));
  });

  function unwrapped() {
    const { position, velocity } = builtinTypes.JointState2!.properties!;
    const { wraps: _, ...rest } = position!;
    return { position: rest, velocity: velocity! };
  }
});

test("the arm under PD with gravity compensation comes to rest at its target", async () => {
  const { traces } = await run(
    `
streams:
  in: {joints: {message: JointState2, simulate: arm.joints, contract: {rate: 100hz}}}
  out: {torque: {message: Vector2, from: controller.torque, initial: [0, 0]}}
world:
  arm: {component: sim/two-link-arm, in: [torque], params: {q0: [0, 0], coulomb: 0, noise: 0}}
nodes:
  goal: {component: test/goal, on: 100hz}
  gravity: {component: dynamics/two-link-gravity, in: [joints]}
  controller: {component: control/pd, on: 100hz, in: {target: goal.angles, joints: joints, feed_forward: gravity.torque}, params: {kp: 60, kd: 14}}
`,
    {
      components: {
        "test/goal": {
          ...twoLinkInverse,
          signature: (params, types) => ({ ...twoLinkInverse.signature(params, types), inputs: {} }),
          instantiate: () => ({ fire: () => ({ angles: Float64Array.of(0.6, 0.9) }) }),
        },
      },
      for_ms: 10_000,
    },
  );
  const { position } = traces.joints!.at(-1)!.message as unknown as Joints;
  expect(position[0]).toBeCloseTo(0.6, 6);
  expect(position[1]).toBeCloseTo(0.9, 6);
});
