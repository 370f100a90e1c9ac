/**
 * Message types for recordings that go into no graph: seen from the values, in a first pass over all of them.
 *
 * A list that always has one length is a tensor, a field that is not always there is optional, and what the recording's
 * schema says of numbers (float32, uint8) is kept.
 */

import { isFieldName, MAX_ELEMENTS, MAX_FIELDS, MAX_ITEMS } from "../../message/normalise.js";
import { ARRAYS, tensorType } from "../../message/tensor.js";
import type { Dtype, Message, MessageSchema } from "../../message/type.js";
import { numberText, type Tally, Unfit } from "./convert.js";
import { type ForeignType, UNKNOWN } from "./type.js";

export interface Inferred {
  readonly schema: MessageSchema;
  convert(value: unknown): Message;
}

export interface Inference {
  /** Takes part of the value of one more message. */
  see(value: unknown): void;
  /** The type that all values seen have. Undefined where none was seen. */
  end(tally: Tally): Inferred | undefined;
}

/** Levels that are looked into; what is deeper is kept as JSON text. */
const MAX_LEVELS = 12;

/**
 * Watches values, and tells their type.
 *
 * @param cells whether texts that are numbers mean numbers, as in a table
 * @example
 * const inference = infer({ kind: "unknown" }, false);
 * inference.see({ q: [1, 2], name: "a" });
 * inference.see({ q: [3, 4] });
 * inference.end({ rounded: 0, non_finite: 0 })!.schema.properties!.q // { tensor: [2], dtype: "float64" }
 */
export function infer(type: ForeignType, cells: boolean): Inference {
  const shape = makeShape(type, cells, 0);
  return {
    see: (value) => shape.see(value),
    end: (tally) => (shape.count === 0 ? undefined : shape.end(tally)),
  };
}

type Kind = "number" | "boolean" | "string" | "list" | "object";

interface Shape {
  readonly type: ForeignType;
  readonly kinds: ReadonlySet<Kind>;
  /** Values seen that were something. */
  readonly count: number;
  /** Values seen that were nothing. */
  readonly missing: number;
  /** Of lists. */
  readonly least: number;
  readonly most: number;
  readonly items: Shape | undefined;
  /** Every integer of 64 bits had a double. */
  readonly exact: boolean;
  see(value: unknown): void;
  end(tally: Tally): Inferred;
}

const isList = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));

function makeShape(type: ForeignType, cells: boolean, level: number): Shape {
  const kinds = new Set<Kind>();
  const fields = new Map<string, Shape>();
  let items: Shape | undefined;
  let [count, missing, least, most, exact] = [0, 0, Number.POSITIVE_INFINITY, 0, true];

  const innerType = (name: string): ForeignType =>
    type.kind === "object" ? (type.fields.get(name) ?? UNKNOWN) : UNKNOWN;
  const itemType = (): ForeignType =>
    type.kind === "list"
      ? type.items
      : type.kind === "tuple"
        ? (type.items[0] ?? UNKNOWN)
        : type.kind === "unknown"
          ? type
          : UNKNOWN;

  const see = (value: unknown): void => {
    if (value === undefined || value === null) {
      missing++;
      return;
    }
    count++;
    if (typeof value === "number") kinds.add("number");
    else if (typeof value === "bigint") {
      kinds.add("number");
      exact &&= BigInt(Number(value)) === value;
    } else if (typeof value === "boolean") kinds.add("boolean");
    else if (typeof value === "string") kinds.add(cells ? kindOfCell(value) : "string");
    else if (level >= MAX_LEVELS) kinds.add("string");
    else if (isList(value)) {
      kinds.add("list");
      least = Math.min(least, value.length);
      most = Math.max(most, value.length);
      items ??= makeShape(itemType(), cells, level + 1);
      if (ArrayBuffer.isView(value)) seeNumbers(items, value);
      else for (let i = 0; i < value.length; i++) items.see(value[i]);
    } else {
      kinds.add("object");
      for (const [name, inner] of Object.entries(value)) {
        if (!fields.has(name)) fields.set(name, makeShape(innerType(name), cells, level + 1));
        fields.get(name)!.see(inner);
      }
    }
  };

  return {
    type,
    kinds,
    see,
    get count() {
      return count;
    },
    get missing() {
      return missing;
    },
    get least() {
      return least;
    },
    get most() {
      return most;
    },
    get items() {
      return items;
    },
    get exact() {
      return exact;
    },
    end(tally) {
      const [kind, ...others] = kinds;
      if (others.length > 0 || kind === undefined) return textual;
      switch (kind) {
        case "number":
          return numbers(type, exact, tally);
        case "boolean":
          return { schema: { type: "boolean" }, convert: (v) => v === true || /^true$/i.test(String(v)) };
        case "string":
          return textual;
        case "list":
          return lists({ type, items, least, most }, tally);
        case "object":
          return objects(fields, count, tally);
      }
    },
  };
}

/** A typed array holds numbers, one like the other: only those of 64 bits need to be looked at. */
function seeNumbers(items: Shape, array: ArrayBufferView): void {
  if (array instanceof BigInt64Array || array instanceof BigUint64Array) for (const value of array) items.see(value);
  else if ((array as Uint8Array).length > 0) items.see((array as Uint8Array)[0]);
}

