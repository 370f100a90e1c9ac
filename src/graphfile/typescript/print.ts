/**
 * The IR → a graph file in TypeScript, as an author would write it.
 *
 * Out-streams come first and are told last who feeds them; everything else is declared before it is read, as far as it
 * can be. What closes a loop over a delay is read by its name, `g.ref("fuse.pose")`.
 */
import type { Graph, GraphNode, Input, InStream, OutStream, Trigger } from "../../graph/ir.js";
import { formatRef, parseRef } from "../../graph/ref.js";
import type { Json } from "../../message/type.js";
import { type Code, call, isName, layout, list, object, oneLine, WIDTH } from "./code.js";
import { namer } from "./names.js";
import { printMessages } from "./print-messages.js";

/**
 * A `*.graph.ts` that loads back to this graph. Of a graph whose rewrites were applied, `applied` leaves them out, and
 * its params, whose values were bound before.
 *
 * @example
 * const text = "{limbeck: 1, name: x, seed: 1, nodes: {a: {component: control/pd, on: 10hz}}}";
 * const { graph } = parseGraphFile(text, "x.graph.yaml");
 * printTypescript(graph!).includes('g.node("a", "control/pd", { on: "10hz" });') // true
 */
export function printTypescript(graph: Graph, { applied = false }: { readonly applied?: boolean } = {}): string {
  const name = namer();
  const messages = printMessages(graph, name);
  const params = applied ? {} : graph.params;
  const paramNames = new Map(Object.keys(params).map((param) => [param, name(param)]));
  const used = new Set<string>();
  const use = (variable: string) => {
    used.add(variable);
    return variable;
  };
  /** Parts that are declared already, and what they are called. */
  const declared = new Map<string, { readonly variable: string; readonly place: "stream" | "node" }>();

  const value = (json: Json): Code => {
    const param = typeof json === "string" && json.startsWith("$") ? paramNames.get(json.slice(1)) : undefined;
    if (param !== undefined) return use(param);
    if (Array.isArray(json)) return list(json.map(value));
    if (json === null || typeof json !== "object") return JSON.stringify(json);
    return record(json as { readonly [key: string]: Json });
  };
  const record = (json: { readonly [key: string]: Json | undefined }) =>
    object(Object.fromEntries(Object.entries(json).flatMap(([key, v]) => (v === undefined ? [] : [[key, value(v)]]))));
  const some = (json: object | undefined) =>
    json === undefined || Object.keys(json).length === 0 ? undefined : record(json as { [key: string]: Json });

  const handle = (ref: string): string | undefined => {
    const parsed = parseRef(ref);
    const part = parsed && declared.get(parsed.id);
    if (part === undefined || formatRef(parsed!.id, parsed!.port, parsed!.field) !== ref) return undefined;
    const { port, field } = parsed!;
    if ((port === undefined) !== (part.place === "stream") || field.some((step) => /^0\d/.test(step))) return undefined;
    const base = port === undefined ? part.variable : `${part.variable}${member(port)}`;
    use(part.variable);
    return base + field.map((step) => (/^\d/.test(step) ? `.at(${step})` : `.field(${JSON.stringify(step)})`)).join("");
  };
  const port = (ref: string): Code => handle(ref) ?? call("g.ref", [JSON.stringify(ref)]);
  /** Lists in rewrites and metrics name ports and nodes. */
  const loose = (json: Json): Code => {
    if (Array.isArray(json))
      return list(json.map((item: Json) => (typeof item === "string" ? (named(item) ?? value(item)) : loose(item))));
    if (json === null || typeof json !== "object") return value(json);
    return object(Object.fromEntries(Object.entries(json).map(([key, v]) => [key, loose(v as Json)])));
  };
  const named = (text: string): string | undefined => {
    const part = declared.get(text);
    return part?.place === "node" ? use(part.variable) : handle(text);
  };

  const input = ({ from, origin: _, ...more }: Input): Code =>
    Object.keys(more).length === 0 ? port(from) : object({ from: port(from), ...membersOf(more, value) });
  const stream = ({ message, origin: _, ...rest }: InStream | OutStream, id: string, method: "in" | "out") => {
    const { from: __, simulate, doc, ...more } = rest as Omit<InStream, "message"> & { from?: string };
    const options = object({
      doc: doc === undefined ? undefined : JSON.stringify(doc),
      simulate: simulate === undefined ? undefined : port(simulate),
      ...membersOf(more, value),
    });
    const code = [JSON.stringify(id), messages.ofStream(message), ...(options.parts.length === 0 ? [] : [options])];
    return call(`g.${method}`, code);
  };
  const node = (part: GraphNode, id: string, method: "world" | "node") => {
    const { component, on, in: inputs, params: given, doc, origin: _, ...rest } = part;
    const ins = Object.entries(inputs).map(([p, i]) => [p, input(i)]);
    const options = object({
      doc: doc === undefined ? undefined : JSON.stringify(doc),
      on: on === undefined ? undefined : value(trigger(on)),
      in: ins.length === 0 ? undefined : object(Object.fromEntries(ins)),
      params: some(given),
      ...membersOf(rest, value),
    });
    const code = [JSON.stringify(id), JSON.stringify(component), ...(options.parts.length === 0 ? [] : [options])];
    return call(`g.${method}`, code);
  };

  interface Statement {
    readonly variable?: string;
    readonly code: Code;
  }
  const blocks: Statement[][] = [];
  blocks.push(messages.unused.map((variable) => ({ code: call("g.message", [variable]) })));
  blocks.push(
    Object.entries(params).map(([param, { doc, ...rest }]) => {
      const own = object({ ...membersOf(rest, plain), doc: doc === undefined ? undefined : JSON.stringify(doc) });
      const code = call("g.param", [JSON.stringify(param), ...(own.parts.length === 0 ? [] : [own])]);
      return { variable: paramNames.get(param)!, code };
    }),
  );
  const declare = (id: string, place: "stream" | "node", code: () => Code): Statement => {
    const variable = name(id);
    const made = code();
    declared.set(id, { variable, place });
    return { variable, code: made };
  };
  const { in: ins, out: outs } = graph.streams;
  blocks.push(Object.entries(outs).map(([id, s]) => declare(id, "stream", () => stream(s, id, "out"))));
  let last = "";
  for (const { place, id } of inOrder(graph)) {
    if (place !== last) blocks.push([]);
    last = place;
    const statement =
      place === "in"
        ? declare(id, "stream", () => stream(ins[id]!, id, "in"))
        : declare(id, "node", () => node(graph[place][id]!, id, place === "nodes" ? "node" : "world"));
    blocks.at(-1)!.push(statement);
  }
  blocks.push(
    Object.entries(outs).map(([id, { from }]) => ({
      code: call(`${use(declared.get(id)!.variable)}.from`, [port(from)]),
    })),
  );
  if (!applied)
    for (const { rule, options } of graph.rewrites)
      blocks.push([{ code: call("g.rewrite", [object({ [rule]: loose(options) })]) }]);
  if (graph.evaluate !== undefined) {
    const { metrics, starts, ...more } = graph.evaluate;
    const own = object({
      ...membersOf(more, value),
      metrics:
        Object.keys(metrics).length === 0
          ? undefined
          : object(mapped(metrics, (metric) => object(mapped(metric, (refs) => list(refs.map(port)))))),
      starts: some(starts),
    });
    blocks.push([{ code: call("g.evaluate", [own]) }]);
  }

  const body = blocks
    .filter((block) => block.length > 0)
    .map((block) =>
      block
        .map(({ variable, code }) => {
          const start = variable !== undefined && used.has(variable) ? `const ${variable} = ` : "";
          return `  ${start}${layout(code, "  ", start.length + 1)};\n`;
        })
        .join(""),
    )
    .join("\n");
  const { seed, doc } = graph;
  const headOf = (doc: string | undefined) => {
    const options = object({ seed: seed === 0 ? undefined : String(seed), doc });
    const args = [JSON.stringify(graph.name), ...(options.parts.length === 0 ? [] : [options]), "(g) => {"];
    return `export default ${oneLine(call("graph", args)).slice(0, -1)}`;
  };
  const written = doc === undefined ? undefined : JSON.stringify(doc);
  // a line that is too long has its text in front of it
  const apart = written !== undefined && headOf(written).length > WIDTH ? name("doc") : undefined;
  const head = headOf(apart ?? written);
  const declarations = [
    ...messages.declarations,
    ...(apart === undefined
      ? []
      : [`const ${apart} =${written!.length + apart.length + 10 > WIDTH ? "\n " : ""} ${written};`]),
  ]
    .map((text) => `${text}\n`)
    .join("\n");
  return `import { ${["graph", ...messages.imports].sort(byName).join(", ")} } from "limbeck";

${declarations === "" ? "" : `${declarations}\n`}${head}
${body}});
`;
}

