/** Estimators against closed forms, and against each other where they must agree. */
import fc from "fast-check";
import Type from "typebox";
import { describe, expect, test } from "vitest";
import { chiSquaredQuantile } from "../../src/component/lib/chi-squared.js";
import associate from "../../src/component/lib/estimation/associate.js";
import differential from "../../src/component/lib/estimation/dead-reckoning-differential.js";
import tricycle from "../../src/component/lib/estimation/dead-reckoning-tricycle.js";
import unicycle from "../../src/component/lib/estimation/dead-reckoning-unicycle.js";
import { ekf } from "../../src/component/lib/estimation/ekf.js";
import kalman from "../../src/component/lib/estimation/kalman.js";
import simDifferential from "../../src/component/lib/sim/differential-drive.js";
import simTricycle from "../../src/component/lib/sim/tricycle.js";
import { signal, tensor } from "../../src/component/ports.js";
import type { Json } from "../../src/message/type.js";
import { firing } from "../support/fire.js";
import { refused } from "../support/refused.js";

interface Estimate {
  readonly mean: Float64Array;
  readonly covariance: Float64Array;
}
type Params = { readonly [name: string]: Json };
const scalar = { measurement: { type: "number" } } as const;

describe("ekf", () => {
  const A = [
    [1, 0.2],
    [-0.1, 0.9],
  ];
  const Q = [
    [0.1, 0.02],
    [0.02, 0.3],
  ];
  const linear = (jacobians: boolean) =>
    ekf({
      doc: "The linear model of the Kalman filter.",
      controls: { u: signal(tensor([1]), { optional: true }) },
      measurements: {
        z: {
          type: Type.Number(),
          z: (m) => [m],
          h: ([a, b]) => [a! + 0.5 * b!],
          noise: () => [[0.4]],
          ...(jacobians ? { H: () => [[1, 0.5]] } : {}),
        },
      },
      outputs: { mean: tensor([2]), covariance: tensor([2, 2]) },
      initial: () => ({
        mean: [1, -1],
        covariance: [
          [2, 0],
          [0, 3],
        ],
      }),
      f: ([a, b], { u }) => [a! + 0.2 * b!, -0.1 * a! + 0.9 * b! + (u?.[0] ?? 0)],
      ...(jacobians ? { F: () => A } : {}),
      noise: () => Q,
      output: ({ mean, covariance }) => ({
        mean: Float64Array.from(mean),
        covariance: Float64Array.from(covariance.flat()),
      }),
    });

  test.each([true, false])("on a linear model it is the Kalman filter (Jacobians given: %s)", (given) => {
    const plain = firing(
      kalman,
      {
        A,
        B: [[0], [1]],
        C: [[1, 0.5]],
        Q,
        R: [[0.4]],
        x0: [1, -1],
        P0: [
          [2, 0],
          [0, 3],
        ],
        time: "discrete",
      },
      scalar,
    );
    const extended = firing(linear(given));
    for (let k = 0; k < 50; k++) {
      const u = Float64Array.of(Math.sin(k));
      const z = k % 3 === 0 ? Math.cos(k / 5) : undefined;
      const e = extended.at(k, { u, ...(z === undefined ? {} : { z }) }) as unknown as Estimate;
      const { estimate } = plain.at(k, { control: u, ...(z === undefined ? {} : { measurement: z }) }) as unknown as {
        estimate: Estimate;
      };
      for (const key of ["mean", "covariance"] as const)
        estimate[key].forEach((v, i) => {
          expect(e[key][i]).toBeCloseTo(v, 8);
        });
    }
  });

  const bearing = (gate?: number) =>
    ekf({
      doc: "A heading that drifts, measured.",
      controls: {},
      measurements: {
        heading: {
          type: Type.Number(),
          z: (m) => [m],
          h: ([q]) => [q!],
          noise: () => [[0.01]],
          angles: [0],
          ...(gate === undefined ? {} : { gate: () => gate }),
        },
      },
      outputs: { heading: Type.Number() },
      initial: () => ({ mean: [3.1], covariance: [[0.01]] }),
      f: ([q]) => [q!],
      noise: (_x, _u, dt) => [[0.01 * dt]],
      angles: [0],
      output: ({ mean }) => ({ heading: mean[0]! }),
    });

  test("angles are corrected the short way round and stay within ±π", () => {
    // halfway between 3.1 and −3.1 lies π
    const heading = firing(bearing()).at(0, { heading: -3.1 }).heading as number;
    expect(Math.abs(heading)).toBeCloseTo(Math.PI, 9);
    expect(firing(bearing()).at(0, { heading: -3 }).heading).toBeCloseTo((3.1 - 3) / 2 - Math.PI, 9);
  });

  test("a measurement beyond the gate is left out: (0.5)²/0.02 = 12.5", () => {
    expect(firing(bearing(12.4)).at(0, { heading: 2.6 }).heading).toBe(3.1);
    expect(firing(bearing(12.6)).at(0, { heading: 2.6 }).heading).toBeCloseTo(2.85, 12);
  });

  test("it predicts under the control that was held, over the time since its last firing", () => {
    const moving = ekf({
      doc: "Dead reckoning along a line.",
      params: Type.Object({ start: Type.Number({ default: 5 }) }),
      controls: { speed: Type.Number() },
      measurements: {},
      outputs: { at: Type.Number(), spread: Type.Number() },
      initial: ({ start }) => ({ mean: [start], covariance: [[1]] }),
      f: ([x], { speed }, dt) => [x! + speed * dt],
      F: () => [[1]],
      noise: (_x, _u, dt) => [[2 * dt]],
      output: ({ mean, covariance }) => ({ at: mean[0]!, spread: covariance[0]![0]! }),
    });
    const f = firing(moving);
    expect(f.at(1, { speed: 3 })).toEqual({ at: 5, spread: 1 });
    expect(f.at(1.5, { speed: -1 })).toEqual({ at: 6.5, spread: 2 });
    // a second firing at the same time changes nothing but the control
    expect(f.at(1.5, { speed: 4 })).toEqual({ at: 6.5, spread: 2 });
    const saved = f.instance.snapshot!();
    expect(f.at(2.5, { speed: 0 })).toEqual({ at: 10.5, spread: 4 });
    const again = firing(moving);
    again.instance.restore!(saved);
    again.at(1.5, { speed: 4 });
    expect(again.at(2.5, { speed: 0 })).toEqual({ at: 10.5, spread: 4 });
  });
});

