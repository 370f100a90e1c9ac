/** Functions that ONNX lacks, as compositions: every quadrant, signed zeros, infinities, and a few units in the last place. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { graphBuilder } from "../../src/onnx/builder.js";
import { evaluate } from "../../src/onnx/evaluate.js";
import * as f from "../../src/onnx/functions.js";
import { half } from "../../src/onnx/half.js";
import type { Dtype } from "../../src/onnx/ir.js";
import { rint } from "../../src/onnx/rounding.js";
import { erf } from "../../src/onnx/special.js";
import { tensor } from "../../src/onnx/tensor.js";
import type { Value } from "../../src/onnx/value.js";

/** A composition as a plain function of doubles. */
function made(apply: (...x: Value[]) => Value, count: number): (...x: number[]) => number {
  const g = graphBuilder("f");
  g.output("y", apply(...Array.from({ length: count }, (_, i) => g.input(`x${i}`, "float64", []))));
  const model = g.model();
  return (...x) =>
    Number(evaluate(model, Object.fromEntries(x.map((v, i) => [`x${i}`, tensor("float64", [], [v])]))).y.data[0]);
}
const SPECIAL = [0, -0, 1, -1, 0.3, -0.3, 1e300, -1e300, 5e-324, -5e-324, 1e-300, Infinity, -Infinity, NaN];
const ulp = (x: number): number => Math.max(5e-324, 2 ** (Math.floor(Math.log2(Math.abs(x) || 5e-324)) - 52));
const expectClose = (found: number, wanted: number, ulps: number, of: string): void => {
  if (Object.is(found, wanted)) return;
  if (!(Math.abs(found - wanted) <= ulps * ulp(wanted)) || (wanted === 0 && !Object.is(found, wanted)))
    throw new Error(`${of} is ${found}, not ${wanted}`);
};

test("atan2 at zeros of both signs, infinities, the axes and the diagonals, and anywhere else", () => {
  const atan2 = made(f.atan2 as (...x: Value[]) => Value, 2);
  for (const y of SPECIAL) for (const x of SPECIAL) expectClose(atan2(y, x), Math.atan2(y, x), 2, `atan2(${y}, ${x})`);
  const any = fc.double({ noNaN: true });
  fc.assert(fc.property(any, any, (y, x) => expectClose(atan2(y, x), Math.atan2(y, x), 2, `atan2(${y}, ${x})`)));
});

describe("functions of one number", () => {
  test.each<[string, (x: Value) => Value, (x: number) => number, number, number, number]>([
    ["asin", f.asin, Math.asin, -1, 1, 4],
    ["acos", f.acos, Math.acos, -1, 1, 4],
    ["expm1", f.expm1, Math.expm1, -800, 800, 6],
    ["log1p", f.log1p, Math.log1p, -1, 1e9, 4],
  ])("%s", (name, apply, exact, low, high, ulps) => {
    const own = made(apply as (...x: Value[]) => Value, 1);
    const check = (x: number) => expectClose(own(x), exact(x), ulps, `${name}(${x})`);
    for (const x of SPECIAL) check(x);
    for (const x of [low, high, 0.5, -0.5, 1 - 2 ** -53, -1 + 2 ** -53]) check(x);
    fc.assert(
      fc.property(
        fc.double({ min: low, max: high, noNaN: true }),
        fc.double({ min: -1, max: 1, noNaN: true }),
        (x, y) => {
          check(x);
          check(y);
        },
      ),
    );
  });

  test("erf is odd, grows, and has its known values", () => {
    // Abramowitz & Stegun, table 7.1
    for (const [x, y] of [
      [0.1, 0.1124629160182849],
      [0.5, 0.5204998778130465],
      [1, 0.8427007929497149],
      [2, 0.9953222650189527],
      [3, 0.9999779095030014],
    ])
      expect(Math.abs(erf(x) - y)).toBeLessThanOrEqual(4e-16);
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.double({ min: 0, max: 5, noNaN: true }), (x, step) => {
        expect(erf(-x)).toBe(-erf(x));
        expect(erf(x + step) - erf(x)).toBeGreaterThanOrEqual(-1e-15);
      }),
    );
    expect([erf(Infinity), erf(-Infinity), erf(NaN)]).toEqual([1, -1, NaN]);
  });
});

