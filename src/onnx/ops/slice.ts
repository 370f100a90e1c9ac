/** Slice: every `step`-th element from start to end along some axes; negative positions count from the end. */
import { stridesOf, UNKNOWN, walk } from "../dims.js";
import { pad, slice as slice_ } from "../functions.js";
import type { Dim, Shape, Tensor } from "../ir.js";
import { int64s } from "../tensor.js";
import type { Info } from "../value.js";
import { onlyFirst } from "./batching.js";
import { integers, needed, normalised, openCount, sizes } from "./given.js";
import type { NodeContext, Op } from "./op.js";
import { pick } from "./permute.js";
import { placedBack, zerosLike } from "./placed_back.js";

interface Cut {
  readonly axis: number;
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

type Context = NodeContext & { readonly inputs: readonly (Info | Tensor | undefined)[] };

/** An end that no axis reaches. */
const ALL = 2 ** 31 - 1;

/** The cuts along each axis; along one of symbolic size it is known only that all of it is kept. */
function cuts(c: Context, shape: Shape): { axis: number; cut: Cut | "all" | undefined }[] {
  const [starts, ends] = [needed(c, 1), needed(c, 2)];
  const axes = normalised(c, integers(c, 3) ?? starts.map((_, i) => i), shape.length);
  const steps = integers(c, 4) ?? starts.map(() => 1);
  if ([ends, axes, steps].some((v) => v.length !== starts.length))
    c.refuse("its starts, ends, axes and steps differ in length");
  return axes.map((axis, i) => {
    const [size, step] = [shape[axis], steps[i]];
    if (step === 0) c.refuse("its step is 0");
    if (typeof size === "string")
      return { axis, cut: starts[i] === 0 && step === 1 && ends[i] >= ALL ? "all" : undefined };
    const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
    const hold = (position: number): number => Math.min(Math.max(position < 0 ? position + size : position, low), high);
    const start = hold(starts[i]);
    return { axis, cut: { axis, start, step, count: Math.max(0, Math.ceil((hold(ends[i]) - start) / step)) } };
  });
}

export const slice: Op = {
  name: "Slice",
  inputs: [3, 5],
  outputs: [1, 1],
  attributes: {},
  moves: [0],
  infer(c) {
    const { dtype, shape } = c.input(0);
    if ([1, 2, 3, 4].some((i) => openCount(c, i) !== undefined)) return [{ dtype, shape: shape.map(() => UNKNOWN) }];
    const out: Dim[] = [...shape];
    const made = cuts(c, shape);
    for (const { axis, cut } of made) if (cut !== "all") out[axis] = cut ? cut.count : UNKNOWN;
    const known = sizes(c.input(0));
    const cut = made[0]?.cut;
    const kept =
      known && cut && cut !== "all" && shape.length === 1
        ? Array.from({ length: cut.count }, (_, i) => known[cut.start + i * cut.step])
        : undefined;
    return [{ dtype, shape: out, ...(kept && { sizes: kept }) }];
  },
  evaluate(c) {
    const x = c.input(0);
    const dims = [...x.dims];
    const strides = stridesOf(x.dims);
    const steps = [...strides];
    let start = 0;
    for (const made of cuts(c, x.dims)) {
      const cut = made.cut as Cut;
      dims[cut.axis] = cut.count;
      steps[cut.axis] = strides[cut.axis] * cut.step;
      start += cut.start * strides[cut.axis];
    }
    return [pick(x, dims, walk(dims, steps, start))];
  },
  batch(c) {
    onlyFirst(c);
    const { shape } = c.input(0);
    const starts = integers(c, 1)!;
    const axes = normalised(c, integers(c, 3) ?? starts.map((_, i) => i), shape.length);
    const steps = integers(c, 4) ?? starts.map(() => 1);
    return [
      slice_(
        c.input(0).value,
        starts,
        integers(c, 2)!,
        axes.map((a) => a + 1),
        steps,
      ),
    ];
  },
  gradient(c) {
    const { shape } = c.input(0);
    const before = shape.map(() => 0);
    const after = shape.map(() => 0);
    let g = c.gradient;
    for (const { axis, cut } of cuts(c, shape)) {
      if (cut === "all") continue;
      if (cut === undefined) return c.refuse("its gradient is known along axes of known size only");
      const size = shape[axis] as number;
      if (cut.step === 1 || cut.count === 0) {
        before[axis] = cut.count === 0 ? 0 : cut.start;
        after[axis] = size - before[axis] - cut.count;
      } else {
        const places = Array.from({ length: cut.count }, (_, i) => cut.start + i * cut.step);
        g = placedBack(g, g.scope.constant(int64s(places)), axis, zerosLike(g, axis, size));
      }
    }
    return [pad(g, before, after), ...c.inputs.slice(1).map(() => undefined)];
  },
};
