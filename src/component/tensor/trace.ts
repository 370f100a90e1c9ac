/**
 * Runs a tensor step once on symbolic values, and gives what it is made of: a graph of ONNX ops.
 *
 *   params, types, trigger ──► values `in.x`, `state.y`, `dt` … ──step──► outputs, state ──► graph `out.x`, `valid.x`, `next.y`
 *
 * It is run twice: a step that says two things is no function of its inputs.
 */
import type { PortSignature } from "../../graph/catalogue.js";
import { type GraphBuilder, graphBuilder } from "../../onnx/builder.js";
import { encode } from "../../onnx/codec/index.js";
import { isStatic, showShape } from "../../onnx/dims.js";
import { type Dtype, type Graph, OPSET } from "../../onnx/ir.js";
import { capturedNames } from "../../onnx/names.js";
import { scalar } from "../../onnx/tensor.js";
import { isValue, type Value } from "../../onnx/value.js";
import { nearest } from "../../problem/nearest.js";
import { fail } from "../../problem/problem.js";
import type { InputTypes, Params, TensorSetup } from "../component.js";
import { asTensor } from "./constant.js";
import { type Layout, layoutOf, leavesOf, type TensorLeaf } from "./leaves.js";
import { checkSize, listed, listSize, single } from "./list.js";
import type { TensorProgram, TensorState } from "./program.js";
import { type Initial, isWhen, type States, sameType, type TensorContext } from "./symbolic.js";

export type { TensorLeaf } from "./leaves.js";
export type { TensorProgram, TensorState } from "./program.js";

export interface TracedPorts {
  readonly inputs: { readonly [port: string]: PortSignature };
  readonly outputs: { readonly [port: string]: PortSignature };
}

/** What an author wrote, with types that are known at run time only. */
export interface AnyTensorSpec {
  readonly state?: (params: Params, types: InputTypes) => States;
  readonly prepare?: (params: Params, types: InputTypes) => unknown;
  readonly step: (
    inputs: { readonly [port: string]: unknown },
    state: { readonly [name: string]: Value },
    ctx: TensorContext<Params>,
    prepared: unknown,
  ) => unknown;
}

/**
 * The program of a component for a node.
 *
 * @throws LimbeckError L0830 to L0838; L0808 and the like for an op that does not fit its inputs
 */
export function traceTensor(spec: AnyTensorSpec, ports: TracedPorts, setup: TensorSetup): TensorProgram {
  const program = trace(spec, ports, setup);
  if (fingerprint(program) !== fingerprint(trace(spec, ports, setup))) fail("L0837", { node: setup.node });
  return program;
}

/** The model whose graph a program is. */
export const programModel = ({ graph }: TensorProgram) => ({
  graph,
  opset: OPSET,
  domains: {},
  producer: "limbeck",
  metadata: {},
});

/** All that a program is, as text. */
export const fingerprint = (program: TensorProgram): string => {
  const initial = program.state.map(({ initial: { dims, data } }) => `${dims};${data}`);
  return `${Buffer.from(encode(programModel(program))).toString("latin1")}|${initial.join("|")}`;
};

function trace(spec: AnyTensorSpec, ports: TracedPorts, setup: TensorSetup): TensorProgram {
  const { params, inputs: types, node } = setup;
  const g = graphBuilder(node);
  const read = connected(ports, setup);
  const ctx = contextOf(g, ports, setup);
  const inputs = new Map(
    read.map(({ port, layout, size }) => [
      port,
      size === undefined
        ? single(declare(g, layout), () => ctx.has(port))
        : listed(port, size, declare(g, layout, [size]), g.input(`count.${port}`, "int64", [])),
    ]),
  );
  const states = statesOf(spec, params, types);
  const before = Object.fromEntries(
    states.map(({ name, dtype, dims }) => [name, g.input(`state.${name}`, dtype, dims)]),
  );
  const prepared = spec.prepare?.(params, types);
  const given = spec.step(Object.fromEntries(inputs), before, ctx, prepared);
  const { outputs, state } = resultOf(given);

  const silent: string[] = [];
  const leaves: TensorLeaf[] = [];
  const known = Object.keys(ports.outputs);
  for (const [port, message] of Object.entries(outputs)) {
    if (message === undefined) continue;
    if (!known.includes(port)) fail("L0835", { what: "output", name: port, known, nearest: nearest(port, known) });
    const layout = layoutOf("out", port, ports.outputs[port]!.type);
    const conditional = isWhen(message) && message.valid !== true;
    if (conditional) {
      const valid = own(
        g,
        `the condition of \`${port}\``,
        lifted(g, message.valid, "bool", `the condition of \`${port}\``),
      );
      sameLeaf(`the condition of \`${port}\``, valid, "bool", []);
      g.output(`valid.${port}`, valid);
      silent.push(port);
    }
    write(g, layout, isWhen(message) ? message.value : message, port);
    leaves.push(...leavesOf(layout));
  }
  const names = states.map(({ name }) => name);
  for (const name of Object.keys(state))
    if (!names.includes(name)) fail("L0835", { what: "state", name, known: names, nearest: nearest(name, names) });
  for (const { name, dtype } of states) {
    const next = state[name];
    const value =
      next === undefined
        ? before[name]!
        : own(g, `the state \`${name}\``, lifted(g, next, dtype, `the state \`${name}\``));
    sameType(name, before[name]!, value);
    g.output(`next.${name}`, value);
  }
  return programOf(g.graph(), read, leaves, states, silent);
}

