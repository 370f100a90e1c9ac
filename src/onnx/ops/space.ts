/**
 * What DepthToSpace and SpaceToDepth share: blocks of b · b places of an image against b · b channels of one place.
 *
 *     [N, b·b·C, H, W]  ⇄  [N, C, b·H, b·W]
 */
import { showShape, UNKNOWN } from "../dims.js";
import type { Dim, Shape, Tensor } from "../ir.js";
import { stacking } from "./batching.js";
import type { NodeContext, Op } from "./op.js";
import { pick } from "./permute.js";

/** The order of channels: by place in the block first (DCR), or by channel first (CRD). */
export type Order = "DCR" | "CRD";

export function blockOf(c: NodeContext, shape: Shape): number {
  if (shape.length !== 4) c.refuse(`it takes [N, C, H, W], not ${showShape(shape)}`);
  const block = c.int("blocksize") ?? c.refuse("it has no blocksize");
  return block >= 1 ? block : c.refuse(`its blocksize is ${block}, and must be at least 1`);
}

export const times = (d: Dim, by: number): Dim => (by === 1 ? d : typeof d === "number" ? d * by : UNKNOWN);

/** A size in parts, which must come out even. */
export function over(c: NodeContext, d: Dim, by: number, what: string): Dim {
  if (by === 1) return d;
  if (typeof d === "string") return UNKNOWN;
  return d % by === 0 ? d / by : c.refuse(`its ${what} ${d} is no multiple of ${by}`);
}

/** What both are, but for their shapes and gradients. */
export const moving = (name: string): Pick<Op, "name" | "inputs" | "outputs" | "moves" | "batch"> => ({
  name,
  inputs: [1, 1],
  outputs: [1, 1],
  moves: [0],
  batch: stacking,
});

/** Which channel of the deep image a channel of the wide one has at a place (y, x) of its blocks. */
const channel = (order: Order, block: number, count: number, of: number, y: number, x: number): number =>
  order === "DCR" ? (y * block + x) * count + of : (of * block + y) * block + x;

/** Elements of a deep image in the places of the wide one; or back, of a wide one in those of the deep one. */
export function moved(x: Tensor, order: Order, block: number, to: "wide" | "deep"): Tensor {
  const [n, c, h, w] = x.dims as [number, number, number, number];
  const wide = to === "wide" ? [n, c / block ** 2, h * block, w * block] : [n, c, h, w];
  const [, channels, height, width] = wide as [number, number, number, number];
  const deep = [n, channels * block ** 2, height / block, width / block] as const;
  const offsets = new Int32Array(x.data.length);
  let at = 0;
  for (let image = 0; image < n; image++)
    for (let of = 0; of < channels; of++)
      for (let row = 0; row < height; row++)
        for (let column = 0; column < width; column++, at++) {
          const own = channel(order, block, channels, of, row % block, column % block);
          const place = Math.floor(row / block) * deep[3] + Math.floor(column / block);
          const there = (image * deep[1] + own) * deep[2] * deep[3] + place;
          if (to === "wide") offsets[at] = there;
          else offsets[there] = at;
        }
  return pick(x, to === "wide" ? wide : deep, offsets);
}
