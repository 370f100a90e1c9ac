/** The graphs that promises are tried on: drawn by index, and the authored ones that need no data. */
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { loadGraph } from "../../dist/limbeck.js";
import { allFeatures, arbitraryGraph, graphComponents, preparedOf, prepareGraph } from "../../dist/testing/testing.js";

const root = resolve(import.meta.dirname, "../..");
const graphs = arbitraryGraph(allFeatures);

/** The graph of this seed and number, as it is drawn and ready to run. */
export const drawn = (seed, index) => fc.sample(graphs, { numRuns: 1, seed: (seed * 1_000_003 + index) | 0 })[0];
export const prepare = (graph) => prepareGraph(graph, graphComponents());

/** Authored graph files that run on any machine. */
export const authoredFiles = ["graphs", "soak/seeds"].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((file) => file.endsWith(".graph.yaml"))
    .map((file) => join(root, folder, file)),
);

/** Those of them whose world is no log, loaded. */
export async function authored() {
  const loaded = await Promise.all(authoredFiles.map((file) => loadGraph(file)));
  return loaded.filter(
    ({ typed, authored }) => typed !== undefined && !JSON.stringify(authored.world).includes("shared/data"),
  );
}

export { preparedOf };
