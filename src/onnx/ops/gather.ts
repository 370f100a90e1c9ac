/** Gather: slices of an axis picked by an integer tensor, whose shape takes the axis's place. */
import { isStatic, stridesOf } from "../dims.js";
import { cast, op, gather as picked, reshape, transpose, unsqueeze } from "../functions.js";
import { allocate, readable, scalar, sizeOf } from "../tensor.js";
import { expandLike } from "../unbroadcast.js";
import type { Value } from "../value.js";
import { axis, sizes } from "./given.js";
import type { Op } from "./op.js";
import { placedBack } from "./placed_back.js";

export const gather: Op = {
  name: "Gather",
  inputs: [2, 2],
  outputs: [1, 1],
  attributes: { axis: "int" },
  moves: [0],
  infer(c) {
    const [x, indices] = [c.input(0), c.input(1)];
    if (indices.dtype !== "int64" && indices.dtype !== "int32")
      c.refuse(`its indices must be int64 or int32, not ${indices.dtype}`);
    const at = axis(c, c.int("axis", 0), x.shape);
    const [known, which] = [sizes(x), sizes(indices)];
    const kept =
      known && which && x.shape.length === 1 && indices.shape.length <= 1 && isStatic(which)
        ? which.map((i) => known.at(i) ?? c.refuse(`index ${i} is out of range`))
        : undefined;
    return [
      {
        dtype: x.dtype,
        shape: [...x.shape.slice(0, at), ...indices.shape, ...x.shape.slice(at + 1)],
        ...(kept && { sizes: kept }),
      },
    ];
  },
  evaluate(c) {
    const [x, indices] = [c.input(0), c.input(1)];
    const at = axis(c, c.int("axis", 0), x.dims);
    const dims = [...x.dims.slice(0, at), ...indices.dims, ...x.dims.slice(at + 1)];
    const data = allocate(x.dtype, sizeOf(dims)) as Float64Array;
    const [size, width] = [x.dims[at], stridesOf(x.dims)[at]];
    const outer = sizeOf(x.dims.slice(0, at));
    const which = readable(indices);
    for (let o = 0, to = 0; o < outer; o++)
      for (let i = 0; i < which.length; i++, to += width) {
        const index = which[i] < 0 ? which[i] + size : which[i];
        if (!(index >= 0 && index < size)) c.refuse(`index ${which[i]} is out of range for size ${size}`);
        const from = (o * size + index) * width;
        data.set((x.data as Float64Array).subarray(from, from + width), to);
      }
    return [{ dtype: x.dtype, dims, data }];
  },
  batch(c) {
    const [x, indices] = [c.input(0), c.input(1)];
    const at = axis(c, c.int("axis", 0), x.shape);
    if (!indices.batched) return [picked(x.value, indices.value, at + 1)];
    // the axis in front, and what is picked behind the rows again
    const rank = x.shape.length;
    const first = [at, ...Array.from({ length: rank }, (_, i) => i).filter((i) => i !== at)];
    const moved = (v: Value, order: readonly number[]) => (order.every((a, i) => a === i) ? v : transpose(v, order));
    const back = (v: Value): Value => {
      const count = indices.shape.length;
      const order = [
        0,
        ...Array.from({ length: rank - 1 + count }, (_, i) =>
          i < at ? 1 + count + i : i < at + count ? 1 + i - at : 1 + i,
        ),
      ];
      return moved(v, order);
    };
    if (!x.batched) return [back(picked(moved(x.value, first), indices.value, 0))];
    const places = unsqueeze(indices.value, [1 + indices.shape.length]);
    const whole = moved(x.value, [0, ...first.map((i) => i + 1)]);
    return [back(op("GatherND", [whole, cast(places, "int64")], { batch_dims: 1 }))];
  },
  javascript(c) {
    const [x, indices] = [c.input(0), c.input(1)];
    if (indices.constant !== undefined) return undefined;
    const { code } = c;
    const at = axis(c, c.int("axis", 0), x.dims);
    const [size, width] = [x.dims[at], stridesOf(x.dims)[at]];
    const outer = sizeOf(x.dims.slice(0, at));
    const dims = [...x.dims.slice(0, at), ...indices.dims, ...x.dims.slice(at + 1)];
    const held = (raw: number): number => {
      const index = raw < 0 ? raw + size : raw;
      if (!(index >= 0 && index < size)) c.refuse(`index ${raw} is out of range for size ${size}`);
      return index;
    };
    const count = sizeOf(indices.dims);
    if (sizeOf(dims) <= code.small) {
      const from = code.arrayOf(x);
      const places = Array.from({ length: count }, (_, i) => {
        const index = code.element(indices, i);
        return code.atom(code.textOf(held, [index.text]), [index]);
      });
      const atoms = [];
      for (let o = 0; o < outer; o++)
        for (const place of places)
          for (let w = 0; w < width; w++)
            atoms.push(
              code.atom(
                `${from.name}[(${o * size} + ${place.text}) * ${width} + ${w}]${x.dtype === "bool" ? " !== 0" : ""}`,
                [from, place],
              ),
            );
      return [code.ofAtoms(x.dtype, dims, atoms)];
    }
    return [
      code.array(
        x.dtype,
        dims,
        [x, indices],
        (out, [from, index]) => `for (let o = 0, at = 0; o < ${outer}; o++)
  for (let i = 0; i < ${count}; i++) {
    const place = (o * ${size} + ${code.textOf(held, [`${index}[i]`])}) * ${width};
    for (let w = 0; w < ${width}; w++) ${out}[at++] = ${from}[place + w];
  }`,
      ),
    ];
  },
  gradient(c) {
    const [x, indices] = [c.input(0), c.input(1)];
    const at = axis(c, c.int("axis", 0), x.shape);
    const rank = indices.shape.length;
    const zeros = expandLike(x.scope.constant(scalar(x.dtype, 0)), x);
    // the axes of the indices as one, which is the axis that they pick from
    const after = x.shape.slice(at + 1);
    if (rank > 1 && !isStatic(after)) return c.refuse(`its gradient is not known for sizes ${after} behind its axis`);
    const g =
      rank === 0
        ? unsqueeze(c.gradient, [at])
        : rank === 1
          ? c.gradient
          : reshape(c.gradient, [...x.shape.slice(0, at).map(() => 0), -1, ...(after as number[])]);
    return [placedBack(g, indices, at, zeros), undefined];
  },
};
