/** A live run's log: what a thread of its own writes is what was given, and what is not there is counted. */
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { firstValueFrom, filter as where } from "rxjs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rng } from "../../src/component/rng.js";
import { createLiveLog } from "../../src/project/live-log/log.js";
import { createFile, openFile } from "../../src/record/mcap/file.js";
import { recoverRecording } from "../../src/record/mcap/recover.js";
import { readMessages } from "../../src/record/reader.js";
import { createRecorder } from "../../src/record/recorder.js";
import { type FileSink, mcapLog } from "../../src/record/sink.js";

let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "limbeck-live-"));
});
afterAll(() => rm(dir, { recursive: true }));

const HEADER = { name: "live", mode: "messages", graph: "g", digest: "", seed: 1, origin_ns: 1_700_000_000n } as const;
const PORTS = [
  { port: "image", role: "stream", schema: { type: "object", properties: { data: { tensor: [4] } } } },
  { port: "text", role: "stream", schema: { type: "string" } },
] as const;

async function record(sink: FileSink, messages: number, textBytes: (i: number) => number) {
  const recorder = createRecorder(HEADER, PORTS as never, sink);
  const draws = rng(4);
  for (let i = 0; i < messages; i++) {
    recorder.message("image", i * 1e6, i % 3, i * 1e6 - 5, {
      data: Float64Array.of(i, -0, Number.NaN, draws.uniform()),
    });
    recorder.message("text", i * 1e6, 0, i * 1e6, text(i, textBytes(i)));
    if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return recorder.close();
}

/** No two stretches of it are alike. */
const text = (i: number, length: number): string =>
  Array.from({ length: Math.ceil(length / 8) }, (_, k) => (i * 1_000_003 + k * 7919).toString(36).padStart(8, "."))
    .join("")
    .slice(0, length);

async function said(path: string) {
  const source = await openFile(path);
  const all: unknown[] = [];
  for await (const message of readMessages(source)) all.push(message);
  await source.close();
  return all;
}

test("the log holds what one without a thread holds, messages larger than the ring between them too", async () => {
  const size = (i: number) => (i === 70 ? 9_000_000 : i % 40 === 0 ? 300_000 : i % 17);
  const [threaded, plain] = [join(dir, "threaded.mcap"), join(dir, "plain.mcap")];
  const summary = await record(await createLiveLog(threaded), 200, size);
  const other = await record(mcapLog(await createFile(plain)), 200, size);
  expect(summary).toMatchObject({ messages: 400, dropped: 0, state: other.state });
  expect(await said(threaded)).toStrictEqual(await said(plain));
  expect((await readFile(threaded)).length).toBe(summary.bytes);
});

test("messages become durable by themselves, and flush waits until they are written", async () => {
  const sink = await createLiveLog(join(dir, "acks.mcap"));
  const recorder = createRecorder(HEADER, PORTS as never, sink);
  recorder.message("text", 0, 0, 0, "hello");
  await recorder.flush();
  const durable = await firstValueFrom(recorder.acks.pipe(where((acks) => acks.durable === 1)));
  expect(durable).toEqual({ accepted: 1, written: 1, durable: 1, dropped: 0 });
  await recorder.close();
});

test("a row is kept whole or dropped whole where the queue fills up in the middle of one", async () => {
  const path = join(dir, "crowded.mcap");
  const recorder = createRecorder({ ...HEADER, mode: "rows" }, PORTS as never, await createLiveLog(path));
  const long = "x".repeat(8_000_000);
  const row = (i: number) => ({
    tag_ns: i * 1e6,
    microstep: 0,
    entries: [
      { port: "text", stamp_ns: i * 1e6, message: long },
      { port: "image", stamp_ns: i * 1e6, message: { data: Float64Array.of(i, 0, 0, 0) } },
    ],
  });
  // nothing leaves the queue meanwhile: 9 rows are the first that are more than 64 MiB
  for (let i = 0; i < 12; i++) recorder.row(row(i));
  const { rows, messages, drops } = await recorder.close();
  expect({ rows, messages, drops }).toEqual({
    rows: 9,
    messages: 18,
    drops: { text: { "queue full": 3 }, image: { "queue full": 3 } },
  });
  const kept = (await said(path)) as { port: string; sequence: number }[];
  const of = (port: string) => kept.filter((one) => one.port === port).map(({ sequence }) => sequence);
  expect(of("image")).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(of("text")).toEqual(of("image"));
});

test("a file that exists and a folder that does not are the system's own errors", async () => {
  const there = join(dir, "there.mcap");
  await writeFile(there, "mine");
  await expect(createLiveLog(there)).rejects.toMatchObject({ code: "EEXIST" });
  await expect(createLiveLog(join(dir, "nowhere", "x.mcap"))).rejects.toMatchObject({ code: "ENOENT" });
  expect(await readFile(there, "utf8")).toBe("mine");
});

test("what comes after the close is counted, and changes nothing", async () => {
  const path = join(dir, "closed.mcap");
  const sink = await createLiveLog(path);
  sink.open(HEADER, PORTS as never);
  sink.message(1, 0, 0, 0, 0, "one");
  const result = await sink.close({ rows: 0, incomplete: {} });
  sink.message(1, 1, 1, 0, 1, "two");
  expect(result).toMatchObject({ written: 1, dropped: 0 });
  expect(sink.drops()).toEqual({ text: { closed: 1 } });
  expect(await said(path)).toHaveLength(1);
});

test("a disk that is full fails the recorder and not its caller; what was written stays readable", async () => {
  // a file may have no more bytes than these: the system refuses what goes beyond
  const child = join(import.meta.dirname, "../support/live-full.ts");
  const path = join(dir, "full.mcap");
  const jiti = join(import.meta.dirname, "../../node_modules/.bin/jiti");
  const out = execFileSync(
    "bash",
    ["-c", `trap '' XFSZ; ulimit -f 512; exec "$0" "$1" "$2" "$3"`, process.execPath, jiti, child, path],
    { encoding: "utf8" },
  );
  const { state, written, dropped, given } = JSON.parse(out);
  expect(state).toBe("full");
  expect(written + dropped).toBe(given);
  expect(dropped).toBeGreaterThan(0);
  const source = await openFile(path);
  const { messages } = await recoverRecording(source, () => createFile(join(dir, "again.mcap")));
  await source.close();
  expect(messages).toBe(written);
});
