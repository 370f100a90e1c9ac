/**
 * Messages that come as a list: events of a node that does not fire on them, and those of a window.
 *
 * In the tensor language a list has a fixed number of places, the oldest message in the first, zeros behind the last.
 */
import type { NodeVertex, TypedInput, TypedTrigger } from "../../graph/typed.js";
import { cast, less, unsqueeze } from "../../onnx/functions.js";
import { int64s } from "../../onnx/tensor.js";
import { isValue, type Value } from "../../onnx/value.js";
import { fail } from "../../problem/problem.js";
import type { Setup } from "../component.js";

/** Places of a list. */
export const MAX_LISTED = 1024;

/** What came at an input, oldest first. */
export interface Arrived<T> {
  /** How many messages there may be: plain, the number of places. */
  readonly size: number;
  /** How many there are: an int64 scalar. */
  readonly count: Value;
  /** Whether there is one in a place: bool `[size]`. */
  readonly there: Value;
  /** The message, each of its values with an axis of `size` places in front; zeros where there is none. */
  readonly messages: T;
}

/** What decides whether the messages of an input come one by one or as a list, and of how many. */
type Reading = Pick<Setup, "kinds" | "trigger" | "queues">;

/** The most messages that an input is given at once: undefined where they come one by one, infinite where nobody says. */
export function listSize(port: string, { kinds, trigger, queues = {} }: Reading): number | undefined {
  if (trigger === undefined || isPicked(port, trigger)) return undefined;
  if (trigger.kind === "window" && trigger.port === port) return trigger.count ?? Number.POSITIVE_INFINITY;
  return kinds[port] === "event" ? (queues[port] ?? Number.POSITIVE_INFINITY) : undefined;
}

/** Whether a firing takes one message of it. */
const isPicked = (port: string, trigger: TypedTrigger): boolean =>
  trigger.kind === "each" ||
  (trigger.kind === "aligned" && trigger.ports.includes(port)) ||
  (trigger.kind === "silence" && trigger.port === port);

/** The bounds of those inputs whose queues are declared. */
export const queuesOf = (inputs: readonly TypedInput[]): NonNullable<Setup["queues"]> =>
  Object.fromEntries(inputs.flatMap(({ port, queue }) => (queue === undefined ? [] : [[port, queue.size]])));

/** The same of a node of a graph. */
export const readingOf = ({ inputs, trigger }: Pick<NodeVertex, "inputs" | "trigger">): Reading => ({
  kinds: Object.fromEntries(inputs.map(({ port, kind }) => [port, kind])),
  queues: queuesOf(inputs),
  trigger,
});

/** @throws LimbeckError L0830 for a list without a bound that a tensor could have */
export function checkSize(port: string, size: number): void {
  if (size <= MAX_LISTED) return;
  fail("L0830", {
    port,
    reason:
      size === Number.POSITIVE_INFINITY
        ? "is given as many messages as may come between two firings"
        : `is given up to ${size} messages at once, and ${MAX_LISTED} are the most`,
    help: "Say how many at most: `queue: {size: 16}` at the input, or a window by `count`. Or let the node fire on each (`on: {each: [port]}`).",
  });
}

/** How `arrived` finds what an input of the step stands for. */
const known = new WeakMap<object, () => Arrived<unknown>>();

/**
 * What came at an input since the node last fired, or in its window, whatever makes the node fire: a list of as many
 * places as its queue or its window has, of one where the node fires on each message.
 *
 * @param input as the step was given it, whole
 * @throws LimbeckError L0836 for anything else
 * @example
 * const loudest = tensorStep({
 *   doc: "The greatest of the numbers that came, 0 without any.",
 *   inputs: { heard: event(Type.Number()) },
 *   outputs: { value: Type.Number() },
 *   step({ heard }) {
 *     const { messages, there } = arrived(heard);
 *     return { outputs: { value: ops.reduceMax(ops.where(there, messages, 0)) } };
 *   },
 * });
 * const messages = [3, 5, 4].map((message, i) => ({ time_ns: i, port: "heard", message }));
 * solo(loudest).play(messages, 3).map(({ message }) => message) // [3, 5, 4]
 */
export function arrived<T>(input: T): Arrived<T> {
  const found = typeof input === "object" && input !== null ? known.get(input) : undefined;
  if (found === undefined)
    return fail("L0836", {
      what: "`arrived`",
      reason: "is asked for something that is no input of the step",
      help: "Give it the input itself, whole: `arrived(inputs.heard)`.",
    });
  return found() as Arrived<T>;
}

/** A message of one input: values, records and lists of them. */
type Tree = Value | readonly Tree[] | { readonly [field: string]: Tree };

const mapTree = (tree: Tree, f: (value: Value) => Value): Tree => {
  if (isValue(tree)) return f(tree);
  if (Array.isArray(tree)) return tree.map((item) => mapTree(item as Tree, f));
  return Object.fromEntries(Object.entries(tree).map(([name, field]) => [name, mapTree(field as Tree, f)]));
};

/** Lets `arrived` read an input of single messages. `has` tells whether there is one. */
export function single(input: unknown, has: () => Value): unknown {
  known.set(input as object, () => ({
    size: 1,
    count: cast(has(), "int64"),
    there: unsqueeze(has(), [0]),
    messages: mapTree(input as Tree, (value) => unsqueeze(value, [0])),
  }));
  return input;
}

/** What a step is given at an input of lists: to be read by `arrived`, and by nothing else. */
export function listed(port: string, size: number, messages: unknown, count: Value): unknown {
  const { scope } = count;
  const places = () => scope.constant(int64s(Array.from({ length: size }, (_, i) => i)));
  const asOne = () =>
    fail("L0830", {
      port,
      reason: "is read as one message, and its messages come as a list",
      help: "Read it with `arrived(x)`, or let the node fire on each (`on: {each: [port]}`).",
    });
  const list: object = new Proxy(Object.freeze({}), { get: asOne, getPrototypeOf: asOne });
  known.set(list, () => ({ size, count, there: less(places(), count), messages }));
  return list;
}
