/** The numbers in messages of a type: which there are, and their values. */
import { fieldsOf, kindOf } from "../../message/kind.js";
import { tensorType } from "../../message/tensor.js";
import type { Message, MessageSchema, TypedArray } from "../../message/type.js";

export interface Numbers {
  /** Numbers in every message, where that is known beforehand; `wraps` says which are angles. */
  readonly fixed: readonly { readonly wraps: boolean }[];
  /** Whether messages may hold numbers at all. */
  readonly any: boolean;
  /** Calls `f` with every number, in order of fields; those in `fixed` come first. */
  each(message: Message, f: (value: number) => void): void;
}

type Each = Numbers["each"];

/** How to walk the numbers of a type. Booleans, choices and texts are none. */
export function numbersOf(type: MessageSchema): Numbers {
  const fixed: { wraps: boolean }[] = [];
  const first: Each[] = [];
  const then: Each[] = [];
  walk(type, (message) => message, false);
  return {
    fixed,
    any: first.length + then.length > 0,
    each(message, f) {
      for (const part of first) part(message, f);
      for (const part of then) part(message, f);
    },
  };

  function walk(schema: MessageSchema, at: (message: Message) => Message | undefined, varies: boolean): void {
    const into = varies ? then : first;
    switch (kindOf(schema)) {
      case "number":
      case "integer":
        if (!varies) fixed.push({ wraps: schema.wraps === true });
        into.push((message, f) => {
          const value = at(message);
          if (value !== undefined) f(value as number);
        });
        break;
      case "tensor": {
        const { length, dtype } = tensorType(schema)!;
        if (dtype === "bool") break;
        if (!varies) for (let i = 0; i < length; i++) fixed.push({ wraps: schema.wraps === true });
        into.push((message, f) => {
          const values = at(message) as TypedArray | undefined;
          if (values !== undefined) for (let i = 0; i < values.length; i++) f(values[i]!);
        });
        break;
      }
      case "object":
        for (const field of fieldsOf(schema))
          walk(
            field.schema,
            (message) => (at(message) as { readonly [name: string]: Message } | undefined)?.[field.name],
            varies || field.optional,
          );
        break;
      case "array": {
        const item = numbersOf(schema.items!);
        if (item.any)
          then.push((message, f) => {
            for (const part of (at(message) as readonly Message[] | undefined) ?? []) item.each(part, f);
          });
        break;
      }
      default:
    }
  }
}
