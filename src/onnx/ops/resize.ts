/**
 * Resize: an image, or any tensor, of other sizes; by the nearest elements, linear or cubic interpolation between them.
 * The sizes are given as such or as scales.
 */
import { isStatic, stridesOf, UNKNOWN } from "../dims.js";
import { matmul, transpose } from "../functions.js";
import type { Dim, Shape, Tensor } from "../ir.js";
import { allocate, numbers, readable, sizeOf, tensor, writer } from "../tensor.js";
import type { Info, Value } from "../value.js";
import { onlyFirst, rowDims, stacking } from "./batching.js";
import { normalised, sizes as sizesOf } from "./given.js";
import {
  type BatchContext,
  type EvaluateContext,
  type GradientContext,
  info,
  type NodeContext,
  type Op,
} from "./op.js";
import { type Line, type Stretch, samplerOf } from "./resampling.js";

const [ROI, SCALES, SIZES] = [1, 2, 3];
const POLICIES = ["stretch", "not_larger", "not_smaller"];

/** The rounding of a coordinate that is that of another half a place further on. */
const HALF_ON: { readonly [mode: string]: string } = { round_prefer_floor: "ceil", floor: "round_prefer_ceil" };

/** The axes that scales, sizes and crop are given for. */
const axesOf = (c: NodeContext, rank: number): number[] =>
  normalised(c, c.ints("axes") ?? Array.from({ length: rank }, (_, i) => i), rank);

function policyOf(c: NodeContext): string {
  const policy = c.text("keep_aspect_ratio_policy") ?? "stretch";
  return POLICIES.includes(policy) ? policy : c.refuse(`its keep_aspect_ratio_policy ${policy} is not known`);
}

interface Asked {
  readonly scales: readonly number[] | undefined;
  readonly sizes: readonly Dim[] | undefined;
}

/** New sizes, and by how much each axis is scaled; a size that is not known stays open. */
function stretched(c: NodeContext, shape: Shape, { scales, sizes }: Asked): { to: Dim; scale: number | undefined }[] {
  const axes = axesOf(c, shape.length);
  const given = scales ?? sizes ?? c.refuse("it has neither scales nor sizes");
  if (given.length !== axes.length) c.refuse(`it has ${given.length} scales or sizes for ${axes.length} axes`);
  const whole = shape.map((d): { to: Dim; scale: number | undefined } => ({ to: d, scale: 1 }));
  const policy = policyOf(c);
  if (scales !== undefined || policy === "stretch") {
    axes.forEach((axis, i) => {
      const from = shape[axis]!;
      if (scales !== undefined) {
        const scale = scales[i]!;
        if (!(scale > 0)) c.refuse(`its scale ${scale} is not above 0`);
        whole[axis] = { to: scale === 1 ? from : typeof from === "number" ? Math.floor(from * scale) : UNKNOWN, scale };
      } else {
        const to = sizes![i]!;
        if (typeof to === "number" && to < 0) c.refuse(`its size ${to} is below 0`);
        const known = typeof from === "number" && typeof to === "number";
        whole[axis] = { to, scale: to === from && to !== UNKNOWN ? 1 : known ? to / from : undefined };
      }
    });
    return whole;
  }
  const own = axes.map((axis) => shape[axis]!);
  if (!isStatic(own) || !isStatic(sizes!)) {
    for (const axis of axes) whole[axis] = { to: UNKNOWN, scale: undefined };
    return whole;
  }
  const all = own.map((d, i) => (sizes![i] as number) / (d as number));
  const scale = policy === "not_larger" ? Math.min(...all) : Math.max(...all);
  axes.forEach((axis, i) => {
    whole[axis] = { to: Math.floor((own[i] as number) * scale + 0.5), scale };
  });
  return whole;
}

