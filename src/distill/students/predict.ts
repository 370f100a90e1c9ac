/**
 * What a student's model says to rows of inputs, through ONNX Runtime: all at once, or row after row where it has
 * memory, every stretch from its beginning.
 */
import { encode } from "../../onnx/codec/index.js";
import type { Model, Tensor } from "../../onnx/ir.js";
import { openSession, type Session } from "../../session/session.js";
import { asTensor, columnsOf, type Matrix, rowsOf } from "../../train/matrix.js";
import type { Stretch } from "./student.js";

/** Rows of one run. */
const BATCH = 4096;

/** Runs a session over rows: the columns of its inputs side by side in, those of its outputs side by side out. */
export async function predictWith(session: Session, x: Matrix): Promise<Matrix> {
  const widthOf = (shape: readonly (number | string)[] | undefined): number => shape?.[1] as number;
  const width = session.outputs.reduce((n, o) => n + widthOf(o.shape), 0);
  const data = new Float32Array(x.rows * width);
  for (let from = 0; from < x.rows; from += BATCH) {
    const rows = rowsOf(x, from, Math.min(from + BATCH, x.rows));
    let column = 0;
    const feeds = Object.fromEntries(
      session.inputs.map(({ name, shape }) => {
        column += widthOf(shape);
        return [name, asTensor(columnsOf(rows, column - widthOf(shape), column))];
      }),
    );
    const results = await session.run(feeds);
    let offset = 0;
    for (const { name, shape } of session.outputs) {
      const w = widthOf(shape);
      const part = results[name].data as Float32Array;
      for (let r = 0; r < rows.rows; r++) data.set(part.subarray(r * w, (r + 1) * w), (from + r) * width + offset);
      offset += w;
    }
  }
  return { rows: x.rows, width, data };
}

const STATE_IN = "state_in.";
const RESET = "reset";

/** As `predictWith`, for a model with memory: stretches run side by side, a row of each at a time. */
async function predictInOrder(session: Session, x: Matrix, stretches: readonly Stretch[]): Promise<Matrix> {
  const widthOf = (shape: readonly (number | string)[] | undefined): number => shape?.[1] as number;
  const outputs = session.outputs.filter(({ name }) => name.startsWith("act."));
  const observed = session.inputs.filter(({ name }) => name.startsWith("obs."));
  const carried = session.inputs.filter(({ name }) => name.startsWith(STATE_IN));
  const width = outputs.reduce((n, o) => n + widthOf(o.shape), 0);
  const data = new Float32Array(x.rows * width);
  const n = stretches.length;
  const runs = stretches.map(({ from, to, lead }) => ({ from, lead, before: lead?.rows ?? 0, rows: to - from }));
  const length = runs.reduce((most, run) => Math.max(most, run.before + run.rows), 0);
  let states: { [name: string]: Tensor } = Object.fromEntries(
    carried.map(({ name, shape }) => [
      name,
      { dtype: "float32", dims: [n, widthOf(shape)], data: new Float32Array(n * widthOf(shape)) },
    ]),
  );
  const rows = new Float32Array(n * x.width);
  for (let t = 0; t < length; t++) {
    runs.forEach(({ from, lead, before, rows: own }, i) => {
      if (t >= before + own) return;
      const [m, r] = t < before ? [lead!, t] : [x, from + t - before];
      rows.set(m.data.subarray(r * x.width, (r + 1) * x.width), i * x.width);
    });
    let column = 0;
    const feeds: { [name: string]: Tensor } = { ...states };
    for (const { name, shape } of observed) {
      const w = widthOf(shape);
      feeds[name] = asTensor(columnsOf({ rows: n, width: x.width, data: rows }, column, column + w));
      column += w;
    }
    feeds[RESET] = { dtype: "bool", dims: [n], data: new Uint8Array(n).fill(t === 0 ? 1 : 0) };
    const results = await session.run(feeds);
    states = Object.fromEntries(carried.map(({ name }) => [name, results[name.replace("_in.", "_out.")]]));
    let offset = 0;
    for (const { name, shape } of outputs) {
      const w = widthOf(shape);
      const said = results[name].data as Float32Array;
      runs.forEach(({ from, before, rows: own }, i) => {
        if (t >= before && t < before + own)
          data.set(said.subarray(i * w, (i + 1) * w), (from + t - before) * width + offset);
      });
      offset += w;
    }
  }
  return { rows: x.rows, width, data };
}

/**
 * Predictions of a model for rows in raw units.
 *
 * @param stretches where episodes begin, for a model with memory (default: all rows are one)
 * @example
 * const { data } = await predict(model, { rows: 1, width: 2, data: Float32Array.of(1, -3) });
 * data // Float32Array [2, -6]
 */
export async function predict(
  model: Model | Uint8Array,
  x: Matrix,
  stretches: readonly Stretch[] = [{ from: 0, to: x.rows }],
): Promise<Matrix> {
  const session = await openSession(model instanceof Uint8Array ? model : encode(model));
  try {
    const remembers = session.inputs.some(({ name }) => name.startsWith(STATE_IN));
    return await (remembers ? predictInOrder(session, x, stretches) : predictWith(session, x));
  } finally {
    await session.close();
  }
}
