/** Files of a dataset that go bad while they are read: nothing stays open. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readlinkSync, truncateSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { npyArray, npyHeader } from "../../src/dataset/npy.js";
import { openShards } from "../../src/dataset/shards.js";

let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "limbeck-shards-"));
});
afterAll(() => rm(dir, { recursive: true }));

const FDS = "/proc/self/fd";
/** Descriptors of this process that point into the folder. */
const openIn = (folder: string): string[] =>
  readdirSync(FDS).flatMap((fd) => {
    try {
      const path = readlinkSync(join(FDS, fd));
      return path.startsWith(folder) ? [path] : [];
    } catch {
      return [];
    }
  });

test.skipIf(!existsSync(FDS))(
  "a file whose reading fails is closed, and others that read it finish first",
  async () => {
    const rows = 1000;
    const values = Float64Array.from({ length: rows }, (_, i) => i);
    const bytes = Buffer.concat([npyHeader("float64", [rows]), new Uint8Array(values.buffer)]);
    await writeFile(join(dir, "x.npy"), bytes);
    const file = { file: "x.npy", rows, sha256: createHash("sha256").update(bytes).digest("hex") };
    const shards = { files: [file], dtype: "float64" as const };
    const files = openShards(dir);
    const out = npyArray("float64", rows);
    await files.read(shards, [[0, rows]], out);
    expect(out[999]).toBe(999);
    expect(openIn(dir)).toHaveLength(1);
    truncateSync(join(dir, "x.npy"), 4000);
    const some = npyArray("float64", 10);
    const [whole, start] = await Promise.allSettled([
      files.read(shards, [[0, rows]], out),
      files.read(shards, [[0, 10]], some),
    ]);
    expect(whole).toMatchObject({ status: "rejected", reason: { message: expect.stringContaining("it ends early") } });
    expect(start.status).toBe("fulfilled");
    expect([...some]).toStrictEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(openIn(dir)).toStrictEqual([]);
    await files.close();
  },
);