interface Pose {
  readonly position: Float64Array;
  readonly heading: number;
}

describe("dead reckoning", () => {
  const speeds = fc.array(
    fc.tuple(fc.double({ min: -9, max: 9, noNaN: true }), fc.double({ min: -1, max: 1, noNaN: true })),
    {
      minLength: 1,
      maxLength: 20,
    },
  );
  const agree = (a: object, b: object) => {
    const [one, two] = [a, b].map((outputs) => (outputs as { pose: Pose }).pose) as [Pose, Pose];
    for (const i of [0, 1]) expect(one.position[i]).toBeCloseTo(two.position[i]!, 8);
    expect(Math.cos(one.heading - two.heading)).toBeCloseTo(1, 12);
  };

  test("from perfect wheels it is where the simulated robot is, with two wheels and with three", () => {
    fc.assert(
      fc.property(speeds, (legs) => {
        const params = { wheel_radius: 0.2, track: 0.5, pose0: [1, -2, 3] };
        const [world, reckoned] = [firing(simDifferential, params), firing(differential, params)];
        const trike = { wheelbase: 0.9, pose0: [1, -2, 3] };
        const [world3, reckoned3] = [firing(simTricycle, trike), firing(tricycle, trike)];
        // a plant moves under what it hears now, dead reckoning under what held till now
        const first = { wheels: Float64Array.of(0, 0), drive: { speed: 0, steering: 0 } };
        world.at(0, first);
        world3.at(0, first);
        for (const [k, [a, b]] of [...legs, [0, 0] as const].entries()) {
          const held = { wheels: Float64Array.of(a, a + b), drive: { speed: a / 5, steering: b } };
          const was = k === 0 ? first : { wheels: Float64Array.of(...pair(legs[k - 1]!)), drive: drive(legs[k - 1]!) };
          agree(reckoned.at(k / 10, { ...held }), world.at(k / 10, { ...was }));
          agree(reckoned3.at(k / 10, { ...held }), world3.at(k / 10, { ...was }));
        }
      }),
      { numRuns: 25 },
    );
  });
  const pair = ([a, b]: readonly [number, number]) => [a, a + b];
  const drive = ([a, b]: readonly [number, number]) => ({ speed: a / 5, steering: b });

  test("speed and turning rate: once round a circle is back, from any pose", () => {
    const f = firing(unicycle, { pose0: [2, 1, -2] });
    const motion = { speed: 0.7, turn: 0.9 };
    const period = (2 * Math.PI) / 0.9;
    f.at(0, { motion });
    const across = (f.at(period / 2, { motion }) as unknown as { pose: Pose }).pose;
    expect(Math.hypot(across.position[0]! - 2, across.position[1]! - 1)).toBeCloseTo((2 * 0.7) / 0.9, 8);
    const back = (f.at(period, { motion }) as unknown as { pose: Pose }).pose;
    expect(back.position[0]).toBeCloseTo(2, 8);
    expect(back.position[1]).toBeCloseTo(1, 8);
    expect(back.heading).toBeCloseTo(-2, 8);
    expect(refused(() => unicycle.signature({ pose0: [1] }, {}))).toEqual(["L0403 /params/pose0"]);
    expect(refused(() => differential.signature({ wheel_radius: 0 }, {}))).toEqual(["L0403 /params/wheel_radius"]);
  });

  test("almost straight is a limit of the arc, to the last digits", () => {
    const end = (turn: number) => {
      const f = firing(unicycle);
      f.at(0, { motion: { speed: 3, turn } });
      return Array.from((f.at(2, { motion: { speed: 0, turn: 0 } }) as unknown as { pose: Pose }).pose.position);
    };
    expect(end(0)).toEqual([6, 0]);
    for (const turn of [1e-12, 5e-5, 9.9e-5, 1.01e-4, 1e-3]) {
      expect(end(turn)[0]).toBeCloseTo((3 / turn) * Math.sin(2 * turn), 7);
      expect(end(turn)[1]).toBeCloseTo((3 / turn) * 2 * Math.sin(turn) ** 2, 9);
    }
  });
});

