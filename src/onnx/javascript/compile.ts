/**
 * JavaScript generated from a graph: the same numbers as reference evaluation, at the speed of code written by hand.
 *
 *   graph ──optimise──► ops in order ──► code (elements, arrays, loops) ──unused lines out──► new Function
 *
 * The code is made of the graph alone: names in it are counted, never taken from the graph, and no text of a user
 * enters it. An op says how it is written (`elementwise`, `moves`, `javascript` in its file); any other is evaluated by
 * reference inside the function, which is right and slower.
 */

import { isStatic } from "../dims.js";
import { evaluateNode, opOf } from "../evaluate.js";
import type { Graph, Node, Tensor, ValueInfo } from "../ir.js";
import { OPSET } from "../ir.js";
import { nodeContext } from "../ops/context.js";
import type { JavaScriptContext } from "../ops/op.js";
import { optimised } from "../optimise.js";
import { inferNode } from "../shape.js";
import { sizeOf, tensor } from "../tensor.js";
import type { Info } from "../value.js";
import { type Code, type Operand, SMALL, TooLong, writeCode } from "./code.js";
import { plainData } from "./elements.js";

/** Constants of up to this many elements are computed beforehand. */
const MAX_FOLDED = 1024;

export type { Code, Operand } from "./code.js";

/** A generated function before it is one: its body over `parameters`, which stand for `values`. */
export interface Generated {
  readonly body: string;
  readonly parameters: readonly string[];
  readonly values: readonly unknown[];
}

/** How a generated function is called: where its inputs come from and what it gives back. */
export interface Calling {
  /** Names of its arguments; none of a letter and digits. */
  readonly arguments: readonly string[];
  /** An input of the graph. */
  input(code: Code, input: ValueInfo): Operand;
  /** The statement that gives back the outputs. */
  result(code: Code, outputs: readonly Operand[]): string;
}

type Find = (name: string) => Operand | undefined;

/**
 * The code of a graph all of whose sizes are known.
 *
 * @throws LimbeckError L0808 when a size is not known before the function runs
 */
export function generate(graph: Graph, calling: Calling): Generated {
  const slim = optimised(graph);
  for (const small of [SMALL, 8, 1]) {
    const code = writeCode(small);
    try {
      const outputs = writeGraph(
        code,
        slim,
        slim.inputs.map((input) => calling.input(code, input)),
        () => undefined,
      );
      const result = calling.result(code, outputs);
      const { lines, parameters, values } = code.finish([result]);
      return { body: `${lines}\n  ${result}`, parameters, values };
    } catch (error) {
      if (!(error instanceof TooLong)) throw error;
    }
  }
  throw new Error("the last try has no limit");
}

/** The function itself. */
export function assemble<F>({ body, parameters, values }: Generated, args: readonly string[]): F {
  const text = `"use strict";\nreturn (${args.join(", ")}) => {\n${body}\n};`;
  return new Function(...parameters, text)(...values) as F;
}

type Plain = number | ArrayLike<number>;

/**
 * A graph as a function of its inputs in their order: numbers for scalars (bool as 0 and 1), arrays in row-major order
 * for the rest; it gives its outputs in theirs, as numbers and new typed arrays, 64-bit integers as plain numbers.
 *
 * Bit-equal to reference evaluation. 64-bit integers are exact up to 2⁵³.
 *
 * @throws LimbeckError L0808 when a size is not known before it runs, L0805 for an op that is not known
 * @example
 * const g = graphBuilder("line");
 * g.output("y", add(mul(g.input("x", "float64", []), 2), 1));
 * compileJavaScript(g.graph())([3]) // [7]
 */
export function compileJavaScript(graph: Graph): (inputs: readonly Plain[]) => (number | ArrayLike<number>)[] {
  const args = ["inputs"];
  const generated = generate(graph, {
    arguments: args,
    input(code, input) {
      const { dtype, dims } = typeOf(input);
      const own = code.name("p");
      const at = graph.inputs.findIndex(({ name }) => name === input.name);
      code.line(own, `const ${own} = inputs[${at}];`);
      if (dims.length > 0) return code.ofArray(dtype, dims, own, 0);
      return code.ofAtoms(dtype, dims, [code.atom(dtype === "bool" ? `${own} !== 0` : own, [])]);
    },
    result: (code, outputs) => `return [${outputs.map((x) => given(code, x)).join(", ")}];`,
  });
  return assemble(generated, args);
}

/** Text of an output: a number, or a new array. */
function given(code: Code, x: Operand): string {
  if (x.dims.length === 0) return wholeZero(code.asNumber(code.element(x, 0), x.dtype), x);
  if (x.array === undefined && x.atoms !== undefined) return arrayText(code, x);
  const { name } = code.arrayOf(x);
  code.escape(name);
  return name;
}

/** An integer has one zero. */
const wholeZero = (text: string, { dtype }: Operand): string =>
  dtype === "int64" || dtype === "uint64" ? `${text} + 0` : text;

/** A new typed array of elements, as an expression. */
export function arrayText(code: Code, x: Operand): string {
  const own = code.buffer(x.dtype, sizeOf(x.dims));
  code.escape(own);
  x.atoms!.forEach((_, i) => {
    code.line(own, `${own}[${i}] = ${wholeZero(code.asNumber(code.element(x, i), x.dtype), x)};`);
  });
  return own;
}

