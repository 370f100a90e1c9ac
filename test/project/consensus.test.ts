/** Two controllers in one graph: what they disagree on, in the run and after it, from the command that a user types. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { filter, loadGraph, replay, simulate } from "../../src/project/project.js";

let dir = "";
const recording = (name: string) => join(dir, "home/recordings", `${name}-0001.mcap`);
const job = () => ({
  home: join(dir, "home"),
  signal: new AbortController().signal,
  onProgress: () => {},
  now: () => 0,
  ideal: false,
});

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "limbeck-consensus-"));
  writeFileSync(
    join(dir, "loud.ts"),
    `import { type AgreeContext, ConsensusRecorder, type Message } from "limbeck";
export default class Loud extends ConsensusRecorder {
  override agree(a: Message, b: Message, { close }: AgreeContext<never>): boolean {
    return Math.abs((a as Float64Array)[0]!) < 10 || close(a, b);
  }
}
`,
  );
  const arm = readFileSync(join(import.meta.dirname, "../../graphs/arm-reach.graph.yaml"), "utf8");
  const consensus = "consensus: {ports: [[controller, soft]], tolerance: 0.5}";
  const two = arm
    .replace(
      "\nrewrites:\n",
      `  soft:
    component: control/pd
    on: 100hz
    in: {target: ik.angles, joints: joints, feed_forward: gravity.torque}
    params: {kp: 58, kd: $kd, limit: 60}

rewrites:
  - record: {as: hard, inputs: [joints], outputs: [controller.torque]}
  - record: {as: soft, inputs: [joints], outputs: [soft.torque]}
  - record: {as: disagree, inputs: [joints], outputs: [controller.torque, soft.torque], ${consensus}}
  - record: {as: loud, component: ./loud.ts, inputs: [joints], outputs: [controller.torque, soft.torque], ${consensus}}
`,
    )
    .replace(/^ {2}- record: \{as: reach.*\n/m, "");
  writeFileSync(join(dir, "two.graph.yaml"), two);
  const result = await simulate(await loadGraph(join(dir, "two.graph.yaml")), { ...job(), for_ns: 10e9 });
  expect(result.problems).toEqual([]);
});
afterAll(() => rmSync(dir, { recursive: true }));

test("what they disagree on after the run is, byte for byte, what the recorder in it kept", async () => {
  const output = join(dir, "after.mcap");
  const consensus = { tolerance: 0.5 };
  const summary = await filter([recording("hard"), recording("soft")], { ...job(), as: "disagree", output, consensus });
  expect(summary).toMatchObject({ complete: 999, groups: [["controller.torque", "soft.torque"]], incomplete: {} });
  expect(summary!.rows).toBeGreaterThan(50);
  expect(summary!.rows).toBeLessThan(500);
  expect(readFileSync(output).equals(readFileSync(recording("disagree")))).toBe(true);
});

test("a class beside the graph says what agreement is", async () => {
  const all = { ...job(), as: "all", consensus: { keep: "all" } } as const;
  const [loud, disagree] = [await filter([recording("loud")], all), await filter([recording("disagree")], all)];
  expect(loud!.rows).toBeGreaterThan(0);
  expect(loud!.rows).toBeLessThan(disagree!.rows);
});

test("a log replayed with another gain disagrees with the run where the two controllers did", async () => {
  const softer = readFileSync(join(dir, "two.graph.yaml"), "utf8").replace("default: 60", "default: 58");
  writeFileSync(join(dir, "softer.graph.yaml"), softer);
  const log = join(dir, "home/logs/arm-reach-0001.mcap");
  await replay(await loadGraph(join(dir, "softer.graph.yaml")), log, { ...job(), home: join(dir, "again") });
  const again = join(dir, "again/recordings/hard-0001.mcap");
  const apart = await filter([recording("hard"), again], { ...job(), as: "apart", consensus: { tolerance: 0.5 } });
  const disagree = await filter([recording("disagree")], { ...job(), as: "same", consensus: { keep: "all" } });
  expect(apart).toMatchObject({
    rows: disagree!.rows,
    groups: [["hard-0001-1/controller.torque", "hard-0001-2/controller.torque"]],
  });
});
