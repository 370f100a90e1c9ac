/** Matrix products in generated code: written out for small ones, loops for larger ones. */
import type { Dtype } from "../ir.js";
import { sizeOf } from "../tensor.js";
import type { Atom, Code, Operand } from "./code.js";

export interface Product {
  readonly a: Operand;
  readonly b: Operand;
  readonly dtype: Dtype;
  readonly dims: readonly number[];
  readonly m: number;
  readonly k: number;
  readonly n: number;
  /** Where the matrices of each batch begin. */
  readonly starts: readonly [ArrayLike<number>, ArrayLike<number>];
  /** Steps of `a` along rows and along what is summed over, of `b` along what is summed over and along columns. */
  readonly steps: readonly [number, number, number, number];
  /** What becomes of a sum; `extra` is the element of the third tensor at its place. */
  readonly finish?: (sum: string, extra: string | undefined) => string;
  readonly extra?: { readonly x: Operand; readonly at: ArrayLike<number> } | undefined;
}

/** Products of up to so many elements are written out. */
const MAX_WRITTEN = 256;

/** `sum += a·b` from 0 on, in that order, as reference evaluation does it. */
export function product(code: Code, p: Product): Operand {
  const { a, b, dtype, dims, m, k, n, starts, steps, extra } = p;
  const finish = p.finish ?? ((sum: string) => sum);
  const [ri, ci, rj, cj] = steps;
  if (sizeOf(dims) <= code.small && k <= code.small && sizeOf(dims) * k <= MAX_WRITTEN) {
    const atoms: Atom[] = [];
    for (let s = 0; s < starts[0].length; s++)
      for (let i = 0; i < m; i++)
        for (let j = 0; j < n; j++) {
          const pairs = Array.from({ length: k }, (_, l) => [
            code.element(a, starts[0][s]! + i * ri + l * ci),
            code.element(b, starts[1][s]! + l * rj + j * cj),
          ]);
          const sum = ["0", ...pairs.map(([x, y]) => `${x!.text} * ${y!.text}`)].join(" + ");
          const more = extra && code.element(extra.x, extra.at[atoms.length]!);
          atoms.push(code.expression(finish(sum, more?.text), dtype, [...pairs.flat(), ...(more ? [more] : [])]));
        }
    return code.ofAtoms(dtype, dims, atoms);
  }
  return code.array(dtype, dims, [a, b, ...(extra ? [extra.x] : [])], (out, [x, y, z]) => {
    const batches = starts[0].length;
    const [sa, sb] = batches === 1 ? [starts[0][0], starts[1][0]] : starts.map((at) => `${code.bind(at)}[s]`);
    const at = extra && code.bind(extra.at);
    return `for (let s = 0, at = 0; s < ${batches}; s++)
  for (let i = 0; i < ${m}; i++)
    for (let j = 0; j < ${n}; j++, at++) {
      let sum = 0;
      for (let l = 0; l < ${k}; l++) sum += ${x}[${sa} + i * ${ri} + l * ${ci}] * ${y}[${sb} + l * ${rj} + j * ${cj}];
      ${out}[at] = ${finish("sum", at && `${z}[${at}[at]]`)};
    }`;
  });
}
