/**
 * Einsum: sums of products over named axes, `ij,jk->ik`. A name twice in one term takes the diagonal, `...` stands for
 * axes without a name, which broadcast, and without `->` the result has the names that occur once, in alphabetical order.
 *
 * The gradient by a term is an Einsum too: of the gradient and the other terms, on that term's names.
 */
import { broadcast, isStatic, showShape, stridesOf, UNKNOWN, walk } from "../dims.js";
import { cast, equal, mul, op, reshape, einsum as sumOfProducts, unsqueeze } from "../functions.js";
import type { Dim, Shape } from "../ir.js";
import { allocate, int64s, readable, sizeOf, writer } from "../tensor.js";
import { expandLike, unbroadcast } from "../unbroadcast.js";
import type { Value } from "../value.js";
import { sameDtype } from "./elementwise.js";
import { info, type NodeContext, type Op, VARIADIC } from "./op.js";

interface Plan {
  /** Names of each term's axes; axes of an ellipsis are named "0", "1", … from the last one on. */
  readonly terms: readonly (readonly string[])[];
  readonly result: readonly string[];
  /** Size of every name. */
  readonly sizes: ReadonlyMap<string, Dim>;
}

function plan(c: NodeContext, shapes: readonly Shape[]): Plan {
  const equation = (c.text("equation") ?? c.refuse("it has no equation")).replaceAll(" ", "");
  const [left, right, ...more] = equation.split("->");
  const texts = left.split(",");
  if (more.length > 0 || !/^([A-Za-z]|\.\.\.|,)*$/.test(left)) c.refuse(`its equation ${equation} is not well formed`);
  if (texts.length !== shapes.length) c.refuse(`its equation ${equation} is for ${texts.length} inputs`);
  const terms = texts.map((text, i) => named(c, text, shapes[i].length));
  const sizes = new Map<string, Dim>();
  terms.forEach((names, i) => {
    names.forEach((name, axis) => {
      const size = broadcast([sizes.get(name) ?? 1], [shapes[i][axis]]);
      sizes.set(
        name,
        size?.[0] ?? c.refuse(`axis ${name} of ${equation} has two sizes, one in ${showShape(shapes[i])}`),
      );
    });
  });
  const without = [...sizes.keys()].filter((name) => /\d/.test(name)).sort((a, b) => Number(b) - Number(a));
  const once = terms.flat().filter((name, _, all) => /\D/.test(name) && all.indexOf(name) === all.lastIndexOf(name));
  const result =
    right === undefined
      ? [...without, ...once.sort()]
      : named(c, right, right.replace("...", "").length + without.length);
  for (const name of result) if (!sizes.has(name)) c.refuse(`axis ${name} of its result is in no input`);
  if (new Set(result).size < result.length) c.refuse(`its result names one axis twice: ${equation}`);
  return { terms, result, sizes };
}

function named(c: NodeContext, text: string, rank: number): string[] {
  const [before, after, ...more] = text.split("...");
  const free = rank - before.length - (after?.length ?? 0);
  if (more.length > 0 || !/^[A-Za-z]*$/.test(before + (after ?? ""))) c.refuse(`its equation has a term ${text}`);
  if (after === undefined ? free !== 0 : free < 0) c.refuse(`its term ${text} does not fit ${rank} axes`);
  return [
    ...before,
    ...Array.from({ length: after === undefined ? 0 : free }, (_, i) => String(free - 1 - i)),
    ...(after ?? ""),
  ];
}

