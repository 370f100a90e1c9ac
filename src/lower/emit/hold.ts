/** What is remembered of messages: the last one of an output, those on their way along a delayed edge. */
import type { Json, MessageSchema } from "../../message/type.js";
import { slice, squeeze } from "../../onnx/functions.js";
import type { Tensor } from "../../onnx/ir.js";
import { scalar } from "../../onnx/tensor.js";
import type { Value } from "../../onnx/value.js";
import { type Flag, or, select } from "./flag.js";
import { constantsOf, type Found, type Frame, type Held, type Lazy, lazy, type Said, zerosOf } from "./frame.js";
import { inPlace, named, places, shifted } from "./places.js";

/** The last message, kept as `name`; `initial` before the first. */
export function hold(frame: Frame, name: string, type: MessageSchema, said: Said, initial?: Json): Held {
  const { remember, bool } = frame;
  const every = lazy(() => said.came() === true);
  const start = initial === undefined ? zerosOf(type) : constantsOf(type, initial);
  const known = initial !== undefined;
  return {
    there: lazy((): Flag => {
      if (known || every()) return true;
      return remember(`${name}.there`, scalar("bool", 0), (was) => bool(or(said.came(), was)));
    }),
    parts: new Map(
      [...said.parts].map(([path, part]) => [
        path,
        lazy(() =>
          every() ? part() : remember(named(name, path), start.get(path)!, (was) => select(said.came(), part(), was)),
        ),
      ]),
    ),
    stamp: lazy(() =>
      every()
        ? said.stamp()
        : remember(`${name}.stamp`, scalar("float64", 0), (was) => select(said.came(), said.stamp(), was)),
    ),
  };
}

/** The same with what an input holds before the first message. */
export function withInitial(frame: Frame, held: Held, type: MessageSchema, initial: Json): Held {
  const start = constantsOf(type, initial);
  return {
    there: () => true,
    parts: new Map(
      [...held.parts].map(([path, part]) => [
        path,
        lazy(() => select(held.there(), part(), frame.constant(start.get(path)!))),
      ]),
    ),
    stamp: lazy(() => select(held.there(), held.stamp(), frame.f64(0))),
  };
}

export interface Delay {
  /** Ticks until a message arrives. */
  readonly ticks: number;
  readonly tick: Lazy<Flag>;
  /** A message is sent at every tick. */
  readonly steady: boolean;
  /** What is sent at this call: asked for once every node has spoken. */
  readonly said: Lazy<Said>;
}

/**
 * A delayed edge: a place a tick, from which the oldest message is taken as the youngest is put in.
 *
 * Before the first arrival `initial` lies at its end.
 */
export function delayed(
  frame: Frame,
  name: string,
  type: MessageSchema,
  { ticks, tick, steady, said }: Delay,
  initial: Json | undefined,
  event: boolean,
): Found {
  const { states, later, grown, bool } = frame;
  const start = initial === undefined ? zerosOf(type) : constantsOf(type, initial);
  const travel = (of: string, empty: Tensor, youngest: () => Value): Value => {
    const ring = states.read(of, ticks === 1 ? empty : places(empty, ticks));
    later(() => {
      const next = grown(youngest());
      const moved = ticks === 1 ? next : shifted(ring, inPlace(next));
      states.write(of, select(tick(), moved, ring));
    });
    return ticks === 1 ? ring : squeeze(slice(ring, [0], [1], [1]), [1]);
  };
  const flags = lazy(() => travel(`${name}.came`, scalar("bool", 0), () => bool(said().came())));
  const arriving: Said = {
    came: lazy(() => {
      const came = flags();
      const at = tick();
      return at === true ? came : select(at, came, bool(false));
    }),
    parts: new Map(
      [...start].map(([path, zero]) => [
        path,
        lazy(() => travel(named(name, path), zero, () => said().parts.get(path)!())),
      ]),
    ),
    stamp: lazy(() => travel(`${name}.stamp`, scalar("float64", 0), () => said().stamp())),
  };
  if (event) return { ...arriving, there: arriving.came };
  // where a message arrives at every tick, the places begin filled with what is held before
  if (steady && tick() === true && initial !== undefined) return { ...arriving, there: () => true };
  return { ...hold(frame, `${name}.held`, type, arriving, initial), came: arriving.came };
}
