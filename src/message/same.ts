/** Whether two message types are the same, and how to say a type in few words. */
import { fieldsOf, kindOf } from "./kind.js";
import { tensorType } from "./tensor.js";
import type { MessageSchema } from "./type.js";
import { relateUnits, type UnitRelation } from "./unit.js";

/** Where two types differ: a path of fields such as `/position`, and both sides. */
export interface Difference {
  readonly path: string;
  readonly reason: string;
}

/**
 * Compares structure: kinds, fields and which are optional, shapes, dtypes, enum values, array bounds.
 *
 * Names, units, `wraps`, `quaternion` and ranges are annotations, and may differ (`unitDifferences` compares units).
 * @example
 * sameType({ tensor: [2] }, { tensor: [3] }) // { path: "", reason: "tensor float64[2] and tensor float64[3]" }
 */
export function sameType(a: MessageSchema, b: MessageSchema): Difference | undefined {
  return compare(a, b, "", (x, y, path) => {
    const left = structure(x);
    const right = structure(y);
    return left === right ? undefined : { path, reason: `${left} and ${right}` };
  });
}

/** Where both types give a unit and the units do not mean the same. */
export interface UnitDifference {
  /** Fields such as `/position`; empty for the message itself. */
  readonly path: string;
  readonly left: string;
  readonly right: string;
  readonly relation: Exclude<UnitRelation, "same">;
}

/**
 * Every place where both types give a unit and the units disagree. The types are the same in structure.
 *
 * @example
 * const [first] = unitDifferences({ tensor: [2], unit: "m" }, { tensor: [2], unit: "mm" });
 * first // { path: "", left: "m", right: "mm", relation: { ratio: 1000 } }
 */
export function unitDifferences(a: MessageSchema, b: MessageSchema): UnitDifference[] {
  const found: UnitDifference[] = [];
  compare(a, b, "", (x, y, path) => {
    if (!x.unit || !y.unit) return undefined;
    const relation = relateUnits(x.unit, y.unit);
    if (relation !== "same") found.push({ path, left: x.unit, right: y.unit, relation });
    return undefined;
  });
  return found;
}

type Compare = (a: MessageSchema, b: MessageSchema, path: string) => Difference | undefined;

function compare(a: MessageSchema, b: MessageSchema, path: string, at: Compare): Difference | undefined {
  const here = at(a, b, path);
  if (here !== undefined) return here;
  if (a.items !== undefined && b.items !== undefined) return compare(a.items, b.items, `${path}/items`, at);
  for (const field of fieldsOf(a)) {
    const other = b.properties?.[field.name];
    const inner = other && compare(field.schema, other, `${path}/${field.name}`, at);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/** A type without what is compared deeper down. */
function structure(schema: MessageSchema): string {
  const kind = kindOf(schema);
  if (kind === "tensor") return tensorText(schema);
  if (kind === "enum") return enumText(schema);
  if (kind === "array") return `array${bounds(schema)}`;
  if (kind !== "object") return kind;
  return `{${fieldsOf(schema)
    .map((field) => `${field.name}${field.optional ? "?" : ""}`)
    .join(", ")}}`;
}

/**
 * A message type in few words: its name if it has one, else its structure with units.
 *
 * @example
 * describeType({ tensor: [2], unit: "rad" }) // "tensor float64[2] rad"
 */
export function describeType(schema: MessageSchema): string {
  if (schema.title !== undefined) return schema.title;
  const unit = schema.unit === undefined ? "" : ` ${schema.unit}`;
  switch (kindOf(schema)) {
    case "tensor":
      return `${tensorText(schema)}${unit}`;
    case "enum":
      return enumText(schema);
    case "array":
      return `array${bounds(schema)} of ${describeType(schema.items!)}`;
    case "object": {
      const fields = fieldsOf(schema).map((f) => `${f.name}${f.optional ? "?" : ""}: ${describeType(f.schema)}`);
      return `{${fields.join(", ")}}`;
    }
    default:
      return `${schema.type}${unit}`;
  }
}

function tensorText(schema: MessageSchema): string {
  const { shape, dtype } = tensorType(schema)!;
  return `tensor ${dtype}[${shape.join(", ")}]`;
}

const enumText = (schema: MessageSchema): string => `enum ${schema.enum!.map((v) => JSON.stringify(v)).join(" | ")}`;

function bounds(schema: MessageSchema): string {
  const least = schema.minItems ?? 0;
  if (schema.maxItems === least) return `[${least}]`;
  return least === 0 && schema.maxItems === undefined ? "" : `[${least}..${schema.maxItems ?? ""}]`;
}
