/**
 * Local functions put in where they are called, so that whatever reads a model sees ops only.
 *
 *     y = Layer(x, w){axis: 1},  Layer(a, b){axis} = Relu(Mul(a, b))      →      layer/ab = Mul(x, w), y = Relu(layer/ab)
 *
 * A function's values get names behind the name of the call. A body of another opset than the model's is brought to the
 * opset that is written here, and the model with it. What a file can make of few bytes is bounded.
 */
import { fail } from "../problem/problem.js";
import { type Attribute, type AttributeType, type Graph, type Model, type Node, OPSET, type Tensor } from "./ir.js";
import { MAX_BYTES, MAX_CALLS, MAX_NODES } from "./limits.js";
import { bodiesOf, definedNames, domainsOf, namesOf, renamed } from "./names.js";
import { titleOf } from "./ops/context.js";
import { ops, qualified } from "./ops/index.js";
import { assertRead, upgradedNode, writtenDomains } from "./upgrade.js";

/** Names are made of those around; longer ones keep their end. */
const MAX_NAME = 200;

/** A node as a file has it: what only calls and functions have is on it, until it is put in. */
export interface FileNode extends Node {
  /** Tells functions of one name apart. */
  readonly overload?: string;
  /** Attributes whose values are those of attributes of the function around. */
  readonly references?: { readonly [attribute: string]: Reference };
}

interface Reference {
  readonly to: string;
  /** Absent where the file leaves it open. */
  readonly type?: AttributeType;
}

export interface LocalFunction {
  readonly name: string;
  readonly domain?: string;
  /** Where it is in the model, for problems. */
  readonly path: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Attributes that a call may give, those with a default value included. */
  readonly attributes: ReadonlySet<string>;
  readonly defaults: { readonly [name: string]: Attribute };
  readonly nodes: readonly FileNode[];
  /** Versions of the operator sets that its nodes are of; ONNX's own under `""`. */
  readonly opsets: { readonly [domain: string]: number };
}

/** What tells functions apart. */
export const functionKey = (domain: string | undefined, name: string, overload = ""): string =>
  JSON.stringify([domain ?? "", name, overload]);

/** A model's functions by key, each read when it is called. */
export type Functions = ReadonlyMap<string, () => LocalFunction>;

/**
 * The same model without calls of these functions.
 *
 * Errors: L0803 a function of an opset that is not read, L0804 more than a model may have, L0806 a name that a function
 * does not define, L0807 one that it defines twice, L0815 an op that has no form at the opset that all is brought to, L0818 a call that
 * does not fit its function, or a function that calls itself.
 */
export function inlined(model: Model, functions: Functions): Model {
  const called = reached(model.graph, functions);
  const differs = called.some(({ opsets }) => opsets[""] !== undefined && opsets[""] !== model.opset);
  if (differs) for (const f of called) if (f.opsets[""] !== undefined) assertRead(f.opsets[""], { path: f.path });
  if (differs) assertRead(model.opset);
  const graph = expander(model, functions, differs)(model.graph);

  const used = domainsOf(graph);
  const own = new Set(called.map(({ domain }) => domain));
  const domains = new Map(Object.entries(model.domains).filter(([domain]) => used.has(domain) || !own.has(domain)));
  for (const { opsets, name, domain: of, path } of called)
    for (const [domain, version] of Object.entries(opsets)) {
      if (domain === "" || !used.has(domain)) continue;
      const before = domains.get(domain) ?? version;
      if (before !== version)
        fail(
          "L0818",
          { function: qualified(name, of), reason: `it is of ${domain} ${version}, and others of ${before}` },
          { path },
        );
      domains.set(domain, version);
    }
  const versions = Object.fromEntries(domains);
  return differs
    ? { ...model, graph, opset: OPSET, domains: writtenDomains(versions) }
    : { ...model, graph, domains: versions };
}

const keyOf = (node: FileNode): string => functionKey(node.domain, node.op, node.overload);

