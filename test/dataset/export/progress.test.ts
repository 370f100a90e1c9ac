import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exportDataset } from "../../../src/dataset/export/export.js";
import type { ExportProgress } from "../../../src/dataset/export/format.js";
import { recordSample } from "./sample.js";

let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "limbeck-progress-"));
});
afterAll(() => rm(dir, { recursive: true }));

test.each(["csv", "npz", "lerobot"])(
  "%s: reading and then writing, each up to its end and never back",
  async (format) => {
    const recording = await recordSample(join(dir, `${format}.mcap`), { rows: 50 });
    const told: ExportProgress[] = [];
    const out = join(dir, `out.${format}`);
    await exportDataset(recording, format, out, { onProgress: (progress) => told.push(progress) });
    const phases = [...new Set(told.map(({ phase }) => phase))];
    expect(phases).toStrictEqual([`reading ${recording}`, `writing ${out}`]);
    for (const phase of phases) {
      const steps = told.filter((one) => one.phase === phase);
      expect(steps.at(-1)).toMatchObject({ done: steps[0]!.total, total: steps[0]!.total });
      expect(steps.every(({ done }, i) => i === 0 || done > steps[i - 1]!.done || phase.startsWith("reading"))).toBe(
        true,
      );
    }
    expect(told.at(-1)!.total).toBe(50);
  },
);
