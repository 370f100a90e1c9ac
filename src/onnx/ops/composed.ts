/**
 * Gradients of ops that other ops can be put together to: the same is computed once more with those, and that is
 * differentiated.
 */
import type { Value } from "../value.js";
import type { GradientContext } from "./op.js";

/** The gradient of an op whose outputs `write` gives again out of its inputs, by ops that have gradients. */
export const composed =
  (write: (c: GradientContext, inputs: readonly (Value | undefined)[]) => readonly (Value | undefined)[]) =>
  (c: GradientContext): (Value | undefined)[] => {
    const { scope } = c.outputs[0];
    // under names of their own, the inputs are leaves even where one of them depends on another
    const leaves = c.inputs.map((v) => (v === undefined ? undefined : scope.emit("Identity", [v])[0]));
    const wanted = leaves.flatMap((v, i) => (v !== undefined && c.wants(i) ? [i] : []));
    const used = write(c, leaves).flatMap((v, i) =>
      v !== undefined && c.gradients[i] !== undefined ? [{ v, i }] : [],
    );
    const found = c.differentiate(
      scope,
      used.map(({ v }) => v),
      used.map(({ i }) => c.gradients[i]),
      wanted.map((i) => leaves[i]!),
    );
    return c.inputs.map((_, i) => (wanted.includes(i) ? found[wanted.indexOf(i)] : undefined));
  };