/** The functions that are called, in the model or in one that is. */
function reached(graph: Graph, functions: Functions): LocalFunction[] {
  const found = new Map<string, LocalFunction>();
  const lists: (readonly FileNode[])[] = functions.size === 0 ? [] : [graph.nodes];
  for (let nodes = lists.pop(); nodes !== undefined; nodes = lists.pop())
    for (const node of nodes) {
      for (const body of bodiesOf(node)) lists.push(body.nodes);
      const key = keyOf(node);
      const f = found.has(key) ? undefined : functions.get(key)?.();
      if (f === undefined) continue;
      found.set(key, f);
      lists.push(f.nodes);
      for (const value of Object.values(f.defaults)) if (value.type === "graph") lists.push(value.value.nodes);
    }
  return [...found.values()];
}

/** Where nodes are put: what names and references mean there. */
interface Place {
  /** Where the nodes come from, for problems: in the model, and in the user's words. */
  readonly path: string;
  readonly of: string;
  /** Versions of the operator sets that the nodes are of; ONNX's own under `""`. */
  readonly opsets: { readonly [domain: string]: number };
  /** What a name is called here; undefined where nothing has it. */
  readonly read: (name: string) => string | undefined;
  /** What a name is called from here on. */
  readonly define: (name: string) => string;
  /** A name behind that of the call. */
  readonly named: (name: string) => string;
  /** What references stand for; undefined outside functions. */
  readonly given?: ReadonlyMap<string, Attribute>;
  /** The calls around. */
  readonly calls: readonly LocalFunction[];
}

type Constants = Map<string, Tensor>;