/** The graph with only those inputs that it reads. */
function programOf(
  graph: Graph,
  inputs: readonly Connected[],
  outputs: readonly TensorLeaf[],
  state: readonly TensorState[],
  silent: readonly string[],
): TensorProgram {
  const read = new Set(graph.nodes.flatMap((node) => [...node.inputs, ...capturedNames(node)]));
  const portsOf = (kind: string) =>
    graph.inputs.flatMap(({ name }) => (read.has(name) && name.startsWith(kind) ? [name.slice(kind.length)] : []));
  const leaves = inputs.flatMap(({ layout, size }) =>
    leavesOf(layout).map((leaf) => (size === undefined ? leaf : { ...leaf, dims: [size, ...leaf.dims] })),
  );
  const isRead = (port: string) =>
    read.has(`count.${port}`) || leaves.some((leaf) => leaf.port === port && read.has(leaf.name));
  return {
    graph: { ...graph, inputs: graph.inputs.filter(({ name }) => read.has(name)) },
    inputs: leaves.filter(({ name }) => read.has(name)),
    lists: Object.fromEntries(
      inputs.flatMap(({ port, size }) => (size === undefined || !isRead(port) ? [] : [[port, size]])),
    ),
    outputs,
    state,
    reads: {
      dt: read.has("dt"),
      time: read.has("time"),
      fresh: portsOf("fresh."),
      age: portsOf("age."),
      has: portsOf("has."),
    },
    silent,
  };
}

interface Connected {
  readonly port: string;
  readonly layout: Layout;
  /** Places of a list of messages. */
  readonly size?: number;
}

/** The inputs that are connected, each with the tree of its messages. */
const connected = (ports: TracedPorts, setup: TensorSetup): Connected[] =>
  Object.entries(ports.inputs).flatMap(([port, { type }]) => {
    if (setup.inputs[port] === undefined) return [];
    const size = listSize(port, setup);
    if (size === undefined) return [{ port, layout: layoutOf("in", port, type) }];
    checkSize(port, size);
    return [{ port, layout: layoutOf("in", port, type), size }];
  });

/** The graph's inputs for a message, or for as many as there are places. */
function declare(g: GraphBuilder, layout: Layout, places: readonly number[] = []): unknown {
  if (layout.kind === "object")
    return Object.fromEntries(layout.fields.map(([name, field]) => [name, declare(g, field, places)]));
  if (layout.kind === "list") return layout.items.map((item) => declare(g, item, places));
  const { name, dtype, dims } = layout.leaf;
  return g.input(name, dtype, [...places, ...dims]);
}

function contextOf(g: GraphBuilder, ports: TracedPorts, setup: TensorSetup): TensorContext<Params> {
  const { params, inputs, trigger } = setup;
  const made = new Map<string, Value>();
  const input = (name: string, dtype: Dtype): Value => {
    const value = made.get(name) ?? g.input(name, dtype, []);
    made.set(name, value);
    return value;
  };
  const known = Object.keys(ports.inputs);
  const isThere = (port: string): boolean => {
    if (!known.includes(port)) fail("L0835", { what: "input", name: port, known, nearest: nearest(port, known) });
    return inputs[port] !== undefined;
  };
  const bool = (value: boolean): Value => g.constant(scalar("bool", value ? 1 : 0));
  return {
    params,
    get dt() {
      return input("dt", "float64");
    },
    get time() {
      return input("time", "float64");
    },
    period: trigger?.kind === "clock" ? trigger.period_ns / 1e9 : undefined,
    fresh: (port) => (isThere(port) ? input(`fresh.${port}`, "bool") : bool(false)),
    age: (port) =>
      isThere(port) ? input(`age.${port}`, "float64") : g.constant(scalar("float64", Number.POSITIVE_INFINITY)),
    // a list is there, if of nothing
    has: (port) =>
      isThere(port) && ports.inputs[port]!.optional === true && listSize(port, setup) === undefined
        ? input(`has.${port}`, "bool")
        : bool(isThere(port)),
    constant: (values, dtype) => g.constant(asTensor("a constant", values, dtype)),
  };
}

