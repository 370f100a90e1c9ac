/**
 * A graph that is written for one row, for N of them: vmap.
 *
 *   in.x [2], out.y = x · a [2]      →      in.x [N, 2], out.y = x · a [N, 2]
 *
 * Every value that depends on a row gets an axis more in front; the rest is computed once for all. What works element by
 * element broadcasts; any other op says in its file how it is batched.
 */
import { fail } from "../problem/problem.js";
import { graphBuilder } from "./builder.js";
import { opOf } from "./evaluate.js";
import { shapeOf, slice } from "./functions.js";
import { type Attribute, type Graph, type Node, OPSET } from "./ir.js";
import { capturedNames } from "./names.js";
import { broadcasting, spread } from "./ops/batching.js";
import { nodeContext, titleOf } from "./ops/context.js";
import { qualified } from "./ops/index.js";
import type { BatchContext, BatchInput } from "./ops/op.js";
import { declared, inferNode, infoOf } from "./shape.js";
import { isValue, type Value } from "./value.js";

export type { BatchInput } from "./ops/op.js";

/**
 * The same graph for N rows: inputs of these names, and all outputs, have an axis `symbol` in front.
 *
 * @throws LimbeckError L0839 for an op whose result has another shape for each row
 * @example
 * const g = graphBuilder("line");
 * g.output("y", add(mul(g.input("x", "float64", [2]), g.input("a", "float64", [])), 1));
 * batched(g.graph(), ["x"], "N").outputs[0].shape // ["N", 2]
 */
export function batched(graph: Graph, names: Iterable<string>, symbol = "N"): Graph {
  const rows = new Set(names);
  const g = graphBuilder(graph.name);
  const inputs = graph.inputs.map((input): BatchInput => {
    const { dtype, shape } = declared(input);
    const own = rows.has(input.name);
    return { dtype, shape, batched: own, value: g.input(input.name, dtype, own ? [symbol, ...shape] : shape) };
  });
  const outputs = batchedValues(graph, inputs);
  outputs.forEach((x, i) => {
    g.output(graph.outputs[i]!.name, x.batched ? x.value : spreadRows(x, inputs));
  });
  return g.graph();
}

/**
 * The ops of a graph for many rows, added to the scope of its inputs; gives its outputs, which say whether they differ
 * from row to row.
 *
 * @throws LimbeckError L0839, as `batched` does
 */
export function batchedValues(graph: Graph, inputs: readonly BatchInput[]): BatchInput[] {
  const lead = inputs.find((x) => x.batched);
  if (lead === undefined)
    return fail("L0839", { op: `the graph \`${graph.name}\``, reason: "none of its inputs has rows" });
  return run(graph, inputs, rowsOf(lead), () => undefined);
}

/** The number of rows, as a vector of one element. */
const rowsOf = ({ value }: BatchInput): Value => slice(shapeOf(value), [0], [1], [0]);

function spreadRows(x: BatchInput, inputs: readonly BatchInput[]): Value {
  const lead = inputs.find(({ batched }) => batched)!;
  const reason = "a size of it is not known before it runs";
  return spread({ rows: rowsOf(lead), fail: () => fail("L0839", { op: "an output", reason }) }, x);
}

type Find = (name: string) => BatchInput | undefined;

function run(graph: Graph, inputs: readonly BatchInput[], rows: Value, outer: Find): BatchInput[] {
  const known = new Map<string, BatchInput>();
  const { scope } = rows;
  for (const [name, t] of Object.entries(graph.initializers))
    known.set(name, { ...infoOf(t), value: scope.constant(t), batched: false });
  graph.inputs.forEach(({ name }, i) => {
    known.set(name, inputs[i]!);
  });
  const find: Find = (name) => known.get(name) ?? outer(name);
  const get = (name: string, reader: string): BatchInput => find(name) ?? fail("L0806", { name, reader });
  for (const node of graph.nodes) {
    const read = node.inputs.map((name) => (name === "" ? undefined : get(name, titleOf(node))));
    const results = step(node, read, rows, find);
    node.outputs.forEach((name, i) => {
      if (name !== "") known.set(name, results[i]!);
    });
  }
  return graph.outputs.map(({ name }) => get(name, `output \`${name}\``));
}

function step(node: Node, inputs: readonly (BatchInput | undefined)[], rows: Value, find: Find): BatchInput[] {
  const op = opOf(node);
  const context = nodeContext(node, OPSET);
  const infos = inferNode(node, inputs, OPSET, find);
  const { scope } = rows;
  const emit: BatchContext["emit"] = (values, changed = {}) => {
    const attributes = Object.entries({ ...plain(node.attributes), ...changed });
    const at = values.reduce(
      (deepest, v) => (v !== undefined && v.scope.depth > deepest.depth ? v.scope : deepest),
      scope,
    );
    return at.emit(qualified(node.op, node.domain), values, Object.fromEntries(attributes), node.outputs.length);
  };
  const hasBody = Object.values(node.attributes).some((a) => a.type === "graph");
  const differs = inputs.some((x) => x?.batched) || capturedNames(node).some((name) => find(name)?.batched);
  const rule = op.batch ?? (op.elementwise === undefined ? undefined : broadcasting);
  if (!differs && !hasBody)
    return emit(inputs.map((x) => x?.value)).map((value, i) => ({ ...infos[i]!, value, batched: false }));
  const refuse = (reason: string): never => fail("L0839", { op: titleOf(node), reason });
  if (rule === undefined) return refuse("the shape of what it gives may differ from row to row");
  const results = rule({
    ...context,
    inputs,
    input: (i) => inputs[i] ?? context.refuse(`its input ${i + 1} is missing`),
    results: infos,
    rows,
    emit,
    batchBody: (body, given) => run(body, given, rows, find),
    fail: refuse,
  });
  return results.map((r, i) => ({ ...infos[i]!, ...(isValue(r) ? { value: r, batched: true } : r) }));
}

const plain = (attributes: Node["attributes"]): { [name: string]: Attribute["value"] } =>
  Object.fromEntries(Object.entries(attributes).map(([name, { value }]) => [name, value]));
