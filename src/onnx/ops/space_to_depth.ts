/** SpaceToDepth: a block of places becomes the channels of one. */
import { op } from "../functions.js";
import { info, type Op } from "./op.js";
import { blockOf, moved, moving, over, times } from "./space.js";

export const spaceToDepth: Op = {
  ...moving("SpaceToDepth"),
  attributes: { blocksize: "int" },
  infer(c) {
    const { dtype, shape } = c.input(0);
    const block = blockOf(c, shape);
    const [n, channels, h, w] = shape;
    return [info(dtype, [n!, times(channels!, block ** 2), over(c, h!, block, "height"), over(c, w!, block, "width")])];
  },
  evaluate: (c) => {
    const { dims } = c.input(0);
    const block = blockOf(c, dims);
    over(c, dims[2]!, block, "height");
    over(c, dims[3]!, block, "width");
    return [moved(c.input(0), "DCR", block, "deep")];
  },
  gradient: (c) => [op("DepthToSpace", [c.gradient], { blocksize: c.int("blocksize", 1) })],
};
