/** The whole way of real data: simulated, recorded, replayed, imported, exported; every sample of the files once in each. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exportDataset } from "../../src/dataset/export/export.js";
import { importRecording } from "../../src/project/import.js";
import { type Loaded, loadGraph } from "../../src/project/load.js";
import { replay, type SimulateResult, simulate } from "../../src/project/simulate.js";
import { openFile } from "../../src/record/mcap/file.js";
import { type RecordedMessage, readMessages, scanRecording } from "../../src/record/reader.js";

const data = join(import.meta.dirname, "../../../shared/data/mrclam6");
const here = existsSync(data) || process.env.CI === "true";
if (!here) console.warn("skipped: the real log ../shared/data/mrclam6 is not here");

const ORIGIN = 1248444175.103;

/** The file of each stream, and where its messages' numbers stand in a line; times are in the first column. */
const FILES: { readonly [stream: string]: { readonly file: string; readonly columns: readonly number[] } } = {
  motion: { file: "Robot3_Odometry.dat.gz", columns: [1, 2] },
  sighting: { file: "Robot3_Measurement.dat.gz", columns: [1, 2, 3] },
  truth: { file: "Robot3_Groundtruth.dat.gz", columns: [1, 2, 3] },
  barcode: { file: "Barcodes.dat", columns: [0, 1] },
  landmark: { file: "Landmark_Groundtruth.dat", columns: [0, 1, 2] },
};
const STREAMS = Object.keys(FILES);
const timed = (stream: string) => FILES[stream]!.columns[0] === 1;

/** The lines of a stream's file, each as its numbers. */
function linesOf(stream: string): number[][] {
  const { file } = FILES[stream]!;
  const bytes = readFileSync(join(data, file));
  const text = String(file.endsWith(".gz") ? gunzipSync(bytes) : bytes);
  return text
    .split("\n")
    .filter((line) => /\d/.test(line) && !line.startsWith("#"))
    .map((line) => line.trim().split(/\s+/).map(Number));
}

interface Pose {
  readonly position: Float64Array;
}

type Wire = { readonly [field: string]: number | Float64Array };

/** A message's numbers in the order of the file's columns. */
function numbersOf(stream: string, message: RecordedMessage["message"]): number[] {
  const of = message as Wire;
  const fields: { readonly [stream: string]: readonly string[] } = {
    motion: ["speed", "turn"],
    sighting: ["barcode", "range", "bearing"],
    truth: ["position", "heading"],
    barcode: ["subject", "barcode"],
    landmark: ["subject", "position"],
  };
  return fields[stream]!.flatMap((field) => {
    const value = of[field]!;
    return typeof value === "number" ? [value] : [...value];
  });
}

/** The numbers of a line as a table of its stream has them: an angle that wraps is its sine and cosine. */
function cellsOf(stream: string, line: readonly number[]): number[] {
  const numbers = FILES[stream]!.columns.map((column) => line[column]!);
  if (stream !== "truth") return numbers;
  const heading = numbers.pop()!;
  return [...numbers, Math.sin(heading), Math.cos(heading)];
}

async function messagesIn(file: string): Promise<{ readonly [port: string]: readonly RecordedMessage[] }> {
  const source = await openFile(file);
  const found: { [port: string]: RecordedMessage[] } = {};
  for await (const message of readMessages(source)) (found[message.port] ??= []).push(message);
  await source.close();
  return found;
}

/** Each line of the files once, in order, at its time, with its numbers. */
async function expectFiles(recording: string): Promise<void> {
  const found = await messagesIn(recording);
  for (const stream of STREAMS) {
    const lines = linesOf(stream);
    const messages = found[stream] ?? [];
    expect(messages.length, stream).toBe(lines.length);
    const { columns } = FILES[stream]!;
    messages.forEach(({ message, tag_ns, microstep }, i) => {
      const line = lines[i]!;
      const numbers = numbersOf(stream, message);
      const want = columns.map((column) => line[column]!);
      if (!numbers.every((x, k) => Object.is(x, want[k]))) expect([stream, i, numbers]).toEqual([stream, i, want]);
      // a double holds these times to about 120 ns
      const late_ns = timed(stream) ? tag_ns - (line[0]! - ORIGIN) * 1e9 : tag_ns;
      if (Math.abs(late_ns) > 250) expect([stream, i, late_ns]).toEqual([stream, i, 0]);
      const before = messages[i - 1];
      const later = before === undefined || tag_ns > before.tag_ns || microstep > before.microstep;
      if (!later) expect([stream, i, tag_ns, microstep]).toBe("behind the one before");
    });
  }
}

