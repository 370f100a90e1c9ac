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
import type { Dtype, Shape, Tensor, Tensors } from "../onnx/ir.js";
import { allocate } from "../onnx/tensor.js";
import { fail } from "../problem/problem.js";
import { checkFeeds, type Session } from "./runtime.js";

type Data = Tensor["data"];

/** Rows of the inputs in their order; gives what was made of those of the outputs, which are views of one batch. */
export type AskRow<T> = (rows: readonly Data[]) => Promise<T>;

export interface Lockstep {
  /** The session of one lane, 0 to lanes − 1: every tensor of it has a batch of 1. To close it closes nothing. */
  lane(index: number): Session;
  /** The same without a tensor around each row; undefined where each lane runs alone. What it is asked is not checked. */
  readonly row: (<T>(index: number, made: (rows: readonly Data[]) => T) => AskRow<T>) | undefined;
  /** Runs so far. */
  runs(): number;
  close(): Promise<void>;
}

interface Waiting {
  /** The whole batch. */
  resolve(outputs: Tensors): void;
  reject(error: unknown): void;
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

  const isFixed = session.inputs.every(({ shape }) => shape!.slice(1).every((size) => typeof size === "number"));
  const batch: { [name: string]: Tensor } = {};
  const waiting = new Map<number, Waiting>();
  let running: Promise<void> | undefined;

  const put = (lane: number, name: string, dtype: Dtype, shape: Shape, row: Data): void => {
    batch[name] ??= {
      dtype,
      dims: [lanes, ...(shape.slice(1) as number[])],
      data: allocate(dtype, lanes * row.length),
    };
    (batch[name].data as Float64Array).set(row as Float64Array, lane * row.length);
  };
  const flush = async (): Promise<void> => {
    const asked = [...waiting.values()];
    waiting.clear();
    runs++;
    try {
      const results = await session.run(batch);
      for (const { resolve } of asked) resolve(results);
    } catch (error) {
      for (const { reject } of asked) reject(error);
    } finally {
      running = undefined;
    }
  };
  /** What is made of what the next run says, which this lane has a row in. */
  const said = <T>(lane: number, made: (results: Tensors) => T): Promise<T> =>
    new Promise((resolve, reject) => {
      if (waiting.size === 0)
        setImmediate(() => {
          running = flush();
        });
      waiting.set(lane, { resolve: (results) => resolve(made(results)), reject });
    });
  const lane = (index: number): Session => ({
    inputs: session.inputs,
    outputs: session.outputs,
    async run(feeds) {
      checkFeeds(session.inputs, feeds);
      for (const [name, { dims }] of Object.entries(feeds))
        if (dims[0] !== 1) fail("L0811", { input: name, reason: `a lane gives one row, not ${dims[0]}` });
      // a batch that is being run is not written to
      while (running !== undefined) await running;
      for (const [name, { dtype, dims, data }] of Object.entries(feeds)) put(index, name, dtype, dims, data);
      return said(index, (results) =>
        Object.fromEntries(Object.entries(results).map(([name, all]) => [name, tensorOf(all, index, lanes)])),
      );
    },
    close: async () => {},
  });
  const row = <T>(index: number, made: (rows: readonly Data[]) => T): AskRow<T> => {
    const ask: AskRow<T> = (rows) => {
      if (running !== undefined) return running.then(() => ask(rows));
      session.inputs.forEach(({ name, dtype, shape }, i) => {
        put(index, name, dtype!, shape!, rows[i]!);
      });
      return said(index, (results) => made(session.outputs.map(({ name }) => rowOf(results[name]!, index, lanes))));
    };
    return ask;
  };
  return { lane, row: isFixed ? row : undefined, runs: () => runs, close: () => session.close() };
}

function rowOf({ data }: Tensor, lane: number, lanes: number): Data {
  const size = data.length / lanes;
  return (data as Float64Array).subarray(lane * size, (lane + 1) * size);
}

const tensorOf = (all: Tensor, lane: number, lanes: number): Tensor => ({
  dtype: all.dtype,
  dims: [1, ...all.dims.slice(1)],
  data: rowOf(all, lane, lanes).slice(),
});
