/**
 * Messages that a node takes as a list: those that came since it last fired, or the last so many.
 *
 *     came ─► first free place; full: the oldest goes, or the newest is not let in ─► what a firing reads, oldest first
 *
 * Kept are as many places as the queue or the window holds, and how many of them are taken.
 */
import type { TypedInput, TypedTrigger } from "../../graph/typed.js";
import {
  add,
  cast,
  equal,
  greater,
  greaterOrEqual,
  less,
  op,
  reduceSum,
  sub,
  topK,
  where,
} from "../../onnx/functions.js";
import type { Tensor } from "../../onnx/ir.js";
import { scalar, tensor } from "../../onnx/tensor.js";
import type { Value } from "../../onnx/value.js";
import { and, choose, type Flag, isKnown, not, select } from "./flag.js";
import { type Found, type Frame, type Lazy, lazy, type Parts, zerosOf } from "./frame.js";
import { inPlace, named, picked, places, shifted, wide } from "./places.js";

export interface List {
  /** A message came and was let in. */
  readonly came: Lazy<Flag>;
  /** Of a window by count: it makes the node fire. */
  readonly woken: Lazy<Flag>;
  /** Messages that a firing reads: int64. */
  readonly count: Lazy<Value>;
  /** With an axis of places behind that of the rows; zeros behind the last message. */
  readonly parts: Parts;
}

export interface ListSetting {
  /** Of its state. */
  readonly name: string;
  readonly input: TypedInput;
  /** Places. */
  readonly size: number;
  /** The node's trigger, if this is the port of its window. */
  readonly window: Extract<TypedTrigger, { readonly kind: "window" }> | undefined;
  /** Whether the node fires at this call: asked for when every node has spoken. */
  readonly fired: Lazy<Flag>;
}

/** What becomes of the messages that are found at an input of lists. */
export function list(frame: Frame, { name, input, size, window, fired }: ListSetting, found: Found): List {
  const { states, later, f64, now, g, grown } = frame;
  const { type, queue, max_age_ns } = input;
  const refuses = queue?.policy === "drop_newest";
  const counted = (what: string, next: () => Value): Value => {
    const was = states.read(`${name}.${what}`, scalar("float64", 0));
    later(() => states.write(`${name}.${what}`, grown(next())));
    return was;
  };

  const before: Lazy<Value> = lazy(() =>
    counted("count", () => (window === undefined ? select(fired(), f64(0), after()) : after())),
  );
  const full = lazy(() => greaterOrEqual(before(), f64(size)));
  const came = lazy((): Flag => (refuses ? and(found.came(), not(full())) : found.came()));
  const after = lazy(() => select(and(came(), not(full())), add(before(), f64(1)), before()));
  const since: Lazy<Value> = lazy(() => {
    const was = counted("since", () => select(fired(), f64(0), since()));
    return select(came(), add(was, f64(1)), was);
  });
  const woken = lazy((): Flag => {
    if (window?.every_count === undefined) return false;
    return and(came(), greaterOrEqual(since(), f64(window.every_count)), greaterOrEqual(after(), f64(size)));
  });

  const place = lazy(() =>
    g.constant(
      tensor(
        "float64",
        [1, size],
        Array.from({ length: size }, (_, k) => k),
      ),
    ),
  );
  /** The place of this call's message, if it was let in. */
  const here = lazy((): Value | undefined => {
    const flag = came();
    if (flag === false) return undefined;
    const at = equal(place(), inPlace(select(full(), f64(size - 1), before())));
    return isKnown(flag) ? at : op("And", [at, inPlace(flag)]);
  });
  const keep = (of: string, zero: Tensor, youngest: Lazy<Value>): Lazy<Value> =>
    lazy(() => {
      const was = states.read(of, places(zero, size));
      const at = here();
      if (at === undefined) return was;
      const moved = refuses || size === 1 ? was : select(and(came(), full()), shifted(was), was);
      const next = choose(wide(at, was.shape.length), inPlace(youngest()), moved);
      states.write(of, next);
      return next;
    });
  const stamps = keep(`${name}.stamps`, scalar("float64", 0), found.stamp);

  /** Those that are not too old by now come first, in their order. */
  const young = lazy(() => {
    if (max_age_ns === undefined) return undefined;
    const old = greater(sub(inPlace(now()), stamps()), f64(max_age_ns));
    const stays = op("And", [less(place(), inPlace(after())), op("Not", [old])]);
    const { indices } = topK(where(stays, place(), add(place(), f64(size))), size, { axis: 1, largest: 0 });
    return { order: indices, count: reduceSum(cast(stays, "float64"), { axes: [1] }) };
  });
  const count = lazy(() => young()?.count ?? after());
  const parts: Parts = new Map(
    [...found.parts].map(([path, part]) => {
      const zero = zerosOf(type).get(path)!;
      const kept = keep(named(name, path), zero, part);
      return [
        path,
        lazy(() => {
          const order = young()?.order;
          const sorted = order === undefined ? kept() : picked(kept(), order);
          const there = wide(less(place(), inPlace(count())), sorted.shape.length);
          return choose(there, sorted, frame.constant(places(zero, 1)));
        }),
      ];
    }),
  );
  return { came, woken, count: lazy(() => cast(count(), "int64")), parts };
}
