/** Arrays of numpy's: `.npz`, packed or not, and `.npy`. Each array is a column, its first dimension the rows. */
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { fail, type Problem, problem } from "../../problem/problem.js";
import type { Batch, ForeignChannel, ForeignMessage, ForeignRecording } from "./foreign.js";
import { type Npy, openNpy } from "./npy.js";
import { objectOf } from "./type.js";
import { openZip } from "./zip.js";

const BATCH = 512;

/**
 * Opens the arrays of a file.
 *
 * Arrays with the same number of rows are one table. Where there are several such groups, each is a channel, named by
 * its rows: `rows=1000`; a single group is a channel without a name.
 *
 * @throws LimbeckError L0740 for a file without an array that can be read as rows
 */
export async function openNpz(file: string, single: boolean): Promise<ForeignRecording> {
  const refuse = (reason: string): never => fail("L0740", { file, reason });
  const arrays = new Map<string, Npy>();
  const refused: Problem[] = [];
  const add = async (name: string, open: () => AsyncIterable<Uint8Array>) => {
    try {
      arrays.set(name, await openNpy(open));
    } catch (error) {
      refused.push(problem("L0757", { what: `array \`${name}\``, file, reason: (error as Error).message }));
    }
  };
  try {
    if (single)
      await add(basename(file).replace(/\.npy$/i, ""), () => createReadStream(file) as AsyncIterable<Uint8Array>);
    else
      for (const entry of await openZip(file))
        if (entry.name.endsWith(".npy")) await add(entry.name.slice(0, -".npy".length), entry.read);
  } catch (error) {
    refuse((error as Error).message);
  }
  if (arrays.size === 0)
    refuse(refused.length === 0 ? "there is no array in it" : `no array of it has rows (${refused[0]!.message})`);

  const groups = new Map<number, string[]>();
  for (const [name, { rows }] of arrays) groups.set(rows, [...(groups.get(rows) ?? []), name]);
  const tables = [...groups].map(([rows, names]) => {
    const channel: ForeignChannel = {
      topic: groups.size === 1 ? "" : `rows=${rows}`,
      typeName: "",
      encoding: "npy",
      type: objectOf(names.map((name) => [name, arrays.get(name)!.type])),
    };
    return { rows, names, channel };
  });

  async function* read(wanted: ReadonlySet<ForeignChannel>): AsyncGenerator<Batch> {
    let before = 0;
    for (const { rows, names, channel } of tables) {
      if (wanted.has(channel)) {
        const columns = names.map((name) => ({ name, values: arrays.get(name)!.read() }));
        try {
          for (let row = 0; row < rows; ) {
            const batch: ForeignMessage[] = [];
            for (; row < rows && batch.length < BATCH; row++) {
              const value: { [column: string]: unknown } = Object.create(null);
              for (const { name, values } of columns) value[name] = (await values.next()).value;
              batch.push({ channel, at: `row ${row}`, value: () => value });
            }
            yield { messages: batch, done: before + row };
          }
        } catch (error) {
          if ((error as Error).name === "LimbeckError") throw error;
          fail("L0740", { file, reason: (error as Error).message }, {}, { cause: error });
        } finally {
          for (const { values } of columns) await values.return(undefined);
        }
      }
      before += rows;
    }
  }

  return {
    file,
    format: single ? "npy" : "npz",
    channels: tables.map(({ channel }) => channel),
    timed: false,
    total: tables.reduce((sum, { rows }) => sum + rows, 0),
    read,
    warnings: () => refused,
    close: async () => {},
  };
}
