/**
 * A training step, and an evaluation, as ONNX models.
 *
 *   step      columns, rows [K, B], state ─► Scan over K batches:
 *                gather rows → environment → loss → gradients (reverse mode) → clip → optimiser ─► new state, losses [K]
 *   evaluate  parameters, columns of B rows ─► loss, weight, metrics, nothing dropped
 *
 * A batch may be gone through in parts, whose gradients add up, weighted, to the gradient of the whole:
 *
 *   B rows = count × micro (an inner Scan) + rest
 */
import { type GraphBuilder, graphBuilder } from "../onnx/builder.js";
import { encode } from "../onnx/codec/index.js";
import { add, cast, clip, div, max, mul, reduceSum, sqrt, square, sub } from "../onnx/functions.js";
import type { Dtype, Model } from "../onnx/ir.js";
import { itemSize, sizeOf } from "../onnx/tensor.js";
import type { Value } from "../onnx/value.js";
import { fail } from "../problem/problem.js";
import type { CheckedModel } from "../session/runtime.js";
import { batchGradient, type Dropped, type Parts, type Whole } from "./batch-gradient.js";
import { type ColumnInfo, type Environment, outcomeOf, type Values } from "./environment.js";
import { operand, type Unit, unpack } from "./layout.js";
import { lazily, loop, once } from "./loop.js";
import { inputName } from "./names.js";
import type { Optimiser } from "./optimiser.js";

export interface StepSpec {
  readonly environment: Environment;
  readonly units: readonly Unit[];
  /** Parameters that are not trained. */
  readonly frozen: readonly ColumnInfo[];
  /** Parameters that the environment sets itself. */
  readonly set: readonly ColumnInfo[];
  readonly columns: readonly ColumnInfo[];
  readonly optimiser: Optimiser;
  /** Names of the numbers that each step of the optimiser is fed with. */
  readonly scalars: readonly string[];
  readonly clip_norm?: number;
  readonly clip_value?: number;
  /** Whether a moving average of the parameters is kept. */
  readonly average: boolean;
}

/** A model made by the builder needs no checking. */
const checked = (model: Model): CheckedModel => ({
  bytes: encode(model),
  inputs: model.graph.inputs,
  outputs: model.graph.outputs,
});

/** Evaluation of `rows` rows at once. */
export function evaluationModel(spec: StepSpec, rows: number): { model: CheckedModel } {
  const g = graphBuilder("evaluate");
  const set = spec.set.map(({ name, dtype, dims }) => g.input(inputName.set(name), dtype, dims));
  const model = modelValues(spec, g, (unit) => g.input(inputName.parameters(unit), unit.dtype, unit.dims), set);
  const batch = Object.fromEntries(
    spec.columns.map(({ name, dtype, dims }) => [name, g.input(inputName.column(name), dtype, [rows, ...dims])]),
  );
  const scalarInput = lazily((name) => g.input(name, "float32", []));
  const outcome = outcomeOf(spec.environment, model, batch, {
    training: false,
    get number() {
      return scalarInput("number");
    },
    get rate() {
      return scalarInput("rate");
    },
    dropout: (x) => x,
    set: () => {},
  });
  const metrics = outcome.metrics ?? {};
  g.output("loss", outcome.loss);
  if (outcome.weight !== undefined) g.output("weight", outcome.weight);
  for (const [name, value] of Object.entries(metrics)) g.output(inputName.metric(name), value);
  return { model: checked(g.model()) };
}

