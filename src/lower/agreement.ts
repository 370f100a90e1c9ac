/**
 * How well a policy answers as its graph does: port by port, message by message, over a run of both side by side.
 *
 * Of numbers: the same bits (signs of zeros apart, where they are promised), so many units in the last place (ULP) apart at most, or the greatest absolute and relative
 * error and the tag at which it occurs. Messages must come at the same tags with the same stamps.
 */
import { messageParts } from "../component/parts.js";
import type { Message, MessageSchema } from "../message/type.js";
import { elementType } from "../onnx/functions/base.js";
import type { Graph, Model, Node, Tensor } from "../onnx/ir.js";
import { capturedNames } from "../onnx/names.js";

export interface Sample {
  readonly time_ns: number;
  readonly microstep: number;
  readonly stamp_ns: number;
  readonly message: Message;
}

export interface Tag {
  readonly time_ns: number;
  readonly microstep: number;
}

export interface Agreement {
  readonly port: string;
  /** Messages that both said. */
  readonly messages: number;
  readonly equal: boolean;
  /** The greatest distance; undefined where there is none to measure (another choice, NaN on one side). */
  readonly ulp: number | undefined;
  readonly max_abs: number;
  readonly max_rel: number;
  /** Σ(a − b)² / Σ(a − ā)² over all numbers; 0 where both are the same. */
  readonly nmse: number;
  /** Where the greatest absolute error is. */
  readonly worst?: Tag & { readonly graph: number; readonly policy: number };
  /** The first tag that is outside of the promise, and how. */
  readonly first?: Tag & { readonly what: string };
  readonly promise: string;
  readonly holds: boolean;
}

/** What is promised of numbers: equal bits, or |a − b| ≤ tolerance · max(1, |a|). */
export type Promised =
  | { readonly kind: "bits" }
  | { readonly kind: "tolerance"; readonly of: (dtype: Tensor["dtype"]) => number };

/** Tolerances when nobody says another: of float64 and of float32. */
export const TOLERANCES = { float64: 1e-9, float32: 1e-4 } as const;

export const tolerance = (given?: number): Promised => ({
  kind: "tolerance",
  of: (dtype) => given ?? (dtype === "float32" ? TOLERANCES.float32 : TOLERANCES.float64),
});

/**
 * Ops of which ONNX Runtime and JavaScript give the same bits, signs of zeros apart: they round once, as IEEE 754 says,
 * or only choose. Of zeros, `Min` and its like may give either, and the runtime's `Where` makes a chosen −0 a 0.
 */
const EXACT: ReadonlySet<string> = new Set(
  `Add Sub Mul Div Neg Abs Sign Sqrt Floor Ceil Round Reciprocal Min Max Clip Relu
   Equal Greater Less GreaterOrEqual LessOrEqual And Or Not Xor Where IsNaN IsInf
   Identity Constant Cast Reshape Squeeze Unsqueeze Transpose Concat Split Slice Gather GatherElements ScatterElements
   Expand Tile Pad Shape Flatten ArgMax ArgMin TopK ReduceMax ReduceMin Range ConstantOfShape`.split(/\s+/),
);

/**
 * What a policy promises of each port, by all that leads to it, through what is remembered too: equal bits where every op
 * gives them; else the tolerance of the port's dtype, or of float32 where something on the way is computed in it.
 *
 * @param given a tolerance in place of these
 * @param unpromised nodes that a student stands in for: what hangs on one is as far off as that is
 * @example
 * const { typed, component } = await loadGraph("arm-reach.graph.yaml");
 * const { model } = lower(typed!, { all: true }, { component });
 * promisesOf(model)("torque").kind // "tolerance"
 */
export function promisesOf(
  { graph }: Model,
  given?: number,
  unpromised: readonly string[] = [],
): (port: string) => Promised {
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const floats = new Set([
    ...graph.inputs.filter(({ dtype }) => dtype === "float32").map(({ name }) => name),
    ...Object.entries(graph.initializers).flatMap(([name, { dtype }]) => (dtype === "float32" ? [name] : [])),
  ]);
  return (port) => {
    if (given !== undefined) return tolerance(given);
    const ways = leading(makers, (name) => name.split(/[.:]/, 2).join(".") === `act.${port}`, graph);
    // the weights of a model are named after its node
    if (ways.names.some((name) => unpromised.some((node) => name.startsWith(`${node}/`))))
      return tolerance(Number.POSITIVE_INFINITY);
    if (ways.nodes.every(isExact)) return { kind: "bits" };
    const narrow = ways.names.some((name) => floats.has(name)) || ways.nodes.some(narrows);
    return narrow ? tolerance(TOLERANCES.float32) : tolerance();
  };
}

/** The nodes and names that outputs depend on; what a state is at the next call hangs on what it was at this one. */
function leading(makers: ReadonlyMap<string, Node>, isRoot: (output: string) => boolean, { outputs }: Graph) {
  const names = outputs.map(({ name }) => name).filter(isRoot);
  const seen = new Set(names);
  const nodes = new Set<Node>();
  for (const name of names) {
    const node = makers.get(name);
    if (node !== undefined) nodes.add(node);
    const state = name.startsWith("state_in.") ? [`state_out.${name.slice("state_in.".length)}`] : [];
    const read = node === undefined ? state : [...node.inputs, ...capturedNames(node)];
    for (const next of read) {
      if (seen.has(next)) continue;
      seen.add(next);
      names.push(next);
    }
  }
  return { names, nodes: [...nodes] };
}

