/**
 * Training as two ONNX models.
 *
 *   step      x, y, batches [K, B], optimiser state ─► Scan over K mini-batches:
 *                gather rows → forward → loss → gradients (reverse mode) → clip → optimiser ─► new state, losses [K]
 *   evaluate  parameters, x, y ─► loss, without dropout
 *
 * All parameters are one flat vector, so that clipping and the optimiser are a handful of ops whatever the number of
 * layers. A program is plain data: it can be sent to a worker thread, and what it computes depends on nothing else.
 */
import { gradient } from "../onnx/autodiff.js";
import { graphBuilder } from "../onnx/builder.js";
import { encode } from "../onnx/codec/index.js";
import { scan } from "../onnx/control.js";
import { add, concat, div, gather, max, mul, reduceSum, reshape, split, sqrt, square, sub } from "../onnx/functions.js";
import type { Model, Tensors } from "../onnx/ir.js";
import { sizeOf, tensor } from "../onnx/tensor.js";
import type { Value } from "../onnx/value.js";
import { fail } from "../problem/problem.js";
import type { CheckedModel } from "../session/runtime.js";
import type { Loss } from "./loss.js";
import type { Optimiser } from "./optimiser.js";
import type { Schedule } from "./schedule.js";

/** Steps of one training; each costs a few numbers of memory before it starts. */
export const MAX_STEPS = 10_000_000;
/** Rows of the pool that dropout masks are drawn from. */
const MASK_ROWS = 4096;

/** Which pass a forward function is being built for. */
export interface Pass {
  readonly training: boolean;
  /** Zeroes a share of `x` ([rows, width]) and scales up the rest; in evaluation `x` itself (Srivastava et al. 2014). */
  dropout(x: Value, rate: number): Value;
}

/** Builds the net: `x` [rows, width] and the named parameters in, predictions out. */
export type Forward = (x: Value, parameters: { readonly [name: string]: Value }, pass: Pass) => Value;

export interface TrainingSpec {
  readonly forward: Forward;
  /** Parameters to start from, float32. Weight decay applies to those of two or more axes. */
  readonly parameters: Tensors;
  readonly inputs: number;
  readonly outputs: number;
  readonly loss: Loss;
  readonly optimiser: Optimiser;
  readonly schedule: Schedule;
  /** Base learning rate. */
  readonly rate: number;
  /** Rows of a mini-batch. */
  readonly batch: number;
  /** Steps of the whole training, which the schedule spans. */
  readonly steps: number;
  /** Gradients of a greater global norm are scaled down to it (Pascanu et al. 2013). */
  readonly clip_norm?: number;
  /** Decay of the moving average of the parameters; with it, the average is evaluated and kept. */
  readonly average?: number;
}

export interface Program {
  readonly step: CheckedModel;
  readonly evaluate: CheckedModel;
  readonly batch: number;
  readonly steps: number;
  /** Vectors of state, by input name of `step`; their outputs are `next.<name>`. The one to evaluate and keep is `best`. */
  readonly state: { readonly [name: string]: Float32Array };
  readonly best: string;
  /** One number a step, by input name of `step`. */
  readonly scalars: { readonly [name: string]: Float32Array };
  /** Learning rate at each step. */
  readonly rates: Float64Array;
  /** Width and drop rate of each dropout, and the rows of their pool of masks; none without dropout. */
  readonly dropout: { readonly rows: number; readonly parts: readonly { width: number; rate: number }[] };
  readonly layout: readonly { readonly name: string; readonly dims: readonly number[] }[];
}

/** Cuts the flat vector into the named parameters. */
function unpack(flat: Value, layout: Program["layout"]): { [name: string]: Value } {
  const sizes = layout.map((l) => sizeOf(l.dims));
  const parts = split(flat, sizes, 0);
  return Object.fromEntries(
    layout.map(({ name, dims }, i) => [name, dims.length === 1 ? parts[i] : reshape(parts[i], dims)]),
  );
}

/** The flat vector as named tensors. */
export function unpackTensors(flat: Float32Array, layout: Program["layout"]): Tensors {
  let offset = 0;
  return Object.fromEntries(
    layout.map(({ name, dims }) => {
      const size = sizeOf(dims);
      offset += size;
      return [name, tensor("float32", dims, flat.slice(offset - size, offset))];
    }),
  );
}

/** Scales the gradient down to a norm of at most `limit`. */
const clipped = (g: Value, limit: number): Value => div(g, max(div(sqrt(reduceSum(square(g))), limit), 1));

/**
 * Compiles a training.
 *
 * Errors: L0804 more than 10⁷ steps, L0808 when forward's shapes do not fit, L0813 an op without gradient.
 */
