/**
 * Writes the statements of a generated function: elements that are constants of JavaScript, and arrays.
 *
 *   small tensors: every element is a name or a literal      const v3 = v1 + v2;
 *   larger ones: a typed array, written by a loop            for (let i = 0; i < 300; i++) b4[i] = b1[i] + v2;
 *
 * An expression that was written before is not written again, one of literals is a literal, and one that a loop does
 * not change stands before it; what nothing reads is taken out at the end. Names are counted, never taken from a graph.
 */
import { broadcast, broadcastOffsets } from "../dims.js";
import type { Dtype, Tensor } from "../ir.js";
import { allocate, numbers, sizeOf, writer } from "../tensor.js";
import {
  type Atom,
  arrayOfDtype,
  arrayType,
  type Exact,
  fold,
  plainData,
  plainDataOnce,
  roundedText,
  whole,
} from "./elements.js";
import { type Block, rendered } from "./lines.js";
import { inlined, literal, type Scalar } from "./text.js";

export type { Atom } from "./elements.js";

/** Tensors of up to this many elements are written out element by element. */
export const SMALL = 64;
/** A function of more operations is written again with fewer elements written out: V8 compiles long ones slowly, or not at all. */
const MAX_OPERATIONS = 2_000;

/** A tensor in the code: its elements one by one, or an array by its name. */
export interface Operand {
  readonly dtype: Dtype;
  readonly dims: readonly number[];
  readonly atoms?: readonly Atom[];
  readonly array?: { readonly name: string; readonly depth: number };
  /** Its value, where it is known before the function runs. */
  readonly constant?: Tensor;
}

/** Thrown when the code becomes too long; it is then written with fewer elements written out. */
export class TooLong extends Error {}

export type Code = ReturnType<typeof writeCode>;

