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
import { rng } from "../../src/component/rng.js";
import type { Json } from "../../src/message/type.js";
import { firing } from "../support/fire.js";
import { run } from "../support/graphs.js";
import { refused } from "../support/refused.js";

interface Estimate {
  readonly mean: Float64Array;
  readonly covariance: Float64Array;
}
type Params = { readonly [name: string]: Json };
const scalar = { measurement: { type: "number" } } as const;

describe("estimation/kalman", () => {
  const walk = (q: number, r: number, time = "discrete") =>
    firing(kalman, { A: [[time === "discrete" ? 1 : 0]], C: [[1]], Q: [[q]], R: [[r]], P0: [[10]], time }, scalar);
  const estimate = (outputs: object) => (outputs as { estimate: Estimate }).estimate;

  test("a random walk settles at the gain of its Riccati equation", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 10, noNaN: true }),
        fc.double({ min: 0.01, max: 10, noNaN: true }),
        (q, r) => {
          const f = walk(q, r);
          for (let k = 0; k < 400; k++) f.at(k, { measurement: 0 });
          // P⁻ = (q + √(q² + 4qr))/2, K = P⁻/(P⁻ + r)
          const prior = (q + Math.sqrt(q * q + 4 * q * r)) / 2;
          const gain = prior / (prior + r);
          const { mean, covariance } = estimate(f.at(400, { measurement: 1 }));
          expect(mean[0]).toBeCloseTo(gain, 9);
          expect(covariance[0]).toBeCloseTo(gain * r, 9);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("a constant is estimated by the mean of what was measured, with variance r/n", () => {
    const f = firing(kalman, { A: [[1]], C: [[1]], Q: [[0]], R: [[2]], P0: [[1e12]], time: "discrete" }, scalar);
    const values = [3, 5, 1, 7, 4];
    let sum = 0;
    for (const [k, measurement] of values.entries()) {
      sum += measurement;
      const { mean, covariance } = estimate(f.at(k, { measurement }));
      expect(mean[0]).toBeCloseTo(sum / (k + 1), 9);
      expect(covariance[0]).toBeCloseTo(2 / (k + 1), 9);
    }
  });

  test("position measured, velocity estimated: the α-β gains of Kalata's tracking index", () => {
    const [T, q, r] = [0.1, 4, 0.25];
    const f = firing(
      kalman,
      {
        A: [
          [1, T],
          [0, 1],
        ],
        C: [[1, 0]],
        Q: [
          [(q * T ** 4) / 4, (q * T ** 3) / 2],
          [(q * T ** 3) / 2, q * T * T],
        ],
        R: [[r]],
        P0: [
          [1, 0],
          [0, 1],
        ],
        time: "discrete",
      },
      scalar,
    );
    for (let k = 0; k < 600; k++) f.at(k * T, { measurement: 0 });
    const { mean } = estimate(f.at(60, { measurement: 1 }));
    const index = (Math.sqrt(q) * T * T) / Math.sqrt(r);
    const root = (4 + index - Math.sqrt(8 * index + index * index)) / 4;
    const alpha = 1 - root * root;
    const beta = 2 * (2 - alpha) - 4 * Math.sqrt(1 - alpha);
    expect(mean[0]).toBeCloseTo(alpha, 9);
    expect(mean[1]).toBeCloseTo(beta / T, 8);
  });

  test("a continuous model: over a time t a double integrator under noise q has Q = q·[t³/3, t²/2; t²/2, t]", () => {
    const params = {
      A: [
        [0, 1],
        [0, 0],
      ],
      B: [[0], [1]],
      C: [[1, 0]],
      Q: [
        [0, 0],
        [0, 3],
      ],
      R: [[1]],
      time: "continuous",
    };
    const f = firing(
      kalman,
      {
        ...params,
        P0: [
          [0, 0],
          [0, 0],
        ],
        x0: [1, 2],
      },
      scalar,
    );
    f.at(0, { control: Float64Array.of(4) });
    const t = 0.7;
    const { mean, covariance } = estimate(f.at(t, { control: Float64Array.of(-9) }));
    // under the control that was held, not the one that comes now
    expect(mean[0]).toBeCloseTo(1 + 2 * t + 2 * t * t, 12);
    expect(mean[1]).toBeCloseTo(2 + 4 * t, 12);
    [t ** 3, (3 * t * t) / 2, (3 * t * t) / 2, 3 * t].forEach((v, i) => {
      expect(covariance[i]).toBeCloseTo(v, 12);
    });
    expect(estimate(f.at(2 * t)).mean[1]).toBeCloseTo(2 + 4 * t - 9 * t, 12);
  });

  test("one long step is many short ones, and a measurement at the first firing counts", () => {
    const params = {
      A: [
        [-1, 2],
        [-0.5, 0.1],
      ],
      C: [[1, 0]],
      Q: [
        [1, 0.2],
        [0.2, 1],
      ],
      R: [[1]],
      time: "continuous",
    };
    const [one, many] = [1, 50].map((n) => {
      const f = firing(
        kalman,
        {
          ...params,
          P0: [
            [1, 0],
            [0, 2],
          ],
          x0: [1, -1],
        },
        scalar,
      );
      f.at(0, { measurement: 5 });
      let last = {};
      for (let k = 1; k <= n; k++) last = f.at((2 * k) / n);
      return estimate(last);
    });
    many!.mean.forEach((v, i) => {
      expect(one!.mean[i]).toBeCloseTo(v, 10);
    });
    many!.covariance.forEach((v, i) => {
      expect(one!.covariance[i]).toBeCloseTo(v, 10);
    });
    const f = firing(
      kalman,
      {
        ...params,
        P0: [
          [1, 0],
          [0, 2],
        ],
      },
      scalar,
    );
    expect(estimate(f.at(3, { measurement: 4 })).mean[0]).toBeCloseTo(2, 12);
  });

  test("its errors are as large as it says: normalised squared errors have the mean 2 of χ² with 2 degrees", () => {
    const random = rng(11);
    let sum = 0;
    const runs = 2000;
    for (let n = 0; n < runs; n++) {
      const f = firing(
        kalman,
        {
          A: [
            [1, 1],
            [0, 1],
          ],
          C: [[1, 0]],
          Q: [
            [0, 0],
            [0, 0.1],
          ],
          R: [[2]],
          P0: [
            [1, 0],
            [0, 1],
          ],
          time: "discrete",
        },
        scalar,
      );
      let [x, v] = [random.normal(), random.normal()];
      let last = estimate(f.at(0, { measurement: x + Math.SQRT2 * random.normal() }));
      for (let k = 1; k < 8; k++) {
        [x, v] = [x + v, v + Math.sqrt(0.1) * random.normal()];
        last = estimate(f.at(k, { measurement: x + Math.SQRT2 * random.normal() }));
      }
      const [a, b] = [x - last.mean[0]!, v - last.mean[1]!];
      const [p, c, , q] = last.covariance;
      sum += (q! * a * a - 2 * c! * a * b + p! * b * b) / (p! * q! - c! * c!);
    }
    // variance 4 a run: the mean is known to 0.045, three times over 0.135
    expect(Math.abs(sum / runs - 2)).toBeLessThan(0.135);
  });

  test("in a graph it predicts on its clock and corrects only when a measurement is new", async () => {
    const { at } = await run(
      `
world: {log: {component: test/script, params: {items: [[0, value, 1], [300, value, 1]]}}}
streams: {in: {z: {message: Scalar, simulate: log.value}}}
nodes:
  filter:
    component: estimation/kalman
    on: 10hz
    in: {measurement: z}
    params: {A: [[1]], C: [[1]], Q: [[1]], R: [[1]], P0: [[1]], time: discrete}
`,
      { for_ms: 500 },
    );
    const covariances = at("filter.estimate").map(([, , m]) => (m as unknown as Estimate).covariance[0]!);
    // 1 → ½, two predictions, 3.5 → 3.5/4.5, one prediction
    [0.5, 1.5, 2.5, 3.5 / 4.5, 3.5 / 4.5 + 1].forEach((v, i) => {
      expect(covariances[i]).toBeCloseTo(v, 12);
    });
  });

  test.each<[string, Params, string]>([
    ["A that is not square", { A: [[1, 0]] }, "L0416 /params/A"],
    ["B of another height", { B: [[1], [1]] }, "L0416 /params/B"],
    ["C of another width", { C: [[1, 0]] }, "L0416 /params/C"],
    ["Q that is negative", { Q: [[-1]] }, "L0416 /params/Q"],
    ["R that is 0", { R: [[0]] }, "L0416 /params/R"],
    [
      "P0 of another size",
      {
        P0: [
          [1, 0],
          [0, 1],
        ],
      },
      "L0416 /params/P0",
    ],
    ["x0 of another size", { x0: [1, 2] }, "L0416 /params/x0"],
    ["no time", { time: "later" }, "L0403 /params/time"],
  ])("%s is refused", (_, change, expected) => {
    const params = { A: [[1]], C: [[1]], Q: [[1]], R: [[1]], P0: [[1]], time: "discrete", ...change };
    expect(refused(() => kalman.signature(params, {}))).toEqual([expected]);
  });

  test("a measurement that is no number is not swallowed", () => {
    expect(() => walk(1, 1).at(0, { measurement: Number.NaN })).toThrow("no longer finite");
  });
});

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
