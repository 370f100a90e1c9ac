/** DepthToSpace (Shi et al. 2016, PixelShuffle): the channels of a place become a block of places. */
import { gather, op } from "../functions.js";
import { int64s } from "../tensor.js";
import { info, type NodeContext, type Op } from "./op.js";
import { blockOf, moved, moving, type Order, over, times } from "./space.js";

function orderOf(c: NodeContext): Order {
  const mode = c.text("mode") ?? "DCR";
  return mode === "DCR" || mode === "CRD" ? mode : c.refuse(`its mode is ${mode}, not DCR or CRD`);
}

export const depthToSpace: Op = {
  ...moving("DepthToSpace"),
  attributes: { blocksize: "int", mode: "string" },
  infer(c) {
    const { dtype, shape } = c.input(0);
    const block = blockOf(c, shape);
    orderOf(c);
    const [n, channels, h, w] = shape;
    return [info(dtype, [n!, over(c, channels!, block ** 2, "channels"), times(h!, block), times(w!, block)])];
  },
  evaluate: (c) => {
    const block = blockOf(c, c.input(0).dims);
    over(c, c.input(0).dims[1]!, block ** 2, "channels");
    return [moved(c.input(0), orderOf(c), block, "wide")];
  },
  gradient(c) {
    const { shape } = c.input(0);
    const block = blockOf(c, shape);
    const back = op("SpaceToDepth", [c.gradient], { blocksize: block });
    if (orderOf(c) === "DCR") return [back];
    // back in the other order of channels
    const parts = block ** 2;
    const count = shape[1]!;
    if (typeof count === "string") return c.refuse("its gradient is not known for channels that are not counted");
    const from = Array.from({ length: count }, (_, i) => (i % parts) * (count / parts) + Math.floor(i / parts));
    return [gather(back, back.scope.constant(int64s(from)), 1)];
  },
};
