/** A real robot's log as a user distils it: joint state and causal acceleration → torque, measured on the last 20 %. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { openDataset, trainingView } from "../../src/dataset/open.js";
import { distill } from "../../src/project/distill.js";
import { loadGraph } from "../../src/project/load.js";

const log = join(import.meta.dirname, "../../../shared/data/panda_gaz/panda_exciting_traj.csv.gz");
const home = mkdtempSync(join(tmpdir(), "limbeck-panda-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const here = existsSync(log) || process.env.CI === "true";
if (!here) console.warn("skipped: the real log ../shared/data/panda_gaz is not here");

it.skipIf(!here)(
  "learns the torques of a Franka Panda to an nMSE of at most 0.12, without hand-made features",
  async () => {
    const file = join(import.meta.dirname, "../../graphs/panda-dynamics.graph.yaml");
    const loaded = await loadGraph(file, { models: join(home, "models") });
    const result = await distill(loaded, {
      home,
      signal: new AbortController().signal,
      onProgress: () => {},
      now: () => 0,
      teacher: { inputs: ["joints", "acceleration"], outputs: ["torque"] },
      as: "panda-torque",
      command: ["distill"],
      createdAt: "2026-01-01T00:00:00Z",
    });
    const mlp = result.students.find((student) => student.name === "mlp")!;
    expect(mlp.test.nmse).toHaveLength(7);
    expect(mlp.test.nmse_mean).toBeLessThanOrEqual(0.12);
    expect(result.baselines[0]!.test.nmse_mean).toBeGreaterThan(1);
    expect(result.winner).toBe("mlp");
    expect(result.teacher).toBeUndefined();

    // the test part is the last fifth of the log, in time
    const { train, validation, test } = result.rows;
    expect(train + validation + test).toBeGreaterThan(20_500);
    expect(test / (train + validation + test)).toBeCloseTo(0.2, 3);
    const view = trainingView(await openDataset(result.dataset));
    const last = (await view.lineage("validation")).stamp_ns.at(-1)!;
    expect(Number(last) / 1e9).toBeLessThan(0.81 * 21);

    // angles come as sine and cosine by their message type, and nothing else is made by hand
    const card = JSON.parse(readFileSync(join(home, "models/panda-torque/1/card.json"), "utf8"));
    expect(card.columns.inputs).toHaveLength(7 + 7 + 7 + 7);
    expect(card.trigger).toEqual({ each: ["joints", "acceleration"] });
  },
);
