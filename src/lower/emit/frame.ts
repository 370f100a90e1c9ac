/** What all parts of a lowering share: the graph being written, its time, its state, and how values and flags are made. */

import { messageParts } from "../../component/parts.js";
import { fromJson } from "../../message/convert.js";
import type { Json, MessageSchema } from "../../message/type.js";
import type { GraphBuilder } from "../../onnx/builder.js";
import { concat, expand, mul, round, shapeOf } from "../../onnx/functions.js";
import type { Tensor } from "../../onnx/ir.js";
import { tensor } from "../../onnx/tensor.js";
import type { Value } from "../../onnx/value.js";
import { type Flag, isKnown, select } from "./flag.js";
import { isShared, ROWS } from "./shared.js";
import { asRow, createStates, type States } from "./state.js";

/** Made when it is first asked for: what nobody asks for costs neither an op nor an input. */
export type Lazy<T> = () => T;

export const lazy = <T>(make: () => T): Lazy<T> => {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
};

/** A message by the paths of its parts. */
export type Parts = ReadonlyMap<string, Lazy<Value>>;

/** What lies at a port: whether anything does, its parts, the stamp in ns. */
export interface Held {
  readonly there: Lazy<Flag>;
  readonly parts: Parts;
  readonly stamp: Lazy<Value>;
}

/** What is said at this call; parts and stamp mean something where it came. */
export interface Said {
  readonly came: Lazy<Flag>;
  readonly parts: Parts;
  readonly stamp: Lazy<Value>;
}

/** What an input finds: what lies there, and whether it came at this call. */
export interface Found extends Held {
  readonly came: Lazy<Flag>;
}

export interface Frame {
  readonly g: GraphBuilder;
  readonly states: States;
  /** Time of the call in s, and in ns. */
  readonly time: Lazy<Value>;
  readonly now: Lazy<Value>;
  /** Seconds since the last call; 0 at the first. */
  readonly dt: Lazy<Value>;
  /** A float64 that is the same for all rows. */
  f64(value: number): Value;
  bool(flag: Flag): Value;
  constant(of: Tensor): Value;
  /** A value of every row. */
  grown(value: Value): Value;
  /** A state, and what it is after the call. */
  remember(name: string, initial: Tensor, next: (was: Value) => Value): Value;
  /** Runs what must wait until every node has spoken. */
  later(work: () => void): void;
  /** What the graph reads of time. */
  readonly used: { readonly dt: boolean; readonly time: boolean };
  finish(): void;
}

export function createFrame(g: GraphBuilder): Frame {
  const used = { dt: false, time: false };
  const reset = lazy(() => g.input("reset", "bool", [ROWS]));
  const states = createStates(g, ROWS, reset);
  const waiting: (() => void)[] = [];
  const f64 = (value: number): Value => g.constant(tensor("float64", [1], [value]));
  const time = lazy(() => {
    used.time = true;
    return g.input("time", "float64", [ROWS]);
  });
  return {
    g,
    states,
    time,
    // a time in ns is whole, and its seconds are less than half a ns off
    now: lazy(() => round(mul(time(), f64(1e9)))),
    dt: lazy(() => {
      used.dt = true;
      return select(reset(), f64(0), g.input("dt", "float64", [ROWS]));
    }),
    f64,
    bool: (flag) => (isKnown(flag) ? g.constant(tensor("bool", [1], [flag ? 1 : 0])) : flag),
    constant: (of) => g.constant(asRow(of)),
    grown(value) {
      if (!isShared(value)) return value;
      const rest = value.shape.slice(1) as number[];
      const rows = shapeOf(reset());
      return expand(
        value,
        rest.length === 0 ? rows : concat([rows, g.constant(tensor("int64", [rest.length], rest))], 0),
      );
    },
    remember(name, initial, next) {
      const value = next(states.read(name, initial));
      states.write(name, value);
      return value;
    },
    later: (work) => void waiting.push(work),
    used,
    finish() {
      // what is done late may ask for more of the kind
      for (const work of waiting) work();
      states.finish();
    },
  };
}

/** The parts of a type, zero. */
export const zerosOf = (type: MessageSchema): ReadonlyMap<string, Tensor> => byPath(type, (parts) => parts.zeros());

/** The parts of a value of a graph file. */
export const constantsOf = (type: MessageSchema, json: Json): ReadonlyMap<string, Tensor> =>
  byPath(type, (parts) => parts.tensors(fromJson(type, json)));

function byPath(
  type: MessageSchema,
  tensors: (parts: ReturnType<typeof messageParts>) => Tensor[],
): ReadonlyMap<string, Tensor> {
  const parts = messageParts(type);
  const made = tensors(parts);
  return new Map(parts.leaves.map(({ path }, i) => [path, made[i]!]));
}
