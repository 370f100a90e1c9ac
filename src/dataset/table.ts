/** The messages of one port of one recording as columns: what rows are joined from. */
import { compileFlatten, type Flattening } from "../message/flatten.js";
import type { MessageSchema } from "../message/type.js";
import { fail } from "../problem/problem.js";
import type { ByteSource } from "../record/mcap/file.js";
import { readMessages } from "../record/reader.js";

/** Columns of all ports of a dataset, in memory while it is built. */
export const MAX_BYTES = 4 * 1024 ** 3;

export type Dtype = "float32" | "float64";
export type Floats = Float32Array | Float64Array;

/** How much a build holds; shared by all its tables. */
export interface Budget {
  used: number;
  readonly limit: number;
}

export function spend(budget: Budget, bytes: number): void {
  budget.used += bytes;
  if (budget.used > budget.limit) fail("L0722", { limit: budget.limit });
}

/** A matrix that grows by rows. */
export interface Matrix {
  readonly width: number;
  rows: number;
  data: Floats;
}

const makeFloats = (dtype: Dtype, length: number): Floats =>
  dtype === "float32" ? new Float32Array(length) : new Float64Array(length);

export const createMatrix = (dtype: Dtype, width: number, rows = 0): Matrix => ({
  width,
  rows,
  data: makeFloats(dtype, rows * width),
});

/** Adds a row of zeros; gives the offset of its first element. */
export function addRow(matrix: Matrix, budget: Budget): number {
  const at = matrix.rows * matrix.width;
  if (at + matrix.width > matrix.data.length) {
    const length = Math.max(1024 * matrix.width, 2 * matrix.data.length);
    spend(budget, (length - matrix.data.length) * matrix.data.BYTES_PER_ELEMENT);
    const grown = makeFloats(matrix.data instanceof Float32Array ? "float32" : "float64", length);
    grown.set(matrix.data);
    matrix.data = grown;
  }
  matrix.rows++;
  return at;
}

export interface Table {
  readonly port: string;
  readonly flattening: Flattening;
  readonly matrix: Matrix;
  /** Number of the episode in its recording. */
  readonly episode: number[];
  readonly sequence: number[];
  readonly tag_ns: number[];
  readonly microstep: number[];
  readonly stamp_ns: number[];
}

/**
 * One table a port, messages in the order of the recording.
 *
 * Numbers that are not finite are kept: whether they matter is decided once rows are joined.
 * @throws LimbeckError L0307 for a type without columns, L0722 when the columns outgrow the budget; as `readMessages`.
 */
export async function readTables(
  source: ByteSource,
  ports: readonly { readonly port: string; readonly schema: MessageSchema }[],
  dtype: Dtype,
  budget: Budget,
): Promise<readonly Table[]> {
  const tables = ports.map(({ port, schema }): Table => {
    const flattening = compileFlatten(schema, { nonFinite: "pass" });
    const matrix = createMatrix(dtype, flattening.width);
    return { port, flattening, matrix, episode: [], sequence: [], tag_ns: [], microstep: [], stamp_ns: [] };
  });
  const byPort = new Map(tables.map((table) => [table.port, table]));
  for await (const recorded of readMessages(source, new Set(byPort.keys()))) {
    const table = byPort.get(recorded.port)!;
    const at = addRow(table.matrix, budget);
    table.flattening.flatten(recorded.message, table.matrix.data, at);
    table.episode.push(recorded.episode);
    table.sequence.push(recorded.sequence);
    table.tag_ns.push(recorded.tag_ns);
    table.microstep.push(recorded.microstep);
    table.stamp_ns.push(recorded.stamp_ns);
  }
  return tables;
}
