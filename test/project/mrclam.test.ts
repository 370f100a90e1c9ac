/** A real robot among landmarks: dead reckoning and a Kalman filter in the authored graph, against the truth. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadGraph } from "../../src/project/load.js";
import { openRun } from "../../src/project/open-run.js";

const data = join(import.meta.dirname, "../../../shared/data/mrclam6");
const here = existsSync(data) || process.env.CI === "true";
if (!here) console.warn("skipped: the real log ../shared/data/mrclam6 is not here");

interface Pose {
  readonly position: Float64Array;
  readonly heading: number;
}

it.skipIf(!here)(
  "keeps within 0.20 m of the truth over a quarter of an hour, where dead reckoning is metres away",
  async () => {
    const loaded = await loadGraph(join(import.meta.dirname, "../../graphs/mrclam-localise.graph.yaml"));
    expect(loaded.problems).toEqual([]);
    const run = await openRun(loaded);
    const pose0 = loaded.authored.nodes.ekf!.params.pose0 as readonly number[];
    // until the odometry begins both stand where they start
    const start = { position: Float64Array.from(pose0.slice(0, 2)), heading: pose0[2]! };
    const estimates: { [port: string]: Pose } = { "ekf.pose": start, "reckoning.pose": start };
    const errors: { [port: string]: number[] } = { "ekf.pose": [], "reckoning.pose": [] };
    for (const port of Object.keys(estimates))
      run.port(port).subscribe(({ message }) => {
        estimates[port] = message as unknown as Pose;
      });
    let sightings = 0;
    run.port("identify.seen").subscribe(() => sightings++);
    run.port("truth").subscribe(({ message }) => {
      const truth = message as unknown as Pose;
      for (const [port, { position }] of Object.entries(estimates))
        errors[port]!.push(Math.hypot(position[0]! - truth.position[0]!, position[1]! - truth.position[1]!));
    });
    const { warnings } = await run.start(1000e9);

    expect(warnings).toEqual([]);
    const rmse = (port: string) => Math.sqrt(errors[port]!.reduce((sum, e) => sum + e * e, 0) / errors[port]!.length);
    // every truth stamp of the log from the first one on, and every sighting of a landmark (the rest are of robots)
    expect(errors["ekf.pose"]).toHaveLength(56_977);
    expect(sightings).toBe(4348);
    expect(rmse("ekf.pose")).toBeLessThanOrEqual(0.2);
    // what this graph gives, so that a filter that gets worse is seen
    expect(rmse("ekf.pose")).toBeCloseTo(0.1725, 3);
    expect(rmse("reckoning.pose")).toBeCloseTo(4.13, 2);
  },
);
