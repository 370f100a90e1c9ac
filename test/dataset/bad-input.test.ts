/** What datasets refuse, and what is left on the disk then: nothing. */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildDataset } from "../../src/dataset/build.js";
import { diskFolders, type FolderFiles } from "../../src/dataset/folder.js";
import { openDataset } from "../../src/dataset/open.js";
import type { BuildOptions } from "../../src/dataset/options.js";
import type { SplitSpec } from "../../src/dataset/split.js";
import type { RecordedPort } from "../../src/record/layout.js";
import { PORTS, recordMessages, recordRows } from "./recordings.js";

let dir = "";
let reach = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "limbeck-dataset-"));
  reach = await recordRows(join(dir, "reach.mcap"), 100);
});
afterAll(() => rm(dir, { recursive: true }));

let made = 0;
const fresh = () => join(dir, `dataset-${made++}`);
const SPLIT: SplitSpec = { by: "time", fractions: [0.64, 0.16, 0.2] };

const build = async (options: Partial<BuildOptions> = {}) => {
  const out = fresh();
  const manifest = await buildDataset({ recordings: [reach], out, split: SPLIT, ...options });
  return { out, manifest };
};

describe("bad input", () => {
  const nan = (port: string, i: number) =>
    port !== "joints" && i === 7 ? new Float64Array([0, Number.NaN]) : undefined;

  test("a NaN is refused by recording, port, column and tag, or its row is dropped and counted", async () => {
    const path = await recordRows(join(dir, "nan.mcap"), 50, { change: nan });
    await expect(build({ recordings: [path] })).rejects.toThrow(
      `L0710: column \`[1]\` of port controller.torque is NaN at 70000000 ns in ${path}`,
    );
    const { manifest } = await build({ recordings: [path], nonFinite: "drop" });
    expect(manifest).toMatchObject({ rows: 49, incomplete: { "controller.torque not finite": 1 } });
  });

  const damaged = async (name: string) => {
    const path = await recordRows(join(dir, name), 50);
    const bytes = await readFile(path);
    bytes[3000]! ^= 1;
    await writeFile(path, bytes);
    return path;
  };
  const STRING: RecordedPort = { port: "note", role: "input", schema: { type: "string" } };

  test.each<[string, string, () => Promise<Partial<BuildOptions>>]>([
    ["L0001", "there is no file", async () => ({ recordings: [join(dir, "nowhere.mcap")] })],
    ["L0002", "is a folder, not a recording", async () => ({ recordings: [dir] })],
    [
      "L0700",
      "is not a recording",
      async () => {
        await writeFile(join(dir, "text.mcap"), "hello, hello");
        return { recordings: [join(dir, "text.mcap")] };
      },
    ],
    ["L0701", "checksum of a frame", async () => ({ recordings: [await damaged("damaged.mcap")] })],
    ["L0711", "Did you mean `joints`?", async () => ({ inputs: ["joint"] })],
    ["L0711", "It has `joints`, `controller.torque`.", async () => ({ inputs: ["gyroscope"] })],
    [
      "L0711",
      "`limbeck replay GRAPH LOG`",
      async () => ({
        recordings: [await recordMessages(join(dir, "log.mcap"), PORTS, [], "log")],
        inputs: ["ik.angles"],
      }),
    ],
    [
      "L0713",
      "no message of `joints`, `controller.torque`",
      async () => ({ recordings: [await recordRows(join(dir, "silent.mcap"), 0)] }),
    ],
    [
      "L0712",
      "/position: tensor float64[3] and tensor float64[2]",
      async () => {
        const schema = { type: "object", properties: { position: { tensor: [3] } } } as const;
        const two = { type: "object", properties: { position: { tensor: [2] } } } as const;
        const make = (name: string, s: RecordedPort["schema"], n: number) =>
          recordRows(join(dir, name), 5, {
            ports: [{ port: "joints", role: "input", schema: s }, PORTS[1]!],
            change: (port) => (port === "joints" ? { position: new Float64Array(n) } : undefined),
          });
        return { recordings: [await make("three.mcap", schema, 3), await make("two.mcap", two, 2)] };
      },
    ],
    ["L0713", "no complete row", async () => ({ recordings: [await recordRows(join(dir, "none.mcap"), 0)] })],
    [
      "L0307",
      "free string",
      async () => {
        const path = await recordRows(join(dir, "note.mcap"), 5, {
          ports: [STRING, PORTS[1]!],
          change: (p) => (p === "note" ? "x" : undefined),
        });
        return { recordings: [path] };
      },
    ],
    ["L0720", "2 rows", async () => ({ recordings: [await recordRows(join(dir, "two-rows.mcap"), 2)] })],
    [
      "L0721",
      "are the same recording",
      async () => {
        await cp(reach, join(dir, "copy.mcap"));
        return { recordings: [reach, join(dir, "copy.mcap")] };
      },
    ],
    ["L0722", "more than 1000 bytes", async () => ({ maxBytes: 1000 })],
    ["L0723", "at least one port", async () => ({ outputs: [] })],
    ["L0723", "different ports", async () => ({ inputs: ["joints", "joints"] })],
  ])("%s: %s", async (code, message, options) => {
    const before = await readdir(dir);
    const given = await options();
    const after = new Set([...before, ...(await readdir(dir))]);
    const error = await build(given).then(
      () => undefined,
      (e: Error) => e,
    );
    expect(error?.message).toMatch(new RegExp(`^${code}: `));
    expect(error?.message).toContain(message);
    expect((await readdir(dir)).filter((name) => !after.has(name))).toStrictEqual([]);
  });

  test("an existing folder is not touched", async () => {
    const { out, manifest } = await build();
    await expect(buildDataset({ recordings: [reach], out })).rejects.toThrow("L0714");
    expect((await openDataset(out)).manifest).toStrictEqual(manifest);
  });

  test("a disk that is full at any step leaves nothing behind", async () => {
    const faulty = (failAt: number): FolderFiles => {
      let n = 0;
      const step =
        <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
        async (...args: A): Promise<R> => {
          if (n++ >= failAt) throw new Error("ENOSPC: no space left on device");
          return work(...args);
        };
      const { makeBeside, write, rename } = diskFolders;
      return { ...diskFolders, makeBeside: step(makeBeside), write: step(write), rename: step(rename) };
    };
    const before = await readdir(dir);
    const steps = 1 + 2 + 6 + 1 + 1;
    for (let failAt = 0; failAt < steps; failAt++) {
      const out = fresh();
      await expect(buildDataset({ recordings: [reach], out, files: faulty(failAt) })).rejects.toThrow("L0715");
      expect(await readdir(dir)).toStrictEqual(before);
    }
    const out = fresh();
    await buildDataset({ recordings: [reach], out, files: faulty(steps) });
    expect((await openDataset(out)).manifest.rows).toBe(100);
  });

  test("an interrupt leaves nothing behind", async () => {
    const before = await readdir(dir);
    const stop = new AbortController();
    const files: FolderFiles = {
      ...diskFolders,
      write: async (...args) => {
        stop.abort(new Error("stopped"));
        return diskFolders.write(...args);
      },
    };
    await expect(build({ files, signal: stop.signal })).rejects.toThrow("stopped");
    expect(await readdir(dir)).toStrictEqual(before);
  });
});
