/**
 * What a model must be before anything runs it: names, order, ops, dtypes, shapes, limits. All problems at once.
 *
 * A model made here is checked in full. A foreign model may use ops of ONNX that `ops/` does not know yet; with
 * `ops: "any"` it is checked up to the first such op's outputs, and ONNX Runtime has the last word on the rest.
 */
import { LimbeckError, type Problem, problem } from "../problem/problem.js";
import { MAX_ELEMENTS, mayEqual, showShape } from "./dims.js";
import type { Graph, Model, Node, ValueInfo } from "./ir.js";
import { DOMAINS, OPSETS_READ } from "./ir.js";
import { MAX_NESTING, MAX_NODES } from "./limits.js";
import { bodiesOf } from "./names.js";
import { titleOf } from "./ops/context.js";
import { ops, qualified } from "./ops/index.js";
import { declared, inferNode, infoOf } from "./shape.js";
import type { Info } from "./value.js";

interface Options {
  /** `known` (default) refuses ops that `ops/` does not have; `any` leaves them to the runtime. */
  readonly ops?: "known" | "any";
}

type Report = (found: Problem) => void;

/**
 * All problems of a model; none when it is fine.
 *
 * Codes: L0803 opset, L0804 limits, L0805 unknown op, L0806 dangling name, L0807 name twice, L0808 dtype or shape; and one
 * warning, L0819 an output that is declared with another shape than it has.
 *
 * @example
 * checkModel(model) // []
 * checkModel({ ...model, opset: 5 }).map(({ code }) => code) // ["L0803"]
 */
export function checkModel(model: Model, options: Options = {}): Problem[] {
  const problems: Problem[] = [];
  const report: Report = (found) => problems.push(found);
  const { oldest, newest } = OPSETS_READ;
  if (model.opset < oldest || model.opset > newest) return [problem("L0803", { opset: model.opset, oldest, newest })];
  const nodes = countNodes(model.graph);
  if (nodes > MAX_NODES) return [problem("L0804", { what: "a number of ops", value: nodes, limit: MAX_NODES })];

  const strict = options.ops !== "any";
  const top = new Map<string, Info | undefined>();
  for (const input of model.graph.inputs) {
    if (input.dtype !== undefined && input.shape !== undefined) continue;
    if (strict)
      report(problem("L0808", { node: `input \`${input.name}\``, reason: "its dtype or its shape is not declared" }));
  }
  checkGraph(model.graph, {
    model,
    strict,
    report,
    outer: () => undefined,
    defined: new Set(),
    known: top,
    depth: 0,
    path: "",
  });
  const errors = problems.filter(({ severity }) => severity === "error");
  // what is inferred of a broken model may be the fault of what is broken
  return errors.length > 0 ? errors : problems;
}

/**
 * Throws all problems of a model as one `LimbeckError`, unless all of them are warnings.
 *
 * @example
 * assertModel(model) === model // true
 * assertModel({ ...model, opset: 5 }) // throws L0803
 */
export function assertModel(model: Model, options: Options = {}): Model {
  const problems = checkModel(model, options);
  if (problems.some(({ severity }) => severity === "error")) throw new LimbeckError(problems);
  return model;
}

const namedBodies = (node: Node): [name: string, body: Graph][] =>
  Object.entries(node.attributes).flatMap(([name, a]) => (a.type === "graph" ? [[name, a.value]] : []));

const countNodes = (graph: Graph): number =>
  graph.nodes.reduce((n, node) => n + 1 + bodiesOf(node).reduce((m, body) => m + countNodes(body), 0), 0);

const knows = (node: Node): boolean => ops.has(qualified(node.op, node.domain));
const knowsAll = (graph: Graph): boolean => graph.nodes.every((node) => knows(node) && bodiesOf(node).every(knowsAll));

interface Walk {
  readonly model: Model;
  readonly strict: boolean;
  readonly report: Report;
  /** Where the graph is in the model, for problems. */
  readonly path: string;
  /** Whether a name of the graphs around has a value. */
  readonly defined: ReadonlySet<string>;
  readonly outer: (name: string) => Info | undefined;
  readonly known: Map<string, Info | undefined>;
  readonly depth: number;
}

