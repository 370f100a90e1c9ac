/**
 * Many sessions of one model as one: what all lanes ask in one turn of the event loop is answered by one run.
 *
 *   lane 0: [1, …] ─┐                                ┌─► [1, …]
 *   lane 1: [1, …] ─┼─► [lanes, …] ─ one run ─► ─────┼─► [1, …]
 *   lane 2:    –   ─┘  (a lane that asks nothing      └─►
 *                       keeps its place)
 *
 * A lane always has the same row of a batch that always has the same size, so that what it hears does not depend on who
 * else asks at the same time: the same seed gives the same bytes.
 */
import type { Shape, Tensor, Tensors } from "../onnx/ir.js";
import { allocate } from "../onnx/tensor.js";
import { fail } from "../problem/problem.js";
import { checkFeeds, type Session } from "./runtime.js";

type Data = Tensor["data"];

/** One lane's part of the batch: where it puts what it asks, and finds what it is told until it asks again. */
export interface Row {
  /** By input and by output of the session, in their order. */
  readonly inputs: readonly Data[];
  readonly outputs: readonly Data[];
  /** Takes `given` into the batch; done once the outputs are there. What it is given is not checked. */
  ask(given: readonly Data[]): Promise<void>;
}

export interface Lockstep {
  /** The session of one lane, 0 to lanes − 1: every tensor of it has a batch of 1. To close it closes nothing. */
  lane(index: number): Session;
  /** The same without a tensor around each row; undefined where each lane runs alone, or where sizes are not known before. */
  readonly row: ((index: number) => Row) | undefined;
  /** Runs so far. */
  runs(): number;
  close(): Promise<void>;
}

/**
 * Lanes over a session whose inputs and outputs all begin with one symbolic size; over any other, each lane runs alone.
 *
 * @example
 * const both = inLockstep(await openSession(encode(model)), 2);
 * const feeds = (x: number) => ({ x: tensor("float32", [1, 2], [x, -1]) });
 * const [a, b] = await Promise.all([both.lane(0).run(feeds(0.5)), both.lane(1).run(feeds(3))]);
 * [a.y.data, b.y.data, both.runs()] // [Float32Array [1, -2], Float32Array [6, -2], 1]
 * await both.close();
 */
export function inLockstep(session: Session, lanes: number): Lockstep {
  let runs = 0;
  const ports = [...session.inputs, ...session.outputs];
  if (!ports.every(({ shape }) => typeof shape?.[0] === "string")) {
    const alone: Session = {
      ...session,
      run(feeds) {
        runs++;
        return session.run(feeds);
      },
      close: async () => {},
    };
    return { lane: () => alone, row: undefined, runs: () => runs, close: () => session.close() };
  }

  const batch: { [name: string]: Tensor } = {};
  let results: Tensors = {};
  /** What was told last, by output: in one place for all runs. */
  let told: readonly Data[] | undefined;
  /** The run that is going on: a batch that is being run is not written to. */
  let running: Promise<void> | undefined;
  /** The run that is to come. */
  let next: Promise<void> | undefined;

  const flush = async (): Promise<void> => {
    next = undefined;
    runs++;
    try {
      results = await session.run(batch);
    } finally {
      running = undefined;
    }
    told?.forEach((data, i) => {
      (data as Float64Array).set(results[session.outputs[i]!.name]!.data as Float64Array);
    });
  };
  const comes = (): Promise<void> =>
    new Promise((resolve, reject) => {
      setImmediate(() => {
        running = flush().then(resolve, reject);
      });
    });
  const put = (lane: number, name: string, { dtype, dims, data }: Tensor): void => {
    batch[name] ??= { dtype, dims: [lanes, ...dims.slice(1)], data: allocate(dtype, lanes * data.length) };
    rowOf(batch[name], lane, lanes).set(data as Float64Array);
  };
  const lane = (index: number): Session => ({
    inputs: session.inputs,
    outputs: session.outputs,
    async run(feeds) {
      checkFeeds(session.inputs, feeds);
      for (const [name, { dims }] of Object.entries(feeds))
        if (dims[0] !== 1) fail("L0811", { input: name, reason: `a lane gives one row, not ${dims[0]}` });
      while (running !== undefined) await running;
      for (const [name, tensor] of Object.entries(feeds)) put(index, name, tensor);
      next ??= comes();
      await next;
      return Object.fromEntries(Object.entries(results).map(([name, all]) => [name, tensorOf(all, index, lanes)]));
    },
    close: async () => {},
  });
  const row = (index: number): Row => {
    for (const { name, dtype, shape } of session.inputs) {
      const dims = shape!.slice(1) as number[];
      batch[name] ??= { dtype: dtype!, dims: [lanes, ...dims], data: allocate(dtype!, lanes * sizeOf(dims)) };
    }
    told ??= session.outputs.map(({ dtype, shape }) => allocate(dtype!, lanes * sizeOf(shape!.slice(1) as number[])));
    const inputs = session.inputs.map(({ name }) => rowOf(batch[name]!, index, lanes));
    const outputs = told.map((data) => rowOf({ data }, index, lanes));
    const ask = (given: readonly Data[]): Promise<void> => {
      if (running !== undefined) return running.then(() => ask(given));
      for (let i = 0; i < inputs.length; i++) copy(given[i] as Float64Array, inputs[i]!);
      next ??= comes();
      return next;
    };
    return { inputs, outputs, ask };
  };
  const isFixed = ports.every(({ dtype, shape }) => dtype !== undefined && isNumbers(shape!.slice(1)));
  return { lane, row: isFixed ? row : undefined, runs: () => runs, close: () => session.close() };
}

const isNumbers = (shape: Shape): boolean => shape.every((size) => typeof size === "number");
const sizeOf = (dims: readonly number[]): number => dims.reduce((product, size) => product * size, 1);

/** Rows are short, and many: `set` would take longer to be called than to copy. */
function copy(from: Float64Array, to: Float64Array): void {
  for (let i = 0; i < to.length; i++) to[i] = from[i]!;
}

function rowOf({ data }: Pick<Tensor, "data">, lane: number, lanes: number): Float64Array {
  const size = data.length / lanes;
  return (data as Float64Array).subarray(lane * size, (lane + 1) * size);
}

const tensorOf = (all: Tensor, lane: number, lanes: number): Tensor => ({
  dtype: all.dtype,
  dims: [1, ...all.dims.slice(1)],
  data: rowOf(all, lane, lanes).slice(),
});
