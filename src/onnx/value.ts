/**
 * What an operator function (`functions.ts`) sees of the builder: values, and the scope that an op is added to.
 *
 * Kept apart from `builder.ts` so that an op's gradient can be written with the same functions that authors use.
 */
import { fail } from "../problem/problem.js";
import type { Attribute, Dtype, Graph, Node, Shape, Tensor } from "./ir.js";

/** What is known of a value before the model runs. */
export interface Info {
  readonly dtype: Dtype;
  readonly shape: Shape;
  /** The value itself, when it is a constant of a size worth keeping. */
  readonly constant?: Tensor;
  /** The elements of an integer vector or scalar that may hold symbolic sizes, as `Shape` gives them. */
  readonly sizes?: Shape;
}

/** A value of a graph being built: the output of an op, an input, or a constant. */
export interface Value extends Info {
  readonly name: string;
  readonly scope: Scope;
}

/** Attributes as authors write them; an op's table says which ONNX type each one has. */
export type Attributes = { readonly [name: string]: Attribute["value"] | undefined };

/** An op that was added: its node beside the values it reads and gives. */
export interface Applied {
  readonly node: Node;
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly Value[];
  /** Values of the scopes around that its bodies read. */
  readonly captured: readonly Value[];
}

/** Where ops are added: a graph, or the body of a control-flow op inside one. */
export interface Scope {
  /** 0 for the graph itself, one more for each body around. */
  readonly depth: number;
  /** The ops added to this scope, in order. */
  readonly applied: readonly Applied[];
  /**
   * Adds an op and gives its outputs; the op's inference has checked dtypes and shapes. An op of another operator set
   * is named with it: `ai.onnx.ml.TreeEnsembleRegressor`.
   */
  emit(op: string, inputs: readonly (Value | undefined)[], attributes?: Attributes, outputs?: number): Value[];
  /** A constant of the graph; equal small constants are one. */
  constant(tensor: Tensor): Value;
  /** A new body inside this scope, to be the attribute of a control-flow op; it may read this scope's values. */
  body(name: string): Body;
  /** Adds the nodes of a body again, with these values for its inputs; gives what its outputs are then. */
  inline(body: Graph, inputs: readonly Value[]): Value[];
}

export interface Body extends Scope {
  /** An input of the body, under a name made from `stem`. */
  parameter(stem: string, dtype: Dtype, shape: Shape): Value;
  /** Ends the body with these outputs. */
  graph(outputs: readonly Value[]): Graph;
}

const traps = Object.freeze({
  [Symbol.toPrimitive](this: Value): never {
    return fail("L0831", { value: `a symbolic ${this.dtype} of shape [${this.shape.join(", ")}]` });
  },
});

/**
 * A value that refuses to be taken for a number, a text or a truth: no operator of JavaScript can compute with it.
 *
 * Errors: L0831, when one tries to.
 */
export const symbolic = (value: Value): Value => Object.assign(Object.create(traps) as object, value);

/** Whether something is a value of a graph being built. */
export const isValue = (x: unknown): x is Value =>
  typeof x === "object" && x !== null && Object.getPrototypeOf(x) === traps;
