/**
 * Recording: small messages against the stock MCAP writer, large ones against the disk itself, a recorder on every port
 * of a chain in virtual and in real time against the same run without it, and recovery.
 *
 * Bars: 300,000 small messages a second, 60 % of the disk, 2 µs a message in simulation, p99 lateness up by 10 % and 40 %
 * of a core at 1 kHz on 100 ports, recovery of 200 MB/s within 64 MB.
 */
import { execFileSync } from "node:child_process";
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, statSync, truncateSync, writeSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { McapWriter } from "@mcap/core";
import Type from "typebox";
import { step } from "../dist/component/step.js";
import { builtinTypes } from "../dist/message/builtin.js";
import { compileCodec } from "../dist/message/encode.js";
import { createLiveLog } from "../dist/project/live-log/log.js";
import { fileRecordings } from "../dist/project/recordings.js";
import { createFile } from "../dist/record/mcap/file.js";
import { createRecorder } from "../dist/record/recorder.js";
import { mcapLog } from "../dist/record/sink.js";
import { createRun } from "../dist/runtime/run.js";
import { prepareGraph } from "../dist/testing/testing.js";

export const name = "record";

const RUNS = 5;
const MIB = 2 ** 20;
const header = { name: "bench", mode: "messages", graph: "bench", digest: "", seed: 1 };

let home;
let files = 0;
const newPath = () => join(home, `${files++}.mcap`);
const elapsed_s = (start) => Number(process.hrtime.bigint() - start) / 1e9;

/** Measures both sides in turn, so that both meet the same machine, and gives the best of each. */
async function compare({ name, unit, better, ours, peer, peer_name }) {
  const runs = { ours: [], peer: [] };
  for (let i = 0; i < RUNS; i++) {
    runs.ours.push(await ours());
    if (peer !== undefined) runs.peer.push(await peer());
  }
  const best = better === "more" ? Math.max : Math.min;
  return result(name, unit, better, best(...runs.ours), peer && best(...runs.peer), peer_name, runs);
}

const result = (name, unit, better, ours, peer, peer_name, runs) => {
  const ratio = peer === undefined ? undefined : better === "more" ? ours / peer : peer / ours;
  return { name: `record/${name}`, unit, ours, peer, peer_name, ratio, runs };
};

// ── small messages: until all of them are written ────────────────────────────────────────────────────────────────

const SMALL = 1_000_000;
const joints = builtinTypes.JointState2;
const state = { position: Float64Array.of(0.5, -1), velocity: Float64Array.of(0, 2) };
const small = ["a", "b", "c", "d"].map((port) => ({ port, role: "stream", schema: joints }));

async function ourSmall(path, count = SMALL) {
  const recorder = createRecorder(header, small, mcapLog(await createFile(path)));
  const start = process.hrtime.bigint();
  for (let i = 0; i < count; i++) {
    state.position[0] = i;
    recorder.message(small[i & 3].port, i * 1000, 0, i * 1000, state);
    if (recorder.congested) await recorder.drained();
  }
  await recorder.flush();
  const s = elapsed_s(start);
  const { messages } = await recorder.close();
  if (messages !== count) throw new Error(`${messages} of ${count} messages were kept`);
  return count / s;
}

async function stockSmall(path) {
  const handle = await open(path, "wx");
  let position = 0n;
  const writable = {
    position: () => position,
    async write(bytes) {
      await handle.write(bytes);
      position += BigInt(bytes.length);
    },
  };
  const codec = compileCodec(joints, "JointState2");
  const writer = new McapWriter({ writable });
  await writer.start({ profile: "", library: "" });
  const schemaId = await writer.registerSchema({
    name: codec.typeName,
    encoding: "protobuf",
    data: codec.descriptor,
  });
  const channels = [];
  for (const { port } of small)
    channels.push(
      await writer.registerChannel({ schemaId, topic: `/${port}`, messageEncoding: "protobuf", metadata: new Map() }),
    );
  const start = process.hrtime.bigint();
  for (let i = 0; i < SMALL; i++) {
    state.position[0] = i;
    const time = BigInt(i * 1000);
    await writer.addMessage({
      channelId: channels[i & 3],
      sequence: i,
      logTime: time,
      publishTime: time,
      data: codec.encode(state),
    });
  }
  await writer.end();
  const s = elapsed_s(start);
  await handle.close();
  return SMALL / s;
}

// ── messages of 1 MiB: until all of them are on the disk ─────────────────────────────────────────────────────────

const LARGE = 256;
const image = { port: "image", role: "stream", schema: { tensor: [MIB], dtype: "uint8" } };

