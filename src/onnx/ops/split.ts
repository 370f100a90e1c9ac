/** Split: an axis cut into parts of given sizes, or into equal ones. */
import { mayEqual, stridesOf, UNKNOWN, walk } from "../dims.js";
import { concat, split as splitAt } from "../functions.js";
import type { Dim, Tensor } from "../ir.js";
import { scalar } from "../tensor.js";
import { expandLike } from "../unbroadcast.js";
import type { Info } from "../value.js";
import { rowDims } from "./batching.js";
import { axis, integers, openCount } from "./given.js";
import { info, type NodeContext, type Op, VARIADIC } from "./op.js";
import { pick } from "./permute.js";
import { attributeAsInput } from "./upgrades.js";

type Context = NodeContext & { readonly inputs: readonly (Info | Tensor | undefined)[] };

function parts(c: Context, size: Dim): Dim[] {
  const given = integers(c, 1, "split");
  const count = c.node.outputs.length;
  if (given !== undefined) {
    const sum = given.reduce((a, b) => a + b, 0);
    if (given.length !== count) c.refuse(`${given.length} sizes for ${count} outputs`);
    if (!mayEqual(sum, size)) c.refuse(`its sizes [${given}] add up to ${sum}, the axis has ${size}`);
    return [...given];
  }
  if (typeof size === "string") return new Array<Dim>(count).fill(count === 1 ? size : UNKNOWN);
  if (c.opset < 18 && size % count !== 0) c.refuse(`${size} elements do not split evenly into ${count}`);
  const part = Math.ceil(size / count);
  return Array.from({ length: count }, (_, i) => Math.max(0, Math.min(part, size - i * part)));
}

export const split: Op = {
  name: "Split",
  inputs: [1, 2],
  outputs: [1, VARIADIC],
  attributes: { axis: "int", num_outputs: "int", split: "ints" },
  moves: [0],
  upgrade(c) {
    const node = attributeAsInput(c, "split");
    const sized = node.inputs.length > 1 && node.inputs[1] !== "";
    if (sized || c.int("num_outputs") !== undefined) return [node];
    return [{ ...node, attributes: { ...node.attributes, num_outputs: { type: "int", value: node.outputs.length } } }];
  },
  infer(c) {
    const { dtype, shape } = c.input(0);
    const at = axis(c, c.int("axis", 0), shape);
    if (openCount(c, 1) !== undefined) return c.node.outputs.map(() => info(dtype, shape.with(at, UNKNOWN)));
    return parts(c, shape[at]).map((d) => info(dtype, shape.with(at, d)));
  },
  evaluate(c) {
    const x = c.input(0);
    const at = axis(c, c.int("axis", 0), x.dims);
    const strides = stridesOf(x.dims);
    let start = 0;
    return (parts(c, x.dims[at]) as number[]).map((size) => {
      const dims = x.dims.with(at, size);
      const part = pick(x, dims, walk(dims, strides, start * strides[at]));
      start += size;
      return part;
    });
  },
  batch(c) {
    const at = axis(c, c.int("axis", 0), c.input(0).shape);
    const sizes = c.results.map((r) => rowDims(c, r)[at]!);
    return splitAt(c.input(0).value, sizes, at + 1);
  },
  gradient(c) {
    const at = axis(c, c.int("axis", 0), c.input(0).shape);
    const zero = c.input(0).scope.constant(scalar(c.input(0).dtype, 0));
    const whole = concat(
      c.gradients.map((g, i) => g ?? expandLike(zero, c.outputs[i])),
      at,
    );
    return c.inputs.map((_, i) => (i === 0 ? whole : undefined));
  },
};
