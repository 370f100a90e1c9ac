/**
 * What a lowered loop is told at its ticks, out of what a run said and drew.
 *
 *     messages   ────x──x─────────x──────►
 *     ticks      |     |     |     |           each tick finds the last message that has come by then
 */
import { messageParts } from "../component/parts.js";
import { fromJson } from "../message/convert.js";
import { fieldOf } from "../message/field.js";
import type { Message } from "../message/type.js";
import type { Dtype, Tensor, TensorData, Tensors } from "../onnx/ir.js";
import { allocate, sizeOf, tensor } from "../onnx/tensor.js";
import { fail } from "../problem/problem.js";
import { type Clock, tickAt } from "./clocks.js";
import type { FedDraws, LoopPort, LoweredLoop } from "./loop.js";

/** Bytes of all that is fed, of all starts together. */
export const MAX_FED_BYTES = 1 << 28;

interface Column {
  readonly name: string;
  readonly dtype: Dtype;
  /** Of a tick of a start. */
  readonly dims: readonly number[];
}

/** A message as it came. */
export interface Arrival {
  readonly time_ns: number;
  readonly microstep: number;
  readonly stamp_ns: number;
  readonly message: Message;
}

/** What one start is told: [ticks, …] by column. */
export type Feed = Tensors;

export interface Feeder {
  /** What is to be heard of a run: all that is fed, and the loop's own outputs. */
  readonly ports: readonly (LoopPort & { hear(arrival: Arrival): void })[];
  readonly draws: readonly (FedDraws & { drew(time_ns: number, numbers: Float64Array): void })[];
  feed(): Feed;
  /** What the run said at the loop's own outputs, `act.arm.tip` and `act.arm.tip.there`: [ticks, …]. */
  said(): Tensors;
}

/** Hears one run and keeps what the ticks find. */
export function feeder(loop: LoweredLoop, ticks: number): Feeder {
  const { base } = loop;
  const own = loop.outputs.filter(({ vertex }) => loop.inside.has(vertex));
  const heard = loop.fed.map((port) => ({ port, ...series(port, base, ticks) }));
  const watched = own.map((port) => ({ port, ...series(port, base, ticks) }));
  const drawn = loop.draws.map((draws) => {
    const data = new Float64Array(ticks * draws.size);
    return {
      draws,
      data,
      drew(time_ns: number, numbers: Float64Array) {
        const k = firstTick(base, time_ns);
        if (k < ticks) data.set(numbers, k * draws.size);
      },
    };
  });
  return {
    ports: [...heard, ...watched].map(({ port, hear }) => ({ ...port, hear })),
    draws: drawn.map(({ draws, drew }) => ({ ...draws, drew })),
    feed() {
      const told = new Set(fedColumns(loop).map(({ name }) => name));
      const columns = [
        ...heard.flatMap(({ columns }) => columns()),
        ...drawn.map(({ draws: { name, size }, data }) => [name, tensor("float64", [ticks, size], data)] as const),
      ];
      return Object.fromEntries(columns.filter(([name]) => told.has(name)));
    },
    said: () => Object.fromEntries(watched.flatMap(({ columns }) => columns())),
  };
}

/** The columns that a loop reads, whether there is an age that it reads, and those of outputs that it is told. */
export function fedColumns({ model, fed }: Pick<LoweredLoop, "model" | "fed">): Column[] {
  const read = model.graph.inputs.filter(({ name }) => name.startsWith("obs."));
  return [
    ...read.map(({ name, dtype, shape }) => ({ name, dtype: dtype!, dims: shape!.slice(1) as number[] })),
    ...read.flatMap(({ name }) => (isAge(name) ? [{ name: thereOf(name), dtype: "bool" as const, dims: [] }] : [])),
    ...fed.filter(({ name }) => name.startsWith("act.")).flatMap(columnsOf),
  ];
}

