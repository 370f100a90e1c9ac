/**
 * What an op is: a value with its ONNX name, its attribute table, and three pure functions. Adding an op to Limbeck
 * is one file that exports such a value and one line in `index.ts`.
 */

import type { AttributeType, Dtype, Graph, Node, Shape, Tensor } from "../ir.js";
import type { Code, Operand } from "../javascript/code.js";
import type { Exact } from "../javascript/elements.js";
import type { Scalar } from "../javascript/text.js";
import type { Attributes, Info, Scope, Value } from "../value.js";

/** The node being looked at, with typed access to its attributes. */
export interface NodeContext {
  readonly node: Node;
  readonly opset: number;
  int(name: string): number | undefined;
  int(name: string, otherwise: number): number;
  float(name: string, otherwise: number): number;
  ints(name: string): readonly number[] | undefined;
  floats(name: string): readonly number[] | undefined;
  text(name: string): string | undefined;
  texts(name: string): readonly string[] | undefined;
  tensor(name: string): Tensor | undefined;
  graph(name: string): Graph | undefined;
  /** Throws the coded problem of this node, with the reason in the user's words. */
  refuse(reason: string): never;
  /** Throws that what it gives is known only when the model runs: no fault of a model that is only run. */
  unknown(reason: string): never;
}

export interface InferContext extends NodeContext {
  readonly inputs: readonly (Info | undefined)[];
  /** Input `index`, refused when it was left out. */
  input(index: number): Info;
  /** Infers a body's outputs, given what its inputs are. */
  inferBody(body: Graph, inputs: readonly Info[]): Info[];
}

export interface EvaluateContext extends NodeContext {
  readonly inputs: readonly (Tensor | undefined)[];
  input(index: number): Tensor;
  /** Evaluates a body, which may read values of the graphs around it. */
  evaluateBody(body: Graph, inputs: readonly Tensor[]): Tensor[];
}

export interface GradientContext extends NodeContext {
  readonly inputs: readonly (Value | undefined)[];
  input(index: number): Value;
  readonly outputs: readonly Value[];
  /** Gradient of the loss by each output; undefined where the loss does not depend on it. */
  readonly gradients: readonly (Value | undefined)[];
  /** Gradient by output 0, which every op with one output has when its gradient is asked for. */
  readonly gradient: Value;
  /** Whether the gradient by input `index` is wanted at all. */
  wants(index: number): boolean;
  /** Values around that the op's bodies read and whose gradients are wanted. */
  readonly captured: readonly Value[];
  /** Adds to the gradient by a captured value. */
  contribute(captured: Value, gradient: Value): void;
  /** Reverse mode inside a body: gradients by `by` of Σ seed·output, undefined where there is no dependence. */
  differentiate(
    body: Scope,
    outputs: readonly Value[],
    seeds: readonly (Value | undefined)[],
    by: readonly Value[],
  ): (Value | undefined)[];
}

export interface UpgradeContext extends NodeContext {
  /** A name that is not taken. */
  fresh(stem: string): string;
  /** The name of a new constant beside the node. */
  constant(tensor: Tensor): string;
  /** Throws the coded problem that the opset written here has no form of this node. */
  lost(reason: string): never;
}

/** What an op does to one element of each of its inputs, which are broadcast. */
export interface Elementwise {
  /** Of the result. */
  readonly dtype: Dtype;
  readonly f: Scalar;
  /** The same for integers of 64 bits, which a number does not hold. */
  readonly exact?: Exact | undefined;
}

/** A node with what is known of its inputs at any time: their dtypes. */
export interface ElementwiseContext extends NodeContext {
  readonly inputs: readonly ({ readonly dtype: Dtype } | undefined)[];
  input(index: number): { readonly dtype: Dtype };
}

export interface JavaScriptContext extends NodeContext {
  readonly code: Code;
  readonly inputs: readonly (Operand | undefined)[];
  input(index: number): Operand;
  /** Dtypes and shapes of the results, by inference. */
  results(): readonly { readonly dtype: Dtype; readonly dims: readonly number[] }[];
  /** Writes the ops of a body here; gives its outputs. */
  writeBody(body: Graph, inputs: readonly Operand[]): readonly Operand[];
}

/** An input of an op that is given a batch axis: what it is for one row, and its value for all. */
export interface BatchInput extends Info {
  readonly value: Value;
  /** The value has the rows along a first axis that the row does not have. */
  readonly batched: boolean;
}

export interface BatchContext extends NodeContext {
  readonly inputs: readonly (BatchInput | undefined)[];
  input(index: number): BatchInput;
  /** What the op gives for one row. */
  readonly results: readonly Info[];
  /** The number of rows: an int64 vector of one element. */
  readonly rows: Value;
  /** The same op, with some attributes changed. */
  emit(inputs: readonly (Value | undefined)[], changed?: Attributes): Value[];
  /** A body's outputs, given its inputs; it may read values around it, batched or not. */
  batchBody(body: Graph, inputs: readonly BatchInput[]): BatchInput[];
  /** Throws the coded problem that the op cannot be batched, with the reason in the user's words. */
  fail(reason: string): never;
}

export interface Op {
  readonly name: string;
  /** Operator set, e.g. `ai.onnx.ml`; absent for ONNX's own. */
  readonly domain?: string;
  /** The first opset that has the op, where that is later than the oldest that is read. */
  readonly since?: number;
  /** Least and most number of inputs. */
  readonly inputs: readonly [number, number];
  /** Least and most number of outputs. */
  readonly outputs: readonly [number, number];
  readonly attributes: { readonly [name: string]: AttributeType };
  infer(context: InferContext): Info[];
  /** The same node of another opset, which the context has, at the opset that is written here; as it is without this. */
  upgrade?(context: UpgradeContext): readonly Node[];
  /** Reference evaluation: plain loops, in the dtype's precision at every output. */
  evaluate(context: EvaluateContext): Tensor[];
  /**
   * Gradients of the loss by the inputs, in their order, undefined where there is none (indices, shapes). An op
   * without this function cannot be differentiated through.
   */
  gradient?(context: GradientContext): (Value | undefined)[];
  /** What it does to each element; reference evaluation, generated JavaScript and batching are made of this one definition. */
  elementwise?(context: ElementwiseContext): Elementwise;
  /** The inputs whose elements it gives back unchanged, in other places; zeros may be among them. The rest says where. */
  readonly moves?: "all" | readonly number[];
  /** Its work is not bounded by what it takes and gives: of constants too, it is not computed before the model runs. */
  readonly laborious?: true;
  /** How it is written in JavaScript, where neither of these says so; undefined: evaluated by reference. */
  javascript?(context: JavaScriptContext): readonly Operand[] | undefined;
  /**
   * The op on many rows at once: values with an axis of rows in front; or some that have none, said so. What works
   * element by element needs no rule.
   */
  batch?(context: BatchContext): readonly (Value | Pick<BatchInput, "value" | "batched">)[];
}

export const VARIADIC = Number.POSITIVE_INFINITY;

export const info = (dtype: Dtype, shape: Shape): Info => ({ dtype, shape });