test("rint: the nearest integer, halves to the even one, the sign of zero kept", () => {
  expect([0.5, 1.5, 2.5, -0.5, -1.5, -0.2, -0, 2 ** 53, -Infinity].map(rint)).toEqual([
    0,
    2,
    2,
    -0,
    -2,
    -0,
    -0,
    2 ** 53,
    -Infinity,
  ]);
  expect(rint(NaN)).toBeNaN();
  fc.assert(
    fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), (x) => {
      expect(Math.abs(rint(x) - x)).toBeLessThanOrEqual(0.5);
      expect(Number.isInteger(rint(x))).toBe(true);
    }),
  );
});

describe.each(["float16", "bfloat16"] as const)("%s", (dtype) => {
  const { read, write } = half[dtype];
  test("all 65536 bit patterns are read and written back", () => {
    for (let bits = 0; bits < 65536; bits++) {
      const value = read(bits);
      if (Number.isNaN(value)) expect(read(write(value))).toBeNaN();
      else if (write(value) !== bits) throw new Error(`${bits} is ${value}, which is written ${write(value)}`);
    }
  });
  test("what lies between two is written as the nearer, and a half as the even one", () => {
    const infinite = write(Infinity);
    for (let bits = 0; bits < infinite - 1; bits++) {
      const [low, high] = [read(bits), read(bits + 1)];
      const middle = (low + high) / 2;
      const even = bits % 2 === 0 ? bits : bits + 1;
      const [a, b, c] = [write(middle), write(middle - (high - low) / 8), write(-(middle + (high - low) / 8))];
      if (a !== even || b !== bits || c !== bits + 1 + 0x8000)
        throw new Error(`between ${low} and ${high}: ${a} ${b} ${c}`);
    }
    expect([write(1e39), write(-1e39)]).toEqual([infinite, infinite + 0x8000]);
  });
});

test("integers of 64 bits are computed exactly, and wrap as the processor has it", () => {
  const g = graphBuilder("big");
  const [a, b] = [g.input("a", "int64", [2]), g.input("b", "int64", [2])];
  const ops: { [name: string]: Value } = {
    add: f.add(a, b),
    sub: f.sub(a, b),
    mul: f.mul(a, b),
    div: f.div(a, b),
    mod: f.mod(a, b),
    max: f.max(a, b),
    sum: f.reduceSum(a),
    least: f.reduceMin(a),
    chosen: f.where(f.less(a, b), a, b),
    same: f.cast(f.equal(a, f.sub(a, 1)), "int64"),
  };
  for (const [name, v] of Object.entries(ops)) g.output(name, v);
  const int64 = (...x: bigint[]) => ({ dtype: "int64" as Dtype, dims: [2], data: BigInt64Array.from(x) });
  const big = 2n ** 62n + 1n;
  const out = evaluate(g.model(), { a: int64(big, -7n), b: int64(3n, 2n) });
  const wrap = (x: bigint) => BigInt.asIntN(64, x);
  expect(Object.fromEntries(Object.entries(out).map(([name, t]) => [name, [...(t.data as BigInt64Array)]]))).toEqual({
    add: [big + 3n, -5n],
    sub: [big - 3n, -9n],
    mul: [wrap(big * 3n), -14n],
    div: [big / 3n, -3n],
    mod: [big % 3n, 1n],
    max: [big, 2n],
    sum: [big - 7n],
    least: [-7n],
    chosen: [3n, -7n],
    same: [0n, 0n],
  });
});
