/** Concat: tensors laid one after another along an axis. */
import { mayEqual, showShape, UNKNOWN } from "../dims.js";
import { split } from "../functions.js";
import type { Dim, Shape } from "../ir.js";
import { allocate, sizeOf } from "../tensor.js";
import { spread } from "./batching.js";
import { all, sameDtype } from "./elementwise.js";
import { axis, sizes } from "./given.js";
import { type NodeContext, type Op, VARIADIC } from "./op.js";

function joined(c: NodeContext, shapes: readonly Shape[]): Dim[] {
  const at = axis(c, c.int("axis", 0), shapes[0]);
  const out = [...shapes[0]];
  for (const shape of shapes.slice(1)) {
    if (shape.length !== out.length || shape.some((d, i) => i !== at && !mayEqual(d, out[i])))
      c.refuse(`${showShape(shapes[0])} and ${showShape(shape)} do not fit together along axis ${at}`);
    const [sum, more] = [out[at], shape[at]];
    out[at] = typeof sum === "number" && typeof more === "number" ? sum + more : UNKNOWN;
  }
  return out;
}

export const concat: Op = {
  name: "Concat",
  inputs: [1, VARIADIC],
  outputs: [1, 1],
  attributes: { axis: "int" },
  moves: "all",
  infer(c) {
    const inputs = c.inputs.map((_, i) => c.input(i));
    const dtype = sameDtype(c, "any");
    const shape = joined(
      c,
      inputs.map((i) => i.shape),
    );
    const parts = inputs.map(sizes);
    const known = shape.length === 1 && parts.every((p) => p !== undefined) ? parts.flat() : undefined;
    return [{ dtype, shape, ...(known && { sizes: known }) }];
  },
  evaluate(c) {
    const inputs = all(c);
    const dims = joined(
      c,
      inputs.map((t) => t.dims),
    ) as number[];
    const at = axis(c, c.int("axis", 0), dims);
    const data = allocate(inputs[0].dtype, sizeOf(dims));
    const outer = sizeOf(dims.slice(0, at));
    const row = sizeOf(dims.slice(at));
    let offset = 0;
    for (const t of inputs) {
      const width = sizeOf(t.dims.slice(at));
      for (let i = 0; i < outer; i++)
        (data as Float64Array).set((t.data as Float64Array).subarray(i * width, (i + 1) * width), i * row + offset);
      offset += width;
    }
    return [{ dtype: inputs[0].dtype, dims, data }];
  },
  batch(c) {
    const at = axis(c, c.int("axis", 0), c.results[0].shape);
    return c.emit(
      c.inputs.map((_, i) => spread(c, c.input(i))),
      { axis: at + 1 },
    );
  },
  gradient(c) {
    const at = axis(c, c.int("axis", 0), c.outputs[0].shape);
    const widths = c.inputs.map((_, i) => c.input(i).shape[at]);
    if (widths.length > 1 && !widths.every((w) => typeof w === "number"))
      c.refuse(`no gradient is known where the sizes along axis ${at} are symbolic (${widths.join(", ")})`);
    return split(c.gradient, widths as number[], at);
  },
};
