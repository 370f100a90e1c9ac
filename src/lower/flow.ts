/**
 * What leads to each value of a graph, as marks that flow along its edges: through bodies turn by turn, and through what
 * is remembered from call to call, until nothing changes any more.
 *
 *     x ── Sin ──►  y {rounds}  ── Cast float32 ──►  z {rounds, narrow}
 */
import type { Dtype, Graph, Model, Node } from "../onnx/ir.js";
import { capturedNames } from "../onnx/names.js";
import { declared, inferGraph } from "../onnx/shape.js";
import type { Info } from "../onnx/value.js";
import { LimbeckError } from "../problem/problem.js";

/** A set of marks, a bit each. */
export type Marks = bigint;
export const NONE: Marks = 0n;

/** What an op itself adds: `read` is what leads to it, `dtypes` those that it reads and gives, unknown ones undefined. */
export type Marking = (
  node: Node,
  read: Marks,
  dtypes: { readonly inputs: readonly (Dtype | undefined)[]; readonly output: Dtype | undefined },
  output: string,
) => Marks;

type Find<T> = (name: string) => T;
type Infos = Find<Info | undefined>;

const STATE_IN = "state_in.";
const STATE_OUT = "state_out.";

/**
 * The marks of each value of a model, by name.
 *
 * @example
 * const g = graphBuilder("wave");
 * const x = g.input("x", "float64", ["N"]);
 * g.output("y", add(sin(x), 1));
 * const marks = flow(g.model(), ({ op }) => (op === "Sin" ? 1n : 0n));
 * [marks("x"), marks("y")] // [0n, 1n]
 */
export function flow({ graph, opset }: Model, marking: Marking): Find<Marks> {
  const infos = infosOf(graph, opset, () => undefined);
  const states = graph.inputs.filter(({ name }) => name.startsWith(STATE_IN));
  const outOf = (name: string) => STATE_OUT + name.slice(STATE_IN.length);
  let kept = new Map<string, Marks>(states.map(({ name }) => [name, NONE]));
  for (;;) {
    const find = walk(graph, (name) => kept.get(name) ?? NONE, { marking, opset, infos });
    const next = new Map(states.map(({ name }) => [name, find(outOf(name))]));
    if ([...next].every(([name, marks]) => marks === kept.get(name))) return find;
    kept = next;
  }
}

interface Around {
  readonly marking: Marking;
  readonly opset: number;
  readonly infos: Infos;
}

/** The values of one graph. `outer` knows those around it, and its inputs. */
function walk(graph: Graph, outer: Find<Marks>, around: Around): Find<Marks> {
  const { marking } = around;
  const dtype = (name: string) => around.infos(name)?.dtype;
  const own = new Map<string, Marks>(Object.keys(graph.initializers).map((name) => [name, NONE]));
  const find = (name: string): Marks => own.get(name) ?? outer(name);
  for (const node of graph.nodes) {
    const read = [...node.inputs, ...capturedNames(node)].filter((name) => name !== "").map(find);
    const inside = throughBodies(node, find, around);
    const inputs = node.inputs.filter((name) => name !== "").map(dtype);
    node.outputs.forEach((name, i) => {
      if (name === "") return;
      const led = inside?.[i] ?? union(read);
      own.set(name, led | marking(node, led, { inputs, output: dtype(name) }, name));
    });
  }
  return find;
}

/** What leads to the outputs of a node whose bodies are known in form; undefined for any other. */
function throughBodies(node: Node, find: Find<Marks>, around: Around): Marks[] | undefined {
  const bodyOf = (name: string): Graph | undefined => {
    const attribute = node.attributes[name];
    return attribute?.type === "graph" ? attribute.value : undefined;
  };
  const given = node.inputs.map((name) => (name === "" ? NONE : find(name)));
  const into = (body: Graph, inputs: readonly Marks[]): Marks[] => {
    const named = new Map(body.inputs.map(({ name }, i) => [name, inputs[i] ?? NONE]));
    const infos = infosOf(body, around.opset, around.infos);
    const inner = walk(body, (name) => named.get(name) ?? find(name), { ...around, infos });
    return body.outputs.map(({ name }) => inner(name));
  };
  /** Turns until what is carried gains no mark; `turn` gives what comes out of one, the carried values first. */
  const settled = (carried: readonly Marks[], turn: (carried: readonly Marks[]) => readonly Marks[]): Marks[] => {
    const out = turn(carried);
    const next = carried.map((marks, i) => marks | out[i]!);
    return next.every((marks, i) => marks === carried[i]) ? [...next, ...out.slice(next.length)] : settled(next, turn);
  };
  const then = bodyOf("then_branch");
  const otherwise = bodyOf("else_branch");
  if (then !== undefined && otherwise !== undefined) {
    const [a, b] = [into(then, []), into(otherwise, [])];
    return node.outputs.map((_, i) => given[0]! | a[i]! | b[i]!);
  }
  const body = bodyOf("body");
  if (body === undefined) return undefined;
  if (node.op === "Scan") {
    const { num_scan_inputs: count } = node.attributes;
    const states = given.length - (count?.type === "int" ? Number(count.value) : 0);
    return settled(given.slice(0, states), (carried) => into(body, [...carried, ...given.slice(states)]));
  }
  // how often a Loop turns leads to all that it gives
  const [most = NONE, going = NONE] = given;
  let turns = most | going;
  for (;;) {
    const before = turns;
    const out = settled(given.slice(2), (carried) => {
      const [goesOn = NONE, ...rest] = into(body, [turns, turns, ...carried]);
      turns |= goesOn;
      return rest;
    });
    if (turns === before) return out.map((marks) => marks | turns);
  }
}

/** The values of a graph, as far as inference knows them: a foreign body may leave open what it is given. */
function infosOf(graph: Graph, opset: number, outer: Infos): Infos {
  try {
    return inferGraph(graph, graph.inputs.map(declared), opset, outer);
  } catch (error) {
    if (error instanceof LimbeckError) return () => undefined;
    throw error;
  }
}

const union = (marks: readonly Marks[]): Marks => marks.reduce((all, one) => all | one, NONE);
