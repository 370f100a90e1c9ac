/** Chains by Denavit–Hartenberg parameters: published arms, an independent product of matrices, and the way back. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tipOf } from "../../src/component/lib/dynamics/two-link.js";
import { type Convention, jacobian, type Link, poseOf } from "../../src/component/lib/kinematics/dh.js";
import forward from "../../src/component/lib/kinematics/dh-forward.js";
import inverse from "../../src/component/lib/kinematics/dh-inverse.js";
import { eye, multiply } from "../../src/component/lib/matrix.js";
import { rotate } from "../../src/component/lib/vector.js";
import type { Json, MessageSchema } from "../../src/message/type.js";
import { firing } from "../support/fire.js";
import { type Params, refusals } from "./elementwise.js";

const quarter = Math.PI / 2;

/** Unimation Puma 560 in the standard convention, as Corke publishes it. */
const puma = [
  { alpha: quarter },
  { a: 0.4318 },
  { d: 0.15005, a: 0.0203, alpha: -quarter },
  { d: 0.4318, alpha: quarter },
  { alpha: -quarter },
  {},
];
/** Franka Emika Panda in Craig's convention, as its maker publishes it; the flange does not move. */
const panda = [
  { d: 0.333 },
  { alpha: -quarter },
  { d: 0.316, alpha: quarter },
  { a: 0.0825, alpha: quarter },
  { a: -0.0825, d: 0.384, alpha: -quarter },
  { alpha: quarter },
  { a: 0.088, alpha: quarter },
  { d: 0.107, joint: "fixed" },
];
const pandaParams = { links: panda, convention: "modified" };

const end = (params: Params, joints: readonly number[]) => {
  const { pose, position, rotation } = firing(forward, params).at(0, { joints: Float64Array.from(joints) });
  return { pose: pose as Float64Array, position: position as Float64Array, rotation: rotation as Float64Array };
};
const close = (a: Iterable<number>, b: readonly number[], digits: number) => {
  const found = [...a];
  expect(found.length).toBe(b.length);
  found.forEach((v, i) => {
    expect(v).toBeCloseTo(b[i]!, digits);
  });
};
const angles = (n: number, range = 3) =>
  fc.array(fc.double({ min: -range, max: range, noNaN: true }), { minLength: n, maxLength: n });

