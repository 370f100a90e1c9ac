/**
 * A training, compiled: its ONNX models, the state that it starts from, and the numbers of each step.
 *
 * A program is plain data: it can be sent to a worker thread, and what it computes depends on nothing else.
 */
import type { Tensors } from "../onnx/ir.js";
import { allocate, sizeOf } from "../onnx/tensor.js";
import { fail } from "../problem/problem.js";
import type { CheckedModel } from "../session/runtime.js";
import type { Dropped, Parts } from "./batch-gradient.js";
import type { Batching } from "./data.js";
import type { ColumnInfo, Environment } from "./environment.js";
import { type ParameterGroup, treatments } from "./groups.js";
import { layoutOf, packTensors, type Unit } from "./layout.js";
import { inputName } from "./names.js";
import type { Optimiser } from "./optimiser.js";
import type { Schedule } from "./schedule.js";
import { evaluationModel, type StepSpec, stepModel } from "./step-graph.js";

/** Steps of one training; each costs a few numbers of memory before it starts. */
export const MAX_STEPS = 10_000_000;
/** Rows evaluated at once, where batches are smaller. */
const EVALUATION_ROWS = 1024;

export interface ProgramSpec {
  readonly environment: Environment;
  /** Parameters to start from. */
  readonly parameters: Tensors;
  readonly groups: readonly ParameterGroup[];
  readonly columns: readonly ColumnInfo[];
  readonly optimiser: Optimiser;
  readonly schedule: Schedule;
  /** Base learning rate. */
  readonly rate: number;
  readonly epochs: number;
  readonly batching: Batching;
  /** Rows that are gone through at once (default: all of the batch). */
  readonly micro_batch?: number;
  /** Rows to validate on, and how many at once where that is given. */
  readonly validation?: { readonly rows: number; readonly batch?: number };
  readonly clip_norm?: number;
  readonly clip_value?: number;
  readonly average?: number;
}

export interface Program {
  /** A step of a full batch, and of the last one of an epoch where that has fewer rows. */
  readonly full: CheckedModel;
  readonly last?: CheckedModel;
  /** Evaluation, by number of rows at once. */
  readonly evaluate: { readonly [rows: number]: CheckedModel };
  readonly evaluation_rows: number;
  readonly columns: readonly ColumnInfo[];
  readonly metrics: readonly string[];
  readonly epochs: number;
  readonly batch: number;
  /** Rows of an epoch's last batch when it is not full, else 0. */
  readonly last_rows: number;
  /** Steps of an epoch. */
  readonly steps: number;
  /** What the values of one step take, all at once. */
  readonly step_bytes: number;
  /** Tensors of state, by input name of the steps; their outputs are `next/<name>`. */
  readonly state: Tensors;
  readonly units: readonly Unit[];
  /** All parameters' names, in the order in which they were given. */
  readonly names: readonly string[];
  readonly frozen: Tensors;
  /** Names of the parameters that the environment sets. */
  readonly set: readonly string[];
  readonly averaged: boolean;
  /** One number a step, by input name of the steps. */
  readonly scalars: { readonly [name: string]: Float32Array };
  /** Learning rate at each step. */
  readonly rates: Float64Array;
  readonly dropped: readonly Dropped[];
}

/**
 * Compiles a training.
 *
 * Errors: L0804 more than 10⁷ steps, L0953 groups that do not hold, L0954 an environment that does not, L0808 shapes
 * that do not fit, L0813 an op without gradient.
 */
