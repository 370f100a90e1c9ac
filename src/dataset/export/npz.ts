/**
 * npz: a zip of `.npy` files, as `numpy.savez` writes it. The names are those of a dataset's folder:
 *
 *     inputs/joints            [rows, columns]     outputs/controller.torque        streams/odometry (of a log)
 *     columns/joints, units/joints                 text, one a column
 *     lineage/tag_ns …                             int64, one a row               split: text, one a row
 *
 * Of a log of single messages each port has its own rows, so its lineage is `lineage/PORT/tag_ns`.
 */

import { basename, join } from "node:path";
import { Zip, ZipPassThrough } from "fflate";
import { fail } from "../../problem/problem.js";
import { LINEAGE, SPLITS } from "../manifest.js";
import { BYTES, bytesOf, type NpyDtype, npyHeader } from "../npy.js";
import { BLOCK_BYTES, rowsOfBlock } from "./blocks.js";
import type { ExportTable, Format } from "./format.js";

/** The format's own bound: sizes in a zip without its 64-bit extension have 32 bits. */
const MAX_BYTES = 2 ** 32 - 2 ** 20;
/** Equal data are equal files: a zip's earliest date. */
const MTIME = new Date(1980, 0, 1);

/** An array that is written piece by piece. */
interface Entry {
  readonly name: string;
  readonly header: Uint8Array;
  readonly bytes: number;
  pieces(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

export const npz: Format = {
  name: "npz",
  dtype: "float64",
  nonFinite: "keep",
  async write({ tables }, folder, files, out, { signal }) {
    const entries = tables.flatMap(entriesOf);
    const bytes = entries.reduce((sum, entry) => sum + entry.header.length + entry.bytes, 0);
    if (bytes > MAX_BYTES) fail("L0784", { out, bytes, limit: MAX_BYTES });
    const name = basename(out);
    const sink = await files.create(join(folder, name));
    try {
      const ready: Uint8Array[] = [];
      const zip = new Zip((error, data) => {
        if (error !== null) throw error;
        ready.push(data);
      });
      const drain = async () => {
        for (const part of ready.splice(0)) await sink.write(part);
      };
      for (const entry of entries) {
        const file = new ZipPassThrough(`${entry.name}.npy`);
        file.mtime = MTIME;
        zip.add(file);
        file.push(entry.header);
        for await (const piece of entry.pieces()) {
          signal?.throwIfAborted();
          file.push(piece);
          await drain();
        }
        file.push(new Uint8Array(), true);
      }
      zip.end();
      await drain();
    } finally {
      await sink.close();
    }
    return { files: new Map([[name, out]]) };
  },
};

function entriesOf(table: ExportTable): Entry[] {
  const own = table.of === undefined ? "" : `${table.of}/`;
  const step = rowsOfBlock(table);
  const array = (
    name: string,
    dtype: NpyDtype,
    shape: readonly number[],
    read: (from: number, to: number) => Promise<Float32Array | Float64Array | BigInt64Array>,
  ): Entry => ({
    name,
    header: npyHeader(dtype, shape),
    bytes: shape.reduce((a, b) => a * b, 1) * BYTES[dtype],
    async *pieces() {
      for (let from = 0; from < table.rows; from += step)
        yield bytesOf(await read(from, Math.min(table.rows, from + step)));
    },
  });
  return [
    ...table.ports.flatMap(({ port, role, dtype, columns }) => [
      array(`${role}s/${port}`, dtype, [table.rows, columns.length], (from, to) => table.read(port, from, to)),
      text(
        `columns/${port}`,
        columns.map(({ name }) => name),
      ),
      text(
        `units/${port}`,
        columns.map(({ unit }) => unit ?? ""),
      ),
    ]),
    ...LINEAGE.map((key) =>
      array(`lineage/${own}${key}`, "int64", [table.rows], (from, to) => table.lineage(key, from, to)),
    ),
    ...(table.splits === undefined ? [] : [splitText(table)]),
  ];
}

/** Names of splits, a row each; nothing for a row that no split has. */
function splitText({ splits, rows }: ExportTable): Entry {
  const size = 4 * Math.max(...SPLITS.map(({ length }) => length));
  const step = Math.floor(BLOCK_BYTES / size);
  return {
    name: "split",
    header: npyHeader(`<U${size / 4}`, [rows]),
    bytes: rows * size,
    *pieces() {
      for (let first = 0; first < rows; first += step) {
        const last = Math.min(rows, first + step);
        const bytes = new Uint8Array((last - first) * size);
        for (const split of SPLITS) {
          const word = utf32([split], size / 4);
          for (const [from, to] of splits![split])
            for (let row = Math.max(from, first); row < Math.min(to, last); row++)
              bytes.set(word, (row - first) * size);
        }
        yield bytes;
      }
    },
  };
}

function text(name: string, values: readonly string[]): Entry {
  const width = values.reduce((most, value) => Math.max(most, Array.from(value).length), 1);
  const bytes = utf32(values, width);
  return { name, header: npyHeader(`<U${width}`, [values.length]), bytes: bytes.length, pieces: () => [bytes] };
}

/** NumPy's text of a fixed width: UTF-32, padded by zeros. */
function utf32(values: readonly string[], width: number): Uint8Array {
  const points = new Uint32Array(values.length * width);
  for (const [i, value] of values.entries())
    points.set(
      Array.from(value, (character) => character.codePointAt(0)!),
      i * width,
    );
  return new Uint8Array(points.buffer);
}
