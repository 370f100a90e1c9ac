/** The structure of foreign messages, as far as their recording tells it. */
import type { Dtype } from "../../message/type.js";

export type ForeignType =
  | { readonly kind: "number"; readonly dtype: Dtype | "int64" | "uint64"; readonly unit?: string }
  | { readonly kind: "boolean" }
  | { readonly kind: "string" }
  /** Seconds and nanoseconds in an object, in any of the spellings of `time.ts`. */
  | { readonly kind: "time" }
  | { readonly kind: "list"; readonly items: ForeignType; readonly length?: number }
  /** Several fields that a mapping puts side by side. */
  | { readonly kind: "tuple"; readonly items: readonly ForeignType[] }
  | { readonly kind: "object"; readonly fields: ReadonlyMap<string, ForeignType> }
  /** A recording without a schema, or the inside of a type that contains itself. */
  | { readonly kind: "unknown"; readonly unit?: string };

export const UNKNOWN: ForeignType = { kind: "unknown" };

/** Levels that are looked into; what is deeper is unknown, so that a type that contains itself comes to an end. */
export const MAX_DEPTH = 16;

export const numberOf = (dtype: Dtype | "int64" | "uint64"): ForeignType => ({ kind: "number", dtype });

/** The same with a unit: of the number, or of each in the list. */
export function withUnit(type: ForeignType, unit: string | undefined): ForeignType {
  if (unit === undefined) return type;
  if (type.kind === "list") return { ...type, items: withUnit(type.items, unit) };
  return type.kind === "number" || type.kind === "unknown" ? { ...type, unit } : type;
}

export const objectOf = (fields: Iterable<readonly [string, ForeignType]>): ForeignType => ({
  kind: "object",
  fields: new Map(fields),
});

/**
 * A type in few words.
 *
 * @example
 * describeForeign({ kind: "list", items: numberOf("float64"), length: 9 }) // "float64[9]"
 */
export function describeForeign(type: ForeignType): string {
  switch (type.kind) {
    case "number":
      return type.dtype;
    case "list":
      return `${describeForeign(type.items)}[${type.length ?? ""}]`;
    case "tuple":
      return `[${type.items.map(describeForeign).join(", ")}]`;
    case "object":
      return `{${[...type.fields.keys()].slice(0, 8).join(", ")}${type.fields.size > 8 ? ", …" : ""}}`;
    default:
      return type.kind;
  }
}