export function compile(spec: ProgramSpec): Program {
  const { optimiser, epochs, batching } = spec;
  const { batch, last_rows, steps } = batching;
  if (steps * epochs > MAX_STEPS) fail("L0804", { what: "training steps", value: steps * epochs, limit: MAX_STEPS });
  const scalars: { [name: string]: Float32Array } = {};
  const rates = new Float64Array(steps * epochs);
  const put = (name: string, index: number, value: number): void => {
    (scalars[name] ??= new Float32Array(rates.length))[index] = value;
  };
  for (let step = 1; step <= rates.length; step++) {
    const rate = spec.rate * spec.schedule.factor(step, rates.length);
    rates[step - 1] = rate;
    put("number", step - 1, step);
    put("rate", step - 1, rate);
    for (const [name, value] of Object.entries(optimiser.scalars(step, rate)))
      put(inputName.scalar(name), step - 1, value);
    // young averages forget faster, so that they do not remember the start for ever
    if (spec.average !== undefined) put("blend", step - 1, 1 - Math.min(spec.average, (1 + step) / (10 + step)));
  }

  const parts = (size: number): Parts => {
    const micro = Math.min(spec.micro_batch ?? size, size);
    return { micro, count: Math.floor(size / micro), rest: size % micro };
  };
  /** What is trained, with these parameters left to the environment. */
  const laidOut = (set: readonly string[]) => {
    const others = Object.fromEntries(Object.entries(spec.parameters).filter(([name]) => !set.includes(name)));
    const treated = treatments(others, spec.groups, optimiser.weight_decay, spec.parameters);
    const frozen = Object.fromEntries(Object.entries(others).filter(([name]) => treated.get(name) === undefined));
    const info = (of: Tensors) => Object.entries(of).map(([name, { dtype, dims }]) => ({ name, dtype, dims }));
    const units = layoutOf(others, treated);
    const step: StepSpec = {
      environment: spec.environment,
      units,
      frozen: info(frozen),
      set: info(Object.fromEntries(set.map((name) => [name, spec.parameters[name]]))),
      columns: spec.columns,
      optimiser,
      scalars: Object.keys(optimiser.scalars(1, spec.rate)),
      ...(spec.clip_norm !== undefined && { clip_norm: spec.clip_norm }),
      ...(spec.clip_value !== undefined && { clip_value: spec.clip_value }),
      average: spec.average !== undefined,
    };
    return { units, frozen, set, step, full: stepModel(step, parts(batch)) };
  };
  // what an environment sets is known once it has been called
  const first = laidOut([]);
  const { units, frozen, set, step, full } = first.full.set.length === 0 ? first : laidOut(first.full.set);
  const last = last_rows > 0 ? stepModel(step, parts(last_rows)).model : undefined;

  const held = spec.validation;
  const evaluationRows =
    held === undefined ? 0 : Math.min(held.rows, held.batch ?? spec.micro_batch ?? Math.max(batch, EVALUATION_ROWS));
  const sizes = held === undefined ? [] : [evaluationRows, held.rows % evaluationRows].filter((n) => n > 0);
  const evaluations = sizes.map((size) => [size, evaluationModel(step, size)] as const);
  return {
    full: full.model,
    ...(last && { last }),
    evaluate: Object.fromEntries(evaluations.map(([size, { model }]) => [size, model])),
    evaluation_rows: evaluationRows,
    columns: spec.columns,
    metrics: full.metrics,
    epochs,
    batch,
    last_rows,
    steps,
    step_bytes: full.bytes,
    state: stateOf(units, set, spec),
    units,
    set,
    names: Object.keys(spec.parameters),
    frozen,
    averaged: spec.average !== undefined,
    scalars,
    rates,
    dropped: full.dropped,
  };
}

function stateOf(
  units: readonly Unit[],
  set: readonly string[],
  { parameters, optimiser, average }: ProgramSpec,
): Tensors {
  const state: { [name: string]: Tensors[string] } = {};
  for (const unit of units) {
    state[inputName.parameters(unit)] = packTensors(unit, parameters);
    for (let i = 0; i < optimiser.slots; i++)
      state[inputName.slot(i, unit)] = {
        dtype: unit.dtype,
        dims: unit.dims,
        data: allocate(unit.dtype, sizeOf(unit.dims)),
      };
    if (average !== undefined) state[inputName.average(unit)] = packTensors(unit, parameters);
  }
  for (const name of set) state[inputName.set(name)] = parameters[name];
  return state;
}