export const isAge = (name: string): boolean => name.endsWith(AGE);
/** The column that says whether there is such an age: without a message it is infinite, which no column may be. */
export const thereOf = (age: string): string => `${age.slice(0, -AGE.length)}.there`;
const AGE = ".age";

/** A column a part; of an output also whether it has said anything yet. */
const columnsOf = ({ name, type }: LoopPort): Column[] => [
  ...messageParts(type).leaves.map(({ path, dtype, dims }) => ({ name: partName(name, path), dtype, dims })),
  { name: `${name}.there`, dtype: "bool", dims: [] },
];

const partName = (name: string, path: string): string => (path === "" ? name : `${name}:${path}`);

/** Errors: L0942 when what so many starts of so many ticks are told, and say, is too much to keep. */
export function checkFed(loop: LoweredLoop, starts: number, ticks: number): void {
  const said = loop.outputs.filter(({ vertex }) => loop.inside.has(vertex)).flatMap(columnsOf);
  const columns = [...fedColumns(loop), ...said].map(({ name, dtype, dims }) => ({
    port: name.slice("obs.".length),
    bytes: starts * ticks * sizeOf(dims) * allocate(dtype, 1).BYTES_PER_ELEMENT,
  }));
  const bytes = columns.reduce((sum, column) => sum + column.bytes, 0);
  if (bytes <= MAX_FED_BYTES) return;
  const [{ port }] = columns.toSorted((a, b) => b.bytes - a.bytes) as [(typeof columns)[number]];
  fail("L0942", { bytes, most: MAX_FED_BYTES, port, starts, ticks });
}

/** What the ticks find of one port. */
function series({ name, field, type, delay_ns, initial }: LoopPort, base: Clock, ticks: number) {
  const parts = messageParts(type);
  const at: ({ readonly stamp_ns: number; readonly parts: Tensor[] } | undefined)[] = new Array(ticks);
  return {
    hear({ time_ns, microstep, stamp_ns, message }: Arrival) {
      const part = fieldOf(message, field);
      if (part === undefined) return;
      // who fires at a tick fires in its first microstep
      const arrives_ns = delay_ns > 0 ? time_ns + delay_ns : microstep > 0 ? time_ns + 1 : time_ns;
      const k = firstTick(base, arrives_ns);
      if (k < ticks) at[k] = { stamp_ns, parts: parts.tensors(part) };
    },
    columns(): (readonly [string, Tensor])[] {
      const leaves = parts.leaves.map(({ dtype, dims }) => allocate(dtype, ticks * sizeOf(dims)));
      const fresh = allocate("bool", ticks);
      const there = allocate("bool", ticks);
      const age = new Float64Array(ticks);
      let held = initial === undefined ? undefined : { stamp_ns: 0, parts: parts.tensors(fromJson(type, initial)) };
      for (let k = 0; k < ticks; k++) {
        fresh[k] = at[k] === undefined ? 0 : 1;
        held = at[k] ?? held;
        there[k] = held === undefined ? 0 : 1;
        age[k] = held === undefined ? 0 : (tickAt(base, k) - held.stamp_ns) / 1e9;
        held?.parts.forEach(({ dims, data }, i) => {
          (leaves[i] as Float64Array).set(data as Float64Array, k * sizeOf(dims));
        });
      }
      return [
        ...parts.leaves.map(
          ({ path, dtype, dims }, i) =>
            [partName(name, path), { dtype, dims: [ticks, ...dims], data: leaves[i] as TensorData }] as const,
        ),
        [`${name}.fresh`, { dtype: "bool", dims: [ticks], data: fresh }],
        [`${name}.there`, { dtype: "bool", dims: [ticks], data: there }],
        [`${name}${AGE}`, { dtype: "float64", dims: [ticks], data: age }],
      ];
    },
  };
}

/** The first tick that is not before a time. */
function firstTick(base: Clock, time_ns: number): number {
  let k = Math.max(0, Math.ceil((time_ns - base.phase_ns) / base.period_ns) - 1);
  while (tickAt(base, k) < time_ns) k++;
  return k;
}
