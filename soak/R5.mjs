/**
 * Failing disks: a graph records to a disk that is full, breaks or is slow at a drawn write or sync.
 *
 * The fault is told as a typed error within a second, what was written before it is read, every message is either in the
 * file or counted as dropped, and the graph says exactly what it says beside a sound disk. Short and interrupted writes
 * are no fault.
 */

import { join } from "node:path";
import { createJiti } from "jiti";
import { rng, seedOf } from "../dist/component/rng.js";
import { loadGraph } from "../dist/limbeck.js";
import { bytesSource } from "../dist/record/mcap/file.js";
import { readMessages } from "../dist/record/reader.js";
import { createRecorder } from "../dist/record/recorder.js";
import { mcapLog } from "../dist/record/sink.js";
import { expectSame, preparedOf, testRun } from "../dist/testing/testing.js";
import { demand, tries } from "./support/tries.mjs";

export const promise = "a failing disk is told by type within a second, earlier data is readable, the graph runs on";
export const runs = 5000;

const FOR_NS = 1e9;
const MAX_MS = 1000;
const FULL = ["ENOSPC", "EDQUOT", "EFBIG"];
const BROKEN = ["EIO", "EROFS"];
const GRAPH = join(import.meta.dirname, "..", "graphs", "arm-reach.graph.yaml");
const PORTS = { inputs: ["target", "joints"], outputs: ["controller.torque"] };

/** A clock whose time is up at the next turn of the event loop: commits come while the graph runs. */
const after = (_, work) => {
  const turn = setImmediate(work);
  return () => clearImmediate(turn);
};

/** What goes wrong in this try; `writes` and `syncs` are those of a sound run. */
function faultsOf(random, index, writes, syncs) {
  const slow = { atMost: [undefined, 1000, 37][random.integer(3)], interrupts: [0, 0, 3][random.integer(3)] };
  const kind = random.integer(8);
  if (kind === 0) return { ...slow };
  if (kind === 1) return { ...slow, failSync: random.integer(syncs) };
  if (kind === 2) return { ...slow, failClose: true };
  const code = [...FULL, ...BROKEN][random.integer(FULL.length + BROKEN.length)];
  return { interrupts: slow.interrupts, failAt: index % writes, code, partial: [0, 1, 40, 700][random.integer(4)] };
}

/** Runs the graph with its recording on this file. */
async function recorded({ typed, component, services }, file, live) {
  let recorder;
  const failures = [];
  const options = {
    chunkBytes: 3000,
    onFailure: (problem) => failures.push({ problem, at_ms: performance.now() }),
    ...(live ? { commit: { after } } : {}),
  };
  const recordings = {
    open({ as, ports }) {
      const header = { name: as, mode: "messages", graph: "arm-reach", digest: "", seed: 1 };
      const recordedPorts = ports.map(({ port, role, type }) => ({ port, role, schema: type }));
      recorder = createRecorder(header, recordedPorts, mcapLog(file, options));
      return {
        row(time_ns, microstep, entries) {
          for (const { port, stamp_ns, message } of entries)
            recorder.message(port, time_ns, microstep, stamp_ns, message);
          return live ? new Promise(setImmediate) : undefined;
        },
        incomplete: () => {},
        close: async () => void (await recorder.close()),
      };
    },
  };
  const run = await testRun({ typed, component, services: { ...services, recordings } }, { for_ns: FOR_NS });
  return { run, summary: await recorder.close(), failures };
}

async function messagesOf(bytes) {
  const found = [];
  for await (const { port, sequence, message } of readMessages(bytesSource("f", bytes)))
    found.push(JSON.stringify({ port, sequence, message: message instanceof Float64Array ? [...message] : message }));
  return found;
}

export async function run({ seed, ...words }) {
  const { faultyFile } = await createJiti(import.meta.url).import("../test/support/faulty-file.ts");
  const loaded = await loadGraph(GRAPH);
  const record = { rule: "record", options: { as: "kept", rows: "asof", ...PORTS } };
  const prepared = { ...(await preparedOf(loaded)), ...loaded.vary({ rewrites: [record], recorders: false }) };
  const sound = await Promise.all(
    [false, true].map(async (live) => {
      const file = faultyFile();
      const { run: said, summary } = await recorded(prepared, file, live);
      return { said, summary, writes: file.writes, syncs: file.syncs, messages: await messagesOf(file.bytes()) };
    }),
  );
  return tries(words, async (index) => {
    const random = rng(seedOf(seed, `disk ${index}`));
    const live = index % 2 === 1;
    const { said, summary: whole, writes, syncs, messages } = sound[Number(live)];
    let fault_ms;
    const faults = faultsOf(random, Math.floor(index / 2), writes, syncs);
    const file = faultyFile({
      ...faults,
      atOnce: random.integer(2) === 0,
      onFault: () => {
        fault_ms = performance.now();
      },
    });
    const { run: hurt, summary, failures } = await recorded(prepared, file, live);
    expectSame(said, hurt);
    demand(
      summary.messages + summary.dropped === whole.messages,
      () => `${summary.messages} + ${summary.dropped} messages of ${whole.messages}`,
    );
    const found =
      file.bytes().length < 8
        ? []
        : await messagesOf(file.bytes()).catch((error) => {
            // cut before its header was whole
            if (summary.messages === 0) return [];
            throw error;
          });
    demand(found.length === summary.messages, () => `${summary.messages} were written, and ${found.length} are read`);
    demand(
      found.every((message, i) => message === messages[i]),
      "what is read is not what was recorded",
    );
    if (fault_ms === undefined) {
      demand(failures.length === 0 && found.length === messages.length, "a slow disk is told as a failing one");
      return { sound: 1, messages: found.length };
    }
    demand(failures.length === 1 && failures[0].problem.code === "L0702", () => JSON.stringify(failures));
    demand(summary.failure?.code === "L0702", "the recorder's summary does not say that it failed");
    demand(failures[0].at_ms - fault_ms < MAX_MS, () => `told after ${failures[0].at_ms - fault_ms} ms`);
    const causes = Object.values(summary.drops).flatMap(Object.keys);
    const cause = FULL.includes(faults.code) ? "disk full" : "failed";
    demand(
      causes.every((name) => name === cause),
      () => `drops are told as ${causes}, and not as ${cause}`,
    );
    return { failed: 1, messages: found.length, dropped: summary.dropped };
  });
}
