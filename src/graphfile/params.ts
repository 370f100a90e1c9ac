/** `$param` → values: declared defaults, what `--set` gives, and a node's own params (`arm.mass=2`). */
import type { Graph, GraphNode, ParamDeclaration } from "../graph/ir.js";
import type { Json } from "../message/type.js";
import { nearest } from "../problem/nearest.js";
import { pathTo } from "../problem/path.js";
import { type Problem, problem } from "../problem/problem.js";
import { parseYaml, reservedNames } from "./parse.js";
import { inWords } from "./validate.js";

export interface Bound {
  readonly graph: Graph;
  readonly problems: readonly Problem[];
}

type Values = { readonly [name: string]: Json };

const REFERENCE = /^\$([A-Za-z_][A-Za-z0-9_-]*)$/;
const MAX_SET_LENGTH = 65_536;
/** Names that are compared for "did you mean": in a large file that is all wrong, later problems go without. */
const MAX_COMPARISONS = 200_000;

/**
 * The graph with every `$name` in params, quantities, contracts, inputs, initial values and rewrites replaced.
 *
 * Declared params carry the bound value as their default, so that the graph says what it runs with. Problems of
 * `--set` have no path, since no file holds them.
 *
 * @example
 * bind(graph, { set: { kp: 40, "arm.mass": 2 } }).graph.nodes.controller.params.kp // 40
 */
export function bind(graph: Graph, options: { readonly set: Values }): Bound {
  const problems: Problem[] = [];
  const own = ownParams(graph, options.set, problems);
  const values = new Map<string, Json>();
  const params: { [name: string]: ParamDeclaration } = {};
  for (const [name, declaration] of Object.entries(graph.params)) {
    const given = Object.hasOwn(options.set, name);
    let value = given ? options.set[name] : declaration.default;
    const where = given ? {} : { path: pathTo("/params", name, "default") };
    if (value === undefined) problems.push(problem("L0121", { name }, { path: pathTo("/params", name) }));
    else {
      const expected = misfit(declaration, value);
      if (expected !== undefined) {
        problems.push(problem("L0117", { name, expected, found: inWords(value) }, where));
        // components are not asked to refuse it as well
        value = declaration.default ?? value;
      }
      values.set(name, value);
    }
    params[name] = value === undefined ? declaration : { ...declaration, default: value };
  }

  const used = new Set<string>();
  const declared = Object.keys(graph.params);
  let comparisons = MAX_COMPARISONS;
  const suggest = (name: string) => {
    comparisons -= declared.length;
    return comparisons < 0 ? undefined : nearest(name, declared);
  };
  const replace = (value: unknown, path: () => string): unknown => {
    if (typeof value === "string") {
      const name = REFERENCE.exec(value)?.[1];
      if (name === undefined) return value;
      const meant = Object.hasOwn(graph.params, name) ? name : suggest(name);
      if (meant !== name) problems.push(problem("L0120", { name, nearest: meant }, { path: path() }));
      if (meant === undefined) return value;
      used.add(meant);
      return values.get(meant) ?? value;
    }
    if (value === null || typeof value !== "object") return value;
    // what names no param stays the object that it is
    let copy: { [key: string]: unknown } | undefined;
    for (const [key, v] of Object.entries(value)) {
      const bound = replace(v, () => pathTo(path(), key));
      if (bound === v) continue;
      copy ??= (Array.isArray(value) ? [...value] : { ...value }) as { [key: string]: unknown };
      copy[key] = bound;
    }
    return copy ?? value;
  };
  const nodes = (ids: { readonly [id: string]: GraphNode }, path: string) =>
    Object.fromEntries(
      Object.entries(ids).map(([id, node]) => {
        const { component, doc, origin, ...rest } = node;
        const set = own.get(id);
        const parts = set === undefined ? rest : { ...rest, params: { ...rest.params, ...set } };
        const replaced = replace(parts, () => pathTo(path, id)) as object;
        if (replaced === rest) return [id, node];
        const kept = { component, ...(doc === undefined ? {} : { doc }), ...(origin === undefined ? {} : { origin }) };
        return [id, { ...kept, ...replaced } as GraphNode];
      }),
    );
  const bound: Graph = {
    ...graph,
    params,
    streams: replace(graph.streams, () => "/streams") as Graph["streams"],
    world: nodes(graph.world, "/world"),
    nodes: nodes(graph.nodes, "/nodes"),
    rewrites: replace(graph.rewrites, () => "/rewrites") as Graph["rewrites"],
    ...(graph.evaluate === undefined
      ? {}
      : { evaluate: replace(graph.evaluate, () => "/evaluate") as NonNullable<Graph["evaluate"]> }),
  };
  for (const name of Object.keys(graph.params))
    if (!used.has(name)) problems.push(problem("L0122", { name }, { path: pathTo("/params", name), of: "key" }));
  return { graph: bound, problems };
}

