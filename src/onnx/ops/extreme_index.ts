/** What ArgMax and ArgMin share: where along an axis the most extreme element is. There is no gradient by it. */
import type { Tensor } from "../ir.js";
import { readable, sizeOf, tensor } from "../tensor.js";
import { alongAxis } from "./batching.js";
import { axis } from "./given.js";
import { info, type NodeContext, type Op } from "./op.js";

const kept = (c: NodeContext, shape: readonly (number | string)[], at: number) =>
  c.int("keepdims", 1) !== 0 ? shape.with(at, 1) : shape.toSpliced(at, 1);

/** `beats(a, b)`: whether a, which comes later, takes the place of b. */
export const extremeIndex = (name: string, beats: (a: number, b: number) => boolean): Op => ({
  name,
  inputs: [1, 1],
  outputs: [1, 1],
  attributes: { axis: "int", keepdims: "int", select_last_index: "int" },
  batch: alongAxis(0),
  gradient: () => [undefined],
  infer(c) {
    const { dtype, shape } = c.input(0);
    if (dtype === "bool") c.refuse("it takes numbers, not bool");
    return [info("int64", kept(c, shape, axis(c, c.int("axis", 0), shape)))];
  },
  evaluate(c) {
    const x: Tensor = c.input(0);
    const at = axis(c, c.int("axis", 0), x.dims);
    if (x.dims[at] === 0) c.refuse("the axis that it looks along is empty");
    const last = c.int("select_last_index", 0) !== 0;
    const [size, inner] = [x.dims[at], sizeOf(x.dims.slice(at + 1))];
    const from = readable(x);
    const found: number[] = [];
    for (let block = 0; block < from.length; block += size * inner)
      for (let start = block; start < block + inner; start++) {
        let best = 0;
        for (let i = 1; i < size; i++) {
          const [a, b] = [from[start + i * inner], from[start + best * inner]];
          if (beats(a, b) || (last && a === b)) best = i;
        }
        found.push(best);
      }
    return [tensor("int64", kept(c, x.dims, at) as number[], found)];
  },
});
