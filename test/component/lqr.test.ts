/** control/lqr against closed forms, and in a loop. */
import fc from "fast-check";
import Type from "typebox";
import { describe, expect, test } from "vitest";
import lqr from "../../src/component/lib/control/lqr.js";
import { tensor } from "../../src/component/ports.js";
import { step } from "../../src/component/step.js";
import type { Json } from "../../src/message/type.js";
import { firing } from "../support/fire.js";
import { run } from "../support/graphs.js";
import { refused } from "../support/refused.js";

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
