/** One node at a call: is it due, is everything there that it needs, what it computes, what it says and keeps. */
import { listSize, readingOf } from "../../component/tensor/list.js";
import type { NodeVertex, TypedInput } from "../../graph/typed.js";
import { div, greater, less, min, sub } from "../../onnx/functions.js";
import { scalar } from "../../onnx/tensor.js";
import type { Value } from "../../onnx/value.js";
import { clockOf } from "../clocks.js";
import type { Piece } from "../piece.js";
import { triggerInputs } from "../schedule.js";
import { exact } from "./exact.js";
import { and, type Flag, not, or, select } from "./flag.js";
import {
  constantsOf,
  type Found,
  type Frame,
  type Held,
  type Lazy,
  lazy,
  type Parts,
  type Said,
  zerosOf,
} from "./frame.js";
import { hold } from "./hold.js";
import { list } from "./list.js";

/** What a node reads, by port, beside what it fires on. */
export interface Inputs {
  find(input: TypedInput): Found;
  /** Of an input of the policy: seconds since the stamp, as the caller says it. */
  age(input: TypedInput): Lazy<Value> | undefined;
}

const NEVER = -1;

/** Adds a node; gives what each of its outputs says. */
export function fire(
  frame: Frame,
  node: NodeVertex,
  piece: Piece,
  inputs: Inputs,
  due: (node: NodeVertex) => Flag,
): ReadonlyMap<string, Said> {
  const { states, now, f64, bool } = frame;
  const { id, trigger } = node;
  const found = new Map(node.inputs.map((input) => [input.port, inputs.find(input)]));
  const triggers = triggerInputs(node).map(({ port }) => found.get(port)!);
  const stamp = stampOf(frame, node, triggers);
  const lists = new Map(
    node.inputs.flatMap((input) => {
      const size = listSize(input.port, readingOf(node));
      if (size === undefined) return [];
      const name = `#list.${id}.${input.port}`;
      const window = trigger.kind === "window" && trigger.port === input.port ? trigger : undefined;
      const at = found.get(input.port)!;
      const made = list(frame, { name, input, size, window, fired: () => fired }, at);
      const last = hold(frame, name, input.type, { ...at, came: made.came }, input.initial);
      return [[input.port, { ...made, there: last.there, stamp: last.stamp }] as const];
    }),
  );
  const single = node.inputs.filter(({ port }) => !lists.has(port));
  const seen = new Map(
    single.map((input) => {
      const at = found.get(input.port)!;
      const name = `#exact.${id}.${input.port}`;
      return [input.port, input.exact === true ? { came: at.came, ...exact(frame, name, input, at, stamp) } : at];
    }),
  );
  const slots = new Map(single.map((input) => [input.port, slotOf(frame, input, seen.get(input.port)!)]));
  const woken = wakes();
  const needed = single.filter(({ optional }) => !optional).map(({ port }) => slots.get(port)!.there());
  const fired = and(woken, ...needed);
  const always = fired === true;

  const before = new Map(piece.state.map(({ name, initial }) => [name, states.read(`${id}.${name}`, initial)]));
  const elapsed = lazy((): Value => {
    if (always) return frame.dt();
    const last = states.read(`#fired.${id}`, scalar("float64", NEVER));
    states.write(`#fired.${id}`, select(fired, now(), last));
    return select(less(last, f64(0)), f64(0), div(sub(now(), last), f64(1e9)));
  });
  const fresh = (port: string): Flag => {
    const { came } = lists.get(port) ?? seen.get(port)!;
    if (always) return came();
    const was = states.read(`#fresh.${id}.${port}`, scalar("bool", 0));
    const now = or(came(), was);
    states.write(`#fresh.${id}.${port}`, bool(and(now, not(fired))));
    return now;
  };
  const age = (port: string): Value => {
    const input = node.inputs.find((candidate) => candidate.port === port)!;
    const plain = !lists.has(port) && input.exact !== true;
    const told = plain ? inputs.age(input) : undefined;
    if (told !== undefined) return told();
    const { there, stamp } = lists.get(port) ?? seen.get(port)!;
    return select(there(), div(sub(now(), stamp()), f64(1e9)), f64(Number.POSITIVE_INFINITY));
  };
  const feed = (name: string): Value => {
    if (name === "dt") return elapsed();
    if (name === "time") return frame.time();
    const [kind, rest] = cut(name, ".");
    if (kind === "state") return before.get(rest)!;
    if (kind === "has") return bool(slots.get(rest)!.there());
    if (kind === "fresh") return bool(fresh(rest));
    if (kind === "age") return age(rest);
    if (kind === "count") return lists.get(rest)!.count();
    const [port, path] = cut(rest, ":");
    return (lists.get(port) ?? slots.get(port)!).parts.get(path)!();
  };
  const result = piece.add(frame, feed, `${id}/`);
  for (const [name, was] of before) states.write(`${id}.${name}`, select(fired, result(`next.${name}`), was));

  return new Map(
    node.outputs.map(({ port, type }) => {
      const leaves = piece.outputs.filter((leaf) => leaf.port === port);
      const speaks = leaves.length > 0;
      const valid = !speaks ? false : piece.silent.includes(port) ? flagOf(result(`valid.${port}`)) : true;
      const parts: Parts = speaks
        ? new Map(leaves.map(({ path, name }) => [path, () => result(name)]))
        : new Map([...zerosOf(type)].map(([path, zero]) => [path, () => frame.constant(zero)]));
      const came = and(fired, valid);
      return [port, { came: () => came, parts, stamp }];
    }),
  );

  function wakes(): Flag {
    if (clockOf(trigger) !== undefined) return due(node);
    if (trigger.kind === "window") return lists.get(trigger.port)!.woken();
    return or(...triggers.map(({ came }) => came()));
  }
}

interface Slot {
  readonly there: Lazy<Flag>;
  readonly parts: Parts;
}

/** What a firing reads at an input: what lies there if it is young enough, or what is to be read in its place. */
function slotOf({ now, f64, constant }: Frame, input: TypedInput, found: Held): Slot {
  const { max_age_ns, missing, optional, type } = input;
  const young = lazy((): Flag => {
    const there = found.there();
    if (max_age_ns === undefined || there === false) return there;
    return and(there, not(greater(sub(now(), found.stamp()), f64(max_age_ns))));
  });
  const fallback = typeof missing === "object" ? constantsOf(type, missing.default) : undefined;
  const instead = fallback ?? (optional ? zerosOf(type) : undefined);
  return {
    there: fallback === undefined ? young : () => true,
    parts: new Map(
      [...found.parts].map(([path, part]) => [
        path,
        lazy(() => (instead === undefined ? part() : select(young(), part(), constant(instead.get(path)!)))),
      ]),
    ),
  };
}

/** The oldest stamp among what made the node fire; that of a clocked one is its tag. */
function stampOf({ now }: Frame, { trigger }: NodeVertex, triggers: readonly Found[]): Lazy<Value> {
  if (clockOf(trigger) !== undefined) return now;
  return lazy(() =>
    triggers.reduce((oldest, { came, stamp }) => {
      const flag = came();
      return flag === false ? oldest : select(flag, min(oldest, stamp()), oldest);
    }, now()),
  );
}

/** A bool of which all rows are the same constant is known. */
function flagOf({ constant, ...value }: Value): Flag {
  return constant !== undefined && constant.data.length === 1 ? Number(constant.data[0]) !== 0 : (value as Value);
}

const cut = (text: string, at: string): [string, string] => {
  const i = text.indexOf(at);
  return i < 0 ? [text, ""] : [text.slice(0, i), text.slice(i + 1)];
};
