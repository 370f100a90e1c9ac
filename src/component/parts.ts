/** Messages as the tensors of their parts, and back: what a policy's ports carry, in the ports' own dtypes. */

import type { Message, MessageSchema, TypedArray } from "../message/type.js";
import type { Tensor, TensorData } from "../onnx/ir.js";
import { allocate, sizeOf, tensor } from "../onnx/tensor.js";
import { type Layout, layoutOf, leavesOf } from "./tensor/leaves.js";

/** A type's parts: by path (`""` is the whole, else `velocity`, `pose.position[0]`). */
export interface MessageParts {
  readonly leaves: readonly {
    readonly path: string;
    readonly dtype: Tensor["dtype"];
    readonly dims: readonly number[];
    /** Of a choice of texts, which its place stands for. */
    readonly choices?: readonly string[];
  }[];
  /** The tensors of a message, of one row each, in the order of the leaves. */
  tensors(message: Message): Tensor[];
  zeros(): Tensor[];
  /** The message of a row of tensors in that order, at an offset of so many rows. */
  message(data: readonly TensorData[], row?: number): Message;
}

/**
 * @throws LimbeckError L0830 for a type that is no fixed set of tensors
 * @example
 * const parts = messageParts({ type: "object", properties: { x: { type: "number" } } });
 * parts.tensors({ x: 2 }) // [{ dtype: "float64", dims: [], data: Float64Array [2] }]
 */
export function messageParts(type: MessageSchema, port = ""): MessageParts {
  const layout = layoutOf("in", port, type);
  const leaves = leavesOf(layout);
  const choices = choicesOf(layout);
  const place = new Map(leaves.map((leaf, i) => [leaf.name, i]));
  const read = (at: Layout, data: readonly TensorData[], row: number): Message => {
    if (at.kind === "object")
      return Object.fromEntries(at.fields.map(([name, field]) => [name, read(field, data, row)]));
    if (at.kind === "list") return at.items.map((item) => read(item, data, row));
    const size = sizeOf(at.leaf.dims);
    const of = data[place.get(at.leaf.name)!]!;
    if (at.kind === "tensor") return of.slice(row * size, (row + 1) * size) as TypedArray;
    const value = Number(of[row]);
    if (at.kind === "boolean") return value !== 0;
    if (at.kind === "choice") return at.choices[value]!;
    return value;
  };
  return {
    leaves: leaves.map((leaf) => {
      const own = choices.get(leaf.name);
      return own === undefined ? leaf : { ...leaf, choices: own };
    }),
    tensors(message) {
      const made: Tensor[] = [];
      write(layout, message, made);
      return made;
    },
    zeros: () => leaves.map(({ dtype, dims }) => ({ dtype, dims, data: allocate(dtype, sizeOf(dims)) })),
    message: (data, row = 0) => read(layout, data, row),
  };
}

/** The texts that the leaves of choices stand for, by the leaf's name. */
function choicesOf(layout: Layout): ReadonlyMap<string, readonly string[]> {
  if (layout.kind === "object") return new Map(layout.fields.flatMap(([, field]) => [...choicesOf(field)]));
  if (layout.kind === "list") return new Map(layout.items.flatMap((item) => [...choicesOf(item)]));
  return new Map(layout.kind === "choice" ? [[layout.leaf.name, layout.choices]] : []);
}

function write(layout: Layout, message: Message, made: Tensor[]): void {
  if (layout.kind === "object") {
    for (const [name, field] of layout.fields)
      write(field, (message as { readonly [f: string]: Message })[name]!, made);
    return;
  }
  if (layout.kind === "list") {
    layout.items.forEach((item, i) => {
      write(item, (message as readonly Message[])[i]!, made);
    });
    return;
  }
  const { dtype, dims } = layout.leaf;
  if (layout.kind === "tensor") made.push({ dtype, dims, data: message as TensorData });
  else
    made.push(
      tensor(dtype, dims, [layout.kind === "choice" ? layout.choices.indexOf(message as string) : Number(message)]),
    );
}