const bodies = ({ attributes }: Node): Graph[] =>
  Object.values(attributes).flatMap((a) => (a.type === "graph" ? [a.value] : []));

const isExact = (node: Node): boolean =>
  node.domain === undefined &&
  (EXACT.has(node.op) || node.op === "Scan" || node.op === "If" || node.op === "Loop") &&
  bodies(node).every(({ nodes }) => nodes.every(isExact));

/** Whether it makes float32 of something. */
const narrows = (node: Node): boolean => {
  const to = node.op === "Cast" ? node.attributes.to : undefined;
  return (
    (to?.type === "int" && Number(to.value) === elementType.float32) ||
    bodies(node).some(
      ({ nodes, initializers }) =>
        nodes.some(narrows) || Object.values(initializers).some(({ dtype }) => dtype === "float32"),
    )
  );
};

/** Compares what both said at a port. */
export function agreement(
  port: string,
  type: MessageSchema,
  graph: readonly Sample[],
  policy: readonly Sample[],
  promised: Promised,
): Agreement {
  const parts = messageParts(type, port);
  let messages = 0;
  let ulp: number | undefined = 0;
  let equal = true;
  let max_abs = 0;
  let max_rel = 0;
  let worst: Agreement["worst"];
  const sums = { n: 0, error: 0, value: 0, square: 0 };
  let first: Agreement["first"];
  const differs = ({ time_ns, microstep }: Tag, what: string) => {
    equal = false;
    if (first === undefined) first = { time_ns, microstep, what };
  };
  for (let i = 0, j = 0; i < graph.length || j < policy.length; ) {
    const [a, b] = [graph[i], policy[j]];
    const order = a === undefined ? 1 : b === undefined ? -1 : compare(a, b);
    if (order !== 0) {
      if (order < 0) i++;
      else j++;
      differs(order < 0 ? a! : b!, order < 0 ? "the policy says nothing" : "the graph says nothing");
      continue;
    }
    i++;
    j++;
    messages++;
    if (a!.stamp_ns !== b!.stamp_ns) differs(a!, `stamps ${a!.stamp_ns / 1e9} s and ${b!.stamp_ns / 1e9} s`);
    const [ours, theirs] = [parts.tensors(a!.message), parts.tensors(b!.message)];
    for (const [k, { path, dtype }] of parts.leaves.entries())
      for (let n = 0; n < ours[k]!.data.length; n++) {
        const [x, y] = [Number(ours[k]!.data[n]), Number(theirs[k]!.data[n])];
        sums.n++;
        sums.value += x;
        sums.square += x * x;
        sums.error += (x - y) ** 2;
        if (Object.is(x, y)) continue;
        equal = false;
        const abs = Math.abs(x - y);
        const rel = abs === 0 ? 0 : abs / Math.max(Math.abs(x), Math.abs(y));
        const apart = dtype === "float64" || dtype === "float32" ? ulps(x, y, dtype) : undefined;
        ulp = ulp === undefined || apart === undefined ? undefined : Math.max(ulp, apart);
        if (!(abs <= max_abs) || worst === undefined) {
          worst = { time_ns: a!.time_ns, microstep: a!.microstep, graph: x, policy: y };
          max_abs = abs;
        }
        max_rel = Math.max(max_rel, rel);
        const within = promised.kind === "tolerance" ? abs <= promised.of(dtype) * Math.max(1, Math.abs(x)) : x === y;
        if (!within) differs(a!, `${path === "" ? "" : `\`${path}\` `}${x} and ${y}`);
      }
  }
  const holds = first === undefined;
  return {
    port,
    messages,
    equal,
    ulp,
    max_abs,
    max_rel,
    nmse: sums.error === 0 ? 0 : sums.error / Math.max(sums.square - sums.value ** 2 / sums.n, Number.MIN_VALUE),
    ...(worst === undefined ? {} : { worst }),
    ...(first === undefined ? {} : { first }),
    promise: promiseInWords(type, port, promised),
    holds,
  };
}

/** A tolerance without end is no promise. */
function promiseInWords(type: MessageSchema, port: string, promised: Promised): string {
  if (promised.kind === "bits") return "bit-equal";
  const widest = Math.max(...messageParts(type, port).leaves.map(({ dtype }) => promised.of(dtype)));
  return widest === Number.POSITIVE_INFINITY ? "nothing" : `within ${widest.toExponential(0)}`;
}

const compare = (a: Tag, b: Tag): number => a.time_ns - b.time_ns || a.microstep - b.microstep;

const wide = new DataView(new ArrayBuffer(8));

/**
 * How many numbers of a dtype lie from one to the other; undefined where one is no number.
 *
 * @example
 * ulps(1, 1 + 2 ** -52, "float64") // 1
 */
export function ulps(a: number, b: number, dtype: "float64" | "float32"): number | undefined {
  if (Number.isNaN(a) || Number.isNaN(b)) return undefined;
  const place = (x: number): bigint => {
    if (dtype === "float32") wide.setInt32(0, new Int32Array(Float32Array.of(x).buffer)[0]!);
    else wide.setFloat64(0, x);
    const bits = dtype === "float32" ? BigInt(wide.getInt32(0)) : wide.getBigInt64(0);
    const least = dtype === "float32" ? -(2n ** 31n) : -(2n ** 63n);
    return bits < 0n ? least - bits : bits;
  };
  const apart = place(a) - place(b);
  return Number(apart < 0n ? -apart : apart);
}
