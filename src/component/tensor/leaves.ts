/**
 * What a message is in the tensor language: a tree of fields and items whose leaves have a dtype and a shape.
 *
 * | message                  | leaf                                            |
 * |--------------------------|-------------------------------------------------|
 * | number                   | float64 scalar                                  |
 * | integer                  | int64 scalar                                    |
 * | boolean                  | bool scalar                                     |
 * | choice of strings (enum) | int64 scalar, the place of the choice in `enum` |
 * | tensor                   | its dtype and shape                             |
 * | object, fixed list       | none of its own: those of its parts             |
 */
import { formatField } from "../../message/field.js";
import { kindOf } from "../../message/kind.js";
import type { MessageSchema } from "../../message/type.js";
import type { Dtype } from "../../onnx/ir.js";
import { fail } from "../../problem/problem.js";

export interface TensorLeaf {
  readonly port: string;
  /** Which part of the message, as it is written behind a colon: `velocity`, `pose.position`; `""` is the whole. */
  readonly path: string;
  /** Name in the graph: `in.joints:velocity`, `out.torque`. */
  readonly name: string;
  readonly dtype: Dtype;
  readonly dims: readonly number[];
}

export type Layout =
  | { readonly kind: "number" | "integer" | "boolean" | "tensor"; readonly leaf: TensorLeaf }
  | { readonly kind: "choice"; readonly leaf: TensorLeaf; readonly choices: readonly string[] }
  /** Fields in the order of the type. */
  | { readonly kind: "object"; readonly fields: readonly (readonly [string, Layout])[] }
  | { readonly kind: "list"; readonly items: readonly Layout[] };

/** Parts of one message; more are a tensor. */
export const MAX_LEAVES = 1024;

/**
 * The tree of a message type.
 *
 * @throws LimbeckError L0830 for a type without one, with the part at fault
 * @example
 * const layout = layoutOf("in", "joint", { type: "object", properties: { position: { type: "number" } } });
 * leavesOf(layout).map(({ name }) => name) // ["in.joint:position"]
 */
export function layoutOf(direction: "in" | "out", port: string, type: MessageSchema): Layout {
  let count = 0;
  const leaf = (path: readonly string[], dtype: Dtype, dims: readonly number[]): TensorLeaf => {
    if (++count > MAX_LEAVES)
      fail("L0830", { port, reason: `has more than ${MAX_LEAVES} parts`, help: "Make it a tensor." });
    const field = formatField(path);
    return { port, path: field, name: `${direction}.${port}${field === "" ? "" : `:${field}`}`, dtype, dims };
  };
  const build = (schema: MessageSchema, path: readonly string[]): Layout => {
    const refuse = (reason: string, help?: string): never =>
      fail("L0830", {
        port: path.length === 0 ? port : `${port}:${formatField(path)}`,
        reason,
        ...(help === undefined ? {} : { help }),
      });
    const kind = kindOf(schema);
    switch (kind) {
      case "tensor":
        return { kind, leaf: leaf(path, schema.dtype ?? "float64", schema.tensor!) };
      case "number":
        return { kind, leaf: leaf(path, "float64", []) };
      case "integer":
        return { kind, leaf: leaf(path, "int64", []) };
      case "boolean":
        return { kind, leaf: leaf(path, "bool", []) };
      case "enum": {
        const choices = schema.enum!;
        if (choices.every((c) => typeof c === "string"))
          return { kind: "choice", leaf: leaf(path, "int64", []), choices };
        if (choices.every(Number.isInteger)) return { kind: "integer", leaf: leaf(path, "int64", []) };
        if (choices.every((c) => typeof c === "number")) return { kind: "number", leaf: leaf(path, "float64", []) };
        return refuse("is a choice of numbers and texts");
      }
      case "string":
        return refuse("is a free text", "Make it a choice (`enum`), or write the component as a `step`.");
      case "array": {
        const { minItems = 0, maxItems, items } = schema;
        if (maxItems === undefined || minItems !== maxItems || items === undefined)
          return refuse(
            "is a list of variable length",
            "Give it `minItems` and `maxItems` of one size, or make it a tensor.",
          );
        if (maxItems > MAX_LEAVES) return refuse(`has more than ${MAX_LEAVES} parts`, "Make it a tensor.");
        return { kind: "list", items: Array.from({ length: maxItems }, (_, i) => build(items, [...path, String(i)])) };
      }
      case "object": {
        const required = new Set(schema.required ?? Object.keys(schema.properties ?? {}));
        const fields = Object.entries(schema.properties ?? {}).map(([name, field]) => {
          if (!required.has(name))
            return fail("L0830", {
              port: `${port}:${formatField([...path, name])}`,
              reason: "is a field that may be absent",
            });
          return [name, build(field, [...path, name])] as const;
        });
        if (fields.length === 0) return refuse("has no fields");
        return { kind, fields };
      }
    }
  };
  return build(type, []);
}

/** The leaves of a message, in the order of its type. */
export function leavesOf(layout: Layout): TensorLeaf[] {
  if (layout.kind === "object") return layout.fields.flatMap(([, field]) => leavesOf(field));
  if (layout.kind === "list") return layout.items.flatMap(leavesOf);
  return [layout.leaf];
}