/** K steps with batches that are gone through in the same parts. */
export function stepModel(
  spec: StepSpec,
  parts: Parts,
): {
  model: CheckedModel;
  dropped: readonly Dropped[];
  metrics: readonly string[];
  /** Names of the parameters that the environment set. */
  set: readonly string[];
  bytes: number;
} {
  const g = graphBuilder("train");
  const { units, optimiser } = spec;
  const slots = Array.from({ length: optimiser.slots }, (_, i) => i);
  const tables = Object.fromEntries(
    spec.columns.map(({ name, dtype, dims }) => [name, g.input(inputName.column(name), dtype, ["rows", ...dims])]),
  );
  const kinds = [inputName.parameters, ...slots.map((i) => (unit: Unit) => inputName.slot(i, unit))];
  if (spec.average) kinds.push(inputName.average);
  const states = [
    ...kinds.flatMap((kind) => units.map((unit) => g.input(kind(unit), unit.dtype, unit.dims))),
    ...spec.set.map(({ name, dtype, dims }) => g.input(inputName.set(name), dtype, dims)),
  ];
  const dropped: Dropped[] = [];
  let metrics: readonly string[] = [];
  let set: readonly string[] = [];
  let bytes = 0;
  const sequence = lazily((name) => g.input(name, "float32", ["steps"]));
  const rows = parts.micro * parts.count + parts.rest;

  const { states: after, outputs } = loop(g, states, (now, element, body) => {
    const of = (kind: number): Value[] => now.slice(kind * units.length, (kind + 1) * units.length);
    const sequences = (name: string, dtype: Dtype = "float32"): Value => cast(element(sequence(name)), dtype);
    const maskRows = once(() => element(g.input("mask_rows", "int32", ["steps", rows])));
    const whole: Whole = {
      environment: spec.environment,
      units,
      tables,
      parameters: modelValues(spec, g, (_, i) => now[i], now.slice(kinds.length * units.length)),
      frozen: spec.frozen.map(({ name }) => name),
      masks: lazily((name) => g.input(name, "float32", ["masks", dropped[Number(name.split("/")[1])].size])),
      dropped,
      number: () => sequences("number"),
      rate: () => sequences("rate"),
    };
    const found = batchGradient(whole, body, parts, element(g.input("rows", "int32", ["steps", rows])), maskRows);
    metrics = found.metrics;
    set = Object.keys(found.set);
    const kept = spec.set.map(({ name }) =>
      Object.hasOwn(found.set, name)
        ? found.set[name]
        : fail("L0954", { reason: `it sets \`${name}\` for batches of one size and not of another` }),
    );
    const gradients = clipped(spec, found.gradients);
    const next = units.map((unit, i) =>
      optimiser.update({
        parameters: now[i],
        gradient: gradients[i],
        slots: slots.map((s) => of(1 + s)[i]),
        scalars: Object.fromEntries(spec.scalars.map((name) => [name, sequences(inputName.scalar(name), unit.dtype)])),
        factor: operand(g, unit, unit.factor),
        decay: operand(g, unit, unit.decay),
      }),
    );
    const parameters = next.map((n) => n.parameters);
    for (const { outputs } of body.applied) for (const value of outputs) bytes += bytesOf(value);
    const averages = spec.average
      ? of(1 + slots.length).map((a, i) => add(a, mul(sub(parameters[i], a), sequences("blend", a.dtype))))
      : [];
    return {
      states: [...parameters, ...slots.flatMap((s) => next.map((n) => n.slots[s])), ...averages, ...kept],
      outputs: found.values,
    };
  });
  states.forEach((state, i) => {
    g.output(inputName.next(state.name), after[i]);
  });
  outputs.forEach((value, i) => {
    g.output(`value/${i}`, value);
  });
  return { model: checked(g.model()), dropped, metrics, set, bytes };
}

/** All parameters by name: trained ones out of their units, those that are set, frozen ones as they are fed. */
function modelValues(
  spec: StepSpec,
  g: GraphBuilder,
  at: (unit: Unit, index: number) => Value,
  set: readonly Value[],
): Values {
  return Object.fromEntries([
    ...spec.set.map(({ name }, i) => [name, set[i]] as const),
    ...spec.frozen.map(({ name, dtype, dims }) => [name, g.input(inputName.frozen(name), dtype, dims)] as const),
    ...spec.units.flatMap((unit, i) => unpack(unit, at(unit, i))),
  ]);
}

/** Gradients with each element between the bounds, then scaled down together to the greatest norm. */
function clipped({ clip_value, clip_norm }: StepSpec, gradients: readonly Value[]): readonly Value[] {
  const held = clip_value === undefined ? gradients : gradients.map((g) => clip(g, -clip_value, clip_value));
  if (clip_norm === undefined) return held;
  const dtype = held.some((g) => g.dtype === "float64") ? "float64" : "float32";
  const norm = sqrt(held.map((g) => cast(reduceSum(square(g)), dtype)).reduce(add));
  const excess = max(div(norm, clip_norm), 1);
  return held.map((g) => div(g, cast(excess, g.dtype)));
}

const bytesOf = ({ shape, dtype }: Value): number =>
  sizeOf(shape.filter((d) => typeof d === "number")) * itemSize[dtype];
