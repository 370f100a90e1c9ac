/**
 * `npm run bench -- loop`: 256 simulations of one closed loop, one by one and in lock-step.
 *
 * Where the world lowers, all rows are one session (`lower/follow.ts`); where it is JavaScript, the runs share their
 * model's session (`models/lockstep.ts`). Both sides are Limbeck's own: the ratio is what lock-step saves.
 */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const name = "loop";

const ROWS = 256;
const FOR_S = 10;
const RATE_HZ = 50;
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
    return [await lowered(loaded, file), await shared(loaded, file, home)];
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

/** Graph and world in one session, against the engine. */
async function lowered(loaded, file) {
  const { servicesOf } = await import("../dist/project/services.js");
  const { createRun } = await import("../dist/runtime/run.js");
  const { lowerLoop } = await import("../dist/lower/loop.js");
  const { inLockstep } = await import("../dist/lower/follow.js");
  const { startUnder } = await import("../dist/lower/starts.js");
  const { drawStart } = await import("../dist/runtime/draw.js");
  const services = servicesOf(file, ".limbeck");
  const spec = loaded.typed.graph.evaluate;
  const graphs = Array.from({ length: ROWS }, (_, k) => loaded.vary({ set: drawStart(spec.starts.training, k) }));
  const ticks = FOR_S * RATE_HZ;
  const alone = await seconds(async () => {
    for (const { typed, component } of graphs) {
      const living = await createRun(typed, { component, services, digest: false, ideal: true });
      await living.start(ticks * (1e9 / RATE_HZ));
    }
  });
  const loop = lowerLoop(graphs[0].typed, { component: graphs[0].component, outputs: ["force", "cart.state"] });
  const starts = graphs.map((graph) => startUnder(loop, graphs[0], graph));
  await inLockstep(loop, starts, 2);
  const together = await seconds(() => inLockstep(loop, starts, ticks));
  return result(`${ROWS} loops of ${FOR_S} s, the world lowered`, alone, together);
}

/** The world in JavaScript, a student in the teacher's place. */
async function shared(loaded, file, home) {
  const { distill } = await import("../dist/project/distill.js");
  const { closedLoop } = await import("../dist/distill/closed-loop.js");
  const { findTeacher } = await import("../dist/distill/teacher.js");
  const { standIn } = await import("../dist/distill/stand-in.js");
  const { lockstepModels } = await import("../dist/models/lockstep.js");
  const { storedBytes } = await import("../dist/models/sessions.js");
  const { folders, servicesOf } = await import("../dist/project/services.js");
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
  const services = servicesOf(file, home);
  const { training } = loaded.typed.graph.evaluate.starts;
  const spec = { ...loaded.typed.graph.evaluate, episodes: ROWS, for: `${FOR_S}s`, starts: { training } };
  const student = { teacher, component: standIn(teacher, "cart@1") };
  const base = { vary: loaded.vary, services, spec, seed: 7, standIn: student };
  await closedLoop({ ...base, spec: { ...spec, episodes: 2 } });
  const alone = await seconds(() => closedLoop(base));
  const models = lockstepModels((reference, sha256) => storedBytes(folders(home).models, reference, sha256), ROWS);
  const lanes = { count: ROWS, services: (lane) => ({ ...services, models: models.lane(lane) }) };
  const together = await seconds(() => closedLoop({ ...base, lanes }));
  await models.close();
  return result(`${ROWS} loops of ${FOR_S} s, the world in JavaScript`, alone, together);
}