export function compile(spec: TrainingSpec): Program {
  if (spec.steps > MAX_STEPS) fail("L0804", { what: "training steps", value: spec.steps, limit: MAX_STEPS });
  const layout = Object.entries(spec.parameters).map(([name, t]) => ({ name, dims: t.dims }));
  const total = layout.reduce((n, l) => n + sizeOf(l.dims), 0);
  const start = new Float32Array(total);
  const decays = new Float32Array(total);
  let offset = 0;
  for (const t of Object.values(spec.parameters)) {
    start.set(t.data as Float32Array, offset);
    if (t.dims.length > 1) decays.fill(1, offset, offset + t.data.length);
    offset += t.data.length;
  }
  const dropouts: { width: number; rate: number }[] = [];
  const evaluate = evaluation(spec, layout, total, dropouts);

  const state: { [name: string]: Float32Array } = { parameters: start };
  for (let i = 0; i < spec.optimiser.slots; i++) state[`slot${i}`] = new Float32Array(total);
  if (spec.average !== undefined) state.average = start.slice();

  const scalars: { [name: string]: Float32Array } = {};
  const rates = new Float64Array(spec.steps);
  for (let step = 1; step <= spec.steps; step++) {
    const rate = spec.rate * spec.schedule.factor(step, spec.steps);
    rates[step - 1] = rate;
    const numbers = spec.optimiser.scalars(step, rate);
    for (const [name, value] of Object.entries(numbers))
      (scalars[`scalar.${name}`] ??= new Float32Array(spec.steps))[step - 1] = value;
    // young averages forget faster, so that they do not remember the start for ever
    if (spec.average !== undefined)
      (scalars.blend ??= new Float32Array(spec.steps))[step - 1] = 1 - Math.min(spec.average, (1 + step) / (10 + step));
  }
  return {
    step: stepping(spec, layout, total, decays, dropouts, Object.keys(state), Object.keys(scalars)),
    evaluate,
    batch: spec.batch,
    steps: spec.steps,
    state,
    best: spec.average === undefined ? "parameters" : "average",
    scalars,
    rates,
    dropout: { rows: dropouts.length === 0 ? 0 : MASK_ROWS, parts: dropouts },
    layout,
  };
}

/** A model made by the builder needs no checking. */
const checked = (model: Model): CheckedModel => ({
  bytes: encode(model),
  inputs: model.graph.inputs,
  outputs: model.graph.outputs,
});

function evaluation(
  spec: TrainingSpec,
  layout: Program["layout"],
  total: number,
  dropouts: { width: number; rate: number }[],
): CheckedModel {
  const g = graphBuilder("evaluate");
  const flat = g.input("parameters", "float32", [total]);
  const x = g.input("x", "float32", ["rows", spec.inputs]);
  const y = g.input("y", "float32", ["rows", spec.outputs]);
  const pass: Pass = {
    training: false,
    dropout(value, rate) {
      const width = value.shape[1];
      if (value.shape.length !== 2 || typeof width !== "number")
        return fail("L0808", { node: "dropout", reason: `it takes [rows, width], not [${value.shape}]` });
      if (rate > 0) dropouts.push({ width, rate });
      return value;
    },
  };
  g.output("loss", spec.loss.of(spec.forward(x, unpack(flat, layout), pass), y));
  return checked(g.model());
}

function stepping(
  spec: TrainingSpec,
  layout: Program["layout"],
  total: number,
  decays: Float32Array,
  dropouts: readonly { width: number; rate: number }[],
  states: readonly string[],
  scalarNames: readonly string[],
): CheckedModel {
  const g = graphBuilder("train");
  const x = g.input("x", "float32", ["rows", spec.inputs]);
  const y = g.input("y", "float32", ["rows", spec.outputs]);
  const initial = states.map((name) => g.input(name, "float32", [total]));
  const sequences = [g.input("batches", "int32", ["steps", spec.batch])];
  for (const name of scalarNames) sequences.push(g.input(name, "float32", ["steps"]));
  const maskWidth = dropouts.reduce((n, d) => n + d.width, 0);
  const masks = maskWidth > 0 ? g.input("masks", "float32", ["mask_rows", maskWidth]) : undefined;
  if (masks) sequences.push(g.input("mask_batches", "int32", ["steps", spec.batch]));
  const decayed = g.initializer("decays", tensor("float32", [total], decays));

  const { states: after, outputs } = scan(initial, sequences, (now, elements) => {
    const rows = elements[0];
    const scalars = Object.fromEntries(scalarNames.map((name, i) => [name.replace(/^scalar\./, ""), elements[i + 1]]));
    const drawn =
      masks &&
      split(
        gather(masks, elements.at(-1)!),
        dropouts.map((d) => d.width),
        1,
      );
    // a gradient flows to the parts, not to the flat vector: cutting is then free, and joining is one Concat
    const parts = unpack(now[0], layout);
    const loss = spec.loss.of(spec.forward(gather(x, rows), parts, training(drawn)), gather(y, rows));
    const named = layout.map((l) => parts[l.name]);
    const flat = gradient(loss, named).map((d) => (d.shape.length === 1 ? d : reshape(d, [-1])));
    const whole = flat.length === 1 ? flat[0] : concat(flat, 0);
    const next = spec.optimiser.update({
      parameters: now[0],
      gradient: spec.clip_norm === undefined ? whole : clipped(whole, spec.clip_norm),
      slots: now.slice(1, 1 + spec.optimiser.slots),
      scalars,
      decays: decayed,
    });
    const average = now[1 + spec.optimiser.slots];
    return {
      states: [
        next.parameters,
        ...next.slots,
        ...(average === undefined ? [] : [add(average, mul(sub(next.parameters, average), scalars.blend))]),
      ],
      outputs: [loss],
    };
  });
  states.forEach((name, i) => {
    g.output(`next.${name}`, after[i]);
  });
  g.output("losses", outputs[0]);
  return checked(g.model());
}

/** Dropout by masks drawn for this batch, used in the order in which the forward function asks for them. */
function training(drawn: readonly Value[] | undefined): Pass {
  let used = 0;
  return { training: true, dropout: (value, rate) => (rate > 0 ? mul(value, drawn![used++]) : value) };
}