/** `arm.mass` → node and param; names of the graph's own params are left to the caller. */
function ownParams(graph: Graph, set: Values, problems: Problem[]): Map<string, { [param: string]: Json }> {
  const own = new Map<string, { [param: string]: Json }>();
  for (const [name, value] of Object.entries(set)) {
    if (Object.hasOwn(graph.params, name)) continue;
    const dot = name.indexOf(".");
    const id = dot === -1 ? name : name.slice(0, dot);
    const isNode = Object.hasOwn(graph.nodes, id) || Object.hasOwn(graph.world, id);
    if (dot === -1 || !isNode || reservedNames.has(name.slice(dot + 1))) {
      const ids = [...Object.keys(graph.world), ...Object.keys(graph.nodes)];
      const meant = dot === -1 ? nearest(name, Object.keys(graph.params)) : nearest(id, ids);
      problems.push(
        problem("L0116", {
          name,
          nearest: dot === -1 || meant === undefined || isNode ? meant : `${meant}${name.slice(dot)}`,
        }),
      );
      continue;
    }
    own.set(id, { ...own.get(id), [name.slice(dot + 1)]: value });
  }
  return own;
}

/**
 * What a declaration expects, in words, when the value is not that.
 *
 * @example
 * misfit({ type: "number", minimum: 0 }, -1) // "at least 0"
 */
export function misfit(declaration: ParamDeclaration, value: Json): string | undefined {
  const { type, minimum, maximum } = declaration as { type?: string; minimum?: number; maximum?: number };
  const allowed = declaration.enum as readonly Json[] | undefined;
  const is: { readonly [type: string]: [boolean, string] } = {
    number: [typeof value === "number", "a number"],
    integer: [Number.isInteger(value), "a whole number"],
    boolean: [typeof value === "boolean", "`true` or `false`"],
    string: [typeof value === "string", "a text"],
    array: [Array.isArray(value), "a list"],
    object: [typeof value === "object" && value !== null && !Array.isArray(value), "a mapping"],
  };
  if (type !== undefined && !is[type]![0]) return is[type]![1];
  if (allowed !== undefined && !allowed.some((a) => JSON.stringify(a) === JSON.stringify(value)))
    return `one of ${allowed.map((a) => `\`${JSON.stringify(a)}\``).join(", ")}`;
  if (typeof value !== "number") return undefined;
  if (minimum !== undefined && value < minimum) return `at least ${minimum}`;
  if (maximum !== undefined && value > maximum) return `at most ${maximum}`;
  return undefined;
}

/**
 * `arm.mass=2` → name and value; the value is a YAML scalar or a list or mapping in brackets.
 *
 * @example
 * parseSet("arm.q0=[0.1, 0]") // { name: "arm.q0", value: [0.1, 0] }
 */
export function parseSet(
  text: string,
): { readonly name: string; readonly value: Json } | { readonly problem: Problem } {
  const equals = text.indexOf("=");
  const refuse = (reason: string) => ({ problem: problem("L0118", { text: text.slice(0, 80), reason }) });
  if (equals < 1) return refuse("there is no `name=` in it");
  if (text.length > MAX_SET_LENGTH) return refuse(`it is longer than ${MAX_SET_LENGTH} characters`);
  const name = text.slice(0, equals).trim();
  const { value, problems } = parseYaml(text.slice(equals + 1), "--set");
  if (problems.length > 0) return refuse(problems[0]!.message);
  return value === undefined || value === null ? refuse("nothing stands behind `=`") : { name, value };
}
