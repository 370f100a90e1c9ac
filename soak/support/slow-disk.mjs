/**
 * A recorder on a disk that is ten times too slow, in a run that does not wait for it: what waits is bounded, and every
 * row is either in the file or counted, by port and cause; live, at the end, and in the file itself.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { step } from "../../dist/component/step.js";
import { createFile, openFile } from "../../dist/record/mcap/file.js";
import { readMessages, scanRecording } from "../../dist/record/reader.js";
import { createRecorder } from "../../dist/record/recorder.js";
import { mcapLog } from "../../dist/record/sink.js";
import { createRun } from "../../dist/runtime/run.js";
import { prepareGraph } from "../../dist/testing/testing.js";
import { resident } from "./resident.mjs";
import { slowFile } from "./slow-file.mjs";
import { demand } from "./tries.mjs";

const OVERLOAD = 10;
/** Fillings of the queue before the first look at the memory, and before the last ones. */
const WARM = 6;
const LATE = 8;
const ROWS_A_TURN = 100;
const MIB = 2 ** 20;
const PORTS = ["camera.image", "camera.number"];

/** A camera at 1 kHz with a recorder on it: images of `size` bytes that begin with their number, and the number. */
const graphOf = (size) => ({
  graph: {
    limbeck: 1,
    name: "overload",
    seed: 1,
    params: {},
    messages: {},
    streams: { in: {}, out: {} },
    world: {},
    nodes: { camera: { component: "soak/camera", on: { clock: "1khz" }, in: {}, params: {} } },
    rewrites: [{ rule: "record", options: { as: "kept", outputs: PORTS } }],
  },
  components: {
    "soak/camera": step({
      doc: "Numbered images.",
      inputs: {},
      outputs: { image: { tensor: [size], dtype: "uint8" }, number: { type: "integer" } },
      state: () => 0,
      step(_, number) {
        const image = new Uint8Array(size);
        new DataView(image.buffer).setUint32(0, number);
        return { outputs: { image, number }, state: number + 1 };
      },
    }),
  },
});

export async function slowDisk(random, home) {
  const size = 500 + random.integer(4000);
  const maxPendingBytes = (4 + random.integer(12)) * MIB;
  const { graph, components } = graphOf(size);
  const { typed, component, services } = await prepareGraph(graph, components);
  const path = join(home, "kept.mcap");
  const disk = slowFile(await createFile(path));
  const problems = [];
  let recorder;
  let acks;
  const recordings = {
    open({ as, ports }) {
      const recorded = ports.map(({ port, role, type }) => ({ port, role, schema: type }));
      const log = mcapLog(disk, { maxPendingBytes, onFailure: (problem) => problems.push(problem.code) });
      recorder = createRecorder(
        { name: as, mode: "rows", graph: "overload", digest: "", seed: 1, anchor: "camera" },
        recorded,
        log,
      );
      recorder.acks.subscribe((now) => {
        acks = now;
      });
      // nobody waits, as in a live run
      return {
        row: (tag_ns, microstep, entries) => recorder.row({ tag_ns, microstep, entries }),
        incomplete: (port) => recorder.incomplete(`no ${port}`),
        close: async () => {},
      };
    },
  };
  const run = await createRun(typed, { component, services: { ...services, recordings } });

  const turn_bytes = ROWS_A_TURN * size;
  let turns = 0;
  const turn = async () => {
    await run.advance(++turns * ROWS_A_TURN * 1e6);
    disk.grant(turn_bytes / OVERLOAD);
    await new Promise((resolve) => setImmediate(resolve));
  };
  const total = (drops) =>
    Object.values(drops).reduce((sum, causes) => Object.values(causes).reduce((n, m) => n + m, sum), 0);
  while (total(recorder.drops()) === 0) await turn();
  // the queue is full
  const filled = turns;
  while (turns < WARM * filled) await turn();
  const early = resident();
  const counted = [];
  // what is freed goes back to the system in its own time: of the last looks the least counts, and a leak is in all
  let late = Number.POSITIVE_INFINITY;
  while (turns < OVERLOAD * filled) {
    await turn();
    counted.push(total(recorder.drops()));
    if (turns >= LATE * filled && turns % Math.ceil(filled / 2) === 0) late = Math.min(late, resident() ?? late);
  }
  demand(early === undefined || late < early * 1.1, `resident memory grew from ${early} to ${late}`);
  demand(
    counted.every((n, i) => i === 0 || n >= counted[i - 1]) && counted.at(-1) > counted[0],
    "what is dropped was not counted live",
  );
  const live = recorder.drops();
  disk.grant(Number.POSITIVE_INFINITY);
  await run.finish();
  const summary = await recorder.close();
  const produced = turns * ROWS_A_TURN;

  const lost = total(summary.drops);
  demand(total(live) === lost, `${total(live)} were counted live, and ${lost} at the end`);
  demand(summary.messages + lost === 2 * produced, `${summary.messages} kept, ${lost} dropped, of ${2 * produced}`);
  demand(lost > produced, `only ${lost} of ${2 * produced} were dropped at ${OVERLOAD} times the load`);
  demand(acks.dropped === lost && acks.durable === summary.messages, `acknowledged: ${JSON.stringify(acks)}`);
  demand(summary.warning?.code === "L0732", "no warning says what was lost");
  demand(problems.join() === "L0706", `told: ${problems.join()}`);

  const source = await openFile(path);
  const scan = await scanRecording(source);
  demand(scan.whole && scan.kept.rows === summary.rows, `${scan.kept?.rows} rows by the file, ${summary.rows} kept`);
  demand(JSON.stringify(scan.kept.drops) === JSON.stringify(summary.drops), "the file counts other drops");
  const rows = new Map();
  for await (const { port, sequence, tag_ns, message } of readMessages(source)) {
    const number = typeof message === "number" ? message : new DataView(message.buffer).getUint32(0);
    demand(sequence === number && tag_ns === number * 1e6, `row ${sequence} at ${tag_ns} holds number ${number}`);
    rows.set(sequence, [...(rows.get(sequence) ?? []), port]);
  }
  await source.close();
  rmSync(path);
  demand(rows.size === summary.rows, `${rows.size} rows in the file, and ${summary.rows} were kept`);
  demand(
    [...rows.values()].every((ports) => ports.length === PORTS.length),
    "a row is not whole",
  );
  return { rows_produced: produced, rows_dropped: produced - rows.size, rows_kept: rows.size };
}
