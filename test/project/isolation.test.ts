/** R11 in its short form: in every example, every node crashes in turn, and harms no node that does not hear of it. */
import { join } from "node:path";
import { expect, test } from "vitest";
import type { TypedGraph } from "../../src/graph/typed.js";
import { loadGraph } from "../../src/project/load.js";
import { expectSame, type Prepared, testRun } from "../../src/testing/testing.js";
import { memory } from "../support/graphs.js";
import { root } from "../support/run.js";

const FOR_NS = 2e9;

/** The vertex and all that hear of it over ports, however late. */
function hearers({ vertices }: TypedGraph, id: string): ReadonlySet<string> {
  const found = new Set([id]);
  for (let size = 0; size !== found.size; ) {
    size = found.size;
    for (const { id: reader, inputs } of vertices)
      if (inputs.some(({ from }) => found.has(from.vertex))) found.add(reader);
  }
  return found;
}

test.each(["arm-reach", "mode-manager", "servo", "two-axes"])("%s", async (name) => {
  const loaded = await loadGraph(join(root, "graphs", `${name}.graph.yaml`));
  const prepared = (rewrites: Parameters<typeof loaded.vary>[0]["rewrites"] & object): Prepared => {
    const { typed, component } = loaded.vary({ rewrites, recorders: false });
    return { typed, component, services: memory() };
  };
  const how = { for_ns: FOR_NS, faults: "isolate" } as const;
  const sound = prepared([]);
  const bare = await testRun(sound, how);
  expect(bare.result.faults).toEqual([]);
  const ids = sound.typed.vertices
    .filter((vertex) => vertex.place === "nodes" && vertex.signature.relay !== true)
    .map(({ id }) => id);
  expect(ids.length).toBeGreaterThan(1);
  let crashed = 0;
  for (const id of ids) {
    const hurt = await testRun(
      prepared([{ rule: "inject-fault", options: { nodes: [id], crash: { at: "150ms" } } }]),
      how,
    );
    const heard = hearers(sound.typed, id);
    const ports = Object.keys(bare.result.ports).filter((port) => !heard.has(port.split(".")[0]!));
    expectSame(bare, hurt, { ports });
    expect(hurt.result.virtual_s).toBe(FOR_NS / 1e9);
    expect(hurt.result.interrupted).toBe(false);
    for (const fault of hurt.result.faults) expect(fault).toMatchObject({ node: id, outcome: "gives up" });
    crashed += hurt.result.faults.length;
    // nothing comes from it after its crash
    for (const [port, samples] of Object.entries(hurt.traces))
      if (hurt.result.faults.length > 0 && port.startsWith(`${id}.`))
        expect(samples.filter(({ time_ns }) => time_ns > hurt.result.faults[0]!.time_ns)).toEqual([]);
  }
  expect(crashed).toBe(ids.length);
});
