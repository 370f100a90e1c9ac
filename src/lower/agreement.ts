/**
 * How well a policy answers as its graph does: port by port, message by message, over a run of both side by side.
 *
 * Of numbers: the same bits (signs of zeros apart, where they are promised), so many units in the last place (ULP) apart at most, or the greatest absolute and relative
 * error and the tag at which it occurs. Of choices and truth values: how many are the same. Messages must come at the same tags with the same stamps.
 */
import { type MessageParts, messageParts } from "../component/parts.js";
import type { Message, MessageSchema } from "../message/type.js";
import type { Dtype } from "../onnx/ir.js";
import type { Promised } from "./promise.js";

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
  /** Messages that only one of them said. */
  readonly alone: number;
  readonly equal: boolean;
  /** The greatest distance; undefined where there is none to measure (another whole number, NaN on one side). */
  readonly ulp: number | undefined;
  /** Whether any part is a number; what follows is of these. */
  readonly numbers: boolean;
  readonly max_abs: number;
  readonly max_rel: number;
  /** Σ(a − b)² / Σ(a − ā)² over all numbers; of a port without numbers the share of its choices that are others. */
  readonly nmse: number;
  /** Choices and truth values that both said, and how many of them are the same; absent where the port has none. */
  readonly choices?: { readonly compared: number; readonly same: number };
  /** Where the greatest absolute error is. */
  readonly worst?: Tag & { readonly graph: number; readonly policy: number };
  /** The first tag that is outside of the promise, and how. */
  readonly first?: Tag & { readonly what: string };
  /** In words fit for its type: `bit-equal`, `within 1e-9`, `equal` of what is no floating-point number, `none`. */
  readonly promise: string;
  /** Whether it keeps the promise; what promises nothing does. */
  readonly holds: boolean;
}

