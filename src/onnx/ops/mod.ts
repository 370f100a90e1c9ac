/**
 * Mod: the remainder, with the sign of the divisor (integers), or with the sign of the dividend as C's fmod
 * (`fmod = 1`, which floats need).
 */
import { ceil, div, floor, fmod, less, mul, neg, sub, where } from "../functions.js";
import { isFloat, isHalf } from "../tensor.js";
import { unbroadcast } from "../unbroadcast.js";
import { commonShape, pointwise, sameDtype } from "./elementwise.js";
import { info, type Op } from "./op.js";

const floored = (a: number, b: number): number => {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
};
const exactly = (a: bigint, b: bigint): bigint => {
  if (b === 0n) return 0n;
  const rest = a % b;
  return rest !== 0n && rest < 0n !== b < 0n ? rest + b : rest;
};

export const mod: Op = {
  name: "Mod",
  inputs: [2, 2],
  outputs: [1, 1],
  attributes: { fmod: "int" },
  infer(c) {
    const dtype = sameDtype(c, "number");
    if ((isFloat(dtype) || isHalf(dtype)) && c.int("fmod", 0) === 0) c.refuse(`${dtype} needs its attribute fmod = 1`);
    return [info(dtype, commonShape(c))];
  },
  ...pointwise((c) => {
    const { dtype } = c.input(0);
    return c.int("fmod", 0) === 0
      ? { dtype, f: floored, exact: exactly }
      : { dtype, f: (a, b) => a % b, exact: (a, b) => (b === 0n ? 0n : a % b) };
  }),
  // a − b·trunc(a/b), and trunc has no slope
  gradient(c) {
    const [a, b] = [c.input(0), c.input(1)];
    const truncated = () => {
      const ratio = div(sub(a, fmod(a, b)), b);
      return where(less(ratio, 0), ceil(sub(ratio, 0.5)), floor(sub(ratio, -0.5)));
    };
    return [
      c.wants(0) ? unbroadcast(c.gradient, a) : undefined,
      c.wants(1) ? unbroadcast(neg(mul(c.gradient, truncated())), b) : undefined,
    ];
  },
};
