/** The activations that recurrent ops name in their attributes, as numbers and as ops. */
import {
  abs,
  add,
  clip,
  div,
  elu,
  greater,
  leakyRelu,
  mul,
  relu,
  sigmoid,
  softplus,
  tanh,
  where,
} from "../functions.js";
import type { Value } from "../value.js";
import type { NodeContext } from "./op.js";

export interface Activation {
  f(x: number): number;
  write(x: Value): Value;
}

interface Named {
  /** Default values of what the attributes may give; none for what the function does not take. */
  readonly alpha?: number;
  readonly beta?: number;
  f(x: number, alpha: number, beta: number): number;
  write(x: Value, alpha: number, beta: number): Value;
}

const named: { readonly [name: string]: Named } = {
  relu: { f: (x) => Math.max(x, 0), write: relu },
  tanh: { f: Math.tanh, write: tanh },
  sigmoid: { f: (x) => 1 / (1 + Math.exp(-x)), write: sigmoid },
  softsign: { f: (x) => x / (1 + Math.abs(x)), write: (x) => div(x, add(abs(x), 1)) },
  softplus: { f: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), write: softplus },
  affine: { alpha: 1, beta: 0, f: (x, a, b) => a * x + b, write: (x, a, b) => add(mul(x, a), b) },
  leakyrelu: { alpha: 0.01, f: (x, a) => (x < 0 ? a * x : x), write: (x, a) => leakyRelu(x, a) },
  thresholdedrelu: { alpha: 1, f: (x, a) => (x > a ? x : 0), write: (x, a) => where(greater(x, a), x, 0) },
  scaledtanh: { alpha: 1, beta: 1, f: (x, a, b) => a * Math.tanh(b * x), write: (x, a, b) => mul(tanh(mul(x, b)), a) },
  hardsigmoid: {
    alpha: 0.2,
    beta: 0.5,
    f: (x, a, b) => Math.min(1, Math.max(0, a * x + b)),
    write: (x, a, b) => clip(add(mul(x, a), b), 0, 1),
  },
  elu: { alpha: 1, f: (x, a) => (x < 0 ? a * Math.expm1(x) : x), write: (x, a) => elu(x, a) },
};

/** The activations of an op in the order of its attribute, with their numbers and the bound on what goes in (`clip`). */
export function activationsOf(c: NodeContext, defaults: readonly string[]): Activation[] {
  const names = c.texts("activations") ?? defaults;
  if (names.length !== defaults.length) c.refuse(`it has ${names.length} activations, not ${defaults.length}`);
  const [alphas, betas] = [[...(c.floats("activation_alpha") ?? [])], [...(c.floats("activation_beta") ?? [])]];
  const bound = c.float("clip", Number.POSITIVE_INFINITY);
  return names.map((name) => {
    const key = name.toLowerCase();
    const of = Object.hasOwn(named, key) ? named[key] : c.refuse(`its activation ${name} is not known`);
    const alpha = of.alpha === undefined ? 0 : (alphas.shift() ?? of.alpha);
    const beta = of.beta === undefined ? 0 : (betas.shift() ?? of.beta);
    return {
      f: (x) => of.f(Math.min(Math.max(x, -bound), bound), alpha, beta),
      write: (x) => of.write(Number.isFinite(bound) ? clip(x, -bound, bound) : x, alpha, beta),
    };
  });
}
