/**
 * `npm run bench -- loop`: 256 simulations of one closed loop, one by one and in lock-step.
 *
 * A student drives. Where the world lowers, a tick of all of them is generated code and one run of the net
 * (`lower/lockstep.ts`); where it is JavaScript, the runs share their model's session (`models/lockstep.ts`). Without a
 * net there is nothing to share: the last line says what generated code alone saves. Both sides are Limbeck's own.
 */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const name = "loop";

const ROWS = 256;
const FOR_S = 10;
const RATE_HZ = 50;
/** Of the plant's integrator, in s: the file's own, and one in which the world, whose cost cannot be shared, costs five times as much. */
const STEPS = [0.005, 0.001];
const graphs = join(import.meta.dirname, "../graphs");

const seconds = async (work) => {
  const began = performance.now();
  const result = await work();
  return { s: (performance.now() - began) / 1000, result };
};

export async function run() {
  const { loadGraph } = await import("../dist/project/load.js");
  const folder = mkdtempSync(join(tmpdir(), "limbeck-bench-loop-"));
  try {
    cpSync(graphs, folder, { recursive: true });
    const home = join(folder, ".limbeck");
    const file = join(folder, "cart-pole.graph.yaml");
    const loaded = await loadGraph(file, { models: join(home, "models") });
    const { drive, student } = await taught(loaded, home);
    const results = [];
    for (const step of STEPS) {
      const set = { "cart.step": step };
      const what = `RK4 of ${step * 1e3} ms`;
      results.push(
        await lowered((start) => student({ ...set, ...start }), file, home, `a student, the world (${what}) lowered`),
        await shared((v) => loaded.vary({ ...v, set: { ...set, ...v.set } }), loaded, file, home, drive, what),
      );
    }
    const bare = (set) => loaded.vary({ recorders: false, set });
    return [...results, await lowered(bare, file, home, "no net, the world (RK4 of 5 ms) lowered")];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const result = (what, alone, together) => ({
  name: what,
  unit: "simulations/s",
  ours: ROWS / together.s,
  peer: ROWS / alone.s,
  peer_name: "one by one",
  ratio: alone.s / together.s,
  runs: [{ one_by_one_s: alone.s, lockstep_s: together.s }],
});

/** A student of the controller: what takes its place, and the graph with it in place. */
async function taught(loaded, home) {
  const { distill } = await import("../dist/project/distill.js");
  const { findTeacher } = await import("../dist/distill/teacher.js");
  const { standIn } = await import("../dist/distill/stand-in.js");
  const teacher = findTeacher(loaded.typed, { nodes: ["controller"] });
  await distill(loaded, {
    home,
    signal: new AbortController().signal,
    onProgress: () => {},
    now: () => performance.now(),
    teacher: { nodes: ["controller"] },
    as: "cart",
    students: ["mlp"],
    episodes: 4,
    command: [],
    createdAt: "2026-01-01T00:00:00Z",
  });
  const drive = { teacher, component: standIn(teacher, "cart@1") };
  const place = "model:student";
  const inPlace = { rewrites: [teacher.substitute(place)], components: { [place]: drive.component } };
  return { drive, student: (set) => loaded.vary({ ...inPlace, recorders: false, set }) };
}

/** Graph and world lowered together, against the engine. */
async function lowered(vary, file, home, what) {
  const { folders, servicesOf } = await import("../dist/project/services.js");
  const { storedBytes } = await import("../dist/models/sessions.js");
  const { decode } = await import("../dist/onnx/codec/index.js");
  const { createRun } = await import("../dist/runtime/run.js");
  const { lowerLoop } = await import("../dist/lower/loop.js");
  const { inLockstep } = await import("../dist/lower/lockstep.js");
  const { startUnder } = await import("../dist/lower/starts.js");
  const { drawStart } = await import("../dist/runtime/draw.js");
  const services = servicesOf(file, home);
  const { starts: named } = vary({}).typed.graph.evaluate;
  const graphs = Array.from({ length: ROWS }, (_, k) => vary(drawStart(named.training, k)));
  const ticks = FOR_S * RATE_HZ;
  const run = async ({ typed, component }, for_ns) => {
    const living = await createRun(typed, { component, services, digest: false, ideal: true });
    await living.start(for_ns);
  };
  await run(graphs[0], 1e9);
  const alone = await seconds(async () => {
    for (const graph of graphs) await run(graph, ticks * (1e9 / RATE_HZ));
  });
  const [first] = graphs;
  const model = (reference, sha256) => decode(storedBytes(folders(home).models, reference, sha256));
  const loop = lowerLoop(first.typed, { component: first.component, model, outputs: ["force", "cart.state"] });
  const starts = graphs.map((graph) => startUnder(loop, first, graph));
  await inLockstep(loop, starts, RATE_HZ);
  const together = await seconds(() => inLockstep(loop, starts, ticks));
  return result(`${ROWS} loops of ${FOR_S} s, ${what}`, alone, together);
}

/** The world in JavaScript. */
async function shared(vary, loaded, file, home, drive, what) {
  const { closedLoop } = await import("../dist/distill/closed-loop.js");
  const { lockstepModels } = await import("../dist/models/lockstep.js");
  const { storedBytes } = await import("../dist/models/sessions.js");
  const { folders, servicesOf } = await import("../dist/project/services.js");
  const services = servicesOf(file, home);
  const { training } = loaded.typed.graph.evaluate.starts;
  const spec = { ...loaded.typed.graph.evaluate, episodes: ROWS, for: `${FOR_S}s`, starts: { training } };
  const base = { vary, services, spec, seed: 7, standIns: [drive] };
  await closedLoop({ ...base, spec: { ...spec, episodes: 2 } });
  const alone = await seconds(() => closedLoop(base));
  const models = lockstepModels((reference, sha256) => storedBytes(folders(home).models, reference, sha256), ROWS);
  const lanes = { count: ROWS, services: (lane) => ({ ...services, models: models.lane(lane) }) };
  const together = await seconds(() => closedLoop({ ...base, lanes }));
  await models.close();
  return result(`${ROWS} loops of ${FOR_S} s, a student, the world (${what}) in JavaScript`, alone, together);
}
