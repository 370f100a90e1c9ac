/** What the ops of any number of broadcast inputs share. */
import { add, cast, div, equal, mul } from "../functions.js";
import { unbroadcast } from "../unbroadcast.js";
import type { Value } from "../value.js";
import { commonShape, type Exact, pointwise, sameDtype } from "./elementwise.js";
import { type GradientContext, info, type Op, VARIADIC } from "./op.js";

/** An op of any number of broadcast inputs. */
export const variadic = (
  name: string,
  f: (...x: number[]) => number,
  gradient: (c: GradientContext) => (Value | undefined)[],
  exact?: Exact,
): Op => ({
  name,
  inputs: [1, VARIADIC],
  outputs: [1, 1],
  attributes: {},
  infer: (c) => [info(sameDtype(c, "number"), commonShape(c))],
  ...pointwise((c) => ({ dtype: c.input(0).dtype, f, exact })),
  gradient,
});

/** Max and Min; equal inputs share the gradient evenly. */
export const extreme = (name: string, f: (...x: number[]) => number, exact: Exact): Op =>
  variadic(
    name,
    f,
    (c) => {
      const y = c.outputs[0];
      const chosen = c.inputs.map((_, i) => cast(equal(c.input(i), y), y.dtype));
      const share = div(c.gradient, chosen.reduce(add));
      return chosen.map((mask, i) => (c.wants(i) ? unbroadcast(mul(share, mask), c.input(i)) : undefined));
    },
    exact,
  );
