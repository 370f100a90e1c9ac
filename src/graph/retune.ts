/**
 * A checked graph under other params of its world, without another check.
 *
 * Episodes differ in where the world starts and in little else, and to rewrite and check the whole graph for each takes
 * longer than many an episode. Nothing but a component's signature depends on its params, and no rewrite copies those
 * of the world; so where the signature stays what it was, so does the graph.
 */
import { isDeepStrictEqual } from "node:util";
import type { Json } from "../message/type.js";
import { LimbeckError } from "../problem/problem.js";
import type { Catalogue, Signature } from "./catalogue.js";
import type { TypedGraph, Vertex } from "./typed.js";

/**
 * Undefined where more than params would change, or where they are refused: `check` has the words for it.
 *
 * @param set `arm.mass` and its value
 * @example
 * const lighter = retuned(typed, { "arm.masses": [0.5, 0.5] }, catalogue);
 * lighter?.graph.world.arm?.params.masses // [0.5, 0.5]
 * retuned(typed, { "controller.kp": 40 }, catalogue) // undefined
 */
export function retuned(
  typed: TypedGraph,
  set: { readonly [param: string]: Json },
  { signature }: Pick<Catalogue, "signature">,
): TypedGraph | undefined {
  const own = new Map<string, { [param: string]: Json }>();
  for (const [name, value] of Object.entries(set)) {
    const dot = name.indexOf(".");
    const id = name.slice(0, dot);
    if (Object.hasOwn(typed.graph.params, name) || typed.byId.get(id)?.place !== "world") return undefined;
    own.set(id, { ...own.get(id), [name.slice(dot + 1)]: value });
  }
  const world = { ...typed.graph.world };
  const vertices = [...typed.vertices];
  for (const [id, params] of own) {
    const before = typed.byId.get(id) as Vertex & { readonly place: "world" };
    const node = { ...before.node, params: { ...before.node.params, ...params } };
    const types = Object.fromEntries(before.inputs.map(({ port, type }) => [port, type]));
    const after = signed(() => signature(node.component, node.params, types));
    if (after === undefined || !sameBut(before.signature, after)) return undefined;
    world[id] = node;
    vertices[before.rank] = { ...before, node, signature: after };
  }
  const varied: TypedGraph = {
    ...typed,
    graph: { ...typed.graph, world },
    vertices,
    byId: new Map(vertices.map((vertex) => [vertex.id, vertex])),
  };
  wired.set(varied, wiredAs(typed));
  return varied;
}

const wired = new WeakMap<TypedGraph, TypedGraph>();

/** The graph from which this one differs in params alone, so that what was compiled for it serves both; else itself. */
export const wiredAs = (typed: TypedGraph): TypedGraph => wired.get(typed) ?? typed;

function signed(ask: () => Signature | undefined): Signature | undefined {
  try {
    return ask();
  } catch (error) {
    if (error instanceof LimbeckError) return undefined;
    throw error;
  }
}

/** Whether nothing but the params differs. */
const sameBut = ({ params: _, ...before }: Signature, { params: __, ...after }: Signature): boolean =>
  isDeepStrictEqual(before, after);
