/** `math/`: known values, and the laws of the algebra that each is. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import crossProduct from "../../src/component/lib/math/cross-product.js";
import frameTransform from "../../src/component/lib/math/frame-transform.js";
import lookupTable from "../../src/component/lib/math/lookup-table.js";
import matrixGain from "../../src/component/lib/math/matrix-gain.js";
import norm from "../../src/component/lib/math/norm.js";
import polynomial from "../../src/component/lib/math/polynomial.js";
import quaternionMultiply from "../../src/component/lib/math/quaternion-multiply.js";
import quaternionRotate from "../../src/component/lib/math/quaternion-rotate.js";
import { firing } from "../support/fire.js";
import { refusals, response, vector } from "./elementwise.js";

const number = fc.double({ min: -10, max: 10, noNaN: true });
const list = (n: number) => fc.array(number, { minLength: n, maxLength: n });
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, v, i) => sum + v * b[i]!, 0);
const close = (a: Iterable<number>, b: readonly number[], digits = 9) => {
  const found = [...a];
  expect(found.length).toBe(b.length);
  found.forEach((v, i) => {
    expect(v).toBeCloseTo(b[i]!, digits);
  });
};

describe("math/matrix-gain", () => {
  const gain = (matrix: number[][], x: readonly number[]) =>
    firing(matrixGain, { matrix }, { value: vector(x.length) }).at(0, { value: Float64Array.from(x) })
      .value as Float64Array;

  test("is the product, a row an element", () => {
    expect(
      gain(
        [
          [1, 2, 3],
          [0, -1, 4],
        ],
        [5, 6, 7],
      ),
    ).toEqual(Float64Array.of(38, 22));
    const f = firing(matrixGain, { matrix: [[3], [4]], unit: "N" }, { value: { type: "number", unit: "m" } });
    expect(f.at(0, { value: 2 }).value).toEqual(Float64Array.of(6, 8));
  });

  test("is linear", () => {
    fc.assert(
      fc.property(list(3), list(3), number, (a, b, k) => {
        const matrix = [
          [1, -2, 0.5],
          [3, 0, 7],
        ];
        const sum = a.map((v, i) => v + k * b[i]!);
        const [ga, gb] = [gain(matrix, a), gain(matrix, b)];
        close(gain(matrix, sum), [ga[0]! + k * gb[0]!, ga[1]! + k * gb[1]!]);
      }),
    );
  });

  test("has the declared unit, and refuses what does not fit", () => {
    const of = (params: object) =>
      matrixGain.signature({ matrix: [[1, 2]], ...params }, { value: vector(2, { unit: "m" }) });
    expect(of({ unit: "N" }).outputs.value!.type).toMatchObject({ tensor: [1], unit: "N" });
    expect(of({}).outputs.value!.type.unit).toBeUndefined();
    expect(refusals(matrixGain, { matrix: [[1, 2], [3]] }, { value: vector(2) })).toEqual(["L0416 /params/matrix"]);
    expect(refusals(matrixGain, { matrix: [[1, 2]] }, { value: vector(3) })).toEqual(["L0416 /params/matrix"]);
    expect(refusals(matrixGain, {}, { value: vector(3) })).toEqual(["L0402 /params"]);
  });
});

describe("math/lookup-table", () => {
  const table = { x: [0, 1, 3], y: [10, 20, 0] };

  test("is straight between its points, and at them exact", () => {
    expect(response(lookupTable, { ...table, outside: "fault" }, [0, 0.5, 1, 1.5, 2, 3])).toEqual([
      10, 15, 20, 15, 10, 0,
    ]);
  });

  test("does outside what it declares", () => {
    expect(response(lookupTable, { ...table, outside: "clamp" }, [-5, 4])).toEqual([10, 0]);
    expect(response(lookupTable, { ...table, outside: "extend" }, [-1, 4])).toEqual([0, -10]);
    expect(() => response(lookupTable, { ...table, outside: "fault" }, [3.1])).toThrow(
      /3.1 is outside of the table, 0 to 3/,
    );
    expect(refusals(lookupTable, table)).toEqual(["L0402 /params"]);
  });

  test("of points on a line it is the line, wherever they lie", () => {
    const points = fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 30 });
    fc.assert(
      fc.property(
        points,
        number,
        number,
        fc.double({ min: -2000, max: 2000, noNaN: true }),
        (xs, slope, offset, at) => {
          const x = [...xs].sort((a, b) => a - b);
          const y = x.map((v) => slope * v + offset);
          expect(response(lookupTable, { x, y, outside: "extend" }, [at])[0]).toBeCloseTo(slope * at + offset, 7);
        },
      ),
    );
  });

  test("refuses points that make no function", () => {
    const outside = "clamp";
    expect(refusals(lookupTable, { x: [0, 1, 1], y: [1, 2, 3], outside })).toEqual(["L0416 /params/x"]);
    expect(refusals(lookupTable, { x: [0, 1], y: [1, 2, 3], outside })).toEqual(["L0416 /params/y"]);
    expect(refusals(lookupTable, { x: [0], y: [1], outside })).toEqual(["L0403 /params/x", "L0403 /params/y"]);
  });
});

describe("math/polynomial", () => {
  test("is c₀ + c₁·x + c₂·x² + …", () => {
    expect(response(polynomial, { coefficients: [1, 2, 3] }, [0, 1, 2, -1])).toEqual([1, 6, 17, 2]);
    expect(response(polynomial, { coefficients: [7] }, [5])).toEqual([7]);
  });

  test("is zero at its roots, and the product of the distances to them elsewhere", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: -9, max: 9 }),
        (roots, at) => {
          let coefficients = [1];
          for (const root of roots) {
            const shifted = [0, ...coefficients];
            coefficients = shifted.map((c, i) => c - root * (coefficients[i] ?? 0));
          }
          expect(response(polynomial, { coefficients }, [at])[0]! + 0).toBe(
            0 + roots.reduce((p, root) => p * (at - root), 1),
          );
        },
      ),
    );
  });

  test("refuses no coefficients", () => {
    expect(refusals(polynomial, { coefficients: [] })).toEqual(["L0403 /params/coefficients"]);
  });
});

describe("math/norm", () => {
  const length = (x: readonly number[], kind = "euclidean") =>
    firing(norm, { kind }, { value: vector(x.length) }).at(0, { value: Float64Array.from(x) }).value as number;

  test("of a 3-4-5 triangle", () => {
    expect([length([3, -4]), length([3, -4], "sum"), length([3, -4], "max"), length([0, 0])]).toEqual([5, 7, 4, 0]);
    expect(length([3e200, 4e200])).toBeCloseTo(5e200, -190);
    expect(length([3e-200, 4e-200]) / 5e-200).toBeCloseTo(1, 12);
  });

  test("the laws of a norm, and max ≤ Euclidean ≤ sum", () => {
    fc.assert(
      fc.property(list(4), list(4), number, (a, b, k) => {
        for (const kind of ["sum", "euclidean", "max"]) {
          expect(
            length(
              a.map((v) => k * v),
              kind,
            ),
          ).toBeCloseTo(Math.abs(k) * length(a, kind), 8);
          expect(
            length(
              a.map((v, i) => v + b[i]!),
              kind,
            ),
          ).toBeLessThanOrEqual(length(a, kind) + length(b, kind) + 1e-9);
        }
        expect(length(a, "max")).toBeLessThanOrEqual(length(a) + 1e-12);
        expect(length(a)).toBeLessThanOrEqual(length(a, "sum") + 1e-9);
        expect(length(a) ** 2).toBeCloseTo(dot(a, a), 8);
      }),
    );
  });

  test("keeps the unit, refuses other norms and other types", () => {
    expect(norm.signature({}, { value: vector(3, { unit: "m" }) }).outputs.value!.type).toEqual({
      type: "number",
      unit: "m",
    });
    expect(refusals(norm, { kind: "3" })).toEqual(["L0403 /params/kind"]);
    expect(refusals(norm, {}, { value: { type: "string" } })).toEqual(["L0414 "]);
  });
});

describe("math/cross-product", () => {
  const cross = (a: readonly number[], b: readonly number[]) => [
    ...(firing(crossProduct).at(0, { a: Float64Array.from(a), b: Float64Array.from(b) }).value as Float64Array),
  ];

  test("x × y = z, and round", () => {
    expect(cross([1, 0, 0], [0, 1, 0])).toEqual([0, 0, 1]);
    expect(cross([0, 1, 0], [0, 0, 1])).toEqual([1, 0, 0]);
    expect(cross([1, 2, 3], [4, 5, 6])).toEqual([-3, 6, -3]);
  });

  test("stands on both, and turns round when they change places", () => {
    fc.assert(
      fc.property(list(3), list(3), (a, b) => {
        const c = cross(a, b);
        expect(dot(a, c)).toBeCloseTo(0, 8);
        expect(dot(b, c)).toBeCloseTo(0, 8);
        close(
          cross(b, a),
          c.map((v) => -v),
        );
        expect(dot(c, c)).toBeCloseTo(dot(a, a) * dot(b, b) - dot(a, b) ** 2, 6);
      }),
    );
  });
});

const multiply = (a: readonly number[], b: readonly number[], order = "wxyz") => [
  ...(firing(quaternionMultiply, { order }).at(0, { a: Float64Array.from(a), b: Float64Array.from(b) })
    .value as Float64Array),
];
const turn = (q: readonly number[], v: readonly number[], params: object = {}) => [
  ...(firing(quaternionRotate, { ...params }).at(0, { rotation: Float64Array.from(q), vector: Float64Array.from(v) })
    .vector as Float64Array),
];
const quaternion = list(4).filter((q) => dot(q, q) > 0.01);

describe("math/quaternion-multiply", () => {
  test("i·j = k, j·k = i, k·i = j, i·i = −1", () => {
    const [i, j, k] = [
      [0, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ] as const;
    close(multiply(i, j), [...k]);
    close(multiply(j, k), [...i]);
    close(multiply(k, i), [...j]);
    close(multiply(i, i), [-1, 0, 0, 0]);
    expect(multiply([1, 2, 3, 4], [5, 6, 7, 8])).toEqual([-60, 12, 30, 24]);
  });

  test("lengths multiply: unit quaternions stay so; and it is associative", () => {
    fc.assert(
      fc.property(quaternion, quaternion, quaternion, (a, b, c) => {
        expect(dot(multiply(a, b), multiply(a, b)) / (dot(a, a) * dot(b, b))).toBeCloseTo(1, 12);
        close(multiply(multiply(a, b), c), multiply(a, multiply(b, c)), 8);
      }),
    );
  });

  test("w may lie last", () => {
    const last = ([w, ...xyz]: readonly number[]) => [...xyz, w!];
    expect(multiply(last([1, 2, 3, 4]), last([5, 6, 7, 8]), "xyzw")).toEqual(last([-60, 12, 30, 24]));
    expect(refusals(quaternionMultiply, { order: "zyxw" })).toEqual(["L0403 /params/order"]);
  });
});

describe("math/quaternion-rotate", () => {
  test("a quarter turn about z takes x to y; with `inverse` to −y; a third of a turn about the diagonal permutes", () => {
    const quarter = [Math.SQRT1_2, 0, 0, Math.SQRT1_2];
    close(turn(quarter, [1, 0, 0]), [0, 1, 0], 12);
    close(turn(quarter, [1, 0, 0], { inverse: true }), [0, -1, 0], 12);
    close(turn([0, 0, Math.SQRT1_2, Math.SQRT1_2], [1, 0, 0], { order: "xyzw" }), [0, 1, 0], 12);
    close(turn([0.5, 0.5, 0.5, 0.5], [1, 2, 3]), [3, 1, 2], 12);
  });

  test("keeps lengths and angles, does not care how long q is, and is the product q·v·q⁻¹", () => {
    fc.assert(
      fc.property(quaternion, list(3), list(3), (q, a, b) => {
        const [ta, tb] = [turn(q, a), turn(q, b)];
        expect(dot(ta, tb)).toBeCloseTo(dot(a, b), 8);
        close(
          turn(
            q.map((v) => -3 * v),
            a,
          ),
          ta,
        );
        close(turn(q, ta, { inverse: true }), a);
        const conjugate = [q[0]!, -q[1]!, -q[2]!, -q[3]!];
        const [, ...xyz] = multiply(multiply(q, [0, ...a]), conjugate);
        close(
          xyz.map((v) => v / dot(q, q)),
          ta,
        );
      }),
    );
  });

  test("one after the other is the product", () => {
    fc.assert(
      fc.property(quaternion, quaternion, list(3), (p, q, v) => close(turn(multiply(p, q), v), turn(p, turn(q, v)), 8)),
    );
  });

  test("a quaternion of length 0 stops the run", () => {
    expect(() => turn([0, 0, 0, 0], [1, 0, 0])).toThrow(/no rotation/);
  });
});

describe("math/frame-transform", () => {
  // a quarter turn about z, then 10 along x
  const matrix = [
    [0, -1, 0, 10],
    [1, 0, 0, 0],
    [0, 0, 1, 5],
    [0, 0, 0, 1],
  ];
  const move = (points: readonly number[], params: object) => [
    ...(firing(frameTransform, { ...params }, { points: { tensor: [points.length / 3, 3] } }).at(0, {
      points: Float64Array.from(points),
      transform: Float64Array.from(matrix.flat()),
    }).points as Float64Array),
  ];

  test("turns, then moves; of vectors it only turns; and goes back", () => {
    for (const params of [{ matrix }, {}]) {
      expect(move([1, 2, 3, 0, 0, 0], params)).toEqual([8, 1, 8, 10, 0, 5]);
      expect(move([1, 2, 3], { ...params, of: "vectors" })).toEqual([-2, 1, 3]);
      expect(move([8, 1, 8], { ...params, inverse: true })).toEqual([1, 2, 3]);
      expect(move([-2, 1, 3], { ...params, of: "vectors", inverse: true })).toEqual([1, 2, 3]);
    }
  });

  test("there and back is nowhere, and distances stay", () => {
    fc.assert(
      fc.property(list(6), (points) => {
        const there = move(points, { matrix });
        close(move(there, { matrix, inverse: true }), points);
        const apart = (p: readonly number[]) => Math.hypot(p[0]! - p[3]!, p[1]! - p[4]!, p[2]! - p[5]!);
        expect(apart(there)).toBeCloseTo(apart(points), 9);
      }),
    );
  });

  test("a fixed transform takes the place of the port; what is not rigid is refused", () => {
    expect(Object.keys(frameTransform.signature({ matrix }, {}).inputs)).toEqual(["points"]);
    expect(Object.keys(frameTransform.signature({}, {}).inputs)).toEqual(["points", "transform"]);
    const but = (i: number, j: number, value: number) =>
      matrix.map((row, r) => row.map((v, c) => (r === i && c === j ? value : v)));
    const sheared = matrix.map((row, r) => (r === 1 ? [Math.cos(1e-3), Math.sin(1e-3), 0, 0] : row));
    for (const bad of [but(0, 0, 0.1), but(2, 2, -1), but(3, 0, 1), but(3, 3, 2), matrix.slice(0, 3), sheared])
      expect(refusals(frameTransform, { matrix: bad }, {})).toEqual(["L0416 /params/matrix"]);
    for (const tensor of [[4], [3, 4], [2, 2, 3]])
      expect(refusals(frameTransform, {}, { points: { tensor } })).toEqual(["L0414 "]);
  });
});
