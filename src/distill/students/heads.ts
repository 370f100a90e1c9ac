/**
 * What the columns of an output are, and how a net says them.
 *
 * | columns                        | head                                           | loss                     |
 * |--------------------------------|------------------------------------------------|--------------------------|
 * | numbers                        | as they are                                    | squared error            |
 * | numbers with a range           | tanh over the range and a little more, clipped | squared error            |
 * | a choice (enum), one of them 1 | softmax: the probability of each               | cross-entropy            |
 *
 * A range is that of the type (`minimum`, `maximum`, a boolean, an angle's sine, an 8-bit integer) or one that is given.
 */

import { fieldsOf, kindOf } from "../../message/kind.js";
import { INTEGER_RANGE, tensorType } from "../../message/tensor.js";
import type { MessageSchema } from "../../message/type.js";
import { add, concat, mul, neg, op, reduceSum, split, square, sub, tanh } from "../../onnx/functions.js";
import { tensor } from "../../onnx/tensor.js";
import type { Value } from "../../onnx/value.js";
import type { Matrix } from "../../train/matrix.js";
import type { Choice } from "../score.js";
import { type Statistics, statistics } from "./statistics.js";
import type { PortBlock, TrainingData } from "./student.js";

/** Columns side by side that are of one kind. */
export interface Head {
  readonly kind: "number" | "range" | "choice";
  /** First column among all outputs. */
  readonly from: number;
  readonly width: number;
  /** Least and greatest value of each column of a range; one side may be infinite. */
  readonly range: readonly (readonly [low: number, high: number])[];
  /** `port` or `port:field` of a choice. */
  readonly name?: string;
}

/** A squashed column reaches beyond its range by this share, so that the very ends can be learned; then it is clipped. */
const SLACK = 0.05;

const FREE = [-Infinity, Infinity] as const;
/** Ranges of wider integers say nothing. */
const SMALL = ["int8", "uint8"];

/** The heads of some outputs, in order; neighbours of one kind that are not choices are one head. */
export function headsOf(outputs: readonly PortBlock[]): Head[] {
  const heads: Head[] = [];
  let column = 0;
  for (const block of outputs) {
    const parts = block.type === undefined ? numbers(block.columns.length) : partsOf(block.type);
    let own = 0;
    for (const part of parts) {
      const range = part.range.map(([low, high], i): readonly [number, number] => {
        const [least, most] = block.range?.[own + i] ?? FREE;
        return [Math.max(low, least), Math.min(high, most)];
      });
      const field = block.columns[own]!.name.split("=")[0]!;
      const choice = part.choice === true;
      const free = range.every(([low, high]) => low === -Infinity && high === Infinity);
      const kind = choice ? "choice" : free ? "number" : "range";
      const last = heads.at(-1);
      if (!choice && last?.kind === kind)
        heads[heads.length - 1] = { ...last, width: last.width + range.length, range: [...last.range, ...range] };
      else
        heads.push({
          kind,
          from: column,
          width: range.length,
          range,
          ...(choice ? { name: field === "value" ? block.port : `${block.port}:${field}` } : {}),
        });
      column += range.length;
      own += range.length;
    }
  }
  return heads;
}

/** The choices and truth values among some outputs, by name: `port` or `port:field`. */
export function choicesOf(outputs: readonly PortBlock[]): Choice[] {
  let column = 0;
  return outputs.flatMap((block) => {
    let own = 0;
    const from = column;
    column += block.columns.length;
    return (block.type === undefined ? [] : partsOf(block.type)).flatMap((part): Choice[] => {
      const first = own;
      own += part.range.length;
      if (part.choice !== true && part.truths !== true) return [];
      const one = block.columns[first]!.name.split("=")[0]!;
      // truth values of one tensor are told together
      const field = part.truths === true && part.range.length > 1 ? one.replace(/\[[^[\]]*\]$/, "") : one;
      const name = field === "value" ? block.port : `${block.port}:${field}`;
      return [{ name, from: from + first, width: part.range.length, ...(part.truths ? { truths: true } : {}) }];
    });
  });
}

interface Piece {
  readonly choice?: true;
  readonly truths?: true;
  readonly range: readonly (readonly [number, number])[];
}

const repeated = (n: number, range: readonly [number, number]): Piece[] =>
  Array.from({ length: n }, () => ({ range: [range] }));
const numbers = (n: number): Piece[] => repeated(n, FREE);

/** The columns of a type in the order in which `compileFlatten` writes them. */
function partsOf(schema: MessageSchema): Piece[] {
  const kind = kindOf(schema);
  if (kind === "enum") return [{ choice: true, range: schema.enum!.map(() => [0, 1] as const) }];
  if (kind === "boolean") return [{ truths: true, range: [[0, 1]] }];
  if (kind === "object")
    return fieldsOf(schema).flatMap((f) => [...(f.optional ? repeated(1, [0, 1]) : []), ...partsOf(f.schema)]);
  if (kind === "array")
    return Array.from({ length: schema.maxItems! }, (_, i) => [
      ...(i < (schema.minItems ?? 0) ? [] : repeated(1, [0, 1])),
      ...partsOf(schema.items!),
    ]).flat();
  const tensor = tensorType(schema);
  const length = tensor?.length ?? 1;
  if (schema.wraps) return repeated(2 * length, [-1, 1]);
  if (tensor?.dtype === "bool") return [{ truths: true, range: Array.from({ length }, () => [0, 1] as const) }];
  if (tensor !== undefined && SMALL.includes(tensor.dtype)) return repeated(length, INTEGER_RANGE[tensor.dtype]!);
  return repeated(length, [schema.minimum ?? -Infinity, schema.maximum ?? Infinity]);
}