function checkGraph(graph: Graph, walk: Walk): void {
  const { model, strict } = walk;
  let path = walk.path;
  const report: Report = (found) => walk.report(found.path === undefined ? { ...found, path } : found);
  if (walk.depth > MAX_NESTING) {
    report(problem("L0804", { what: "graphs inside graphs to a depth", value: walk.depth, limit: MAX_NESTING }));
    return;
  }
  const own = new Set<string>();
  const has = (name: string): boolean => own.has(name) || walk.defined.has(name);
  const find = (name: string): Info | undefined => (own.has(name) ? walk.known.get(name) : walk.outer(name));
  const define = (name: string, info: Info | undefined): void => {
    if (own.has(name)) report(problem("L0807", { name }));
    own.add(name);
    walk.known.set(name, info);
    if (info !== undefined && sizeAtLeast(info) > MAX_ELEMENTS)
      report(
        problem("L0804", {
          what: `a number of elements of \`${name}\``,
          value: sizeAtLeast(info),
          limit: MAX_ELEMENTS,
        }),
      );
  };

  for (const input of graph.inputs) define(input.name, typeOf(input));
  for (const [name, t] of Object.entries(graph.initializers)) {
    const input = graph.inputs.find((i) => i.name === name);
    if (input === undefined) define(name, infoOf(t));
  }
  for (const [index, node] of graph.nodes.entries()) {
    path = `${walk.path}/nodes/${index}`;
    const title = titleOf(node);
    let whole = true;
    for (const name of node.inputs)
      if (name !== "" && !has(name)) {
        report(problem("L0806", { name, reader: title }));
        whole = false;
      }
    for (const [name, body] of namedBodies(node)) {
      const inner = new Map<string, Info | undefined>();
      const defined = new Set([...walk.defined, ...own]);
      checkGraph(body, { ...walk, known: inner, outer: find, defined, depth: walk.depth + 1, path: `${path}/${name}` });
    }
    const isKnown = knows(node);
    if (!isKnown && (strict || (node.domain !== undefined && !Object.hasOwn(DOMAINS, node.domain))))
      report(problem("L0805", { op: node.op, domain: node.domain, node: title, known: [...ops.keys()] }));
    const read = node.inputs.map((name) => (name === "" ? undefined : find(name)));
    const typed = node.inputs.every((name, i) => name === "" || read[i] !== undefined);
    let results: Info[] = [];
    // a body's ops are inferred with the op that it belongs to, which knows what the body is fed
    if (isKnown && whole && typed && walk.depth === 0 && bodiesOf(node).every(knowsAll)) {
      try {
        results = inferNode(node, read, model.opset, find);
      } catch (e) {
        if (!(e instanceof LimbeckError)) throw e;
        // what only the run can tell, a model that is only run may leave open
        for (const found of e.problems) if (strict || found.code !== "L0817") report(found);
      }
    }
    node.outputs.forEach((name, i) => {
      if (name !== "") define(name, results[i]);
    });
  }
  path = walk.path === "" ? "/outputs" : `${walk.path}/outputs`;
  for (const output of graph.outputs) {
    if (!has(output.name)) report(problem("L0806", { name: output.name, reader: `output \`${output.name}\`` }));
    const found = find(output.name);
    if (found === undefined) continue;
    const { name, dtype = found.dtype, shape = found.shape } = output;
    if (dtype !== found.dtype)
      report(problem("L0808", { node: `output \`${name}\``, reason: `it is declared ${dtype} and is ${found.dtype}` }));
    if (shape.length !== found.shape.length || !shape.every((d, i) => mayEqual(d, found.shape[i]!)))
      report(problem("L0819", { output: name, declared: showShape(shape), found: showShape(found.shape) }));
  }
}

const typeOf = (v: ValueInfo): Info | undefined =>
  v.dtype === undefined || v.shape === undefined ? undefined : declared(v);

/** The least number of elements, symbolic sizes counting as one. */
const sizeAtLeast = (info: Info): number => info.shape.reduce<number>((n, d) => (typeof d === "number" ? n * d : n), 1);
