/** A real robot's log, imported and replayed: no sample lost or doubled, and the filter as good as on the log itself. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { importRecording } from "../../src/project/import.js";
import { loadGraph } from "../../src/project/load.js";
import { replay } from "../../src/project/simulate.js";
import { openFile } from "../../src/record/mcap/file.js";
import { readMessages } from "../../src/record/reader.js";

const data = join(import.meta.dirname, "../../../shared/data/mrclam6");
const here = existsSync(data) || process.env.CI === "true";
if (!here) console.warn("skipped: the real log ../shared/data/mrclam6 is not here");

const MAPPING = `
limbeck: 1
recordings:
  odometry: {path: DATA/Robot3_Odometry.dat.gz, delimiter: whitespace, comment: "#", columns: [t, v, w]}
  camera: {path: DATA/Robot3_Measurement.dat.gz, delimiter: whitespace, comment: "#", columns: [t, barcode, range, bearing]}
  vicon: {path: DATA/Robot3_Groundtruth.dat.gz, delimiter: whitespace, comment: "#", columns: [t, x, y, heading]}
  barcodes: {path: DATA/Barcodes.dat, delimiter: whitespace, comment: "#", columns: [subject, barcode]}
  landmarks: {path: DATA/Landmark_Groundtruth.dat, delimiter: whitespace, comment: "#", columns: [subject, x, y, sx, sy]}
origin: 1248444175.103
streams:
  motion: {from: odometry, time: t, fields: {speed: v, turn: w}}
  sighting: {from: camera, time: t}
  truth: {from: vicon, time: t, fields: {position: [x, y], heading: heading}}
  barcode: {from: barcodes, time: origin}
  landmark: {from: landmarks, time: origin, fields: {subject: subject, position: [x, y]}}
`;

const FILES: { readonly [stream: string]: string } = {
  motion: "Robot3_Odometry.dat.gz",
  sighting: "Robot3_Measurement.dat.gz",
  truth: "Robot3_Groundtruth.dat.gz",
  barcode: "Barcodes.dat",
  landmark: "Landmark_Groundtruth.dat",
};

/** The rows of a file, each as its numbers. */
function rowsOf(name: string): number[][] {
  const bytes = readFileSync(join(data, name));
  const text = String(name.endsWith(".gz") ? gunzipSync(bytes) : bytes);
  const lines = text.split(/\r?\n/).map((line) => line.replace(/#.*/, "").trim());
  return lines.filter((line) => line !== "").map((line) => line.split(/\s+/).map(Number));
}

it.skipIf(!here)("imports and replays mrclam6 without a lost or doubled sample", async () => {
  const home = mkdtempSync(join(tmpdir(), "limbeck-mrclam-"));
  const mapping = join(home, "mrclam.map.yaml");
  writeFileSync(mapping, MAPPING.replaceAll("DATA", data));
  const into = await loadGraph(join(import.meta.dirname, "../../graphs/mrclam-localise.graph.yaml"));
  const job = { home, signal: new AbortController().signal, onProgress: () => {}, now: () => 0 };
  const result = (await importRecording({ ...job, mapping, into }))!;
  expect(result.problems).toEqual([]);

  for (const [stream, name] of Object.entries(FILES)) {
    const rows = rowsOf(name);
    const source = await openFile(result.file);
    let n = 0;
    for await (const { tag_ns, message } of readMessages(source, new Set([stream]))) {
      const row = rows[n++]!;
      const numbers = Object.values(message as { [field: string]: number | Float64Array }).flatMap((v) =>
        typeof v === "number" ? [v] : [...v],
      );
      // every number of the message stands in the row; of the columns only the time, and the landmarks' deviations, are not taken
      for (const number of numbers) if (!row.includes(number)) expect(row).toContain(number);
      if (row[0]! > 1e9 && Math.abs(tag_ns - (row[0]! - 1_248_444_175.103) * 1e9) > 200)
        expect(tag_ns).toBeCloseTo(row[0]!, 0);
    }
    await source.close();
    expect([stream, n]).toEqual([stream, rows.length]);
    expect(result.streams.find((s) => s.stream === stream)).toMatchObject({
      found: rows.length,
      imported: rows.length,
    });
  }
  expect(result.messages).toBe(123_797);

  const [a, b] = [await replay(into, result.file, job), await replay(into, result.file, job)];
  expect(a.problems).toEqual([]);
  expect(b.digest).toBe(a.digest);
  rmSync(home, { recursive: true });
});
