/** Recorders on the disk: files of one's own classes, parts, disks that refuse, runs that go on, and what is live. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { filter, firstValueFrom } from "rxjs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadGraph, openRun, simulate } from "../../src/project/project.js";
import { fileRecordings, liveRecordings } from "../../src/project/recordings.js";
import { openFile } from "../../src/record/mcap/file.js";
import { readMessages, scanRecording } from "../../src/record/reader.js";

let dir = "";
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "limbeck-recorders-"));
  cpSync(join(import.meta.dirname, "../../graphs/arm-reach.graph.yaml"), join(dir, "arm.graph.yaml"));
  writeFileSync(
    join(dir, "moves.ts"),
    `import { Recorder, type RecordedRow, type RowContext, Type } from "limbeck";
export default class Moves extends Recorder {
  static override readonly params = Type.Object({ least: Type.Number({ default: 100 }) });
  seen = 0;
  override keeps(row: RecordedRow, { params }: RowContext<{ least: number }>): boolean {
    this.seen++;
    return Math.abs(Number(this.value(row, "joints:velocity[0]"))) > params.least;
  }
  override endsEpisode(): boolean {
    return this.seen % 100 === 99;
  }
}
`,
  );
  writeFileSync(join(dir, "none.js"), "export default class Nothing {}\n");
});
afterAll(() => rmSync(dir, { recursive: true }));

let laid = 0;
async function armWith(...records: readonly string[]) {
  const file = join(dir, `with-${++laid}.yaml`);
  writeFileSync(file, `limbeck: 1\nrewrites:\n${records.map((record) => `  - record: {${record}}\n`).join("")}`);
  return loadGraph(join(dir, "arm.graph.yaml"), { with: [file] });
}
const PORTS = "inputs: [target, joints], outputs: [controller.torque]";
const job = (home: string) => ({
  home: join(dir, home),
  signal: new AbortController().signal,
  onProgress: () => {},
  now: () => 0,
  ideal: false,
});
async function read(file: string) {
  const source = await openFile(file);
  const scan = await scanRecording(source);
  const rows: { tag_ns: number; episode: number; velocity: number }[] = [];
  for await (const { tag_ns, episode, message } of readMessages(source, new Set(["joints"])))
    rows.push({ tag_ns, episode, velocity: (message as { velocity: Float64Array }).velocity[0]! });
  await source.close();
  return { scan, rows };
}

test("a class beside the graph keeps what it says, in episodes that it ends, and changes no digest", async () => {
  const loaded = await armWith(`as: moves, ${PORTS}, component: ./moves.ts, params: {least: 0.2}`, `as: all, ${PORTS}`);
  const bare = await simulate(await loadGraph(join(dir, "arm.graph.yaml")), { ...job("bare"), for_ns: 4e9 });
  const result = await simulate(loaded, { ...job("class"), for_ns: 4e9 });
  expect(result.digest).toBe(bare.digest);
  const of = (name: string) => result.kept.find((kept) => kept.name === name)!;
  const [moves, all] = [await read(of("moves").file), await read(of("all").file)];
  const want = all.rows
    .map((row, i) => ({ ...row, episode: Math.floor(i / 100) }))
    .filter(({ velocity }) => Math.abs(velocity) > 0.2);
  expect(want.length).toBeGreaterThan(20);
  expect(want.length).toBeLessThan(all.rows.length);
  expect(moves.rows.map(({ tag_ns }) => tag_ns)).toEqual(want.map(({ tag_ns }) => tag_ns));
  const seen = [...new Set(want.map(({ episode }) => episode))];
  expect(moves.rows.map(({ episode }) => episode)).toEqual(want.map(({ episode }) => seen.indexOf(episode)));
  expect(moves.scan.episodes).toHaveLength(seen.length);
});

test("a file without a recorder is told at the option", async () => {
  const { problems } = await armWith(`as: n, ${PORTS}, component: ./none.js`);
  expect(problems.filter((p) => p.severity === "error").map(({ code, place }) => [code, place?.line])).toEqual([
    ["L0407", 3],
  ]);
});

test("parts lie beside each other, and the next run has the next number", async () => {
  const loaded = await armWith(`as: parts, ${PORTS}, split: {time: 1s}`);
  const first = await simulate(loaded, { ...job("parts"), for_ns: 3e9 });
  await simulate(loaded, { ...job("parts"), for_ns: 1e9 });
  const names = (n: number) => [`parts-000${n}.mcap`, `parts-000${n}.1.mcap`, `parts-000${n}.2.mcap`];
  const there = readdirSync(join(dir, "parts", "recordings")).filter((name) => name.startsWith("parts"));
  expect(there.sort()).toEqual([...names(1), "parts-0002.mcap"].sort());
  const { files, rows } = first.kept.find(({ name }) => name === "parts")!;
  expect(files).toEqual(names(1).map((name) => join(dir, "parts", "recordings", name)));
  const read_ = await Promise.all(files.map(read));
  expect(read_.reduce((sum, part) => sum + part.rows.length, 0)).toBe(rows);
});

test("a folder that nobody can write stops no run: the recorder fails, and says so", async () => {
  const loaded = await armWith(`as: lost, ${PORTS}`);
  const home = join(dir, "refusing");
  mkdirSync(home);
  writeFileSync(join(home, "recordings"), "a file is in the way");
  const result = await simulate(loaded, { ...job("refusing"), for_ns: 1e9 });
  expect(result.virtual_s).toBe(1);
  expect(result.kept.map(({ name, rows, state }) => [name, rows, state])).toEqual([
    ["reach", 0, "failed"],
    ["lost", 0, "failed"],
  ]);
  expect(result.problems.map(({ code }) => code).sort()).toEqual(["L0702", "L0702", "L0732", "L0732"]);
});

test("live: a recording tells its state and acknowledgements, and can be paused", async () => {
  const loaded = await armWith(`as: live, ${PORTS}, trigger: {when: {port: joints, changes: true}}`);
  const recordings = fileRecordings(join(dir, "live"), { graph: "arm", digest: "", seed: 7 });
  const run = await openRun(loaded, { recordings });
  const live = recordings.live.find(({ name }) => name === "live")!;
  const states: string[] = [];
  live.life.subscribe(({ state }) => states.push(state));
  let written = 0;
  live.acks.subscribe((acks) => {
    written = acks.written;
  });
  await run.advance(1e9);
  live.pause();
  await run.advance(2e9);
  live.resume();
  await run.advance(3e9);
  await run.finish();
  const summary = (await recordings.summaries()).find(({ name }) => name === "live")!;
  expect(states).toEqual(["armed", "recording", "paused", "armed", "recording"]);
  expect(summary.incomplete).toMatchObject({ paused: 100 });
  expect(summary.messages).toBe(3 * summary.rows);
  expect(written).toBe(summary.messages);
});

test.each([
  ["on a thread of its own", ""],
  ["in several files", ", split: {time: 500ms}"],
])("a run that keeps time has its rows written and durable while it goes on, %s", async (_, limits) => {
  const loaded = await armWith(`as: now, ${PORTS}${limits}`);
  const recordings = liveRecordings(join(dir, "now"), { graph: "arm", digest: "", seed: 7 });
  const run = await openRun(loaded, { recordings });
  const { acks } = recordings.live.find(({ name }) => name === "now")!;
  const caughtUp = () =>
    firstValueFrom(acks.pipe(filter(({ accepted, durable }) => accepted > 0 && durable === accepted)));
  await run.advance(4e8);
  expect(await caughtUp()).toEqual({ accepted: 117, written: 117, durable: 117, dropped: 0 });
  await run.advance(9e8);
  await run.finish();
  const { files, rows, dropped } = (await recordings.summaries()).find(({ name }) => name === "now")!;
  expect({ rows, dropped, files: files.length }).toEqual({ rows: 89, dropped: 0, files: limits === "" ? 1 : 2 });
  const kept = await Promise.all(files.map(read));
  expect(kept.flatMap((part) => part.rows).map(({ tag_ns }) => tag_ns)).toHaveLength(89);
});

test("a live recording in a folder that nobody can write stops no run", async () => {
  writeFileSync(join(dir, "in-the-way"), "");
  const recordings = liveRecordings(join(dir, "in-the-way"), { graph: "arm", digest: "", seed: 7 });
  const run = await openRun(await armWith(`as: lost, ${PORTS}`), { recordings });
  await run.start(1e9);
  const lost = (await recordings.summaries()).find(({ name }) => name === "lost")!;
  expect(lost).toMatchObject({ files: [], rows: 0, state: "failed", failure: { code: "L0702" } });
});

test("a run waits for a disk that is behind, and one that keeps time does not", async () => {
  const loaded = await armWith(`as: all, ${PORTS}`);
  const rowsBeforeItFollows = async (live: boolean) => {
    let rows = 0;
    let follows = false;
    const row = () => {
      if (!follows) rows++;
      return new Promise<void>((resolve) => {
        setImmediate(() => {
          follows = true;
          resolve();
        });
      });
    };
    const open = ({ as }: { readonly as: string }) => ({
      live,
      // the ring of the other one is written at the end, and may take its time
      row: as === "all" ? row : () => {},
      incomplete() {},
      close: async () => {},
    });
    const run = await openRun(loaded, { recordings: { open } });
    await run.start(1e9);
    return rows;
  };
  expect(await rowsBeforeItFollows(false)).toBe(1);
  expect(await rowsBeforeItFollows(true)).toBeGreaterThan(1);
});

test("a run that goes on from a saved state keeps the rows that a whole run keeps", async () => {
  const record = `as: r, ${PORTS}, component: ./moves.ts, params: {least: 0.2}, rate: 30hz, on_change: {tolerance: 0.05}`;
  const loaded = await armWith(`${record}, trigger: {pre: 3, when: {port: "controller.torque[0]", above: 5}}`);
  const rowsOf = async (result: Awaited<ReturnType<typeof simulate>>) =>
    (await read(result.kept.find(({ name }) => name === "r")!.file)).rows.map(({ tag_ns }) => tag_ns);
  const whole = await rowsOf(await simulate(loaded, { ...job("whole"), for_ns: 4e9 }));
  const state = join(dir, "at-2s.state");
  const first = await rowsOf(await simulate(loaded, { ...job("first"), for_ns: 2e9, saveState: state }));
  const second = await rowsOf(await simulate(loaded, { ...job("second"), for_ns: 4e9, fromState: state }));
  expect(whole.length).toBeGreaterThan(10);
  expect([...first, ...second]).toEqual(whole);
});