/** Puts functions into graphs of a model, and, if it is upgraded, brings all ops to the opset that is written here. */
function expander(model: Model, functions: Functions, upgrading: boolean): (graph: Graph) => Graph {
  const fresh = namer(namesOf(model.graph));
  const spend = budget();

  const nodesIn = (nodes: readonly FileNode[], place: Place, constants: Constants): Node[] =>
    nodes.flatMap((node, i) => nodeIn(node, { ...place, path: `${place.path}/nodes/${i}` }, constants));

  const nodeIn = (written: FileNode, place: Place, constants: Constants): readonly Node[] => {
    const { overload: _, references = {}, ...node } = written;
    const { path, of } = place;
    if (place.given !== undefined) spend(node, place);
    const inputs = node.inputs.map((name) =>
      name === "" ? "" : (place.read(name) ?? fail("L0806", { name, reader: `${titleOf(node)} of ${of}` }, { path })),
    );
    const attributes = [
      ...Object.entries(node.attributes).map(([name, a]): [string, Attribute] => [
        name,
        a.type === "graph" ? { type: "graph", value: graphIn(a.value, { ...place, path: `${path}/${name}` }) } : a,
      ]),
      ...Object.entries(references).flatMap(([name, reference]): [string, Attribute][] => {
        const value = referred(name, reference, place);
        return value === undefined ? [] : [[name, value]];
      }),
    ];
    const here: Node = {
      ...node,
      ...(node.name !== undefined && { name: place.named(node.name) }),
      inputs,
      outputs: node.outputs.map((name) => (name === "" ? "" : place.define(name))),
      attributes: Object.fromEntries(attributes),
    };
    const f = functions.get(keyOf(written))?.();
    if (f !== undefined) return bodyOf(f, here, place, constants);
    if (place.given !== undefined && !Object.hasOwn(place.opsets, node.domain ?? ""))
      fail(
        "L0818",
        { function: of, reason: `${titleOf(node)} is of an operator set that it names no version of` },
        { path },
      );
    const opset = place.opsets[""]!;
    if (!upgrading || node.domain !== undefined || opset === OPSET) return [here];
    if (!ops.has(node.op))
      fail(
        "L0815",
        { model: of, reason: `what ${titleOf(node)} of opset ${opset} is at opset ${OPSET} is not known` },
        { path },
      );
    const constant = (tensor: Tensor): string => {
      const name = fresh(place.named("constant"));
      constants.set(name, tensor);
      return name;
    };
    return upgradedNode(here, opset, { of, fresh: (stem) => fresh(place.named(stem)), constant });
  };

  /** What a reference stands for; undefined for an attribute that the call leaves out. */
  const referred = (
    name: string,
    { to, type }: Reference,
    { given, calls, of, path }: Place,
  ): Attribute | undefined => {
    if (given === undefined) return fail("L0809", { what: `attribute ${name}`, type: "reference" }, { path });
    const value = given.get(to);
    const refuse = (reason: string): never => fail("L0818", { function: of, reason }, { path });
    if (!calls.at(-1)!.attributes.has(to)) refuse(`attribute ${name} stands for ${to}, which it has not`);
    if (value !== undefined && type !== undefined && value.type !== type)
      refuse(`its attribute ${to} is of type ${value.type}, and stands for one of type ${type}`);
    return value?.type === "graph" ? { type: "graph", value: copied(value.value, { path }) } : value;
  };

  /** A graph that a call gives, under names of its own: the function may have it in many places. */
  const copied = (graph: Graph, at: Pick<Place, "path">): Graph => {
    const spendAll = (of: Graph): void => {
      spend.graph(of, at);
      for (const node of of.nodes) {
        spend(node, at);
        bodiesOf(node).forEach(spendAll);
      }
    };
    spendAll(graph);
    const own = [...graph.inputs.map((i) => i.name), ...Object.keys(graph.initializers), ...definedNames(graph)];
    const names = new Map([...new Set(own)].map((name) => [name, name === "" ? "" : fresh(name)]));
    return renamed(graph, (name) => names.get(name) ?? name);
  };

  const graphIn = (graph: Graph, place: Place): Graph => {
    const { path, of } = place;
    if (place.given !== undefined) spend.graph(graph, place);
    const inner =
      place.given === undefined ? place : { ...place, ...scope({ outer: place.read, path, named: place.named }) };
    const isInput = new Set(graph.inputs.map(({ name }) => name));
    const inputs = graph.inputs.map((input) => ({ ...input, name: inner.define(input.name) }));
    const constants: Constants = new Map();
    for (const [name, t] of Object.entries(graph.initializers))
      constants.set(isInput.has(name) ? inner.read(name)! : inner.define(name), t);
    const nodes = nodesIn(graph.nodes, inner, constants);
    const outputs = graph.outputs.map((output) => {
      const name = inner.read(output.name);
      if (name === undefined || (name === "" && output.name !== ""))
        return fail("L0806", { name: output.name, reader: `an output of a graph in ${of}` }, { path });
      return { ...output, name };
    });
    return { name: graph.name, inputs, outputs, initializers: Object.fromEntries(constants), nodes };
  };

  /** Names of a graph or a function, which stay in it. What is `wanted` under a name is given under it. */
  const scope = (of: {
    readonly outer: Place["read"];
    readonly path: string;
    readonly named: Place["named"];
    readonly own?: Map<string, string>;
    readonly wanted?: ReadonlyMap<string, string>;
  }): Pick<Place, "read" | "define"> => {
    const { own = new Map<string, string>() } = of;
    return {
      read: (name) => own.get(name) ?? of.outer(name),
      define(name) {
        if (own.has(name)) fail("L0807", { name }, { path: of.path });
        const made = of.wanted?.get(name) ?? fresh(of.named(name));
        own.set(name, made);
        return made;
      },
    };
  };

  /** The nodes of a function in the place of a call, whose names are those around it. */
  const bodyOf = (f: LocalFunction, call: Node, at: Place, constants: Constants): readonly Node[] => {
    const name = qualified(f.name, f.domain);
    const { path } = f;
    const refuse = (reason: string): never =>
      fail("L0818", { function: `function \`${name}\``, reason }, { path: at.path });
    const circle = at.calls.indexOf(f);
    if (circle >= 0) refuse(`it calls itself: ${[...at.calls.slice(circle), f].map((one) => one.name).join(" → ")}`);
    if (at.calls.length >= MAX_CALLS)
      fail(
        "L0804",
        { what: "functions that call one another to a depth", value: at.calls.length + 1, limit: MAX_CALLS },
        { path: at.path },
      );
    spend.call(f, at);
    const most = (given: number, has: number, what: string): void => {
      if (given > has) refuse(`it has ${has} ${what}, and ${titleOf(call)} gives it ${given}`);
    };
    most(call.inputs.length, f.inputs.length, "inputs");
    most(call.outputs.length, f.outputs.length, "outputs");
    for (const attribute of Object.keys(call.attributes))
      if (!f.attributes.has(attribute)) refuse(`it has no attribute ${attribute}, which ${titleOf(call)} gives it`);

    const prefix = call.name || call.outputs.find((output) => output !== "") || at.named(call.op);
    const named = (inner: string): string => `${prefix}/${inner}`;
    const own = new Map<string, string>();
    f.inputs.forEach((input, i) => {
      if (own.has(input)) fail("L0807", { name: input }, { path });
      own.set(input, call.inputs[i] ?? "");
    });
    // an output that is wanted twice is passed on the second time
    const wanted = new Map<string, string>();
    f.outputs.forEach((output, i) => {
      const as = call.outputs[i] ?? "";
      if (as !== "" && !wanted.has(output)) wanted.set(output, as);
    });
    const place: Place = {
      path,
      of: `function \`${name}\``,
      opsets: f.opsets,
      ...scope({ outer: () => undefined, path, named, own, wanted }),
      named,
      calls: [...at.calls, f],
    };
    const alone = { ...place, ...scope({ outer: () => undefined, path, named }), given: new Map<string, Attribute>() };
    const defaults = Object.entries(f.defaults).flatMap(([attribute, a]): [string, Attribute][] =>
      Object.hasOwn(call.attributes, attribute)
        ? []
        : [[attribute, a.type === "graph" ? { type: "graph", value: graphIn(a.value, alone) } : a]],
    );
    const given = new Map([...defaults, ...Object.entries(call.attributes)]);
    const nodes = nodesIn(f.nodes, { ...place, given }, constants);
    const passed = f.outputs.flatMap((output, i): Node[] => {
      const to = call.outputs[i] ?? "";
      if (to === "") return [];
      const from = own.get(output) ?? fail("L0806", { name: output, reader: `an output of ${place.of}` }, { path });
      if (from === "") refuse(`its output ${output} is an input that ${titleOf(call)} leaves out`);
      return from === to ? [] : [{ op: "Identity", inputs: [from], outputs: [to], attributes: {} }];
    });
    return [...nodes, ...passed];
  };

  const same = (name: string): string => name;
  const opsets = { ...model.domains, "": model.opset };
  const of = `model \`${model.graph.name}\``;
  return (graph) => graphIn(graph, { path: "", of, opsets, read: same, define: same, named: same, calls: [] });
}

