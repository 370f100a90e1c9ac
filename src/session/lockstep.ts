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
import type { Dtype, Tensor, Tensors } from "../onnx/ir.js";
import { allocate, sizeOf } from "../onnx/tensor.js";
import { fail } from "../problem/problem.js";
import { checkFeeds, type Session } from "./runtime.js";

export interface Lockstep {
  /** The session of one lane, 0 to lanes − 1: every tensor of it has a batch of 1. To close it closes nothing. */
  lane(index: number): Session;
  /** Runs so far. */
  runs(): number;
  close(): Promise<void>;
}

interface Waiting {
  resolve(outputs: { [name: string]: Tensor }): void;
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
    return { lane: () => alone, runs: () => runs, close: () => session.close() };
  }

  const batch: { [name: string]: Tensor } = {};
  const waiting = new Map<number, Waiting>();
  let running: Promise<void> | undefined;

  const put = (lane: number, feeds: Tensors): void => {
    for (const [name, { dtype, dims, data }] of Object.entries(feeds)) {
      const size = sizeOf(dims);
      batch[name] ??= { dtype, dims: [lanes, ...dims.slice(1)], data: allocate(dtype, lanes * size) };
      (batch[name].data as Float64Array).set(data as Float64Array, lane * size);
    }
  };
  const flush = async (): Promise<void> => {
    const asked = [...waiting];
    waiting.clear();
    runs++;
    try {
      const results = Object.entries(await session.run(batch));
      for (const [lane, { resolve }] of asked)
        resolve(Object.fromEntries(results.map(([name, all]) => [name, rowOf(all, lane, lanes)])));
    } catch (error) {
      for (const [, { reject }] of asked) reject(error);
    } finally {
      running = undefined;
    }
  };
  const lane = (index: number): Session => ({
    inputs: session.inputs,
    outputs: session.outputs,
    async run(feeds) {
      checkFeeds(session.inputs, feeds);
      for (const [name, { dims }] of Object.entries(feeds))
        if (dims[0] !== 1) fail("L0811", { input: name, reason: `a lane gives one row, not ${dims[0]}` });
      // a batch that is being run is not written to
      while (running !== undefined) await running;
      put(index, feeds);
      return new Promise((resolve, reject) => {
        if (waiting.size === 0)
          setImmediate(() => {
            running = flush();
          });
        waiting.set(index, { resolve, reject });
      });
    },
    close: async () => {},
  });
  return { lane, runs: () => runs, close: () => session.close() };
}

function rowOf({ dtype, dims, data }: Tensor, lane: number, lanes: number): Tensor {
  const size = data.length / lanes;
  const row = (data as Float64Array).slice(lane * size, (lane + 1) * size);
  return { dtype: dtype as Dtype, dims: [1, ...dims.slice(1)], data: row };
}