/** Scales and sizes as they are known before the model runs; undefined where both are open. */
function askedOf(inputs: readonly (Info | Tensor | undefined)[], c: NodeContext): Asked | undefined {
  // older opsets give an empty tensor for what is left out
  const there = [SCALES, SIZES].map((i) => {
    const x = inputs[i];
    return x === undefined || (("dims" in x ? x.dims : x.shape)[0] ?? 1) === 0 ? undefined : x;
  });
  const [scales, sizes] = there;
  if (scales !== undefined && sizes !== undefined) c.refuse("it has both scales and sizes");
  if (scales === undefined && sizes === undefined) c.refuse("it has neither scales nor sizes");
  const held = (x: Info | Tensor): Tensor | undefined => ("dims" in x ? x : x.constant);
  if (scales !== undefined) {
    const tensor = held(scales);
    return tensor && { scales: numbers(tensor), sizes: undefined };
  }
  const known = "dims" in sizes! ? numbers(sizes) : sizesOf(sizes!);
  return known && { scales: undefined, sizes: known };
}

/** The axes that change, with all that is known of them; undefined while something is open. */
function lines(c: NodeContext, shape: Shape, asked: Asked, roi: Tensor | undefined): Line[] | undefined {
  const sampler = samplerOf(c);
  const axes = axesOf(c, shape.length);
  const crops = sampler.crops ? ((roi && numbers(roi)) ?? c.refuse("it has no roi, which its mode needs")) : undefined;
  if (crops !== undefined && crops.length !== 2 * axes.length)
    c.refuse(`its roi has ${crops.length} values for ${axes.length} axes`);
  const out: Line[] = [];
  for (const [axis, { to, scale }] of stretched(c, shape, asked).entries()) {
    const at = axes.indexOf(axis);
    const crop = crops === undefined || at < 0 ? ([0, 1] as const) : ([crops[at]!, crops[at + axes.length]!] as const);
    if (scale === 1 && to === shape[axis] && crop[0] === 0 && crop[1] === 1) continue;
    const from = shape[axis]!;
    if (typeof from === "string" || typeof to === "string" || scale === undefined) return undefined;
    if (from === 0 && to > 0) c.refuse(`axis ${axis} is empty`);
    const stretch: Stretch = { axis, from, to, scale, crop };
    out.push(sampler.line(stretch));
  }
  return out;
}

/** A tensor with one axis filled anew, in double precision; elements beyond a crop become `beyond`. */
function filledAlong(values: Float64Array, dims: readonly number[], line: Line, beyond: number): Float64Array {
  const { axis, from, places } = line;
  const inner = stridesOf(dims)[axis]!;
  const outer = from === 0 ? 0 : values.length / (from * inner);
  const out = allocate("float64", outer * places.length * inner) as Float64Array;
  let to = 0;
  for (let o = 0; o < outer; o++)
    for (const taps of places)
      for (let i = 0; i < inner; i++, to++) {
        if (taps === undefined) out[to] = beyond;
        else
          for (const [k, at] of taps.at.entries()) out[to]! += values[(o * from + at) * inner + i]! * taps.weights[k]!;
      }
  return out;
}

/** The axes of a node that is run. */
const linesNow = (c: EvaluateContext): Line[] =>
  lines(c, c.input(0).dims, askedOf(c.inputs, c)!, c.inputs[ROI]) ?? c.refuse("its sizes are not known");

