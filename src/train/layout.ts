/**
 * How parameters are kept in a training: small ones end to end in one vector, so that clipping and the optimiser are a
 * handful of ops whatever the number of layers; large ones each by itself, so that no pass over memory copies them.
 */
import { concat, type Operand, reshape, split } from "../onnx/functions.js";
import type { Dtype, Tensor, Tensors } from "../onnx/ir.js";
import { allocate, sizeOf, tensor } from "../onnx/tensor.js";
import type { Scope, Value } from "../onnx/value.js";
import type { Treatment } from "./groups.js";

/** Parameters of fewer elements share a vector. */
const SMALL = 16_384;

/** One tensor of a training's state: a parameter by itself, or a vector of several. */
export interface Unit {
  readonly name: string;
  readonly dtype: Dtype;
  readonly dims: readonly number[];
  readonly parts: readonly { readonly name: string; readonly dims: readonly number[] }[];
  /** One number for all elements, or one an element. */
  readonly factor: number | Float64Array;
  readonly decay: number | Float64Array;
}

/** The units of the parameters that are trained. */
export function layoutOf(parameters: Tensors, treatments: ReadonlyMap<string, Treatment | undefined>): Unit[] {
  const trained = Object.entries(parameters).flatMap(([name, { dtype, dims }]) => {
    const treatment = treatments.get(name);
    return treatment === undefined ? [] : [{ name, dtype, dims, ...treatment }];
  });
  const large = trained.filter((p) => sizeOf(p.dims) >= SMALL);
  const units: Unit[] = large.map(({ name, dtype, dims, factor, decay }) => ({
    name,
    dtype,
    dims,
    parts: [{ name, dims }],
    factor,
    decay,
  }));
  for (const dtype of ["float32", "float64"] as const) {
    const small = trained.filter((p) => p.dtype === dtype && sizeOf(p.dims) < SMALL);
    if (small.length === 0) continue;
    const sizes = small.map((p) => sizeOf(p.dims));
    const each = (of: (p: Treatment) => number): number | Float64Array => {
      if (small.every((p) => of(p) === of(small[0]))) return of(small[0]);
      return Float64Array.from(small.flatMap((p, i) => new Array<number>(sizes[i]).fill(of(p))));
    };
    units.push({
      name: `small_${dtype}`,
      dtype,
      dims: [sizes.reduce((a, b) => a + b)],
      parts: small.map(({ name, dims }) => ({ name, dims })),
      factor: each((p) => p.factor),
      decay: each((p) => p.decay),
    });
  }
  return units;
}

/** True for a unit that is its only parameter as it is. */
const single = ({ parts, dims }: Unit): boolean => parts.length === 1 && parts[0].dims.length === dims.length;

/** The parameters in a unit's tensor, by name. */
export function unpack(unit: Unit, whole: Value): [string, Value][] {
  if (single(unit)) return [[unit.parts[0].name, whole]];
  const pieces = split(
    whole,
    unit.parts.map((p) => sizeOf(p.dims)),
    0,
  );
  return unit.parts.map(({ name, dims }, i) => [name, dims.length === 1 ? pieces[i] : reshape(pieces[i], dims)]);
}

/** Gradients by the parts of a unit, as one tensor of its shape. */
export function pack(unit: Unit, parts: readonly Value[]): Value {
  if (single(unit)) return parts[0];
  const flat = parts.map((p) => (p.shape.length === 1 ? p : reshape(p, [-1])));
  return flat.length === 1 ? flat[0] : concat(flat, 0);
}

/** A treatment as an operand of the unit's shape. */
export const operand = (scope: Scope, unit: Unit, value: number | Float64Array): Operand =>
  typeof value === "number" ? value : scope.constant(tensor(unit.dtype, unit.dims, value));

/** The tensor that a unit starts from. */
export function packTensors(unit: Unit, parameters: Tensors): Tensor {
  const data = allocate(unit.dtype, sizeOf(unit.dims)) as Float32Array;
  let offset = 0;
  for (const { name } of unit.parts) {
    data.set(parameters[name].data as Float32Array, offset);
    offset += parameters[name].data.length;
  }
  return { dtype: unit.dtype, dims: unit.dims, data };
}

/** Units' tensors as named parameters, copied, in the order of `names`; those that are not in a unit from `others`. */
export function unpackTensors(
  units: readonly Unit[],
  whole: readonly Tensor[],
  names: readonly string[],
  others: Tensors,
): Tensors {
  const found = new Map<string, Tensor>(Object.entries(others));
  units.forEach((unit, i) => {
    let offset = 0;
    for (const { name, dims } of unit.parts) {
      const size = sizeOf(dims);
      const data = (whole[i].data as Float32Array).slice(offset, offset + size);
      found.set(name, { dtype: unit.dtype, dims, data });
      offset += size;
    }
  });
  return Object.fromEntries(names.map((name) => [name, found.get(name)!]));
}
