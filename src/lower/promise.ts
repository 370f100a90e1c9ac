/**
 * What a policy promises of each part of each port, by all that leads to it: the same bits where every op gives them, else
 * a tolerance; and which students lead to it, of whom nothing is promised.
 *
 * | what leads to a part                                             | promised of its numbers | of choices, whole numbers |
 * |------------------------------------------------------------------|-------------------------|---------------------------|
 * | ops that round once, as IEEE 754 says, or only choose and move   | bit-equal               | equal                     |
 * | an op of floating point that rounds in its own way               | within 1e-9             | equal                     |
 * | the same in float32, or rounded to it afterwards                 | within 1e-4             | equal                     |
 * | a student                                                        | none                    | none                      |
 */
import type { PolicyFacts, Rounding } from "../models/policy.js";
import type { Dtype, Model, Node } from "../onnx/ir.js";
import { flow, type Marks, NONE } from "./flow.js";

/** Tolerances when nobody says another, by how what leads to a part rounds. */
const TOLERANCES: { readonly [rounding in Rounding]: number } = { exact: 0, float64: 1e-9, float32: 1e-4 };

/** What is promised of a part's numbers: equal bits (0), |a − b| ≤ tolerance · max(1, |a|), or nothing at all. */
export interface Promised {
  /** By the part's path; infinite where nothing is promised. */
  readonly tolerance: (path: string) => number;
  /** Somebody asked for this tolerance: whole numbers are held to it, too. */
  readonly given?: boolean;
  /** Choices may be others: no tolerance says how far. */
  readonly free?: boolean;
}

/**
 * Ops of which ONNX Runtime and JavaScript give the same bits, signs of zeros apart: they round once, as IEEE 754 says,
 * or only choose. Of zeros, `Min` and its like may give either, and the runtime's `Where` makes a chosen −0 a 0.
 */
const EXACT: ReadonlySet<string> = new Set(
  `Add Sub Mul Div Neg Abs Sign Sqrt Floor Ceil Round Reciprocal Min Max Clip Relu
   Equal Greater Less GreaterOrEqual LessOrEqual And Or Not Xor Where IsNaN IsInf
   Identity Constant Cast Reshape Squeeze Unsqueeze Transpose Concat Split Slice Gather GatherElements ScatterElements
   Expand Tile Pad Shape Flatten ArgMax ArgMin TopK ReduceMax ReduceMin Range ConstantOfShape
   Scan If Loop`.split(/\s+/),
);

const ROUNDS: Marks = 1n;
const NARROW: Marks = 2n;

const isWide = (dtype: Dtype | undefined): boolean => dtype === "float64";
const isFloating = (dtype: Dtype | undefined): boolean =>
  dtype === undefined || isWide(dtype) || dtype === "float32" || dtype === "float16" || dtype === "bfloat16";

/** Of integers and truth values every op of ONNX's own gives the same; a cast to text and back is none of these. */
const roundsItsOwnWay = (node: Node, dtypes: readonly (Dtype | undefined)[]): boolean =>
  node.domain !== undefined || (!EXACT.has(node.op) && dtypes.some(isFloating));

/**
 * How what leads to an output of a model rounds, by the output's name.
 *
 * @param model as it is written, before ops that the runtime lacks are composed
 * @example
 * const g = graphBuilder("policy");
 * const x = g.input("obs.x", "float64", ["N"]);
 * g.output("act.y", mul(x, 2));
 * g.output("act.z", cast(sin(x), "float32"));
 * ["act.y", "act.z"].map(roundingsOf(g.model())) // ["exact", "float32"]
 */
export function roundingsOf(model: Model): (output: string) => Rounding {
  const marks = flow(model, (node, read, { inputs, output }) => {
    const rounds = roundsItsOwnWay(node, [...inputs, output]) ? ROUNDS : NONE;
    const rounded = ((read | rounds) & ROUNDS) !== NONE;
    return rounded && isFloating(output) && !isWide(output) ? rounds | NARROW : rounds;
  });
  return (output) => {
    const led = marks(output);
    if ((led & ROUNDS) === NONE) return "exact";
    return (led & NARROW) === NONE ? "float64" : "float32";
  };
}

/**
 * What a policy promises, port by port.
 *
 * @param given a tolerance in place of what its ops promise
 * @example
 * const { typed, component } = await loadGraph("arm-reach.graph.yaml");
 * const { facts } = lower(typed!, { all: true }, { component });
 * promisesOf(facts)("torque").tolerance("") // 1e-9
 */
export function promisesOf({ outputs }: PolicyFacts, given?: number): (port: string) => Promised {
  return (port) => {
    const { students = [], tensors } = outputs[port]!;
    if (students.length > 0) return ofStudents(given);
    if (given !== undefined) return { tolerance: () => given, given: true };
    const roundings = new Map(tensors.map(({ name, rounding }) => [name, rounding]));
    return {
      tolerance: (path) => TOLERANCES[roundings.get(path === "" ? `act.${port}` : `act.${port}:${path}`)!],
    };
  };
}

/** Of what a student leads to nothing is promised; its numbers are held to a tolerance that somebody asks for. */
const ofStudents = (given = Number.POSITIVE_INFINITY): Promised => ({
  tolerance: () => given,
  given: true,
  free: true,
});

/**
 * The nodes among `places` that lead to each port: to what it says, when, or with which stamp.
 *
 * @param model as it is written, before constants are shared: every value of a node has the node's name in front
 * @example
 * const g = graphBuilder("policy");
 * const [y] = g.include(model.graph, [g.input("obs.x", "float32", ["N", 2])], "planner/");
 * g.output("act.y", y);
 * leadersOf(g.model(), ["planner", "mode"])("y") // ["planner"]
 */
export function leadersOf(model: Model, places: readonly string[]): (port: string) => string[] {
  if (places.length === 0) return () => [];
  const marks = flow(model, (_node, _read, _dtypes, output) =>
    places.reduce((all, place, i) => (output.startsWith(`${place}/`) ? all | (1n << BigInt(i)) : all), NONE),
  );
  const names = model.graph.outputs.map(({ name }) => name);
  return (port) => {
    const own = names.filter((name) => name.split(/[.:]/, 2).join(".") === `act.${port}`);
    const led = own.reduce((all, name) => all | marks(name), NONE);
    return places.filter((_, i) => ((led >> BigInt(i)) & 1n) === 1n);
  };
}
