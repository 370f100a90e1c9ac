/** Messages of any type as the tensor language has them: trees whose leaves are values. */
import { isValue, type Value } from "../../onnx/value.js";

/** A message of one type with several others: at each leaf what `f` makes of theirs. */
export function mapLeaves(messages: readonly unknown[], f: (leaves: readonly Value[]) => Value): unknown {
  const [first] = messages;
  if (isValue(first)) return f(messages as readonly Value[]);
  const at = (key: string | number): unknown =>
    mapLeaves(
      messages.map((message) => (message as { readonly [key: string | number]: unknown })[key]),
      f,
    );
  if (Array.isArray(first)) return first.map((_, i) => at(i));
  return Object.fromEntries(Object.keys(first as object).map((key) => [key, at(key)]));
}

/** Every leaf, in the order of the type. */
export function leavesOf(message: unknown): Value[] {
  const all: Value[] = [];
  mapLeaves([message], ([leaf]) => {
    all.push(leaf!);
    return leaf!;
  });
  return all;
}