/** @param small tensors of up to so many elements are written out */
export function writeCode(small: number = SMALL) {
  const blocks: Block[] = [{ lines: [], known: new Map() }];
  const constants: unknown[] = [];
  const bound = new Map<unknown, string>();
  const buffers = new Map<string, { dtype: Dtype; size: number; escapes: boolean }>();
  let names = 0;
  let operations = 0;

  const name = (stem: string): string => `${stem}${++names}`;
  const here = (): number => blocks.length - 1;
  const deepest = (parts: readonly { readonly depth: number }[]): number =>
    parts.reduce((d, p) => Math.max(d, p.depth), 0);

  function line(depth: number, defines: string, text: string, cost = 1): void {
    operations += cost;
    if (operations > MAX_OPERATIONS && small > 1) throw new TooLong();
    blocks[depth]!.lines.push({ defines, text });
  }

  /** The name of a value that the function closes over. */
  function bind(value: unknown, stem = "k"): string {
    const known = bound.get(value);
    if (known !== undefined) return known;
    const made = name(stem);
    bound.set(value, made);
    constants.push(value);
    return made;
  }

  const number = (value: number, dtype: Dtype): Atom =>
    dtype === "bool"
      ? { text: value === 0 ? "false" : "true", depth: 0, value: value === 0 ? 0 : 1 }
      : { text: literal(value), depth: 0, value };

  /** An element by the text of its expression, which reads only `from`. */
  function atom(text: string, from: readonly { readonly depth: number }[]): Atom {
    const depth = deepest(from);
    const { known } = blocks[depth]!;
    const before = known.get(text);
    if (before !== undefined) return before;
    const made: Atom = { text: name("v"), depth };
    line(depth, made.text, `const ${made.text} = ${text};`, Math.max(1, from.length));
    known.set(text, made);
    return made;
  }

  function constant(tensor: Tensor): Operand {
    const { dtype, dims } = tensor;
    if (sizeOf(dims) > small) return { dtype, dims, constant: tensor };
    return { dtype, dims, constant: tensor, atoms: numbers(tensor).map((x) => number(x, dtype)) };
  }

  const ofAtoms = (dtype: Dtype, dims: readonly number[], atoms: readonly Atom[]): Operand => {
    if (!atoms.every((a) => a.value !== undefined)) return { dtype, dims, atoms };
    const data = allocate(dtype, atoms.length);
    const write = writer(dtype, data);
    atoms.forEach((a, i) => {
      write(i, a.value!);
    });
    return { dtype, dims, atoms, constant: { dtype, dims, data } };
  };
  const ofArray = (dtype: Dtype, dims: readonly number[], array: string, depth: number): Operand => ({
    dtype,
    dims,
    array: { name: array, depth },
  });

  /** Element `i` in row-major order. */
  function element(x: Operand, i: number): Atom {
    if (x.atoms !== undefined) return x.atoms[i]!;
    if (x.constant !== undefined) return number(Number(plainData(x.constant)[i]), x.dtype);
    const { name, depth } = x.array!;
    return atom(`${name}[${i}]${x.dtype === "bool" ? " !== 0" : ""}`, [{ depth }]);
  }

  /** An element as a number: truth values as 0 and 1. */
  const asNumber = (a: Atom, dtype: Dtype): string =>
    dtype !== "bool" ? a.text : a.value !== undefined ? String(a.value) : `(${a.text} ? 1 : 0)`;

  /** A new array of the function's own; kept from call to call unless it goes out. */
  function buffer(dtype: Dtype, size: number): string {
    const made = name("b");
    buffers.set(made, { dtype, size, escapes: false });
    return made;
  }

  /** The tensor as an array, by name. */
  function arrayOf(x: Operand): { readonly name: string; readonly depth: number } {
    if (x.array !== undefined) return x.array;
    if (x.constant !== undefined) return { name: bind(plainDataOnce(x.constant)), depth: 0 };
    const atoms = x.atoms!;
    const depth = deepest(atoms);
    const key = `[${atoms.map((a) => a.text)}] ${x.dtype}`;
    const known = blocks[depth]!.known.get(key);
    if (known !== undefined) return { name: known.text, depth };
    const made = buffer(x.dtype, atoms.length);
    atoms.forEach((a, i) => {
      line(depth, made, `${made}[${i}] = ${asNumber(a, x.dtype)};`);
    });
    blocks[depth]!.known.set(key, { text: made, depth });
    return { name: made, depth };
  }

  /** A tensor that `write` writes into an array, reading its inputs as arrays. */
  function array(
    dtype: Dtype,
    dims: readonly number[],
    from: readonly Operand[],
    write: (out: string, from: readonly string[]) => string,
    also: readonly Atom[] = [],
  ): Operand {
    const arrays = from.map(arrayOf);
    const depth = deepest([...arrays, ...also]);
    const out = buffer(dtype, sizeOf(dims));
    line(
      depth,
      out,
      write(
        out,
        arrays.map((a) => a.name),
      ),
    );
    return ofArray(dtype, dims, out, depth);
  }

  /** The text of `f` of elements, rounded as its dtype is. */
  function applied(f: Scalar, operands: readonly string[], dtype: Dtype, exact: Exact | undefined): string {
    const text = textOf(f, operands).replace(/\((\w+) \? 1 : 0\) ([!=])== 0/g, (_, name, sign) =>
      sign === "!" ? name : `!${name}`,
    );
    return rounded(text, dtype, exact);
  }

  const rounded = (text: string, dtype: Dtype, exact: Exact | undefined): string =>
    roundedText(text, dtype, exact, bind);

  /** `f` of elements of `from`. */
  function apply(f: Scalar, from: readonly Atom[], dtypes: readonly Dtype[], dtype: Dtype, exact?: Exact): Atom {
    if (from.every((a) => a.value !== undefined))
      return number(
        fold(
          f,
          from.map((a) => a.value!),
          dtypes,
          dtype,
          exact,
        ),
        dtype,
      );
    return atom(
      applied(
        f,
        from.map((a, i) => asNumber(a, dtypes[i]!)),
        dtype,
        exact,
      ),
      from,
    );
  }

  /** Applies `f` to the elements of tensors, broadcast to their common shape. */
  function zip(from: readonly Operand[], dtype: Dtype, f: Scalar, exact?: Exact): Operand {
    const dims = broadcast(...from.map((x) => x.dims)) as number[];
    const size = sizeOf(dims);
    const dtypes = from.map((x) => x.dtype);
    if (size <= small) {
      const at = from.map((x) => broadcastOffsets(x.dims, dims));
      const atoms = Array.from({ length: size }, (_, i) =>
        apply(
          f,
          from.map((x, k) => element(x, at[k]![i]!)),
          dtypes,
          dtype,
          exact,
        ),
      );
      return ofAtoms(dtype, dims, atoms);
    }
    const spread = from.filter((x) => sizeOf(x.dims) > 1);
    const same = from.flatMap((x) => (sizeOf(x.dims) > 1 ? [] : [element(x, 0)]));
    return array(
      dtype,
      dims,
      spread,
      (out, arrays) => {
        const loads: string[] = [];
        const operands = from.map((x, k) => {
          if (sizeOf(x.dims) === 1) return asNumber(element(x, 0), x.dtype);
          const whole = sizeOf(x.dims) === size;
          const at = whole ? "i" : `${bind(broadcastOffsets(x.dims, dims))}[i]`;
          loads.push(`const x${k} = ${arrays[spread.indexOf(x)]}[${at}];`);
          return `x${k}`;
        });
        const text = applied(f, operands, dtype, exact);
        return `for (let i = 0; i < ${size}; i++) { ${loads.join(" ")} ${out}[i] = ${dtype === "bool" ? `${text} ? 1 : 0` : text}; }`;
      },
      same,
    );
  }

  /** A tensor of elements of others, each given by its tensor and place; a place of -1 is zero. */
  function pick(
    dtype: Dtype,
    dims: readonly number[],
    from: readonly Operand[],
    which: ArrayLike<number>,
    place: ArrayLike<number>,
  ): Operand {
    const size = sizeOf(dims);
    const zero = number(0, dtype);
    if (size <= small)
      return ofAtoms(
        dtype,
        dims,
        Array.from({ length: size }, (_, i) => (place[i]! < 0 ? zero : element(from[which[i]!]!, place[i]!))),
      );
    const whole =
      from.length === 1 && sizeOf(from[0]!.dims) === size && Array.prototype.every.call(place, (p, i) => p === i);
    if (whole) return { ...from[0]!, dims };
    return array(dtype, dims, from, (out, arrays) => {
      const parts: string[] = [];
      let tables = 0;
      for (let i = 0, end = 0; i < size; i = end) {
        // neighbours that come from neighbours, or all from zero
        const step =
          i + 1 < size && which[i + 1] === which[i] && place[i]! >= 0 && place[i + 1]! >= 0
            ? place[i + 1]! - place[i]!
            : 0;
        end = i + 1;
        while (
          end < size &&
          which[end] === which[i] &&
          place[end] === (place[i]! < 0 ? -1 : place[i]! + (end - i) * step)
        )
          end++;
        const source = place[i]! < 0 ? "0" : `${arrays[which[i]!]}[${place[i]} + i * ${step}]`;
        parts.push(`for (let i = 0; i < ${end - i}; i++) ${out}[${i} + i] = ${source};`);
        tables++;
      }
      if (tables <= 32) return parts.join("\n");
      return from
        .map((_, k) => {
          const own = Array.from({ length: size }, (_, i) => i).filter((i) => which[i] === k && place[i]! >= 0);
          const to = bind(Int32Array.from(own));
          const at = bind(Int32Array.from(own, (i) => place[i]!));
          return `for (let i = 0; i < ${own.length}; i++) ${out}[${to}[i]] = ${arrays[k]}[${at}[i]];`;
        })
        .concat(
          Array.prototype.some.call(place, (p: number) => p < 0)
            ? [
                `for (const i of ${bind(Int32Array.from({ length: size }, (_, i) => i).filter((i) => place[i]! < 0))}) ${out}[i] = 0;`,
              ]
            : [],
        )
        .join("\n");
    });
  }

  /** What a function gives back, called with the elements of each tensor as an array; results have plain numbers. */
  function call(
    f: (...x: ArrayLike<number>[]) => readonly ArrayLike<number>[],
    from: readonly Operand[],
    results: readonly Pick<Operand, "dtype" | "dims">[],
  ): Operand[] {
    const depth = Math.max(
      here(),
      ...from.flatMap((x) => (x.array ? [x.array.depth] : (x.atoms ?? []).map((a) => a.depth))),
      0,
    );
    const given = from.map((x) =>
      x.atoms === undefined ? arrayOf(x).name : `[${x.atoms.map((a) => asNumber(a, x.dtype)).join(", ")}]`,
    );
    const list = name("r");
    line(depth, list, `const ${list} = ${bind(f, "f")}(${given.join(", ")});`);
    return results.map(({ dtype, dims }, i) => {
      const own = name("r");
      line(depth, own, `const ${own} = ${list}[${i}];`);
      return ofArray(dtype, dims, own, depth);
    });
  }

  /**
   * A loop: `body` writes what happens in each round, and gives what the carried tensors are after it.
   *
   * @param header of the round's number: `i1 < 20`
   */
  function loop(
    carried: readonly Operand[],
    header: (i: string) => string,
    body: (i: Atom, carried: readonly Operand[]) => readonly Operand[],
  ): Operand[] {
    const outside = here();
    const places = carried.map((x) => {
      if (x.atoms === undefined || sizeOf(x.dims) > small) {
        const own = buffer(x.dtype, sizeOf(x.dims));
        line(outside, own, `${own}.set(${arrayOf(x).name});`);
        return own;
      }
      return x.atoms.map((a) => {
        const own = name("s");
        line(outside, own, `let ${own} = ${a.text};`);
        return own;
      });
    });
    const at = (depth: number) =>
      carried.map(({ dtype, dims }, k): Operand => {
        const place = places[k]!;
        return typeof place === "string"
          ? ofArray(dtype, dims, place, depth)
          : { dtype, dims, atoms: place.map((text) => ({ text, depth })) };
      });
    const i = name("i");
    const block: Block = { lines: [], known: new Map() };
    blocks.push(block);
    const inside = here();
    const after = body({ text: i, depth: inside }, at(inside));
    // all that is read is read before anything is written
    const writes: (() => void)[] = [];
    after.forEach((x, k) => {
      const place = places[k]!;
      if (typeof place === "string") {
        let from = arrayOf(x).name;
        if (from === place) return;
        if (places.includes(from)) {
          const copy = buffer(x.dtype, sizeOf(x.dims));
          line(inside, copy, `${copy}.set(${from});`);
          from = copy;
        }
        writes.push(() => line(inside, place, `${place}.set(${from});`));
        return;
      }
      place.forEach((own, j) => {
        const next = element(x, j);
        if (next.text === own) return;
        let text = next.text;
        if (/^s\d/.test(text)) {
          text = name("v");
          line(inside, text, `const ${text} = ${next.text};`);
        }
        writes.push(() => line(inside, own, `${own} = ${text};`));
      });
    });
    for (const write of writes) write();
    blocks.pop();
    blocks[outside]!.lines.push({ header: `for (let ${i} = 0; ${header(i)}; ${i}++)`, body: block });
    return at(outside);
  }

  /** Part `at`, counted along the first axis. */
  function part(x: Operand, at: Atom): Operand {
    const dims = x.dims.slice(1);
    const size = sizeOf(dims);
    const from = arrayOf(x);
    const depth = Math.max(from.depth, at.depth);
    const place = (k: number | string) => `${from.name}[${at.text} * ${size} + ${k}]`;
    if (size <= small)
      return ofAtoms(
        x.dtype,
        dims,
        Array.from({ length: size }, (_, k) => atom(`${place(k)}${x.dtype === "bool" ? " !== 0" : ""}`, [{ depth }])),
      );
    return array(x.dtype, dims, [x], (out) => `for (let j = 0; j < ${size}; j++) ${out}[j] = ${place("j")};`, [at]);
  }

  /** Makes `x` part `at` of an array that is read after the loop around. */
  function setPart(out: string, at: Atom, x: Operand): void {
    const size = sizeOf(x.dims);
    if (x.atoms !== undefined)
      x.atoms.forEach((a, k) => {
        line(here(), out, `${out}[${at.text} * ${size} + ${k}] = ${asNumber(a, x.dtype)};`);
      });
    else line(here(), out, `${out}.set(${arrayOf(x).name}, ${at.text} * ${size});`);
  }

  /** An element by a text that is not rounded yet. */
  const expression = (text: string, dtype: Dtype, from: readonly { readonly depth: number }[]): Atom =>
    atom(rounded(text, dtype, whole as unknown as Exact), from);

  /** The text of `f` of these texts: its own expression, or a call of it. */
  const textOf = (f: Scalar, operands: readonly string[]): string =>
    inlined(f, operands) ?? `${bind(f, "f")}(${operands.join(", ")})`;

  /** The lines that lead to what `roots` name, and the arrays that they need. */
  function finish(roots: readonly string[]): {
    readonly lines: string;
    readonly parameters: readonly string[];
    readonly values: readonly unknown[];
  } {
    const { text, needed } = rendered(blocks[0]!, roots);
    const made = [...buffers].filter(([own]) => needed.has(own));
    const fresh = made.flatMap(([own, { dtype, size, escapes }]) =>
      escapes ? [`  const ${own} = new ${arrayType(dtype)}(${size});`] : [],
    );
    const kept = made.filter(([, { escapes }]) => !escapes);
    const used = [...bound].filter(([, own]) => needed.has(own));
    return {
      lines: [...fresh, text].join("\n"),
      parameters: [...used.map(([, own]) => own), ...kept.map(([own]) => own)],
      values: [...used.map(([value]) => value), ...kept.map(([, { dtype, size }]) => arrayOfDtype(dtype, size))],
    };
  }

  return {
    small,
    number,
    atom,
    constant,
    ofAtoms,
    ofArray,
    element,
    asNumber,
    apply,
    zip,
    pick,
    array,
    arrayOf,
    buffer,
    bind,
    call,
    loop,
    part,
    setPart,
    expression,
    textOf,
    here,
    name,
    /** A line of the caller's own, by the name that it defines. */
    line: (defines: string, text: string): void => line(0, defines, text),
    rounded,
    /** The array goes out, and is made anew by every call. */
    escape(own: string): void {
      const known = buffers.get(own);
      if (known !== undefined) known.escapes = true;
    },
    finish,
  };
}
