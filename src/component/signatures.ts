/**
 * What components look like, asked once for the same params and the same types at the inputs.
 *
 * In a large graph most nodes are like many others, and a signature says nothing of the node that it is for: a chain of
 * equal nodes is asked once. Types are told apart by their JSON, which is canonical, and each is written once.
 */
import type { Catalogue } from "../graph/catalogue.js";
import type { Json, MessageSchema } from "../message/type.js";
import type { Component } from "./component.js";

/** Signatures that are kept; a graph has at most so many nodes. */
const MAX_KEPT = 10_000;
/** Longer params (a table) are rarely the same twice. */
const MAX_KEY = 1_000;

/**
 * A catalogue's `signature` over its components.
 *
 * @throws LimbeckError as the component's own `signature` does, each time
 * @example
 * const half = step({
 *   doc: "Half of a number.",
 *   inputs: { value: Type.Number() },
 *   outputs: { half: Type.Number() },
 *   step: ({ value }) => ({ outputs: { half: value / 2 } }),
 * });
 * const signature = signatures((name) => (name === "test/half" ? half : undefined));
 * signature("test/half", {}, {}) === signature("test/half", {}, {}) // true
 */
export function signatures(component: (name: string) => Component | undefined): Catalogue["signature"] {
  const kept = new Map<string, ReturnType<Catalogue["signature"]>>();
  const numbers = new WeakMap<MessageSchema, number>();
  const byText = new Map<string, number>();
  const numberOf = (type: MessageSchema | undefined): number => {
    if (type === undefined) return -1;
    const known = numbers.get(type);
    if (known !== undefined) return known;
    const text = JSON.stringify(type);
    const number = byText.get(text) ?? byText.size;
    byText.set(text, number);
    numbers.set(type, number);
    return number;
  };
  return (name, params, inputs) => {
    let key = `${JSON.stringify(name)}${textOf(params)}`;
    for (const port in inputs) key += `${JSON.stringify(port)}${numberOf(inputs[port])}`;
    const known = kept.get(key);
    if (known !== undefined) return known;
    const signature = component(name)?.signature(params, inputs);
    if (kept.size < MAX_KEPT && key.length <= MAX_KEY) kept.set(key, signature);
    return signature;
  };
}

/** JSON that tells −0 from 0 and numbers that are none from nothing. */
function textOf(value: Json | undefined): string {
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "";
  let text = "{";
  for (const [key, part] of Object.entries(value)) text += `${JSON.stringify(key)}:${textOf(part as Json)},`;
  return `${text}}`;
}
