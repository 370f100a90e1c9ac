/** npz, read back by numpy. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildDataset } from "../../../src/dataset/build.js";
import { exportDataset } from "../../../src/dataset/export/export.js";
import { pythonWith, runPython } from "../../support/python.js";
import { recordSample, row } from "./sample.js";

const python = pythonWith("numpy");
const READ = `
import json, sys
import numpy as np
with np.load(sys.argv[1]) as file:
    print(json.dumps({name: [str(file[name].dtype), list(file[name].shape), file[name].astype(str).tolist()] for name in file.files}))
`;

let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "limbeck-npz-"));
});
afterAll(() => rm(dir, { recursive: true }));

type Arrays = { readonly [name: string]: readonly [dtype: string, shape: readonly number[], values: never] };

test.skipIf(python === undefined)("numpy opens a dataset's columns, names, units, splits and lineage", async () => {
  const recording = await recordSample(join(dir, "a.mcap"), { rows: 40 });
  await buildDataset({ recordings: [recording], out: join(dir, "dataset"), dtype: "float64" });
  const out = join(dir, "a.npz");
  await exportDataset(join(dir, "dataset"), "npz", out);
  const arrays = runPython<Arrays>(python!, READ, [out]);
  expect(Object.keys(arrays).sort()).toStrictEqual(
    [
      ...["inputs/arm", "inputs/grip", "outputs/controller.torque"],
      ...["arm", "grip", "controller.torque"].flatMap((port) => [`columns/${port}`, `units/${port}`]),
      ...["recording", "episode", "sequence", "tag_ns", "microstep", "stamp_ns"].map((key) => `lineage/${key}`),
      "split",
    ].sort(),
  );
  const [dtype, shape, values] = arrays["inputs/arm"]!;
  expect([dtype, shape]).toStrictEqual(["float64", [40, 2]]);
  expect((values as string[][]).map((cells) => cells.map(Number))).toStrictEqual(
    Array.from({ length: 40 }, (_, i) => Array.from(row(i).arm as Float64Array)),
  );
  expect(arrays["units/arm"]).toStrictEqual(["<U1", [2], ["m", "m"]]);
  expect(arrays["columns/controller.torque"]![2]).toStrictEqual(["[0]", "[1]"]);
  expect((arrays["lineage/tag_ns"]![2] as string[])[3]).toBe("530000000");
  expect((arrays.split![2] as string[]).filter((split) => split === "test")).toHaveLength(8);
});

test.skipIf(python === undefined)("what is not finite stays as it is", async () => {
  const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0];
  const recording = await recordSample(join(dir, "b.mcap"), {
    rows: 4,
    change: (port, i) => (port === "grip" ? values[i] : undefined),
  });
  const out = join(dir, "b.npz");
  await exportDataset(recording, "npz", out);
  const code = `
import json, sys
import numpy as np
print(json.dumps(np.load(sys.argv[1])["inputs/grip"][:, 0].view(np.uint64).astype(str).tolist()))`;
  const bits = runPython<string[]>(python!, code, [out]);
  expect(bits).toStrictEqual(Array.from(new BigUint64Array(new Float64Array(values).buffer), String));
});

test("equal data are equal files", async () => {
  const recording = await recordSample(join(dir, "c.mcap"), { rows: 10 });
  await exportDataset(recording, "npz", join(dir, "c.npz"));
  await exportDataset(recording, "npz", join(dir, "d.npz"));
  expect((await readFile(join(dir, "c.npz"))).equals(await readFile(join(dir, "d.npz")))).toBe(true);
});