describe("kinematics/dh-forward", () => {
  test("a planar arm is the closed form of two links", () => {
    fc.assert(
      fc.property(angles(2), ([q1, q2]) => {
        const { position } = end({ links: [{ a: 1 }, { a: 0.8 }] }, [q1!, q2!]);
        close(position, [...tipOf([1, 0.8], q1!, q2!), 0], 12);
      }),
    );
  });

  test("the Puma 560 in its nominal pose", () => {
    const { pose } = end({ links: puma }, [0, Math.PI / 4, Math.PI, 0, Math.PI / 4, 0]);
    close(pose, [0, 0, 1, 0.5963, 0, 1, 0, -0.1501, -1, 0, 0, -0.0144, 0, 0, 0, 1], 4);
  });

  test("the Panda with all joints at 0: its flange 926 mm up, 88 mm ahead, looking down", () => {
    const { pose, rotation } = end(pandaParams, [0, 0, 0, 0, 0, 0, 0]);
    close(pose, [1, 0, 0, 0.088, 0, -1, 0, 0, 0, 0, -1, 0.926, 0, 0, 0, 1], 12);
    close(rotation.map(Math.abs), [0, 1, 0, 0], 12);
  });

  test("a SCARA: a prismatic joint moves along its axis from its zero", () => {
    const links = [
      { a: 0.4, d: 0.5 },
      { a: 0.3, alpha: Math.PI },
      { joint: "prismatic", d: 0.1 },
    ];
    close(end({ links }, [0, quarter, 0.05]).position, [0.4, 0.3, 0.35], 12);
  });

  const table = fc.array(
    fc.record({
      a: fc.double({ min: -1, max: 1, noNaN: true }),
      d: fc.double({ min: -1, max: 1, noNaN: true }),
      alpha: fc.double({ min: -3, max: 3, noNaN: true }),
      theta: fc.double({ min: -3, max: 3, noNaN: true }),
      joint: fc.constantFrom("revolute" as const, "prismatic" as const),
    }),
    { minLength: 1, maxLength: 7 },
  );
  const convention = fc.constantFrom<Convention>("standard", "modified");

  test("is the product of the four elementary transforms a link, as the conventions order them", () => {
    const about = (axis: "x" | "z", angle: number, shift: number) => {
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      return axis === "x"
        ? [
            [1, 0, 0, shift],
            [0, c, -s, 0],
            [0, s, c, 0],
            [0, 0, 0, 1],
          ]
        : [
            [c, -s, 0, 0],
            [s, c, 0, 0],
            [0, 0, 1, shift],
            [0, 0, 0, 1],
          ];
    };
    fc.assert(
      fc.property(table, convention, angles(7), (links, by, q) => {
        const expected = links.reduce((frame, { a, d, alpha, theta, joint }, i) => {
          const z = about("z", theta + (joint === "revolute" ? q[i]! : 0), d + (joint === "prismatic" ? q[i]! : 0));
          const x = about("x", alpha, a);
          return multiply(frame, by === "standard" ? multiply(z, x) : multiply(x, z));
        }, eye(4));
        const { pose } = end({ links: links as unknown as Json, convention: by }, q.slice(0, links.length));
        close(pose, expected.flat(), 9);
      }),
    );
  });

  test("its quaternion has length 1, w ≥ 0, and turns as its pose does", () => {
    fc.assert(
      fc.property(table, angles(7), fc.constantFrom("wxyz", "xyzw"), (links, q, order) => {
        const { pose, rotation } = end({ links: links as unknown as Json, order }, q.slice(0, links.length));
        const [w, x, y, z] = order === "wxyz" ? rotation : [rotation[3]!, ...rotation.slice(0, 3)];
        expect(Math.hypot(...rotation)).toBeCloseTo(1, 12);
        expect(w).toBeGreaterThanOrEqual(0);
        for (const [j, axis] of eye(3).entries())
          close(rotate([w!, x!, y!, z!], axis), [pose[j]!, pose[4 + j]!, pose[8 + j]!], 9);
      }),
    );
  });

  test("the Jacobian is the slope of the pose", () => {
    fc.assert(
      fc.property(table, convention, angles(7), (links, by, all) => {
        const q = all.slice(0, links.length);
        const j = jacobian(links as Link[], poseOf(links as Link[], by, q));
        const h = 1e-5;
        q.forEach((_, i) => {
          const [less, more] = [-h, h].map(
            (by_h) =>
              poseOf(
                links as Link[],
                by,
                q.map((v, k) => (k === i ? v + by_h : v)),
              ).end,
          );
          for (const row of [0, 1, 2])
            expect((more![4 * row + 3]! - less![4 * row + 3]!) / (2 * h)).toBeCloseTo(j[row]![i]!, 7);
          // Ṙ·Rᵀ holds the turning: its lower entries are ωx, ωy, ωz
          const { end: here } = poseOf(links as Link[], by, q);
          const turning = (r: number, c: number) =>
            [0, 1, 2].reduce(
              (sum, k) => sum + ((more![4 * r + k]! - less![4 * r + k]!) / (2 * h)) * here[4 * c + k]!,
              0,
            );
          close([turning(2, 1), turning(0, 2), turning(1, 0)], [j[3]![i]!, j[4]![i]!, j[5]![i]!], 7);
        });
      }),
      { numRuns: 40 },
    );
  });

  test("joints have the unit that they are in", () => {
    const type = (...joints: string[]) =>
      forward.signature({ links: joints.map((joint) => ({ joint })) }, {}).inputs.joints!.type;
    expect(type("revolute", "fixed", "revolute")).toMatchObject({ tensor: [2], unit: "rad", wraps: true });
    expect(type("prismatic")).toMatchObject({ tensor: [1], unit: "m" });
    expect(type("prismatic", "revolute").unit).toBeUndefined();
  });

  test("refuses links that it does not understand, with what was meant", () => {
    expect(refusals(forward, { links: [{ aplha: 1 }] }, {})).toEqual(["L0401 /params/links/0/aplha"]);
    expect(() => forward.signature({ links: [{ aplha: 1 }] }, {})).toThrow(/aplha/);
    expect(refusals(forward, { links: [{ joint: "fixed" }] }, {})).toEqual(["L0416 /params/links"]);
    expect(refusals(forward, { links: [{ limits: [1, 0] }] }, {})).toEqual(["L0416 /params/links/0/limits"]);
    expect(refusals(forward, { links: [] }, {})).toEqual(["L0403 /params/links"]);
    expect(refusals(forward, { links: [{ joint: "ball" }] }, {})).toEqual(["L0403 /params/links/0/joint"]);
  });
});