/** Makes names that are not taken. */
function namer(taken: Set<string>): (stem: string) => string {
  const counts = new Map<string, number>();
  return (whole) => {
    const stem = whole.slice(-MAX_NAME);
    let name = stem;
    while (name === "" || taken.has(name)) {
      const count = (counts.get(stem) ?? 1) + 1;
      counts.set(stem, count);
      name = `${stem}_${count}`;
    }
    taken.add(name);
    return name;
  };
}

/** Counts what is put in, and refuses more than a model may have. */
function budget() {
  let nodes = 0;
  let bytes = 0;
  const take = (more: { readonly nodes?: number; readonly bytes: number }, { path }: Pick<Place, "path">): void => {
    nodes += more.nodes ?? 0;
    bytes += more.bytes;
    const over = (what: string, value: number, limit: number): void => {
      if (value > limit) fail("L0804", { what: `${what}, with its functions,`, value, limit }, { path });
    };
    over("a number of ops", nodes, MAX_NODES);
    over("a size in bytes", bytes, MAX_BYTES);
  };
  const spend = (node: Node, at: Pick<Place, "path">): void => take({ nodes: 1, bytes: bytesOf(node) }, at);
  spend.call = ({ inputs, outputs, attributes }: LocalFunction, at: Pick<Place, "path">): void =>
    take({ bytes: ENTRY * (inputs.length + outputs.length + attributes.size) }, at);
  spend.graph = ({ inputs, outputs, initializers }: Graph, at: Pick<Place, "path">): void => {
    const tensors = Object.values(initializers);
    const entries = inputs.length + outputs.length + tensors.length;
    take({ bytes: ENTRY * entries + tensors.reduce((n, t) => n + t.data.byteLength, 0) }, at);
  };
  return spend;
}

/** About what one name or number takes. */
const ENTRY = 8;

/** About what a node takes, its bodies aside. */
const bytesOf = ({ inputs, outputs, attributes }: Node): number =>
  Object.values(attributes).reduce(
    (bytes, { type, value }) =>
      bytes + (type === "tensor" ? value.data.byteLength : ENTRY * (Array.isArray(value) ? value.length : 1)),
    ENTRY * (inputs.length + outputs.length),
  );