/** Compares what both said at a port. */
export function agreement(
  port: string,
  type: MessageSchema,
  graph: readonly Sample[],
  policy: readonly Sample[],
  promised: Promised,
): Agreement {
  const parts = messageParts(type, port);
  const tolerances = parts.leaves.map((leaf) => toleranceOf(leaf, promised));
  const binding = tolerances.some((tolerance) => tolerance !== Number.POSITIVE_INFINITY);
  let messages = 0;
  let alone = 0;
  let ulp: number | undefined = 0;
  let equal = true;
  let max_abs = 0;
  let max_rel = 0;
  let worst: Agreement["worst"];
  const sums = { n: 0, error: 0, value: 0, square: 0 };
  const choices = { compared: 0, same: 0 };
  let first: Agreement["first"];
  const differs = ({ time_ns, microstep }: Tag, what: string) => {
    if (first === undefined) first = { time_ns, microstep, what };
  };
  for (let i = 0, j = 0; i < graph.length || j < policy.length; ) {
    const [a, b] = [graph[i], policy[j]];
    const order = a === undefined ? 1 : b === undefined ? -1 : compare(a, b);
    if (order !== 0) {
      if (order < 0) i++;
      else j++;
      alone++;
      equal = false;
      if (binding) differs(order < 0 ? a! : b!, order < 0 ? "the policy says nothing" : "the graph says nothing");
      continue;
    }
    i++;
    j++;
    messages++;
    if (a!.stamp_ns !== b!.stamp_ns) {
      equal = false;
      if (binding) differs(a!, `stamps ${a!.stamp_ns / 1e9} s and ${b!.stamp_ns / 1e9} s`);
    }
    const [ours, theirs] = [parts.tensors(a!.message), parts.tensors(b!.message)];
    for (const [k, leaf] of parts.leaves.entries())
      for (let n = 0; n < ours[k]!.data.length; n++) {
        const [x, y] = [Number(ours[k]!.data[n]), Number(theirs[k]!.data[n])];
        const isChoice = choosesOf(leaf);
        if (isChoice) choices.compared++;
        else {
          sums.n++;
          sums.value += x;
          sums.square += x * x;
          sums.error += (x - y) ** 2;
        }
        if (Object.is(x, y)) {
          if (isChoice) choices.same++;
          continue;
        }
        equal = false;
        const abs = Math.abs(x - y);
        if (!isChoice) {
          const rel = abs === 0 ? 0 : abs / Math.max(Math.abs(x), Math.abs(y));
          const apart = isFloat(leaf.dtype) ? ulps(x, y, leaf.dtype) : undefined;
          ulp = ulp === undefined || apart === undefined ? undefined : Math.max(ulp, apart);
          if (!(abs <= max_abs) || worst === undefined) {
            worst = { time_ns: a!.time_ns, microstep: a!.microstep, graph: x, policy: y };
            max_abs = abs;
          }
          max_rel = Math.max(max_rel, rel);
        }
        const tolerance = tolerances[k]!;
        const within = tolerance === Number.POSITIVE_INFINITY || x === y || abs <= tolerance * Math.max(1, Math.abs(x));
        if (!within)
          differs(a!, `${leaf.path === "" ? "" : `\`${leaf.path}\` `}${shown(leaf, x)} and ${shown(leaf, y)}`);
      }
  }
  const numbers = !parts.leaves.every(choosesOf);
  const wrong = choices.compared === 0 ? 0 : 1 - choices.same / choices.compared;
  const spread = Math.max(sums.square - sums.value ** 2 / sums.n, Number.MIN_VALUE);
  return {
    port,
    messages,
    alone,
    equal,
    ulp,
    numbers,
    max_abs,
    max_rel,
    nmse: !numbers ? wrong : sums.error === 0 ? 0 : sums.error / spread,
    ...(parts.leaves.some(choosesOf) ? { choices } : {}),
    ...(worst === undefined ? {} : { worst }),
    ...(first === undefined ? {} : { first }),
    promise: promiseInWords(parts.leaves, tolerances),
    holds: first === undefined,
  };
}

type Leaf = MessageParts["leaves"][number];

const isFloat = (dtype: Dtype): dtype is "float64" | "float32" => dtype === "float64" || dtype === "float32";

/** One of several, and no number: two of them are the same, or are not. */
const choosesOf = ({ dtype, choices }: Leaf): boolean => choices !== undefined || dtype === "bool";

/** Choices are the same or are not; so are whole numbers, unless somebody says how far they may be apart. */
function toleranceOf(leaf: Leaf, { tolerance, given = false, free = false }: Promised): number {
  if (choosesOf(leaf)) return free ? Number.POSITIVE_INFINITY : 0;
  return given || isFloat(leaf.dtype) ? tolerance(leaf.path) : 0;
}

const shown = ({ choices, dtype }: Leaf, x: number): string =>
  choices?.[x] ?? (dtype === "bool" ? String(x !== 0) : String(x));

/** Paths that a promise names one by one. */
const MAX_NAMED = 3;

/** `bit-equal`, `within 1e-9`, `equal`, `none`; of parts that differ in it, each with its parts: `mode equal, x within 1e-9`. */
function promiseInWords(leaves: readonly Leaf[], tolerances: readonly number[]): string {
  const word = (leaf: Leaf, tolerance: number): string => {
    if (tolerance === Number.POSITIVE_INFINITY) return "none";
    if (tolerance === 0) return isFloat(leaf.dtype) ? "bit-equal" : "equal";
    return `within ${tolerance < 1e-3 ? tolerance.toExponential() : tolerance}`;
  };
  const paths = new Map<string, string[]>();
  leaves.forEach((leaf, k) => {
    const words = word(leaf, tolerances[k]!);
    paths.set(words, [...(paths.get(words) ?? []), leaf.path]);
  });
  if (paths.size === 1) return [...paths.keys()][0]!;
  return [...paths]
    .map(([words, of]) => `${of.length > MAX_NAMED ? `${of.length} parts` : of.join(" and ")} ${words}`)
    .join(", ");
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