const byName = (a: string, b: string): number => a.localeCompare(b, "en") || (a < b ? -1 : 1);
const member = (port: string): string => (isName(port) ? `.${port}` : `[${JSON.stringify(port)}]`);
const trigger = (on: Trigger): Json => ("clock" in on && on.phase === undefined ? on.clock : (on as unknown as Json));
const plain = (json: Json): Code => {
  if (Array.isArray(json)) return list(json.map(plain));
  if (json === null || typeof json !== "object") return JSON.stringify(json);
  return object(membersOf(json, plain));
};
const mapped = <A, B>(record: { readonly [key: string]: A }, f: (a: A) => B): { readonly [key: string]: B } =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value)]));
const membersOf = (record: object, code: (json: Json) => Code): { readonly [key: string]: Code } =>
  Object.fromEntries(
    Object.entries(record).flatMap(([key, v]) => (v === undefined ? [] : [[key, code(v as Json)] as const])),
  );

interface Placed {
  readonly place: "world" | "in" | "nodes";
  readonly id: string;
}

/** Nodes and in-streams in the order of declaration, each behind what it reads; a loop is entered where it is met first. */
function inOrder({ world, streams, nodes }: Graph): Placed[] {
  const reads = new Map<string, Placed & { readonly from: readonly string[] }>();
  const add = (place: Placed["place"], id: string, from: readonly (string | undefined)[]) =>
    reads.set(`${place}/${id}`, { place, id, from: from.flatMap((ref) => (ref && parseRef(ref)?.id) ?? []) });
  // what comes over a delay may come from what is declared later
  const sources = (node: GraphNode) => Object.values(node.in).map(({ from, delay }) => (delay ? undefined : from));
  for (const [id, node] of Object.entries(world)) add("world", id, sources(node));
  for (const [id, { simulate }] of Object.entries(streams.in)) add("in", id, [simulate]);
  for (const [id, node] of Object.entries(nodes)) add("nodes", id, sources(node));
  const keys = (id: string) => (["world", "in", "nodes"] as const).map((place) => `${place}/${id}`);

  const order: Placed[] = [];
  const met = new Set<string>();
  for (const first of reads.keys()) {
    const open = [{ key: first, next: 0 }];
    met.has(first) ? open.pop() : met.add(first);
    while (open.length > 0) {
      const top = open.at(-1)!;
      const part = reads.get(top.key)!;
      const below = part.from.flatMap(keys).filter((key) => reads.has(key));
      const next = below.slice(top.next).findIndex((key) => !met.has(key));
      if (next === -1) {
        order.push({ place: part.place, id: part.id });
        open.pop();
      } else {
        const key = below[top.next + next]!;
        top.next += next + 1;
        met.add(key);
        open.push({ key, next: 0 });
      }
    }
  }
  return order;
}