/** Dtype and dims of an input, which must both be known. */
export function typeOf({ name, dtype, shape }: ValueInfo): { dtype: Info["dtype"]; dims: readonly number[] } {
  const context = nodeContext({ op: "input", name, inputs: [], outputs: [name], attributes: {} }, OPSET);
  if (dtype === undefined || shape === undefined || !isStatic(shape))
    return context.refuse("JavaScript is generated for graphs all of whose sizes are known");
  return { dtype, dims: shape };
}

/** Writes a graph's ops; gives its outputs. */
function writeGraph(code: Code, graph: Graph, inputs: readonly Operand[], outer: Find): Operand[] {
  const values = new Map<string, Operand>();
  for (const [name, t] of Object.entries(graph.initializers)) values.set(name, code.constant(t));
  graph.inputs.forEach(({ name }, i) => {
    values.set(name, inputs[i]!);
  });
  const find: Find = (name) => values.get(name) ?? outer(name);
  for (const node of graph.nodes) {
    const results = writeNode(
      code,
      node,
      node.inputs.map((name) => (name === "" ? undefined : find(name))),
      find,
    );
    node.outputs.forEach((name, i) => {
      if (name !== "") values.set(name, results[i]!);
    });
  }
  return graph.outputs.map(({ name }) => find(name)!);
}

const infoOf = ({ dtype, dims, constant }: Operand): Info => ({
  dtype,
  shape: dims,
  ...(constant === undefined ? {} : { constant }),
});

function writeNode(code: Code, node: Node, inputs: readonly (Operand | undefined)[], find: Find): readonly Operand[] {
  const op = opOf(node);
  const context = nodeContext(node, OPSET);
  const there = inputs.filter((x) => x !== undefined);
  const hasBody = Object.values(node.attributes).some((a) => a.type === "graph");
  if (!hasBody && there.every((x) => x.constant !== undefined)) {
    const results = evaluateNode(
      node,
      inputs.map((x) => x?.constant),
      OPSET,
    );
    if (results.every(({ dims }) => sizeOf(dims) <= MAX_FOLDED)) return results.map(code.constant);
  }
  const info = (): Info[] =>
    inferNode(
      node,
      inputs.map((x) => x && infoOf(x)),
      OPSET,
      (name) => {
        const found = find(name);
        return found && infoOf(found);
      },
    );
  const c: JavaScriptContext = {
    ...context,
    code,
    inputs,
    input: (i) => inputs[i] ?? context.refuse(`its input ${i + 1} is missing`),
    results: () =>
      info().map(({ dtype, shape }) =>
        isStatic(shape)
          ? { dtype, dims: shape }
          : context.refuse(`its result of shape [${shape}] has a size that is not known before it runs`),
      ),
    writeBody: (body, given) => writeGraph(code, body, given, find),
  };
  const written = op.javascript?.(c);
  if (written !== undefined) return written;
  if (op.elementwise !== undefined) {
    const { dtype, f, exact } = op.elementwise(c);
    return [code.zip(there, dtype, f, exact)];
  }
  return moved(c, op.moves) ?? byReference(c, node, inputs);
}

/**
 * What an op that only moves elements gives, found by letting it move their numbers.
 */
function moved(c: JavaScriptContext, moves: "all" | readonly number[] | undefined): readonly Operand[] | undefined {
  if (moves === undefined) return undefined;
  const { code, node, inputs } = c;
  const from = inputs.flatMap((x, i) => (x !== undefined && (moves === "all" || moves.includes(i)) ? [i] : []));
  if (inputs.some((x, i) => x !== undefined && !from.includes(i) && x.constant === undefined)) return undefined;
  const starts: number[] = [];
  let count = 1;
  const numbered = inputs.map((x, i) => {
    if (x === undefined || !from.includes(i)) return x?.constant;
    const size = sizeOf(x.dims);
    starts.push(count);
    count += size;
    return tensor(
      "float64",
      x.dims,
      Float64Array.from({ length: size }, (_, k) => starts.at(-1)! + k),
    );
  });
  const sources = from.map((i) => inputs[i]!);
  return evaluateNode(node, numbered, c.opset).map(({ dims, data }) => {
    const which = Int32Array.from(data as Float64Array, (id) =>
      Math.max(
        0,
        starts.findLastIndex((start) => start <= id),
      ),
    );
    const place = Int32Array.from(data as Float64Array, (id, i) => (id === 0 ? -1 : id - starts[which[i]!]!));
    return code.pick(sources[0]!.dtype, dims, sources, which, place);
  });
}

/** Evaluates the op as it stands, inside the function. */
function byReference(c: JavaScriptContext, node: Node, inputs: readonly (Operand | undefined)[]): readonly Operand[] {
  const { code } = c;
  if (Object.values(node.attributes).some((a) => a.type === "graph")) return c.refuse("no JavaScript is known for it");
  const results = c.results();
  const fixed = inputs.map((x) => x?.constant);
  const open = inputs.flatMap((x, i) => (x !== undefined && x.constant === undefined ? [i] : []));
  const f = (...given: ArrayLike<number>[]): ArrayLike<number>[] => {
    const tensors: (Tensor | undefined)[] = [...fixed];
    open.forEach((i, k) => {
      tensors[i] = tensor(inputs[i]!.dtype, inputs[i]!.dims, given[k]!);
    });
    return evaluateNode(node, tensors, OPSET).map((t) => plainData(t) as ArrayLike<number>);
  };
  return code.call(
    f,
    open.map((i) => inputs[i]!),
    results,
  );
}