const kindOfCell = (cell: string): Kind =>
  numberText(cell) !== undefined ? "number" : /^(true|false)$/i.test(cell) ? "boolean" : "string";

/** Texts, and what is a number here and a text there. */
const textual: Inferred = {
  schema: { type: "string" },
  convert: (value) =>
    typeof value === "string" ? value : typeof value === "object" ? JSON.stringify(value, bigText) : String(value),
};
const bigText = (_: string, value: unknown) => (typeof value === "bigint" ? String(value) : value);

const numberIn = (value: unknown, tally: Tally): number => {
  if (typeof value !== "bigint") {
    const number = typeof value === "number" ? value : (numberText(String(value)) ?? Number.NaN);
    if (!Number.isFinite(number)) tally.non_finite++;
    return number;
  }
  const near = Number(value);
  if (BigInt(near) !== value) tally.rounded++;
  return near;
};

const unitIn = (type: ForeignType): { readonly unit?: string } =>
  (type.kind === "number" || type.kind === "unknown") && type.unit !== undefined ? { unit: type.unit } : {};

function numbers(type: ForeignType, exact: boolean, tally: Tally): Inferred {
  const whole = type.kind === "number" && type.dtype !== "float64" && type.dtype !== "float32" && exact;
  return {
    schema: { type: whole ? "integer" : "number", ...unitIn(type) },
    convert: (value) => numberIn(value, tally),
  };
}

interface ListShape {
  readonly type: ForeignType;
  readonly items: Shape | undefined;
  readonly least: number;
  readonly most: number;
}

function lists(list: ListShape, tally: Tally): Inferred {
  const shape = dimensions(list);
  const innermost = shape && innermostOf(list);
  if (shape !== undefined && innermost !== undefined) {
    const dtype = dtypeOf(innermost);
    const schema: MessageSchema = { tensor: shape, dtype, ...unitIn(innermost.type) };
    const { length } = tensorType(schema)!;
    return {
      schema,
      convert(value) {
        const out = new ARRAYS[dtype](length);
        let n = 0;
        const put = (element: unknown): void => {
          if (isList(element)) for (let i = 0; i < element.length; i++) put(element[i]);
          else out[n++] = typeof element === "boolean" ? Number(element) : numberIn(element, tally);
        };
        put(value);
        return out;
      },
    };
  }
  const { items, least, most } = list;
  const inner = items === undefined || items.count === 0 ? numbers(UNKNOWN, true, tally) : items.end(tally);
  const bounds = most <= MAX_ITEMS ? { minItems: least, maxItems: most } : {};
  return {
    schema: { type: "array", items: inner.schema, ...bounds },
    convert: (value) => Array.from(value as ArrayLike<unknown>, (item) => inner.convert(item)),
  };
}

/** The shape of a tensor that all these lists are; undefined where one is longer than another, or holds no numbers. */
function dimensions({ items, least, most }: Pick<ListShape, "items" | "least" | "most">): number[] | undefined {
  if (least !== most || least === 0 || items === undefined || items.kinds.size !== 1 || items.missing > 0)
    return undefined;
  if (items.kinds.has("number") || items.kinds.has("boolean")) return least <= MAX_ELEMENTS ? [least] : undefined;
  const inner = items.kinds.has("list") ? dimensions(items) : undefined;
  return inner === undefined || inner.length >= 8 ? undefined : [least, ...inner];
}

const innermostOf = (list: Pick<ListShape, "items">): Shape => {
  let at = list.items!;
  while (at.kinds.has("list")) at = at.items!;
  return at;
};

function dtypeOf({ type, kinds }: Shape): Dtype {
  if (kinds.has("boolean")) return "bool";
  return type.kind === "number" && type.dtype !== "int64" && type.dtype !== "uint64" ? type.dtype : "float64";
}

function objects(fields: ReadonlyMap<string, Shape>, count: number, tally: Tally): Inferred {
  const taken = new Set<string>();
  if (fields.size > MAX_FIELDS)
    throw new Unfit("", `has ${fields.size} fields, more than ${MAX_FIELDS}: choose some by a mapping`);
  const parts = [...fields].flatMap(([original, shape]) => {
    if (shape.count === 0) return [];
    const name = fieldName(original, taken);
    return [{ original, name, optional: shape.count < count, ...shape.end(tally) }];
  });
  const ordered = [...parts].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    schema: {
      type: "object",
      properties: Object.fromEntries(ordered.map(({ name, schema }) => [name, schema])),
      required: ordered.filter(({ optional }) => !optional).map(({ name }) => name),
      additionalProperties: false,
    },
    convert(value) {
      const message: { [name: string]: Message } = {};
      for (const { original, name, convert } of parts) {
        const inner = (value as { readonly [name: string]: unknown })[original];
        if (inner !== undefined && inner !== null) message[name] = convert(inner);
      }
      return message;
    },
  };
}

/** A foreign name as a field's: letters, digits and `_`, and like no other. */
function fieldName(original: string, taken: Set<string>): string {
  const plain = original
    .replace(/\W+/g, "_")
    .replace(/^(?=\d)|^$/, "_")
    .slice(0, 100);
  let name = isFieldName(plain) ? plain : `${plain}_`;
  for (let n = 2; taken.has(name); n++) name = `${plain}_${n}`;
  taken.add(name);
  return name;
}
