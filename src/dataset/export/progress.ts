/** How far an export has come, seen where it reads: bytes of recordings, then rows of tables. */
import type { ByteSource } from "../../record/mcap/file.js";
import type { ExportOptions, ExportSource, ExportTable } from "./format.js";

type OnProgress = NonNullable<ExportOptions["onProgress"]>;
type Open = NonNullable<ExportOptions["open"]>;

/** Opens recordings and tells how much of each has been read; what is read again is not told again. */
export const watchedOpen =
  (open: Open, onProgress: OnProgress): Open =>
  async (path) => {
    const source: ByteSource = await open(path);
    let done = 0;
    return {
      ...source,
      async read(at, length) {
        const bytes = await source.read(at, length);
        if (at + bytes.length > done) {
          done = at + bytes.length;
          onProgress({ phase: `reading ${path}`, done, total: source.size });
        }
        return bytes;
      },
    };
  };

/** Tells how many rows of all tables have been read to the end: those of the port that comes last. */
export function watchedSource(source: ExportSource, out: string, onProgress: OnProgress): ExportSource {
  const total = source.tables.reduce((sum, { rows }) => sum + rows, 0);
  let before = 0;
  const watched = (table: ExportTable): ExportTable => {
    const last = table.ports.at(-1)?.port;
    const first = before;
    let done = 0;
    before += table.rows;
    return {
      ...table,
      async read(port, from, to) {
        const read = await table.read(port, from, to);
        if (port === last && to > done) {
          done = to;
          onProgress({ phase: `writing ${out}`, done: first + done, total });
        }
        return read;
      },
    };
  };
  return { ...source, tables: source.tables.map(watched) };
}