export const einsum: Op = {
  name: "Einsum",
  inputs: [1, VARIADIC],
  outputs: [1, 1],
  attributes: { equation: "string" },
  laborious: true,
  infer(c) {
    const { result, sizes } = plan(
      c,
      c.inputs.map((_, i) => c.input(i).shape),
    );
    return [
      info(
        sameDtype(c, "number"),
        result.map((name) => sizes.get(name) ?? UNKNOWN),
      ),
    ];
  },
  // rows are one more axis, with a name of its own
  batch(c) {
    const inputs = c.inputs.map((_, i) => c.input(i));
    const p = plan(
      c,
      inputs.map((x) => x.shape),
    );
    const letters = lettersOf(p);
    const rows = ALPHABET.find((letter) => ![...letters.values()].includes(letter))!;
    const spell = (names: readonly string[]): string => names.map((name) => letters.get(name)).join("");
    const terms = inputs.map((x, i) => (x.batched ? rows : "") + spell(p.terms[i]));
    return [
      sumOfProducts(
        `${terms.join(",")}->${rows}${spell(p.result)}`,
        inputs.map((x) => x.value),
      ),
    ];
  },
  evaluate(c) {
    const inputs = c.inputs.map((_, i) => c.input(i));
    const { terms, result, sizes } = plan(
      c,
      inputs.map((t) => t.dims),
    );
    const summed = [...sizes.keys()].filter((name) => !result.includes(name));
    const size = (names: readonly string[]) => names.map((name) => sizes.get(name) as number);
    const [dims, inner] = [size(result), size(summed)];
    const from = inputs.map(readable);
    const places = (names: readonly string[], grid: readonly number[]) =>
      inputs.map((t, i) => {
        const strides = stridesOf(t.dims);
        // a name twice in a term moves along both of its axes; an axis of size 1 stays where it is
        const step = (name: string): number =>
          terms[i].reduce((sum, own, axis) => (own === name && t.dims[axis] !== 1 ? sum + strides[axis] : sum), 0);
        return walk(grid, names.map(step));
      });
    const [outer, within] = [places(result, dims), places(summed, inner)];
    const [count, steps] = [sizeOf(dims), sizeOf(inner)];
    const data = allocate(inputs[0].dtype, count);
    const write = writer(inputs[0].dtype, data);
    for (let o = 0; o < count; o++) {
      let sum = 0;
      for (let s = 0; s < steps; s++)
        sum += from.reduce((product, values, i) => product * values[outer[i][o] + within[i][s]], 1);
      write(o, sum);
    }
    return [{ dtype: inputs[0].dtype, dims, data }];
  },
  gradient(c) {
    const inputs = c.inputs.map((_, i) => c.input(i));
    const p = plan(
      c,
      inputs.map((v) => v.shape),
    );
    const letters = lettersOf(p);
    const spell = (names: readonly string[]): string => names.map((name) => letters.get(name)).join("");
    return inputs.map((input, i) => {
      if (!c.wants(i)) return undefined;
      const others = inputs.flatMap((v, k) => (k === i ? [] : [{ v, names: p.terms[k] }]));
      const own = [...new Set(p.terms[i])];
      const reached = own.filter((name) => p.result.includes(name) || others.some((o) => o.names.includes(name)));
      const equation = `${[p.result, ...others.map((o) => o.names)].map(spell).join(",")}->${spell(reached)}`;
      const found = sumOfProducts(equation, [c.gradient, ...others.map((o) => o.v)]);
      return placed(found, reached, p.terms[i], input);
    });
  },
};

const ALPHABET = [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"];

/** A letter for every name, so that axes of an ellipsis can be written too. */
function lettersOf({ sizes }: Plan): Map<string, string> {
  const taken = new Set(sizes.keys());
  const free = ALPHABET.filter((letter) => !taken.has(letter));
  return new Map([...taken].map((name) => [name, /\d/.test(name) ? free.shift()! : name]));
}

/** A gradient on the names `reached`, in the order of the term, as one by the term: spread along axes that nothing else has, laid on diagonals. */
function placed(found: Value, reached: readonly string[], names: readonly string[], input: Value): Value {
  const first = (axis: number): boolean => names.indexOf(names[axis]) === axis;
  const absent = names.flatMap((name, axis) => (first(axis) && reached.includes(name) ? [] : [axis]));
  let out = unsqueeze(found, absent);
  names.forEach((name, axis) => {
    if (!first(axis)) out = mul(out, diagonal(input, names.indexOf(name), axis));
  });
  const full = out.shape.some((d, i) => d === 1 && input.shape[i] !== 1) ? expandLike(out, input) : out;
  return unbroadcast(full, input);
}

/** Ones where the positions along two axes of `like` are equal, zeros elsewhere, broadcast along the others. */
function diagonal(like: Value, a: number, b: number): Value {
  const { scope } = like;
  const size = (axis: number): Value =>
    isStatic([like.shape[axis]])
      ? scope.constant(int64s([like.shape[axis] as number]))
      : op("Shape", [like], { start: axis, end: axis + 1 });
  const ones = (axis: number): Value =>
    reshape(
      positions(size(axis)),
      like.shape.map((_, i) => (i === axis ? -1 : 1)),
    );
  return cast(equal(ones(a), ones(b)), like.dtype);
}

/** 0, 1, 2, … up to a size, which is given as a vector of one. */
function positions(size: Value): Value {
  const zero = size.scope.constant(int64s([0]));
  const one = size.scope.constant(int64s([1]));
  return op(
    "Range",
    [zero, size, one].map((v) => reshape(v, [])),
  );
}