async function ourLarge(path) {
  const pixels = new Uint8Array(MIB).map((_, i) => (i * 2654435761) >>> 24);
  // as a recording of a simulation is made
  const recorder = createRecorder(header, [image], mcapLog(await createFile(path), { patient: true }));
  const start = process.hrtime.bigint();
  for (let i = 0; i < LARGE; i++) {
    recorder.message("image", i * 1e6, 0, i * 1e6, pixels);
    if (recorder.congested) await recorder.drained();
  }
  const { messages } = await recorder.close();
  const s = elapsed_s(start);
  if (messages !== LARGE) throw new Error(`${messages} of ${LARGE} messages were kept`);
  return LARGE / s;
}

/** What `dd bs=1M conv=fdatasync` does. */
function diskItself(path) {
  const pixels = new Uint8Array(MIB).map((_, i) => (i * 2654435761) >>> 24);
  const file = openSync(path, "wx");
  const start = process.hrtime.bigint();
  for (let i = 0; i < LARGE; i++) writeSync(file, pixels);
  fdatasyncSync(file);
  const s = elapsed_s(start);
  closeSync(file);
  return LARGE / s;
}

// ── a chain of nodes with a recorder on every port ───────────────────────────────────────────────────────────────

const NODES = 100;
const components = {
  "bench/count": step({
    doc: "0, 1, 2, …",
    inputs: {},
    outputs: { value: Type.Number() },
    state: () => 0,
    step: (_, n) => ({ outputs: { value: n }, state: n + 1 }),
  }),
  "bench/add": step({
    doc: "x + 1",
    inputs: { x: Type.Number() },
    outputs: { value: Type.Number() },
    step: ({ x }) => ({ outputs: { value: x + 1 } }),
  }),
};
const ids = Array.from({ length: NODES }, (_, i) => `n${i}`);
const chain = (rows) => ({
  limbeck: 1,
  name: "chain",
  seed: 1,
  params: {},
  messages: {},
  streams: { in: {}, out: {} },
  world: {},
  nodes: Object.fromEntries(
    ids.map((id, i) => [
      id,
      i === 0
        ? { component: "bench/count", on: { clock: "1khz" }, in: {}, params: {} }
        : { component: "bench/add", in: { x: { from: `${ids[i - 1]}.value` } }, params: {} },
    ]),
  ),
  rewrites:
    rows === undefined
      ? []
      : [{ rule: "record", options: { as: "all", rows, outputs: ids.map((id) => `${id}.value`) } }],
});

/** Where a live run records: files on a thread of their own, committed as the wall clock says. */
function liveRecordings() {
  const recorders = [];
  return {
    async open(spec) {
      const ports = spec.ports.map(({ port, role, type }) => ({ port, role, schema: type }));
      const log = await createLiveLog(newPath());
      const recorder = createRecorder({ ...header, name: spec.as, mode: "rows" }, ports, log);
      recorders.push(recorder);
      return {
        row: (tag_ns, microstep, entries) => recorder.row({ tag_ns, microstep, entries }),
        incomplete: (port) => recorder.incomplete(`no ${port}`),
        close: async () => void (await recorder.close()),
      };
    },
    summaries: () => Promise.all(recorders.map((recorder) => recorder.close())),
  };
}

const chainRun = ({ typed, component, services }, recordings) =>
  createRun(typed, { component, services: { ...services, recordings }, digest: false });

const TICKS = 4000;
const WARM_RUNS = 4;

/** µs that one recorded message adds to a simulation, its file closed. */
async function inSimulation(rows) {
  const plain = await prepareGraph(chain(), components);
  const recording = await prepareGraph(chain(rows), components);
  const time = async (prepared) => {
    const recordings = fileRecordings(home, { graph: "chain", digest: "", seed: 1 });
    const run = await chainRun(prepared, recordings);
    const start = process.hrtime.bigint();
    await run.start(TICKS * 1e6);
    const s = elapsed_s(start);
    for (const { file, messages } of await recordings.summaries()) {
      if (messages !== TICKS * NODES) throw new Error(`${messages} of ${TICKS * NODES} messages were kept`);
      rmSync(file);
    }
    return s;
  };
  const runs = { ours: [], with_s: [], without_s: [] };
  // code that is not compiled yet is none of the recorder's
  for (let i = 0; i < WARM_RUNS; i++) {
    await time(recording);
    await time(plain);
  }
  for (let i = 0; i < RUNS; i++) {
    runs.with_s.push(await time(recording));
    runs.without_s.push(await time(plain));
    runs.ours.push(((runs.with_s[i] - runs.without_s[i]) * 1e6) / (TICKS * NODES));
  }
  const best = ((Math.min(...runs.with_s) - Math.min(...runs.without_s)) * 1e6) / (TICKS * NODES);
  const peer_name = "none: bar 2 µs, against the same run without a recorder";
  return result(`simulation-${rows}`, "µs/message", "less", best, undefined, peer_name, runs);
}