describe("χ² quantiles", () => {
  test("2 degrees have −2·ln(1 − p); others are those of the tables", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 0.9999, noNaN: true }), (p) => {
        expect(chiSquaredQuantile(p, 2) / (-2 * Math.log1p(-p))).toBeCloseTo(1, 9);
      }),
    );
    for (const [p, n, x] of [
      [0.95, 1, 3.841459],
      [0.99, 1, 6.634897],
      [0.5, 3, 2.365974],
      [0.99, 3, 11.344867],
      [0.99, 6, 16.811894],
      [0.05, 10, 3.940299],
      [0.999, 25, 52.619656],
    ] as const)
      expect(chiSquaredQuantile(p, n)).toBeCloseTo(x, 5);
  });
});

describe("estimation/associate", () => {
  const types = (k: number, m: number, each: boolean) =>
    ({
      measurement: { tensor: [m], dtype: "float64" },
      candidates: { tensor: [k, m], dtype: "float64" },
      covariance: { tensor: each ? [k, m, m] : [m, m], dtype: "float64" },
    }) as const;
  const match = (params: Params, each: boolean, z: number[], candidates: number[], covariance: number[]) => {
    const m = z.length;
    const f = firing(associate, params, types(candidates.length / m, m, each));
    const inputs = { measurement: z, candidates, covariance };
    return f.at(0, Object.fromEntries(Object.entries(inputs).map(([port, v]) => [port, Float64Array.from(v)])))
      .match as unknown as { index: number; distance: number };
  };

  test("nearest by Mahalanobis distance, not by Euclid's", () => {
    // 2 m away along the axis where it is uncertain, against 1 m across
    const spread = [4, 0, 0, 0.04];
    expect(match({}, false, [0, 0], [0, 1, 2, 0], spread)).toEqual({ index: 1, distance: 1 });
    expect(match({}, true, [0, 0], [0, 1, 2, 0], [1, 0, 0, 1, ...spread])).toMatchObject({ index: 0, distance: 1 });
    const tilted = match({}, false, [1, 1], [0, 0], [2, 1, 1, 2]);
    expect(tilted.distance).toBeCloseTo(2 / 3, 12);
  });

  test("the gate: as far as χ² says, and no further", () => {
    const at = (d: number, probability: number) => match({ probability }, false, [d, 0], [0, 0], [1, 0, 0, 1]).index;
    const edge = Math.sqrt(-2 * Math.log(0.05));
    expect([at(edge - 1e-6, 0.95), at(edge + 1e-6, 0.95), at(edge + 1e-6, 0.951)]).toEqual([0, -1, 0]);
    expect(match({}, false, [9, 9], [0, 0, 1, 1], [1, 0, 0, 1])).toEqual({ index: -1, distance: 128 });
  });

  test("angles the short way round; what is no covariance is told", () => {
    const near = match({ angles: [1] }, false, [5, 3.1], [5, 0, 5, -3.1], [1, 0, 0, 0.01]);
    expect(near.index).toBe(1);
    expect(near.distance).toBeCloseTo((2 * Math.PI - 6.2) ** 2 / 0.01, 9);
    expect(() => match({}, false, [0], [0], [-1])).toThrow("covariance of candidate 0 is not positive definite");
    expect(refused(() => associate.signature({ probability: 1 }, {}))).toEqual(["L0403 /params/probability"]);
    expect(refused(() => associate.signature({ angles: [2] }, types(1, 2, false)))).toEqual(["L0416 /params/angles"]);
  });
});
