/** A real robot's sightings joined to its odometry, as-of by stamp: the rows are those of an independent computation. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildDataset } from "../../src/dataset/build.js";
import type { Direction } from "../../src/record/asof.js";
import type { RecordedPort } from "../../src/record/layout.js";
import { pythonWith, runPython } from "../support/python.js";
import { recordMessages, type Sent } from "./recordings.js";

const data = join(import.meta.dirname, "../../../shared/data/mrclam6");
const here = existsSync(data) || process.env.CI === "true";
if (!here) console.warn("skipped: the real log ../shared/data/mrclam6 is not here");
const python = pythonWith("numpy");
if (python === undefined) console.warn("skipped: no python3 has numpy");

const number = (unit: string) => ({ type: "number", unit }) as const;
const object = (properties: { [field: string]: object }) =>
  ({ type: "object", properties, required: Object.keys(properties), additionalProperties: false }) as const;
const PORTS: readonly RecordedPort[] = [
  { port: "motion", role: "input", schema: object({ speed: number("m/s"), turn: number("rad/s") }) },
  { port: "sighting", role: "output", schema: object({ bearing: number("rad"), range: number("m") }) },
];
const FILES = { motion: "Robot3_Odometry.dat.gz", sighting: "Robot3_Measurement.dat.gz" };

/** Lines of a file: time in ms since 1248444000 s, and the last two columns. The stamps have three decimals. */
const lines = (file: string) =>
  gunzipSync(readFileSync(join(data, file)))
    .toString("latin1")
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => {
      const words = line.trim().split(/\s+/);
      const [seconds, decimals] = words[0]!.split(".") as [string, string];
      const ms = 1000 * (Number(seconds) - 1248444000) + Number(decimals.padEnd(3, "0"));
      return { ms, values: words.slice(-2).map(Number) as [number, number] };
    });

/** As-of by pandas where it is there, by numpy's searchsorted elsewhere; the columns of the dataset are read by numpy. */
const CHECK = `
import gzip, json, sys
import numpy as np
folder, data, direction, tolerance = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
def read(name):
    rows = [l.split() for l in gzip.open(data + "/" + name, "rt", encoding="latin1") if l.strip() and not l.startswith("#")]
    ms = np.array([int(r[0].replace(".", "")) - 1248444000000 for r in rows], dtype=np.int64)
    return ms, np.array([[float(x) for x in r[-2:]] for r in rows])
(odo_t, odo), (see_t, see) = read("Robot3_Odometry.dat.gz"), read("Robot3_Measurement.dat.gz")
a, b = np.argsort(odo_t, kind="stable"), np.argsort(see_t, kind="stable")
odo_t, odo, see_t, see = odo_t[a], odo[a], see_t[b], see[b]
try:
    import pandas as pd
    left = pd.DataFrame({"t": see_t})
    right = pd.DataFrame({"t": odo_t, "i": np.arange(len(odo_t))})
    pick = pd.merge_asof(left, right, on="t", direction=direction, tolerance=tolerance)["i"].fillna(-1).astype(int).to_numpy()
    by = "pandas"
except ImportError:
    before = np.searchsorted(odo_t, see_t, side="right") - 1
    after = np.searchsorted(odo_t, see_t, side="left")
    far = np.int64(2**60)
    db = np.where(before >= 0, see_t - odo_t[np.maximum(before, 0)], far)
    da = np.where(after < len(odo_t), odo_t[np.minimum(after, len(odo_t) - 1)] - see_t, far)
    pick = {"backward": before, "forward": after, "nearest": np.where(db <= da, before, after)}[direction]
    gap = {"backward": db, "forward": da, "nearest": np.minimum(db, da)}[direction]
    pick = np.where(gap <= tolerance, pick, -1)
    by = "numpy"
kept = pick >= 0
x, y = np.load(folder + "/inputs/motion.npy"), np.load(folder + "/outputs/sighting.npy")
own = lambda name: np.load(folder + "/lineage/" + name + ".npy")
same = len(x) == kept.sum()
same = same and bool((x == odo[pick[kept]]).all()) and bool((y == see[kept][:, ::-1]).all())
same = same and bool((own("stamp_ns") == see_t[kept] * 1000000).all())
same = same and bool((own("motion.stamp_ns") == odo_t[pick[kept]] * 1000000).all())
print(json.dumps({"rows": int(len(x)), "left": int((~kept).sum()), "same": same, "by": by}))
`;

describe.skipIf(!here || python === undefined)("mrclam6, odometry as-of the sightings", () => {
  const dir = mkdtempSync(join(tmpdir(), "limbeck-mrclam-"));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  let recording = "";
  beforeAll(async () => {
    const sent = Object.entries(FILES).flatMap(([port, file]) =>
      lines(file).map(({ ms, values: [a, b] }): Sent => {
        const message = port === "motion" ? { speed: a, turn: b } : { bearing: b, range: a };
        return { port, tag_ns: ms * 1e6, stamp_ns: ms * 1e6, message };
      }),
    );
    recording = await recordMessages(join(dir, "mrclam6.mcap"), PORTS, sent);
  });

  test.each<[Direction, number, number]>([
    ["backward", 5, 2405],
    ["forward", 5, 2433],
    ["nearest", 5, 4110],
    ["backward", 1000, 5627],
  ])("%s within %i ms", async (direction, tolerance_ms, rows) => {
    const out = join(dir, `${direction}-${tolerance_ms}`);
    const tolerance_ns = tolerance_ms * 1e6;
    const manifest = await buildDataset({ recordings: [recording], out, direction, tolerance_ns, dtype: "float64" });
    const args = [out, data, direction, String(tolerance_ms)];
    const found = runPython<{ rows: number; left: number; same: boolean }>(python!, CHECK, args);
    const left = Object.values(manifest.incomplete).reduce((sum, n) => sum + n, 0);
    expect(found).toMatchObject({ rows: manifest.rows, left, same: true });
    expect(manifest.rows).toBe(rows);
  });
});
