/** An input that is read by stamp: of the last messages, the one whose stamp is that of the firing. */
import { MAX_REMEMBERED } from "../../graph/ir.js";
import type { TypedInput } from "../../graph/typed.js";
import { cast, equal, gatherElements, op, squeeze } from "../../onnx/functions.js";
import { scalar } from "../../onnx/tensor.js";
import type { Value } from "../../onnx/value.js";
import { select } from "./flag.js";
import { type Found, type Frame, type Held, type Lazy, lazy, zerosOf } from "./frame.js";
import { inPlace, named, picked, places, shifted } from "./places.js";

/** @param stamp of the firing, in ns */
export function exact(
  { states, grown }: Frame,
  name: string,
  { type }: TypedInput,
  found: Found,
  stamp: Lazy<Value>,
): Held {
  const keep = (of: string, empty: ReturnType<typeof scalar>, youngest: Lazy<Value>): Lazy<Value> =>
    lazy(() => {
      const was = states.read(of, places(empty, MAX_REMEMBERED));
      const next = select(found.came(), shifted(was, inPlace(grown(youngest()))), was);
      states.write(of, next);
      return next;
    });
  const stamps = keep(`${name}.stamps`, scalar("float64", Number.NEGATIVE_INFINITY), found.stamp);
  /** Where the stamps are equal, and the last place of them. */
  const match = lazy(() => cast(equal(stamps(), inPlace(stamp())), "float32"));
  const last = lazy(() => op("ArgMax", [match()], { axis: 1, keepdims: 1, select_last_index: 1 }));
  const zeros = zerosOf(type);
  return {
    there: lazy(() => cast(squeeze(gatherElements(match(), last(), 1), [1]), "bool")),
    stamp: lazy(() => squeeze(picked(stamps(), last()), [1])),
    parts: new Map(
      [...found.parts].map(([path, part]) => {
        const kept = keep(named(name, path), zeros.get(path)!, part);
        return [path, lazy(() => squeeze(picked(kept(), last()), [1]))];
      }),
    ),
  };
}
