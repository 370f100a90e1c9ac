/**
 * GroupNormalization (Wu & He 2018): the channels of [N, C, D₁, …] in groups, each of which is less its mean, over the root
 * of its variance; then scaled and shifted, by group at opset 18, by channel from 21 on.
 */
import { mayEqual, showShape } from "../dims.js";
import { add, div, mul, reduceMean, reshape, shapeOf, sqrt, square, sub } from "../functions.js";
import type { Node } from "../ir.js";
import { allocate, int64s, readable, sizeOf, tensor, writer } from "../tensor.js";
import { stacking } from "./batching.js";
import { composed } from "./composed.js";
import { sameDtype } from "./elementwise.js";
import { info, type NodeContext, type Op } from "./op.js";

const EPSILON = 1e-5;
/** From this opset on there is a scale and a bias for each channel. */
const BY_CHANNEL = 21;

function groupsOf(c: NodeContext): number {
  const groups = c.int("num_groups") ?? c.refuse("it has no num_groups");
  return groups >= 1 ? groups : c.refuse(`its num_groups is ${groups}, and must be at least 1`);
}

export const groupNormalization: Op = {
  name: "GroupNormalization",
  since: 18,
  inputs: [3, 3],
  outputs: [1, 1],
  attributes: { epsilon: "float", num_groups: "int", stash_type: "int" },
  batch: stacking,
  infer(c) {
    const { shape } = c.input(0);
    if (shape.length < 2) c.refuse(`it takes [N, C, D₁, …], not ${showShape(shape)}`);
    const groups = groupsOf(c);
    const channels = shape[1]!;
    if (typeof channels === "number" && channels % groups !== 0)
      c.refuse(`its ${channels} channels do not make ${groups} groups`);
    const count = c.opset < BY_CHANNEL ? groups : channels;
    for (const given of c.inputs.slice(1))
      if (given?.shape.length !== 1 || !mayEqual(given.shape[0]!, count))
        c.refuse(`scale and bias must be one a ${c.opset < BY_CHANNEL ? "group" : "channel"}, ${count}`);
    return [info(sameDtype(c, "float"), shape)];
  },
  evaluate(c) {
    const x = c.input(0);
    const [values, scale, bias] = [readable(x), readable(c.input(1)), readable(c.input(2))];
    const [groups, channels] = [groupsOf(c), x.dims[1]!];
    if (channels % groups !== 0) c.refuse(`its ${channels} channels do not make ${groups} groups`);
    const plane = sizeOf(x.dims.slice(2));
    const size = (channels / groups) * plane;
    const data = allocate(x.dtype, values.length);
    const write = writer(x.dtype, data);
    for (let start = 0; start < values.length; start += size) {
      const elements = Float64Array.from({ length: size }, (_, i) => values[start + i]!);
      const mean = elements.reduce((sum, v) => sum + v, 0) / size;
      const variance = elements.reduce((sum, v) => sum + (v - mean) ** 2, 0) / size;
      const inverse = 1 / Math.sqrt(variance + c.float("epsilon", EPSILON));
      elements.forEach((v, i) => {
        const channel = Math.floor((start + i) / plane) % channels;
        const at = c.opset < BY_CHANNEL ? Math.floor(channel / (channels / groups)) : channel;
        write(start + i, (v - mean) * inverse * scale[at]! + bias[at]!);
      });
    }
    return [{ dtype: x.dtype, dims: x.dims, data }];
  },
  // by channel: each group normalised as one plane of an instance, then the channels as rows
  upgrade(c) {
    if (c.opset < BY_CHANNEL) return [c.node];
    const [x, scale, bias] = c.node.inputs as [string, string, string];
    const groups = groupsOf(c);
    const nodes: Node[] = [];
    const put = (op: string, inputs: string[], attributes: Node["attributes"] = {}, output?: string): string => {
      const own = output ?? c.fresh(op.toLowerCase());
      nodes.push({ op, inputs, outputs: [own], attributes });
      return own;
    };
    const int = (value: number) => ({ type: "int", value }) as const;
    // constants of the input's dtype, which only the graph around knows
    const each = (value: number): string =>
      put("CastLike", [c.constant(tensor("float32", [groups], new Float32Array(groups).fill(value))), x]);
    const shape = put("Shape", [x]);
    const outer = put("Shape", [x], { start: int(0), end: int(2) });
    const rows = put("Concat", [outer, c.constant(int64s([-1]))], { axis: int(0) });
    const behind = c.constant(int64s([1]));
    const epsilon = { type: "float", value: c.float("epsilon", Math.fround(EPSILON)) } as const;
    const grouped = put("Reshape", [x, c.constant(int64s([0, groups, -1]))]);
    const normal = put("InstanceNormalization", [grouped, each(1), each(0)], { epsilon });
    const scaled = put("Mul", [put("Reshape", [normal, rows]), put("Unsqueeze", [scale, behind])]);
    const shifted = put("Add", [scaled, put("Unsqueeze", [bias, behind])]);
    put("Reshape", [shifted, shape], {}, c.node.outputs[0]!);
    return nodes;
  },
  gradient: composed((c, [x, scale, bias]) => {
    const rows = reshape(x!, [0, groupsOf(c), -1]);
    const centred = sub(rows, reduceMean(rows, { axes: [2], keepdims: true }));
    const variance = reduceMean(square(centred), { axes: [2], keepdims: true });
    const inverse = div(1, sqrt(add(variance, c.float("epsilon", EPSILON))));
    const byGroup = (v: typeof scale) => reshape(v!, [-1, 1]);
    const normal = add(mul(mul(centred, inverse), byGroup(scale)), byGroup(bias));
    return [reshape(normal, shapeOf(x!))];
  }),
};