/** What a node remembers, as it is before the first firing. */
export const statesOf = (spec: Pick<AnyTensorSpec, "state">, params: Params, types: InputTypes): TensorState[] =>
  Object.entries<Initial>(spec.state?.(params, types) ?? {}).map(([name, value]) => {
    const initial = asTensor(`the state \`${name}\``, value);
    return { name, dtype: initial.dtype, dims: initial.dims, initial };
  });

type Record_ = { readonly [name: string]: unknown };
const isRecord = (x: unknown): x is Record_ =>
  typeof x === "object" && x !== null && !isValue(x) && !Array.isArray(x) && !ArrayBuffer.isView(x);

function resultOf(given: unknown): { outputs: Record_; state: Record_ } {
  const help = "Give back `{ outputs: {…}, state: {…} }`, of values that were computed from the inputs.";
  if (given instanceof Promise) return fail("L0836", { what: "the step", reason: "gave back a promise", help });
  if (!isRecord(given) || !isRecord(given.outputs))
    return fail("L0836", { what: "the step", reason: "did not give back `{ outputs }`", help });
  const { outputs, state = {} } = given;
  if (!isRecord(state))
    return fail("L0836", { what: "the step", reason: "gave back a `state` that is no record", help });
  return { outputs, state };
}

/** A value, or a plain one as a constant of a dtype. */
function lifted(g: GraphBuilder, given: unknown, dtype: Dtype, what: string): Value {
  if (isValue(given)) return given;
  return g.constant(asTensor(what, given, typeof given === "number" ? dtype : undefined));
}

/** @throws LimbeckError L0836 for a value of another graph, or of the body of a loop */
function own(g: GraphBuilder, what: string, value: Value): Value {
  if (value.scope === g) return value;
  return fail("L0836", {
    what,
    reason: value.scope.depth > 0 ? "is a value of the inside of a loop" : "is a value that another trace made",
    help:
      value.scope.depth > 0
        ? "Let the body of `repeat` give it back."
        : "Make every value inside the step; what is to be remembered is `state`.",
  });
}

function sameLeaf(what: string, value: Value, dtype: Dtype, dims: readonly number[]): void {
  if (value.dtype !== dtype) fail("L0832", { what, dtype: value.dtype, wanted: dtype });
  if (!isStatic(value.shape) || showShape(value.shape) !== showShape(dims))
    fail("L0833", { what, shape: showShape(value.shape), wanted: showShape(dims) });
}

/** Declares the outputs of one message. */
function write(g: GraphBuilder, layout: Layout, given: unknown, what: string): void {
  if (layout.kind === "object") {
    if (!isRecord(given))
      fail("L0836", {
        what: `\`${what}\``,
        reason: "is a message of fields, and is given none",
        help: `Give it a record: { ${layout.fields.map(([n]) => n).join(", ")} }.`,
      });
    const known = layout.fields.map(([name]) => name);
    for (const name of Object.keys(given))
      if (!known.includes(name))
        fail("L0835", { what: `field of \`${what}\``, name, known, nearest: nearest(name, known) });
    for (const [name, field] of layout.fields) write(g, field, given[name], `${what}:${name}`);
    return;
  }
  if (layout.kind === "list") {
    if (!Array.isArray(given) || given.length !== layout.items.length)
      fail("L0836", {
        what: `\`${what}\``,
        reason: `is a list of ${layout.items.length}`,
        help: "Give back a list of as many values.",
      });
    layout.items.forEach((item, i) => {
      write(g, item, given[i], `${what}[${i}]`);
    });
    return;
  }
  const { name, dtype, dims } = layout.leaf;
  if (given === undefined)
    fail("L0836", { what: `\`${what}\``, reason: "is given no value", help: "Give back a value for each field." });
  const value = own(
    g,
    `\`${what}\``,
    lifted(g, layout.kind === "choice" ? choice(layout.choices, given, what) : given, dtype, `\`${what}\``),
  );
  sameLeaf(`\`${what}\``, value, dtype, dims);
  g.output(name, value);
}

function choice(choices: readonly string[], given: unknown, what: string): unknown {
  if (typeof given !== "string") return given;
  const at = choices.indexOf(given);
  return at >= 0
    ? at
    : fail("L0835", { what: `choice of \`${what}\``, name: given, known: choices, nearest: nearest(given, choices) });
}
