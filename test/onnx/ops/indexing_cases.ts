/** Cases of the ops that pick, place and repeat. */
import fc from "fast-check";
import * as f from "../../../src/onnx/functions.js";
import { scalar, tensor } from "../../../src/onnx/tensor.js";
import type { Value } from "../../../src/onnx/value.js";
import { any, type Case, dim, drawn, fill, shape, size } from "./draw.js";

const int64 = (like: Value, dims: readonly number[], values: readonly number[]): Value =>
  like.scope.constant(tensor("int64", dims, values));
const int = (min: number, max: number) => fc.integer({ min, max });

/** A shape, one of its axes, and indices into that axis: of the same sizes beside it or smaller ones. */
const elements = shape([1, 3]).chain((d) =>
  fc.tuple(fc.nat(d.length - 1), dim, fc.tuple(...d.map((s) => int(1, s)))).chain(([axis, count, smaller]) =>
    fill(smaller.with(axis, count), int(-d[axis], d[axis] - 1)).map((indices) => ({
      d,
      axis,
      at: smaller.with(axis, count),
      indices,
    })),
  ),
);
/** The same without two indices for one place: of these it is known which update counts. */
const places = shape([1, 3]).chain((d) =>
  fc.tuple(fc.nat(d.length - 1), fc.tuple(...d.map((s) => int(1, s)))).chain(([axis, smaller]) => {
    const lanes = size(smaller.with(axis, 1));
    const order = fc.shuffledSubarray(
      Array.from({ length: d[axis] }, (_, i) => i),
      { minLength: smaller[axis], maxLength: smaller[axis] },
    );
    return fc.array(order, { minLength: lanes, maxLength: lanes }).map((orders) => {
      const inner = size(smaller.slice(axis + 1));
      const indices = Array.from({ length: size(smaller) }, (_, i) => {
        const lane = Math.floor(i / (inner * smaller[axis])) * inner + (i % inner);
        return orders[lane][Math.floor(i / inner) % smaller[axis]];
      });
      return { d, axis, at: smaller, indices };
    });
  }),
);
/** A shape, batches that its indices share, how many axes an index goes through, and the indices. */
const cells = fc
  .tuple(shape([1, 3]), fc.nat(2), dim, dim)
  .map(([d, batch, depth, count]) => ({
    d,
    batch: Math.min(batch, d.length - 1),
    depth: Math.min(depth, d.length - Math.min(batch, d.length - 1)),
    count,
  }))
  .chain(({ d, batch, depth, count }) => {
    const rows = size(d.slice(0, batch)) * count;
    return fc
      .array(fc.tuple(...d.slice(batch, batch + depth).map((s) => int(-s, s - 1))), {
        minLength: rows,
        maxLength: rows,
      })
      .map((indices) => ({ d, batch, depth, at: [...d.slice(0, batch), count, depth], indices: indices.flat() }));
  });

export const indexingCases: readonly Case[] = [
  {
    op: "GatherElements",
    draw: elements.chain(({ d, axis, at, indices }) =>
      drawn([d], [any], ([x]) => [f.gatherElements(x, int64(x, at, indices), axis)]),
    ),
  },
  {
    op: "ScatterElements",
    draw: fc.oneof(
      elements.chain(({ d, axis, at, indices }) =>
        drawn([d, at], [any], ([x, u]) => [f.scatterElements(x, int64(x, at, indices), u, axis, "add")]),
      ),
      places.chain(({ d, axis, at, indices }) =>
        drawn([d, at], [any], ([x, u]) => [f.scatterElements(x, int64(x, at, indices), u, axis - d.length)]),
      ),
    ),
  },
  {
    op: "GatherND",
    draw: cells.chain(({ d, batch, at, indices }) =>
      drawn([d], [any], ([x]) => [f.op("GatherND", [x, int64(x, at, indices)], { batch_dims: batch })]),
    ),
  },
  {
    op: "ScatterND",
    draw: fc.oneof(
      cells
        .filter(({ batch }) => batch === 0)
        .chain(({ d, depth, at, indices }) =>
          drawn([d, [...at.slice(0, -1), ...d.slice(depth)]], [any], ([x, u]) => [
            f.scatterND(x, int64(x, at, indices), u, "add"),
          ]),
        ),
      shape([1, 3]).chain((d) =>
        fc
          .shuffledSubarray(
            Array.from({ length: d[0] }, (_, i) => i),
            { minLength: 1 },
          )
          .chain((rows) =>
            drawn([d, [rows.length, ...d.slice(1)]], [any], ([x, u]) => [
              f.scatterND(x, int64(x, [rows.length, 1], rows), u),
            ]),
          ),
      ),
    ),
  },
  {
    op: "Tile",
    draw: shape([1, 3]).chain((d) =>
      fc.tuple(...d.map(() => dim)).chain((repeats) => drawn([d], [any], ([x]) => [f.tile(x, repeats)])),
    ),
  },
  {
    op: "Flatten",
    draw: fc
      .tuple(shape([1, 3]), fc.nat(3))
      .chain(([d, pick]) => drawn([d], [any], ([x]) => [f.flatten(x, (pick % (d.length + 1)) - (pick > 2 ? 1 : 0))])),
  },
  {
    op: "ConstantOfShape",
    draw: shape([1, 3]).chain((d) => drawn([d], [any], ([x]) => [f.mul(x, f.filled(f.shapeOf(x), x.dtype, 1.5))])),
  },
  {
    op: "OneHot",
    draw: fc.tuple(shape([1, 2]), dim, fc.nat(2)).chain(([d, depth, pick]) =>
      fill(d, int(-depth - 1, depth)).chain((indices) =>
        drawn([[2]], [any], ([values]) => [
          f.op("OneHot", [int64(values, d, indices), values.scope.constant(scalar("int64", depth)), values], {
            axis: (pick % (d.length + 1)) - 1,
          }),
        ]),
      ),
    ),
  },
  {
    op: "Trilu",
    draw: fc
      .tuple(shape([2, 3]), int(-2, 2), fc.boolean())
      .chain(([d, k, upper]) =>
        drawn([d], [any], ([x]) => [
          f.op("Trilu", [x, x.scope.constant(scalar("int64", k))], { upper: Number(upper) }),
        ]),
      ),
  },
  {
    op: "EyeLike",
    draw: fc
      .tuple(shape([2, 2]), int(-2, 2), fc.boolean())
      .chain(([d, k, typed]) =>
        drawn([d], [any], ([x]) => [f.mul(f.cast(f.op("EyeLike", [x], typed ? { k, dtype: 7 } : { k }), x.dtype), x)]),
      ),
  },
];
