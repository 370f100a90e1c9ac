/** The message in the middle of several, part by part: what one that errs does not move. */
import { fieldsOf, kindOf } from "../../../message/kind.js";
import { elements } from "../../../message/tensor.js";
import type { Message, MessageSchema } from "../../../message/type.js";
import { medianAngle } from "./angle.js";
import { mostFrequent } from "./exact.js";
import { medianNumber } from "./number.js";
import { medianQuaternion, PARTS } from "./quaternion.js";

export type Median = (values: readonly (Message | undefined)[]) => Message | undefined;

/**
 * The median of messages of these types, which are the same in structure: numbers by their median, angles on the circle,
 * quaternions up to the sign; of texts, choices, lengths and whether an optional field is there, what most have.
 *
 * @example
 * const type = messageSchema({ x: "number", mode: { enum: ["a", "b"] } }, () => undefined);
 * const median = compileMedian([type, type, type]);
 * median([{ x: 1, mode: "a" }, { x: 9, mode: "b" }, { x: 2, mode: "a" }]) // { mode: "a", x: 2 }
 */
export function compileMedian(types: readonly MessageSchema[]): Median {
  const present = medianOf(types);
  return (values) => {
    if (!mostFrequent(values.map((value) => value !== undefined))) return undefined;
    return present(values.filter((value) => value !== undefined));
  };
}

type Present = (values: readonly Message[]) => Message;

function medianOf(types: readonly MessageSchema[]): Present {
  const type = types[0]!;
  const number = types.some(({ wraps }) => wraps === true) ? medianAngle : medianNumber;
  switch (kindOf(type)) {
    case "number":
    case "integer":
      return number as Present;
    case "tensor": {
      const length = elements(type.tensor!);
      const isQuaternion = types.some(({ quaternion }) => quaternion === true);
      return (values) => {
        const all = values as unknown as readonly ArrayLike<number>[];
        if (!isQuaternion) return Float64Array.from({ length }, (_, i) => number(all.map((value) => value[i]!)));
        const blocks = Array.from({ length: length / PARTS }, (_, i) => medianQuaternion(all, i * PARTS));
        return Float64Array.from(blocks.flat());
      };
    }
    case "array": {
      const item = medianOf(types.map(({ items }) => items!));
      return (values) => {
        const all = values as readonly (readonly Message[])[];
        const length = mostFrequent(all.map((value) => value.length));
        const whole = all.filter((value) => value.length === length);
        return Array.from({ length }, (_, i) => item(whole.map((value) => value[i]!)));
      };
    }
    case "object": {
      const fields = fieldsOf(type).map(({ name }) => {
        return { name, median: compileMedian(types.map(({ properties }) => properties![name]!)) };
      });
      return (values) => {
        const middle: { [name: string]: Message } = {};
        for (const { name, median } of fields) {
          const value = median(values.map((one) => (one as { readonly [name: string]: Message | undefined })[name]));
          if (value !== undefined) middle[name] = value;
        }
        return middle;
      };
    }
    default:
      return mostFrequent;
  }
}
