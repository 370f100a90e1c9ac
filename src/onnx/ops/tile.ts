/** Tile: a tensor repeated a number of times along each axis. */
import { broadcastOffsets, isStatic, UNKNOWN } from "../dims.js";
import { reduceSum, tile as repeated, reshape } from "../functions.js";
import { numbers } from "../tensor.js";
import { onlyFirst } from "./batching.js";
import { needed, sizes } from "./given.js";
import { info, type Op } from "./op.js";
import { pick } from "./permute.js";

export const tile: Op = {
  name: "Tile",
  inputs: [2, 2],
  outputs: [1, 1],
  attributes: {},
  moves: [0],
  infer(c) {
    const { dtype, shape } = c.input(0);
    const repeats = sizes(c.input(1));
    if (repeats !== undefined && repeats.length !== shape.length)
      c.refuse(`${repeats.length} repeats for ${shape.length} axes`);
    return [
      info(
        dtype,
        shape.map((d, i) => {
          const times = repeats?.[i] ?? UNKNOWN;
          if (times === 1) return d;
          if (d === 1) return times;
          return typeof d === "number" && typeof times === "number" ? d * times : UNKNOWN;
        }),
      ),
    ];
  },
  evaluate(c) {
    const x = c.input(0);
    const repeats = numbers(c.input(1));
    if (repeats.length !== x.dims.length || repeats.some((r) => r < 0))
      c.refuse(`repeats [${repeats}] do not fit ${x.dims.length} axes`);
    // [2, 3] repeated [4, 5] times is [1, 2, 1, 3] broadcast to [4, 2, 5, 3]
    const from = x.dims.flatMap((d) => [1, d]);
    const to = x.dims.flatMap((d, i) => [repeats[i], d]);
    const dims = x.dims.map((d, i) => d * repeats[i]);
    return [pick(x, dims, broadcastOffsets(from, to))];
  },
  batch(c) {
    onlyFirst(c);
    return [repeated(c.input(0).value, [1, ...needed(c, 1)])];
  },
  gradient(c) {
    const { shape } = c.input(0);
    const repeats = needed(c, 1);
    if (!isStatic(shape.filter((_, i) => repeats[i] !== 1)) || shape.filter((d) => typeof d === "string").length > 1)
      return c.refuse("its gradient is known along axes of known size only");
    const apart = shape.flatMap((d, i) => [repeats[i], typeof d === "string" ? -1 : d]);
    const summed = reduceSum(reshape(c.gradient, apart), { axes: shape.map((_, i) => 2 * i) });
    return [summed, undefined];
  },
};
