/**
 * The last rows of one port, and from them the columns that a model sees: the same code makes the rows of a dataset and
 * runs beside a model, so that the two cannot differ.
 */
import type { Row } from "../flatten.js";
import type { Taps } from "./taps.js";

export interface Memory {
  /**
   * Takes the next row of the port, of the time `at_ns`, and writes the transformed one into `out`.
   * @returns whether there is history enough; without it `out` is left as it is.
   */
  push(row: Row, at_ns: number, out: Row, at?: number): boolean;
  /** Writes the columns of the last row again. */
  again(out: Row, at?: number): boolean;
  /** How many rows before the last one its columns are made of. */
  readonly reach: number;
  /** A row before this moment is no history any more. */
  clear(): void;
  snapshot(): MemoryState;
  restore(state: MemoryState): void;
}

/** As data: rows, oldest first. */
export interface MemoryState {
  readonly rows: readonly (readonly number[])[];
  readonly last_ns: number;
}

export interface MemoryOptions {
  readonly pad?: "first";
  readonly max_gap_ns?: number;
  readonly dtype?: "float32" | "float64";
}

/**
 * An empty memory.
 *
 * @example
 * const taps = compileTransforms("x", [{ kind: "history", port: "x", rows: 2 }], [{ name: "value" }]);
 * const memory = createMemory(taps, {});
 * const out = new Float32Array(2);
 * memory.push(Float32Array.of(1), 0, out) // false
 * memory.push(Float32Array.of(5), 10, out) // true
 * out // Float32Array [1, 5]
 */
export function createMemory(taps: Taps, { pad, max_gap_ns, dtype = "float32" }: MemoryOptions): Memory {
  const { from, depth } = taps;
  const size = depth + 1;
  // twice as many rows as are looked at, so that they are moved down but once in so many rows
  const capacity = 2 * size;
  const rows = dtype === "float32" ? new Float32Array(capacity * from) : new Float64Array(capacity * from);
  let newest = -1;
  let held = 0;
  let last_ns = Number.NEGATIVE_INFINITY;
  const again = (out: Row, at = 0): boolean => {
    if (held === 0 || (pad === undefined && held < size)) return false;
    taps.apply(rows, newest, newest - held + 1, out, at);
    return true;
  };
  return {
    push(row, at_ns, out, at) {
      if (max_gap_ns !== undefined && at_ns - last_ns > max_gap_ns) held = 0;
      last_ns = at_ns;
      if (newest === capacity - 1) {
        rows.copyWithin(0, (capacity - depth) * from);
        newest = depth - 1;
      }
      newest++;
      rows.set(row, newest * from);
      held = Math.min(held + 1, size);
      return again(out, at);
    },
    again,
    get reach() {
      return Math.max(0, held - 1);
    },
    clear() {
      held = 0;
    },
    snapshot: () => ({
      rows: Array.from({ length: held }, (_, i) => {
        const row = newest - held + 1 + i;
        return Array.from(rows.subarray(row * from, (row + 1) * from));
      }),
      last_ns,
    }),
    restore(state) {
      held = state.rows.length;
      newest = held - 1;
      last_ns = state.last_ns;
      for (const [i, row] of state.rows.entries()) rows.set(row, i * from);
    },
  };
}