/** Statistics by which outputs are normalised: choices are left as they are, so that they stay probabilities. */
export function outputStatistics(y: Matrix, outputs: readonly PortBlock[]): Statistics {
  const { mean, deviation, scale } = statistics(y);
  for (const head of headsOf(outputs))
    if (head.kind === "choice") {
      mean.fill(0, head.from, head.from + head.width);
      deviation.fill(1, head.from, head.from + head.width);
      scale.fill(1, head.from, head.from + head.width);
    }
  return { mean, deviation, scale };
}

/** The same for a part's outputs; `raw` leaves them all as they are, to show what that costs. */
export function normalOutputs({ train, outputs }: Pick<TrainingData, "train" | "outputs">, raw = false): Statistics {
  if (!raw) return outputStatistics(train.y, outputs);
  const ones = new Float32Array(train.y.width).fill(1);
  return { mean: new Float32Array(train.y.width), deviation: ones, scale: ones };
}

/** What a net's last layer means; everything normalised. */
export interface Output {
  /** The layer [rows, width] as predictions: numbers, and probabilities. */
  predict(layer: Value): Value;
  /** How wrong each row of the layer is, [rows]: the mean over its columns, in which a choice counts like one. */
  errors(layer: Value, target: Value): Value;
}

/** From the difference of a prediction to how bad it is, element by element. */
export type Badness = (difference: Value) => Value;

/** For outputs that are normalised by these statistics; differences of numbers are squared unless told otherwise. */
export function outputOf(outputs: readonly PortBlock[], y: Statistics, bad: Badness = square): Output {
  const heads = headsOf(outputs);
  const widths = heads.map((h) => h.width);
  const total = heads.reduce((n, h) => n + (h.kind === "choice" ? 1 : h.width), 0);
  const cut = (x: Value): Value[] => split(x, widths, 1);
  const said = (layer: Value, head: Head): Value => (head.kind === "range" ? squashed(layer, head, y) : layer);
  const summed = (x: Value): Value => reduceSum(x, { axes: [1] });
  return {
    predict: (layer) =>
      joined(
        cut(layer).map((z, i) => (heads[i]!.kind === "choice" ? op("Softmax", [z], { axis: 1 }) : said(z, heads[i]!))),
      ),
    errors(layer, target) {
      const [zs, ts] = [cut(layer), cut(target)];
      const errors = heads.map((head, i) =>
        head.kind === "choice"
          ? neg(summed(mul(op("LogSoftmax", [zs[i]!], { axis: 1 }), ts[i]!)))
          : summed(bad(sub(said(zs[i]!, head), ts[i]!))),
      );
      return mul(errors.reduce(add), 1 / total);
    },
  };
}

const joined = (parts: readonly Value[]): Value => (parts.length === 1 ? parts[0]! : concat(parts, 1));

/** c + r·tanh((z + z₀) / r): about z near the mean, never beyond the range and its slack; open sides stay open. */
function squashed(z: Value, { from, width, range }: Head, { mean, deviation }: Statistics): Value {
  const vectors = { centre: new Float32Array(width), radius: new Float32Array(width), shift: new Float32Array(width) };
  const closed = new Float32Array(width);
  range.forEach(([low, high], i) => {
    const [m, d] = [mean[from + i]!, deviation[from + i]!];
    const radius = ((1 + SLACK) * (high - low)) / 2 / d;
    const centre = ((low + high) / 2 - m) / d;
    const inside = Number.isFinite(radius) && Math.abs(centre) < radius;
    closed[i] = inside ? 1 : 0;
    vectors.radius[i] = inside ? radius : 1;
    vectors.centre[i] = inside ? centre : 0;
    vectors.shift[i] = inside ? radius * Math.atanh(-centre / radius) : 0;
  });
  const constant = (values: Float32Array): Value => z.scope.constant(tensor("float32", [width], values));
  const radius = constant(vectors.radius);
  const bent = add(
    mul(tanh(mul(add(z, constant(vectors.shift)), constant(vectors.radius.map((r) => 1 / r)))), radius),
    constant(vectors.centre),
  );
  if (closed.every((c) => c === 1)) return bent;
  return add(mul(bent, constant(closed)), mul(z, constant(closed.map((c) => 1 - c))));
}

/** Raw outputs held to their ranges; as they are where there are none. */
export function clipped(raw: Value, outputs: readonly PortBlock[]): Value {
  const heads = headsOf(outputs);
  if (!heads.some((h) => h.kind === "range")) return raw;
  const largest = 3.4028234663852886e38;
  const parts = split(
    raw,
    heads.map((h) => h.width),
    1,
  ).map((part, i) => {
    const { kind, width, range } = heads[i]!;
    if (kind !== "range") return part;
    const bound = (side: 0 | 1): Value =>
      part.scope.constant(
        tensor(
          "float32",
          [width],
          range.map((r) => Math.min(Math.max(inward(r[side], side), -largest), largest)),
        ),
      );
    return op("Min", [op("Max", [part, bound(0)]), bound(1)]);
  });
  return joined(parts);
}

/** The nearest float32 that is not outside. */
function inward(value: number, side: 0 | 1): number {
  const rounded = Math.fround(value);
  if (!Number.isFinite(value) || (side === 0 ? rounded >= value : rounded <= value)) return rounded;
  const step = Math.max(Math.abs(rounded) * 2 ** -23, 2 ** -149);
  return Math.fround(side === 0 ? rounded + step : rounded - step);
}