describe.skipIf(!here)("mrclam6 without a lost or doubled sample:", () => {
  let home: string;
  let loaded: Loaded;
  let first: SimulateResult;
  const job = () => ({ home, signal: new AbortController().signal, onProgress: () => {}, now: () => 0 });

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), "limbeck-mrclam-"));
    const everything = join(home, "everything.rewrite.yaml");
    writeFileSync(
      everything,
      `- record: {as: everything, rows: asof, inputs: [${STREAMS.join(", ")}], outputs: [ekf.pose, reckoning.pose]}\n`,
    );
    loaded = await loadGraph(join(import.meta.dirname, "../../graphs/mrclam-localise.graph.yaml"), {
      with: [everything],
    });
    expect(loaded.problems).toEqual([]);
    first = await simulate(loaded, { ...job(), ideal: false });
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  test("the recording and the run log hold the files", async () => {
    expect(first.kept).toMatchObject([{ dropped: 0, incomplete: {} }]);
    await expectFiles(first.recordings[0]!);
    await expectFiles(first.log);
  });

  test("a replay of the log is the run, and its recording holds the same", async () => {
    const again = await replay(loaded, first.log, job());
    expect(again.digest).toBe(first.digest);
    expect(again.ports).toEqual(first.ports);
    const [a, b] = [await messagesIn(first.recordings[0]!), await messagesIn(again.recordings[0]!)];
    expect(Object.keys(b).sort()).toEqual([...STREAMS, "ekf.pose", "reckoning.pose"].sort());
    for (const port of Object.keys(a)) {
      const bare = (messages: readonly RecordedMessage[]) => messages.map(({ sequence: _, ...rest }) => rest);
      expect(bare(b[port]!), port).toStrictEqual(bare(a[port]!));
    }
  });

  test("the files, imported as a log, give the same estimates", async () => {
    const mapping = join(home, "mrclam.map.yaml");
    const table = "delimiter: whitespace, comment: '#'";
    writeFileSync(
      mapping,
      `limbeck: 1
recordings:
  odometry: {path: ${data}/Robot3_Odometry.dat.gz, ${table}, columns: [t, v, w]}
  camera: {path: ${data}/Robot3_Measurement.dat.gz, ${table}, columns: [t, barcode, range, bearing]}
  vicon: {path: ${data}/Robot3_Groundtruth.dat.gz, ${table}, columns: [t, x, y, heading]}
  barcodes: {path: ${data}/Barcodes.dat, ${table}, columns: [subject, barcode]}
  landmarks: {path: ${data}/Landmark_Groundtruth.dat, ${table}, columns: [subject, x, y, sx, sy]}
origin: ${ORIGIN}
streams:
  motion: {from: odometry, time: t, fields: {speed: v, turn: w}}
  sighting: {from: camera, time: t}
  truth: {from: vicon, time: t, fields: {position: [x, y], heading: heading}}
  barcode: {from: barcodes, time: origin}
  landmark: {from: landmarks, time: origin, fields: {subject: subject, position: [x, y]}}
`,
    );
    const imported = (await importRecording({ ...job(), mapping, into: loaded }))!;
    expect(imported.problems).toEqual([]);
    await expectFiles(imported.file);
    const run = await replay(loaded, imported.file, job());
    // imported times are those of the files to the nanosecond, and the simulation's the nearest that a double has
    const [a, b] = [await messagesIn(first.recordings[0]!), await messagesIn(run.recordings[0]!)];
    for (const stream of STREAMS)
      expect(b[stream]!.map((m) => m.message)).toStrictEqual(a[stream]!.map((m) => m.message));
    for (const port of ["ekf.pose", "reckoning.pose"]) {
      expect([port, b[port]!.length]).toEqual([port, a[port]!.length]);
      const apart_m = a[port]!.map(({ message }, i) => {
        const [p, q] = [message, b[port]![i]!.message].map((pose) => (pose as unknown as Pose).position);
        return Math.hypot(p![0]! - q![0]!, p![1]! - q![1]!);
      });
      expect(apart_m.reduce((most, m) => Math.max(most, m), 0)).toBeLessThan(1e-5);
    }
  });

  test.each(["csv", "npz"])("exported as %s, every table has a row a line of its file", async (format) => {
    const recording = first.recordings[0]!;
    const source = await openFile(recording);
    const { channels } = await scanRecording(source);
    await source.close();
    const counts = Object.fromEntries(channels.map(({ port, messages }) => [port, messages]));
    for (const stream of STREAMS) expect([stream, counts[stream]]).toEqual([stream, linesOf(stream).length]);
    const out = join(home, `out.${format}`);
    const told = await exportDataset(recording, format, out);
    expect(told.messages).toEqual(counts);
    if (format !== "csv") return;
    const files = readdirSync(home, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".csv"));
    for (const stream of STREAMS) {
      const file = files.find((name) => name.includes(stream))!;
      const rows = readFileSync(join(home, file), "utf8").trimEnd().split("\n").slice(1);
      expect([stream, rows.length]).toEqual([stream, linesOf(stream).length]);
      linesOf(stream).forEach((line, i) => {
        const cells = rows[i]!.split(",").map(Number);
        const want = cellsOf(stream, line);
        if (!want.every((x) => cells.includes(x))) expect([stream, i, cells]).toEqual([stream, i, want]);
      });
    }
  });
});
