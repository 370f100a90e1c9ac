/** What a student's model says to rows of inputs, through ONNX Runtime. */
import { encode } from "../../onnx/codec/index.js";
import type { Model } from "../../onnx/ir.js";
import { openSession, type Session } from "../../session/session.js";
import { asTensor, columnsOf, type Matrix, rowsOf } from "../../train/matrix.js";

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

/**
 * Predictions of a model for rows in raw units.
 *
 * @example
 * const { data } = await predict(model, { rows: 1, width: 2, data: Float32Array.of(1, -3) });
 * data // Float32Array [2, -6]
 */
export async function predict(model: Model | Uint8Array, x: Matrix): Promise<Matrix> {
  const session = await openSession(model instanceof Uint8Array ? model : encode(model));
  try {
    return await predictWith(session, x);
  } finally {
    await session.close();
  }
}