const LIVE_S = 5;
/** Of a run, before it is measured. */
const WARM_S = 2;

/** Drives a run by the wall clock at 1 kHz: how late the last port of the chain speaks, and the CPU time it takes. */
async function live(prepared) {
  const recordings = liveRecordings();
  const run = await chainRun(prepared, recordings);
  const ticks = (WARM_S + LIVE_S) * 1000;
  const late_ms = new Float64Array(ticks);
  let ticked = 0;
  let origin = 0;
  run.port(`${ids.at(-1)}.value`).subscribe(() => {
    late_ms[ticked] = performance.now() - origin - ticked;
    ticked++;
  });
  await run.advance(0);
  let cpu;
  origin = performance.now() + 1;
  for (let done = 0; done < ticks; ) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    // every tick that is due by now
    const due = Math.min(ticks, Math.floor(performance.now() - origin) + 1);
    for (; done < due; done++) await run.advance((done + 1) * 1e6);
    if (done >= WARM_S * 1000) cpu ??= process.cpuUsage();
  }
  const { user, system } = process.cpuUsage(cpu);
  await run.finish();
  for (const { file, messages, dropped } of await recordings.summaries()) {
    if (dropped > 0 || messages !== ticks * NODES) throw new Error(`${dropped} dropped, ${messages} kept`);
    rmSync(file);
  }
  if (ticked !== ticks) throw new Error(`${ticked} of ${ticks} ticks`);
  const measured = late_ms.slice(WARM_S * 1000).sort();
  return { p99_ms: measured[Math.floor(0.99 * measured.length)], core: (user + system) / 1e6 / LIVE_S };
}

async function inRealTime() {
  const plain = await prepareGraph(chain(), components);
  const recording = await prepareGraph(chain("firings"), components);
  const runs = { ours: [], peer: [] };
  for (let i = 0; i < RUNS; i++) {
    runs.ours.push(await live(recording));
    runs.peer.push(await live(plain));
  }
  const best = (key, side) => Math.min(...runs[side].map((run) => run[key]));
  const raw = (key) => ({ ours: runs.ours.map((run) => run[key]), peer: runs.peer.map((run) => run[key]) });
  const core = best("core", "ours") - best("core", "peer");
  const same = "the same run without a recorder";
  return [
    result(
      "live-p99-lateness",
      "ms",
      "less",
      best("p99_ms", "ours"),
      best("p99_ms", "peer"),
      `${same}: bar 1.1 times`,
      raw("p99_ms"),
    ),
    result("live-core", "share", "less", core, undefined, `none: bar 0.4, beside ${same}`, raw("core")),
  ];
}

// ── recovery ─────────────────────────────────────────────────────────────────────────────────────────────────────

const RECOVERED = 4_000_000;

/** A file that lost its end is recovered in a process of its own. */
async function recovery() {
  const torn = newPath();
  await ourSmall(torn, RECOVERED);
  truncateSync(torn, statSync(torn).size - 1000);
  const child = resolve(import.meta.dirname, "../soak/support/r6-child.mjs");
  const runs = { rate: [], above_idle: [] };
  for (let i = 0; i < 3; i++) {
    const target = newPath();
    const said = JSON.parse(execFileSync(process.execPath, ["--expose-gc", child, torn, target], { encoding: "utf8" }));
    runs.rate.push(said.bytes_read / 1e6 / said.seconds);
    runs.above_idle.push(said.extra / 1e6);
    rmSync(target);
  }
  rmSync(torn);
  return [
    result("recovery", "MB/s", "more", Math.max(...runs.rate), undefined, "none: bar 200 MB/s", runs.rate),
    result(
      "recovery-memory",
      "MB above idle",
      "less",
      Math.max(...runs.above_idle),
      undefined,
      "none: bar 64 MB",
      runs.above_idle,
    ),
  ];
}

/** Runs a side with a new file, which is gone afterwards. */
const inFile = (side) => async () => {
  const path = newPath();
  const value = await side(path);
  rmSync(path);
  return value;
};

export async function run() {
  home = mkdtempSync(join(process.env.LIMBECK_BENCH_DIR ?? tmpdir(), "limbeck-bench-"));
  try {
    return [
      await compare({
        name: "small-messages",
        unit: "messages/s",
        better: "more",
        ours: inFile(ourSmall),
        peer: inFile(stockSmall),
        peer_name: "McapWriter of @mcap/core; bar 300,000",
      }),
      await compare({
        name: "1-MiB-messages",
        unit: "MiB/s",
        better: "more",
        ours: inFile(ourLarge),
        peer: inFile(diskItself),
        peer_name: "the disk: write and fdatasync; bar 0.6 times",
      }),
      await inSimulation("firings"),
      await inSimulation("asof"),
      ...(await inRealTime()),
      ...(await recovery()),
    ];
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

export default run;
