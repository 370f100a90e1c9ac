/**
 * A node that throws harms no other: in every node of every authored graph, and in drawn ones.
 *
 * The node crashes at a drawn instant. Every node that does not hear of it, over any path, says exactly what it says
 * without the crash, and the run goes on to its end.
 */
import { rng, seedOf } from "../dist/component/rng.js";
import { expectSame, testRun } from "../dist/testing/testing.js";
import { authored, drawn, prepare } from "./support/graphs.mjs";
import { demand, tries } from "./support/tries.mjs";

export const promise = "a throwing node harms no other";
export const runs = 10_000;

const FOR_NS = 1.5e8;
/** One graph in so many is an authored one. */
const AUTHORED = 4;

export async function run({ seed, ...words }) {
  const files = await authored();
  // every node of every authored graph in turn
  const places = files.flatMap((loaded) => Object.keys(loaded.authored.nodes).map((id) => ({ loaded, id })));
  return tries(words, async (index) => {
    const random = rng(seedOf(seed, `throw ${index}`));
    const own = index % AUTHORED === 0 ? places[(index / AUTHORED) % places.length] : undefined;
    const graph = own === undefined ? drawn(seed, index) : undefined;
    const ids = Object.keys(graph?.nodes ?? {});
    const id = own?.id ?? ids[random.integer(ids.length)];
    const at_ms = random.integer(FOR_NS / 1e6);
    const crash = { rule: "inject-fault", options: { nodes: [id], crash: { at: `${at_ms}ms` } } };
    const prepared = async (more) => {
      if (own === undefined) return prepare({ ...graph, rewrites: more });
      const { typed, component } = own.loaded.vary({ rewrites: more, recorders: false });
      const { services } = await prepare(drawn(seed, 0));
      return { typed, component, services };
    };
    const how = { for_ns: FOR_NS, seed: index, faults: "isolate" };
    const sound = await prepared([]);
    const bare = await testRun(sound, how);
    const hurt = await testRun(await prepared([crash]), how);
    const crashed = hurt.result.faults.some(({ node }) => node === id);
    const told = downstream(sound.typed, id);
    const ports = Object.keys(bare.result.ports).filter((port) => !told.has(port.split(".")[0]));
    expectSame(bare, hurt, { ports });
    demand(hurt.result.virtual_s === bare.result.virtual_s, "the run ended early");
    // up to the crash, nobody can know
    if (!crashed) expectSame(bare, hurt);
    return { crashed: crashed ? 1 : 0, ports_unharmed: ports.length };
  });
}

/** The vertex and all that hear of it over ports, however late. */
function downstream(typed, id) {
  const found = new Set([id]);
  for (let size = 0; size !== found.size; ) {
    size = found.size;
    for (const { id: reader, inputs } of typed.vertices)
      if (inputs.some(({ from }) => found.has(from.vertex))) found.add(reader);
  }
  return found;
}