describe("kinematics/dh-inverse", () => {
  const pose: MessageSchema = { tensor: [4, 4] };
  const point: MessageSchema = { tensor: [3] };
  interface Solution {
    readonly joints: Float64Array;
    readonly converged: boolean;
    readonly position_error: number;
    readonly angle_error: number;
    readonly iterations: number;
  }
  const solve = (params: Params, type: MessageSchema, target: Float64Array, start?: readonly number[]) =>
    firing(inverse, params, { target: type }).at(0, {
      target,
      start: start && Float64Array.from(start),
    }) as unknown as Solution;

  test("there and back: from a start nearby it comes to the pose of any joint values", () => {
    fc.assert(
      fc.property(fc.constantFrom({ links: puma }, pandaParams), angles(7, 2.5), angles(7, 0.3), (params, all, off) => {
        const q = all.slice(0, params === pandaParams ? 7 : 6);
        const target = end(params, q).pose;
        const start = q.map((v, i) => v + off[i]!);
        const found = solve({ ...params, iterations: 500 }, pose, target, start);
        expect(found.converged).toBe(true);
        expect(found.position_error).toBeLessThanOrEqual(1e-6);
        expect(found.angle_error).toBeLessThanOrEqual(1e-6);
        close(end(params, [...found.joints]).pose, [...target], 5);
      }),
    );
  });

  test("a point within reach of two links is one of the two solutions of the law of cosines", () => {
    const links = [{ a: 1 }, { a: 0.8 }];
    fc.assert(
      fc.property(
        fc.double({ min: 0.4, max: 1.7, noNaN: true }),
        fc.double({ min: -3, max: 3, noNaN: true }),
        (r, angle) => {
          const target = Float64Array.of(r * Math.cos(angle), r * Math.sin(angle), 0);
          const { joints, converged, angle_error } = solve({ links, initial: [0.3, 0.5] }, point, target);
          expect([converged, angle_error]).toEqual([true, 0]);
          const bend = Math.acos((r * r - 1 - 0.64) / 1.6);
          expect(Math.abs(joints[1]! - 2 * Math.PI * Math.round(joints[1]! / (2 * Math.PI)))).toBeCloseTo(bend, 4);
        },
      ),
    );
  });

  test("out of reach it stretches towards the point, and says how far it is off", () => {
    const links = [{ a: 1 }, { a: 0.8 }];
    const found = solve({ links, initial: [0.3, 0.5] }, point, Float64Array.of(3, 4, 0));
    expect(found.converged).toBe(false);
    expect(found.position_error).toBeCloseTo(5 - 1.8, 4);
    expect(found.joints[0]).toBeCloseTo(Math.atan2(4, 3), 2);
  });

  test("keeps to the limits of its joints", () => {
    const links = [
      { a: 1, limits: [-1, 0.5] },
      { a: 0.8, limits: [0, 2] },
    ];
    fc.assert(
      fc.property(angles(2, 2), ([x, y]) => {
        const { joints } = solve({ links }, point, Float64Array.of(x!, y!, 0));
        links.forEach(({ limits: [low, high] }, i) => {
          expect(joints[i]!).toBeGreaterThanOrEqual(low!);
          expect(joints[i]!).toBeLessThanOrEqual(high!);
        });
      }),
    );
    // elbow down is out of the limits: it takes the other way
    const target = Float64Array.of(...tipOf([1, 0.8], 0.2, 0.9), 0);
    close(solve({ links }, point, target).joints, [0.2, 0.9], 5);
  });

  test("follows a moving target from its last result, with few iterations and no jumps", () => {
    const f = firing(inverse, { ...pandaParams, initial: [0, -0.5, 0, -2, 0, 1.5, 0.7] }, { target: pose });
    let last: Float64Array | undefined;
    for (let k = 0; k <= 100; k++) {
      const q = [0.5 * Math.sin(k / 20), -0.5, 0.2 * Math.sin(k / 10), -2 + 0.3 * Math.sin(k / 15), 0, 1.5, 0.7];
      const found = f.at(k / 100, { target: end(pandaParams, q).pose }) as unknown as Solution;
      expect(found.converged).toBe(true);
      if (k > 0) expect(found.iterations).toBeLessThanOrEqual(10);
      if (last !== undefined)
        expect(Math.max(...found.joints.map((v, i) => Math.abs(v - last![i]!)))).toBeLessThan(0.1);
      last = found.joints;
    }
  });

  test("where it already is, it has nothing to do: at its start, its last result, or the middle of the limits", () => {
    const q = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
    const target = end({ links: puma }, q).pose;
    const there = { iterations: 0, converged: true };
    expect(solve({ links: puma }, pose, target, q)).toMatchObject(there);
    const f = firing(inverse, { links: puma, initial: [0, 0, 0, 0.2, 0.2, 0] }, { target: pose });
    expect(f.at(0, { target }).iterations).toBeGreaterThan(2);
    expect(f.at(1, { target })).toMatchObject(there);
    const limited = q.map((v, i) => ({ ...puma[i], limits: [v - 0.5, v + 0.5] }));
    expect(solve({ links: limited }, pose, target)).toMatchObject(there);
  });

  test("a start outside of the limits is brought within them, though it were the solution", () => {
    const links = [{ a: 1, limits: [-1, 0.5] }, { a: 0.8 }];
    const target = Float64Array.of(...tipOf([1, 0.8], 0.9, 1), 0);
    const { joints } = solve({ links }, point, target, [0.9, 1]);
    expect(joints[0]).toBeLessThanOrEqual(0.5);
  });

  test("no joint turns by more than half a turn from where it starts", () => {
    fc.assert(
      fc.property(angles(6), angles(6, 20), (q, start) => {
        const { joints } = solve({ links: puma }, pose, end({ links: puma }, q).pose, start);
        joints.forEach((v, i) => {
          expect(Math.abs(v - start[i]!)).toBeLessThanOrEqual(Math.PI + 1e-12);
        });
      }),
    );
  });

  test("stops at its iterations, and says that it has not come there", () => {
    const target = end({ links: puma }, [1, 1, 1, 1, 1, 1]).pose;
    const found = solve({ links: puma, iterations: 2 }, pose, target, [0, 0.3, 0, 0.2, 0.3, 0]);
    expect([found.iterations, found.converged]).toEqual([2, false]);
  });

  test("refuses a start of another length", () => {
    expect(refusals(inverse, { links: puma, initial: [0, 0] }, {})).toEqual(["L0416 /params/initial"]);
    expect(refusals(inverse, { links: puma, damping: 0 }, {})).toEqual(["L0403 /params/damping"]);
    expect(refusals(inverse, { links: puma, iterations: 0 }, {})).toEqual(["L0403 /params/iterations"]);
  });
});
