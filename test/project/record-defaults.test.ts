/** A row of a firing that did without a message, and took what the graph says in its place. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { fileRecordings } from "../../src/project/recordings.js";
import { openFile } from "../../src/record/mcap/file.js";
import { type RecordedMessage, readMessages } from "../../src/record/reader.js";
import { memory, run } from "../support/graphs.js";

const folder = mkdtempSync(join(tmpdir(), "limbeck-defaults-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(["", ", max_age: 15ms"])("the value is of the firing until one has come%s", async (aged) => {
  const recordings = fileRecordings(folder, { graph: "t", digest: "", seed: 1 });
  const text = `
streams:
  in: {x: {message: Scalar, simulate: w.value, contract: {rate: 100hz, latency: 12ms}}}
world: {w: {component: test/count, on: 100hz}}
nodes: {n: {component: test/pass, on: 100hz, in: {value: {from: x, missing: {default: 7}${aged}}}}}
rewrites: [{record: {as: r, inputs: [x], outputs: [n.value]}}]
`;
  await run(text, { for_ms: 40, services: { ...memory(), recordings } });
  const [summary] = await recordings.summaries();
  expect(summary).toMatchObject({ rows: 4, dropped: 0 });
  const source = await openFile(summary!.file);
  const rows: RecordedMessage[] = [];
  for await (const message of readMessages(source, new Set(["x"]))) rows.push(message);
  await source.close();
  expect(rows.map(({ tag_ns, stamp_ns, message }) => [tag_ns / 1e6, stamp_ns / 1e6, message])).toEqual(
    [
      [0, 0, 7],
      [10, 10, 7],
      [20, 0, 0],
      [30, 10, 1],
    ].map((row) => (aged !== "" && row[0]! >= 20 ? [row[0], row[1], 7] : row)),
  );
});
