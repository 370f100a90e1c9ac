/**
 * Many simulations of a lowered loop in lock-step: a row each, one run of the net a tick for all of them.
 *
 *     state [rows, …] ─► code, row by row ─► net, one session ─► code, row by row ─► state of the next tick
 *
 * What is arithmetic is generated code; what is a net is run by ONNX Runtime, all rows in one batch (`onnx/stages.ts`).
 */
import { encode } from "../onnx/codec/index.js";
import type { Dtype, Model, Tensor, TensorData, Tensors, ValueInfo } from "../onnx/ir.js";
import { compileRows } from "../onnx/javascript/rows.js";
import { type Stage, stagesOf } from "../onnx/stages.js";
import { allocate, isBig, sizeOf } from "../onnx/tensor.js";
import { openSession, type Session } from "../session/session.js";
import type { LoweredLoop } from "./loop.js";
import { type Start, startRows } from "./starts.js";

export interface Lockstep {
  /** Of each tick. */
  readonly time_s: Float64Array;
  /** By output of the loop (`act.arm.tip`): [ticks, rows, …]. */
  readonly outputs: Tensors;
}

/** A value of all rows; 64-bit integers are plain numbers in it. */
interface Column {
  readonly dtype: Dtype;
  /** Of one row. */
  readonly dims: readonly number[];
  readonly data: TensorData;
}

/**
 * Runs a loop from all starts side by side.
 *
 * What they say is what the engine says with `--ideal`, to the accuracy of lowering.
 *
 * @throws LimbeckError L0810 to L0812
 * @example
 * const { typed, component } = await loadGraph("cart.graph.yaml");
 * const loop = lowerLoop(typed!, { component, outputs: ["cart.state"] });
 * const { outputs } = await inLockstep(loop, [loop.state, loop.state], 100);
 * outputs["act.cart.state"]!.dims // [100, 2, 4]
 */
export async function inLockstep(loop: LoweredLoop, starts: readonly Start[], ticks: number): Promise<Lockstep> {
  const { base, state, model } = loop;
  const rows = starts.length;
  const stages = stagesOf(model);
  const own = (info: ValueInfo): Column => newColumn(info, rows);
  const columns = new Map<string, Column>();
  for (const info of [...model.graph.inputs, ...stages.flatMap(({ graph }) => graph.outputs)])
    columns.set(info.name, own(info));
  for (const [name, { data, dtype }] of Object.entries(startRows(starts)))
    columns.get(name)?.data.set(plain(data, dtype) as never);
  const kept = model.graph.outputs
    .map(({ name }) => name)
    .filter((name) => !name.startsWith("state_out."))
    .map((name) => ({ name, column: columns.get(name)!, all: series(columns.get(name)!, ticks) }));
  const time = columns.get("time")?.data as Float64Array | undefined;
  const dt = columns.get("dt")?.data as Float64Array | undefined;

  const opened: Session[] = [];
  try {
    const steps = [];
    for (const stage of stages) steps.push(await stepOf(stage, model, columns, rows, opened));
    for (let tick = 0; tick < ticks; tick++) {
      time?.fill((base.phase_ns + tick * base.period_ns) / 1e9);
      dt?.fill(tick === 0 ? 0 : base.period_ns / 1e9);
      for (const step of steps) {
        const running = step();
        if (running !== undefined) await running;
      }
      for (const { column, all } of kept) all.set(column.data as never, tick * column.data.length);
      for (const { name } of state)
        columns.get(`state_in.${name}`)?.data.set(columns.get(`state_out.${name}`)!.data as never);
    }
  } finally {
    for (const session of opened) await session.close();
  }
  return {
    time_s: Float64Array.from({ length: ticks }, (_, k) => (base.phase_ns + k * base.period_ns) / 1e9),
    outputs: Object.fromEntries(
      kept.map(({ name, column: { dtype, dims }, all }): [string, Tensor] => [
        name,
        { dtype, dims: [ticks, rows, ...dims], data: asTensorData(all, dtype) },
      ]),
    ),
  };
}

/** One tick of a stage, from its inputs' columns to its outputs'. */
async function stepOf(
  { kind, graph }: Stage,
  model: Model,
  columns: ReadonlyMap<string, Column>,
  rows: number,
  opened: Session[],
): Promise<() => Promise<void> | undefined> {
  const inputs = graph.inputs.map(({ name }) => columns.get(name)!);
  const outputs = graph.outputs.map(({ name }) => columns.get(name)!);
  if (kind === "code") {
    const run = compileRows(graph);
    const from = inputs.map(({ data }) => data);
    const to = outputs.map(({ data }) => data);
    return () => {
      run(from, to, rows);
      return undefined;
    };
  }
  const session = await openSession(encode({ ...model, graph }));
  opened.push(session);
  return async () => {
    const feeds = Object.fromEntries(
      inputs.map(({ dtype, dims, data }, i) => [
        graph.inputs[i]!.name,
        { dtype, dims: [rows, ...dims], data: asTensorData(data, dtype) },
      ]),
    );
    const said = await session.run(feeds);
    for (const [i, { data, dtype }] of outputs.entries())
      data.set(plain(said[graph.outputs[i]!.name]!.data, dtype) as never);
  };
}

function newColumn({ dtype, shape }: ValueInfo, rows: number): Column {
  const dims = shape!.slice(1) as number[];
  return { dtype: dtype!, dims, data: plainArray(dtype!, rows * sizeOf(dims)) };
}

const series = ({ dtype, data }: Column, ticks: number): TensorData => plainArray(dtype, ticks * data.length);

const plainArray = (dtype: Dtype, size: number): TensorData =>
  isBig(dtype) ? new Float64Array(size) : allocate(dtype, size);

const plain = (data: TensorData, dtype: Dtype): TensorData =>
  isBig(dtype) && !(data instanceof Float64Array) ? Float64Array.from(data as BigInt64Array, Number) : data;

function asTensorData(data: TensorData, dtype: Dtype): TensorData {
  if (!isBig(dtype)) return data;
  const whole = allocate(dtype, data.length) as BigInt64Array;
  for (let i = 0; i < data.length; i++) whole[i] = BigInt(Math.trunc(data[i] as number));
  return whole;
}
