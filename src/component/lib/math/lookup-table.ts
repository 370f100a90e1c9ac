/** A function given by points. */
import Type from "typebox";
import * as ops from "../../../onnx/functions.js";
import { tensor } from "../../../onnx/tensor.js";
import type { Value } from "../../../onnx/value.js";
import { add, choose, div, greater, less, mul, sub } from "../arithmetic.js";
import { dimsOf, elementwise } from "../elementwise.js";
import { refuse } from "../refuse.js";
import { simulated } from "../simulated.js";
import { sizeOf } from "../types.js";

const table = elementwise({
  name: "math/lookup-table",
  doc: "y(x) on straight lines between the points (`x`, `y`). Beyond the first and the last point `outside` says what holds: `clamp` keeps the end's value, `extend` goes on straight, `fault` stops the run.",
  params: Type.Object({
    x: Type.Array(Type.Number(), {
      minItems: 2,
      maxItems: 10_000,
      description: "break-points, rising, in units of the input",
      examples: [[0, 1]],
    }),
    y: Type.Array(Type.Number(), {
      minItems: 2,
      maxItems: 10_000,
      description: "the values at them",
      examples: [[0, 1]],
    }),
    outside: Type.Enum(["clamp", "extend", "fault"], { examples: ["clamp"] }),
    unit: Type.Optional(Type.String({ description: "unit of the result" })),
  }),
  check({ x, y }) {
    if (x.length !== y.length)
      refuse("y", `\`x\` has ${x.length} points, and \`y\` ${y.length}`, "Give one value of `y` for each `x`.");
    const bad = x.findIndex((v, i) => i > 0 && !(v > x[i - 1]!));
    if (bad > 0)
      refuse(
        "x",
        `\`x\` does not rise from ${x[bad - 1]} to ${x[bad]} (point ${bad + 1})`,
        "Sort the points by `x`, each once.",
      );
  },
  unit: ({ unit }) => unit,
  step(v, _, { constant, params: { x, y, outside } }) {
    const last = x.length - 1;
    const [xs, ys] = [constant(x), constant(y)];
    const i = segment(xs, last, v);
    const next = ops.add(i, 1);
    const share = div(sub(v, ops.gather(xs, i)), sub(ops.gather(xs, next), ops.gather(xs, i)));
    const between = add(mul(sub(1, share), ops.gather(ys, i)), mul(share, ops.gather(ys, next)));
    if (outside === "extend") return { value: between };
    const [below, above] = outside === "clamp" ? [y[0]!, y[last]!] : [Number.NaN, Number.NaN];
    return { value: choose(less(v, x[0]!), below, choose(greater(v, x[last]!), above, between)) };
  },
});

/** The interval of break-points that holds v, the first or the last where none does: by halving, as many times as it takes. */
function segment(xs: Value, last: number, v: Value): Value {
  let low = v.scope.constant(tensor("int64", dimsOf(v), new BigInt64Array(sizeOf(dimsOf(v)))));
  for (let width = 2 ** Math.floor(Math.log2(last)); width >= 1; width /= 2) {
    const middle = ops.add(low, width);
    const within = ops.and(ops.less(middle, last), ops.greaterOrEqual(v, ops.gather(xs, ops.min(middle, last))));
    low = ops.where(within, middle, low);
  }
  return low;
}

export default simulated(table, {
  before({ value }, { params: { x, outside } }) {
    if (outside !== "fault") return;
    const [low, high] = [x[0]!, x[x.length - 1]!];
    for (const v of typeof value === "number" ? [value] : (value as Float64Array))
      if (v < low || v > high) throw new RangeError(`${v} is outside of the table, ${low} to ${high}`);
  },
});
