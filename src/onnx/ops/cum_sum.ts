/** CumSum: running sums along an axis; exclusive of the element itself, or from the end, if asked for. */
import { stridesOf } from "../dims.js";
import { op } from "../functions.js";
import { allocate, isBig, numbers, readable, scalar, sizeOf, writer } from "../tensor.js";
import { onlyFirst } from "./batching.js";
import { axis } from "./given.js";
import { info, type NodeContext, type Op } from "./op.js";

const flags = (c: NodeContext) => ({ exclusive: c.int("exclusive", 0) !== 0, reverse: c.int("reverse", 0) !== 0 });

export const cumSum: Op = {
  name: "CumSum",
  inputs: [2, 2],
  outputs: [1, 1],
  attributes: { exclusive: "int", reverse: "int" },
  infer(c) {
    const { dtype, shape } = c.input(0);
    if (dtype === "bool") c.refuse("it takes number values, not bool");
    if (c.input(1).constant) axis(c, numbers(c.input(1).constant!)[0], shape);
    return [info(dtype, shape)];
  },
  evaluate(c) {
    const x = c.input(0);
    const at = axis(c, numbers(c.input(1))[0], x.dims);
    const { exclusive, reverse } = flags(c);
    const data = allocate(x.dtype, x.data.length);
    const [size, stride] = [x.dims[at], stridesOf(x.dims)[at]];
    // sums of 64-bit integers wrap as the dtype does; other sums are double, and rounded once an element
    const big = isBig(x.dtype);
    const values = (big ? x.data : readable(x)) as Float64Array;
    const put = writer(x.dtype, data);
    const write = big ? (i: number, v: number) => void ((data as Float64Array)[i] = v) : put;
    const zero = (big ? 0n : 0) as number;
    for (let lane = 0; lane < (size === 0 ? 0 : sizeOf(x.dims) / size); lane++) {
      const start = Math.floor(lane / stride) * stride * size + (lane % stride);
      let sum = zero;
      for (let k = 0; k < size; k++) {
        const i = start + (reverse ? size - 1 - k : k) * stride;
        if (exclusive) write(i, sum);
        sum += values[i];
        if (!exclusive) write(i, sum);
      }
    }
    return [{ dtype: x.dtype, dims: x.dims, data }];
  },
  batch(c) {
    onlyFirst(c);
    const at = c.input(1).constant ?? c.fail("its axis is not a constant");
    const [place] = numbers(at);
    return c.emit([c.input(0).value, c.rows.scope.constant(scalar("int64", place! < 0 ? place! : place! + 1))]);
  },
  gradient(c) {
    const { exclusive, reverse } = flags(c);
    return [
      op("CumSum", [c.gradient, c.input(1)], { exclusive: Number(exclusive), reverse: Number(!reverse) }),
      undefined,
    ];
  },
};
