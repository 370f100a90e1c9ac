/**
 * What a policy remembers from call to call: `state_in.NAME` in, `state_out.NAME` out, begun anew in rows with `reset`.
 */
import type { GraphBuilder } from "../../onnx/builder.js";
import type { Dtype, Shape, Tensor } from "../../onnx/ir.js";
import { fromBytes, toBytes } from "../../onnx/tensor.js";
import type { Value } from "../../onnx/value.js";
import { select } from "./flag.js";

export interface StateFacts {
  readonly name: string;
  readonly dtype: Dtype;
  /** Of one row. */
  readonly dims: readonly number[];
  /** Before the first call, of one row. */
  readonly initial: Tensor;
}

export interface States {
  readonly facts: readonly StateFacts[];
  /** Declares a state; gives what it is at the start of the call, [N, …dims]. */
  read(name: string, initial: Tensor): Value;
  /** Says what it is after the call; one of which nothing is said is kept. */
  write(name: string, value: Value): void;
  /** Declares the outputs. */
  finish(): void;
}

export const stateIn = (name: string): string => `state_in.${name}`;
export const stateOut = (name: string): string => `state_out.${name}`;

/** A tensor with an axis of one row in front. */
export const asRow = ({ dtype, dims, data }: Tensor): Tensor => ({ dtype, dims: [1, ...dims], data });

/** `rows` of the same. */
export function repeated({ dtype, dims, data }: Tensor, rows: number): Tensor {
  const bytes = toBytes(data);
  const all = new Uint8Array(bytes.length * rows);
  for (let row = 0; row < rows; row++) all.set(bytes, row * bytes.length);
  return { dtype, dims: [rows, ...dims], data: fromBytes(dtype, all) };
}

/** @param reset bool [N] */
export function createStates(g: GraphBuilder, rows: Shape[number], reset: () => Value): States {
  const facts: StateFacts[] = [];
  const before = new Map<string, Value>();
  const after = new Map<string, Value>();
  return {
    facts,
    read(name, initial) {
      const { dtype, dims } = initial;
      facts.push({ name, dtype, dims, initial });
      const given = g.input(stateIn(name), dtype, [rows, ...dims]);
      const value = select(reset(), g.constant(asRow(initial)), given);
      before.set(name, value);
      return value;
    },
    write: (name, value) => void after.set(name, value),
    finish() {
      for (const { name } of facts) g.output(stateOut(name), after.get(name) ?? before.get(name)!);
    },
  };
}