export const resize: Op = {
  name: "Resize",
  inputs: [1, 4],
  outputs: [1, 1],
  attributes: {
    antialias: "int",
    axes: "ints",
    coordinate_transformation_mode: "string",
    cubic_coeff_a: "float",
    exclude_outside: "int",
    extrapolation_value: "float",
    keep_aspect_ratio_policy: "string",
    mode: "string",
    nearest_mode: "string",
  },
  upgrade(c) {
    const mode = c.text("coordinate_transformation_mode") ?? "half_pixel";
    if (mode !== "half_pixel_symmetric" && mode !== "tf_half_pixel_for_nn") return [c.node];
    const nearest = samplerOf(c).nearest ? HALF_ON[c.text("nearest_mode") ?? "round_prefer_floor"] : undefined;
    if (mode === "half_pixel_symmetric" || nearest === undefined) return c.lost(`its coordinates are ${mode}`);
    const text = (value: string) => ({ type: "string", value }) as const;
    const changed = { coordinate_transformation_mode: text("half_pixel"), nearest_mode: text(nearest) };
    return [{ ...c.node, attributes: { ...c.node.attributes, ...changed } }];
  },
  infer(c) {
    const { dtype, shape } = c.input(0);
    if (dtype === "bool") c.refuse("it takes numbers, not bool");
    samplerOf(c);
    const asked = askedOf(c.inputs, c);
    if (asked === undefined) {
      policyOf(c);
      const open = new Set(axesOf(c, shape.length));
      return [
        info(
          dtype,
          shape.map((d, axis): Dim => (open.has(axis) ? UNKNOWN : d)),
        ),
      ];
    }
    return [
      info(
        dtype,
        stretched(c, shape, asked).map(({ to }) => to),
      ),
    ];
  },
  evaluate(c) {
    const x = c.input(0);
    const beyond = c.float("extrapolation_value", 0);
    const all = linesNow(c);
    const dims = all.reduce((sizes, { axis, places }) => sizes.with(axis, places.length), [...x.dims]);
    const data = allocate(x.dtype, sizeOf(dims));
    if (samplerOf(c).nearest) {
      // elements as they are, of whatever dtype; −1 for what is beyond the crop
      let from: Float64Array = Float64Array.from({ length: x.data.length }, (_, i) => i);
      let sizes = [...x.dims];
      for (const line of all) {
        from = filledAlong(from, sizes, line, -1);
        sizes = sizes.with(line.axis, line.places.length);
      }
      const [to, old] = [data as Float64Array, x.data as Float64Array];
      const write = writer(x.dtype, data);
      from.forEach((at, i) => {
        if (at < 0) write(i, beyond);
        else to[i] = old[at]!;
      });
      return [{ dtype: x.dtype, dims, data }];
    }
    let values: Float64Array = Float64Array.from(readable(x));
    let sizes = [...x.dims];
    for (const line of all) {
      values = filledAlong(values, sizes, line, beyond);
      sizes = sizes.with(line.axis, line.places.length);
    }
    const write = writer(x.dtype, data);
    values.forEach((v, i) => {
      write(i, v);
    });
    return [{ dtype: x.dtype, dims, data }];
  },
  batch(c: BatchContext) {
    onlyFirst(c);
    const row = rowDims(c, c.input(0));
    const asked = askedOf(c.inputs, c) ?? c.fail("its scales or sizes are no constant");
    const axes = axesOf(c, row.length);
    const first = axes.indexOf(0);
    if (first < 0) return stacking(c);
    const { to, scale } = stretched(c, row, asked)[0]!;
    if (to !== row[0] || scale !== 1) return c.fail("it changes its first axis, behind which the rows are put");
    // the first axis becomes that of all rows: nothing is said of it
    const rest = (x: Info | undefined, parts: number): Value | undefined => {
      const constant = x?.constant;
      if (constant === undefined || constant.data.length === 0) return undefined;
      const all = numbers(constant).filter((_, i) => i % (constant.data.length / parts) !== first);
      return c.rows.scope.constant(tensor(constant.dtype, [all.length], all));
    };
    if (samplerOf(c).crops && c.inputs[ROI]?.constant === undefined) return c.fail("its roi is no constant");
    const others = [rest(c.inputs[ROI], 2), rest(c.inputs[SCALES], 1), rest(c.inputs[SIZES], 1)];
    return stacking({
      ...c,
      inputs: [c.input(0)],
      emit: ([x]) => c.emit([x, ...others], { axes: axes.filter((axis) => axis !== 0) }),
    });
  },
  // each axis is a matrix that its elements are multiplied with
  gradient(c: GradientContext) {
    const { shape, dtype } = c.input(0);
    const asked = askedOf(c.inputs, c);
    const all = asked && lines(c, shape, asked, c.inputs[ROI]?.constant);
    if (all === undefined) return c.refuse("its gradient is not known for sizes that are known only when it runs");
    const rest = c.inputs.slice(1).map(() => undefined);
    const back = all.reduceRight((g, { axis, from, places }) => {
      const matrix = allocate("float64", places.length * from);
      places.forEach((taps, place) => {
        taps?.at.forEach((at, k) => {
          matrix[place * from + at] = taps.weights[k]!;
        });
      });
      const weights = c.input(0).scope.constant(tensor(dtype, [places.length, from], matrix));
      const last = shape.length - 1;
      if (axis === last) return matmul(g, weights);
      const order = shape.map((_, i) => (i === axis ? last : i === last ? axis : i));
      return transpose(matmul(transpose(g, order), weights), order);
    }, c.gradient);
    return [back, ...rest];
  },
};
