/** DAgger: who drives in each round, whose answers are kept, and what it is measured against. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { LimbeckError } from "../../src/problem/problem.js";
import { type DistillOptions, distill } from "../../src/project/distill.js";
import { loadGraph } from "../../src/project/load.js";
import { recordingsIn } from "../../src/project/record.js";
import { openFile } from "../../src/record/mcap/file.js";
import { readMessages } from "../../src/record/reader.js";

const root = mkdtempSync(join(tmpdir(), "limbeck-dagger-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const GRAPH = `limbeck: 1
name: pendulum
seed: 3
streams:
  in:
    joint: {message: {position: {type: number, unit: rad}, velocity: {type: number, unit: rad/s}}, simulate: plant.joint, contract: {rate: 50hz}}
  out:
    torque: {message: {type: number, unit: N·m}, from: controller.torque, initial: 0}
world:
  plant: {component: ./plant.ts, in: [torque]}
nodes:
  controller: {component: ./controller.ts, on: 50hz, in: [joint]}
evaluate:
  for: 2s
  episodes: 2
  metrics: {effort: {rmse: [controller.torque, torque]}}
  starts:
    training: {plant.q0: {uniform: [0.5, 1]}}
`;

const CONTROLLER = `import { step, Type } from "limbeck";
const joint = Type.Object({ position: Type.Number({ unit: "rad" }), velocity: Type.Number({ unit: "rad/s" }) });
export default step({
  doc: "Pulls to 0 by a law that is no plane.",
  inputs: { joint },
  outputs: { torque: Type.Number({ unit: "N·m" }) },
  step: ({ joint: { position: q, velocity: w } }) => ({ outputs: { torque: 4 * Math.tanh(-3 * q - w) } }),
});
`;

const PLANT = `import { step, Type } from "limbeck";
export default step({
  doc: "A mass on a line.",
  params: Type.Object({ q0: Type.Number({ default: 1 }) }),
  inputs: { torque: Type.Number({ unit: "N·m" }) },
  outputs: { joint: Type.Object({ position: Type.Number({ unit: "rad" }), velocity: Type.Number({ unit: "rad/s" }) }) },
  state: ({ q0 }) => ({ q: q0, w: 0 }),
  step({ torque }, { q, w }, { dt }) {
    const state = { q: q + dt * w, w: w + dt * torque };
    return { outputs: { joint: { position: state.q, velocity: state.w } }, state };
  },
});
`;

let project = 0;
async function distilled(more: Partial<DistillOptions>, graph = GRAPH) {
  const folder = join(root, String(project++));
  mkdirSync(folder);
  writeFileSync(join(folder, "pendulum.graph.yaml"), graph);
  writeFileSync(join(folder, "controller.ts"), CONTROLLER);
  writeFileSync(join(folder, "plant.ts"), PLANT);
  const home = join(folder, ".limbeck");
  const loaded = await loadGraph(join(folder, "pendulum.graph.yaml"), { models: join(home, "models") });
  const result = await distill(loaded, {
    home,
    signal: new AbortController().signal,
    onProgress: () => {},
    now: () => 0,
    teacher: { nodes: ["controller"] },
    as: "hold",
    students: ["ridge"],
    episodes: 6,
    for_ns: 1e9,
    command: [],
    createdAt: "2026-01-01T00:00:00Z",
    ...more,
  });
  return { result, home };
}

/** What each row saw and what is kept as its answer, and the states of the run. */
async function rowsOf(folder: string) {
  const rows: { q: number; w: number; torque: number }[] = [];
  for (const file of recordingsIn(folder)) {
    let seen: { position: number; velocity: number } | undefined;
    const source = await openFile(file);
    for await (const { port, message } of readMessages(source)) {
      if (port === "joint") seen = message as unknown as typeof seen;
      else if (seen !== undefined) rows.push({ q: seen.position, w: seen.velocity, torque: message as number });
    }
    await source.close();
  }
  return rows;
}

test("in every round the teacher's answers are kept, in states that the student drove to", async () => {
  const { result, home } = await distilled({ dagger: 2 });
  expect(result.rounds).toEqual([
    { round: 0, share: 0, episodes: 2 },
    { round: 1, share: 0.5, episodes: 2, student: "ridge" },
    { round: 2, share: 1, episodes: 2, student: "ridge" },
  ]);
  const folders = ["hold-round-0001", "hold-round-0002", "hold-round-0003", "hold-cloning-0001"];
  const [alone, half, student, cloning] = await Promise.all(
    folders.map((name) => rowsOf(join(home, "recordings", name))),
  );
  for (const rows of [alone!, half!, student!, cloning!]) {
    expect(rows.length).toBeGreaterThan(80);
    for (const { q, w, torque } of rows) expect(torque).toBe(4 * Math.tanh(-3 * q - w));
  }
  // a plane drives elsewhere than the law that it was fitted to: from the same starts, other states
  const far = (a: { q: number }[], b: { q: number }[]) => Math.max(...a.map(({ q }, i) => Math.abs(q - b[i]!.q)));
  expect(far(student!, cloning!.slice(-student!.length))).toBeGreaterThan(0.02);
  expect(student![0]).toEqual(cloning!.at(-student!.length));
});

test("its recordings are named so that they can be learned from again, also a round of one episode", async () => {
  const { result, home } = await distilled({ dagger: 2, episodes: 4 });
  const places = result.recording.split(",");
  expect(places).toHaveLength(3);
  for (const place of places) for (const file of recordingsIn(place)) expect(file).toContain("hold-round-");
  expect(places.flatMap(recordingsIn).length).toBe(4);
  expect(recordingsIn(join(home, "recordings", "hold-round-0001")).length).toBeGreaterThan(0);
});

test("a name that is no output is refused before anything is recorded", async () => {
  const phases: string[] = [];
  const bounded = distilled({ bounded: ["nosuch"], onProgress: ({ phase }) => void phases.push(phase) });
  await expect(bounded).rejects.toThrow(/L0907/);
  expect(phases).toEqual([]);
});

test("its result stands beside cloning on as many episodes, and the same seed gives the same model", async () => {
  const [a, b] = [await distilled({ dagger: 2 }), await distilled({ dagger: 2 })];
  expect(a.result.baselines.map(({ name }) => name)).toEqual(["ridge (cloned)", "mean"]);
  expect(a.result.sha256).toBe(b.result.sha256);
  expect(a.result.baselines).toEqual(b.result.baselines);
});

test.each([
  ["a relation", { teacher: { inputs: ["joint"], outputs: ["controller.torque"] }, dagger: 2 }, GRAPH],
  ["no starts", { dagger: 2 }, GRAPH.replace(/evaluate:[\s\S]*/, "")],
  ["too few episodes", { dagger: 6 }, GRAPH],
] as const)("%s is refused before anything runs", async (_, more, graph) => {
  const error = await distilled(more, graph).then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(LimbeckError);
  expect((error as LimbeckError).problems.map(({ code }) => code)).toEqual(["L0930"]);
});
