/**
 * Messages ⇄ columns of numbers, compiled once from the schema.
 *
 * | part                | columns                                        |
 * |---------------------|------------------------------------------------|
 * | number, integer     | `x`                                            |
 * | angle (`wraps`)     | `x:sin`, `x:cos`                               |
 * | boolean             | `x`, 0 or 1                                    |
 * | enum                | `x=a`, `x=b`: one of them 1                    |
 * | tensor, fixed array | `x[0]`, `x[1]`, … row-major                    |
 * | optional field      | `x?`, 1 where present, then its columns        |
 * | variable array      | `x[i]?` beyond `minItems`, then the item's     |
 *
 * Fields are in name order. A type that is a single number or choice calls its column `value`.
 */
import { pathTo } from "../problem/path.js";
import { fail } from "../problem/problem.js";
import { describeValue, fieldsOf, kindOf } from "./kind.js";
import { describeType } from "./same.js";
import { ARRAYS, elementNames, INTEGER_RANGE, tensorType } from "./tensor.js";
import type { Message, MessageSchema, TypedArray } from "./type.js";
import type { NonFinite } from "./validate.js";

export interface Column {
  readonly name: string;
  /** Absent for columns that are no physical quantity: masks, choices, sines. */
  readonly unit?: string;
}

export type Row = Float32Array | Float64Array;

export interface Flattening {
  readonly width: number;
  readonly columns: readonly Column[];
  /**
   * Writes a message that fits the type into `out` from `offset`; without `out`, into a new Float32Array.
   * @throws LimbeckError L0308 for a number that is not finite, unless passed by policy; L0306 for a value outside an enum.
   */
  flatten(message: Message, out?: Row, offset?: number): Row;
  /** The message of a row. Masks and booleans are cut at one half, an enum is its largest column, an angle is in (−π, π]. */
  unflatten(row: Row, offset?: number): Message;
}

/** The widest row of one message type. */
export const MAX_WIDTH = 2 ** 20;

export type Flattenable =
  | { readonly ok: true }
  /** `path` is a JSON pointer into the message; array items are `*`. */
  | { readonly ok: false; readonly path: string; readonly reason: string };

/**
 * Whether a type has a fixed number of columns, or the path and the reason why not.
 *
 * @example
 * isFlattenable({ type: "string" }) // { ok: false, path: "", reason: "is a free string (an enum has columns)" }
 */
export function isFlattenable(schema: MessageSchema): Flattenable {
  const obstacle = findObstacle(schema, "");
  if (obstacle !== undefined) return obstacle;
  const width = widthOf(schema);
  return width <= MAX_WIDTH
    ? { ok: true }
    : { ok: false, path: "", reason: `has ${width} columns, more than ${MAX_WIDTH}` };
}

function findObstacle(schema: MessageSchema, path: string): Extract<Flattenable, { ok: false }> | undefined {
  const kind = kindOf(schema);
  if (kind === "string") return { ok: false, path, reason: "is a free string (an enum has columns)" };
  if (kind === "array") {
    if (schema.maxItems === undefined) return { ok: false, path, reason: "is an array without maxItems" };
    return findObstacle(schema.items!, `${path}/*`);
  }
  if (kind !== "object") return undefined;
  for (const field of fieldsOf(schema)) {
    const obstacle = findObstacle(field.schema, pathTo(path, field.name));
    if (obstacle !== undefined) return obstacle;
  }
  return undefined;
}

function widthOf(schema: MessageSchema): number {
  switch (kindOf(schema)) {
    case "tensor":
      return tensorType(schema)!.length * (schema.wraps ? 2 : 1);
    case "enum":
      return schema.enum!.length;
    case "array": {
      const masks = schema.maxItems! - (schema.minItems ?? 0);
      return masks + schema.maxItems! * widthOf(schema.items!);
    }
    case "object":
      return fieldsOf(schema).reduce((sum, f) => sum + widthOf(f.schema) + (f.optional ? 1 : 0), 0);
    default:
      return schema.wraps ? 2 : 1;
  }
}

/**
 * Compiles `flatten` and `unflatten`. `unflatten(flatten(m))` is `m`: exactly in a Float64Array (angles modulo 2π, to
 * the rounding of sine and cosine), rounded to float32 in a Float32Array.
 *
 * @throws LimbeckError L0307 where the type has no columns.
 * @example
 * const { columns, flatten } = compileFlatten({ tensor: [2], unit: "m" });
 * columns; // [{ name: "[0]", unit: "m" }, { name: "[1]", unit: "m" }]
 * flatten(new Float64Array([1, 2])); // Float32Array [1, 2]
 */
export function compileFlatten(schema: MessageSchema, options: { readonly nonFinite?: NonFinite } = {}): Flattening {
  const can = isFlattenable(schema);
  if (!can.ok) fail("L0307", { type: describeType(schema), at: can.path, reason: can.reason });
  const part = compile(schema, "");
  const { width } = part;
  const columns = part.columns;
  const refuse = (options.nonFinite ?? "refuse") === "refuse";
  return {
    width,
    columns,
    flatten(message, out = new Float32Array(width), offset = 0) {
      part.write(message, out, offset);
      if (refuse) {
        for (let i = 0; i < width; i++) {
          const value: number = out[offset + i]!;
          if (value - value !== 0) fail("L0308", { column: columns[i]!.name, value });
        }
      }
      return out;
    },
    unflatten: (row, offset = 0) => part.read(row, offset),
  };
}

/** One part of a message and its columns, from `at` on. */
interface Part {
  readonly width: number;
  readonly columns: readonly Column[];
  write(value: Message, out: Row, at: number): void;
  read(row: Row, at: number): Message;
}

const withUnit = (name: string, unit: string | undefined): Column => (unit === undefined ? { name } : { name, unit });
const named = (name: string): string => (name === "" ? "value" : name);

function compile(schema: MessageSchema, name: string): Part {
  switch (kindOf(schema)) {
    case "tensor":
      return tensor(schema, name);
    case "enum":
      return choice(schema, named(name));
    case "boolean":
      return {
        width: 1,
        columns: [{ name: named(name) }],
        write: (value, out, at) => {
          out[at] = value ? 1 : 0;
        },
        read: (row, at) => row[at]! >= 0.5,
      };
    case "array":
      return array(schema, name);
    case "object":
      return object(schema, name);
    default:
      return scalar(schema, named(name));
  }
}

function scalar(schema: MessageSchema, name: string): Part {
  if (schema.wraps)
    return {
      width: 2,
      columns: [{ name: `${name}:sin` }, { name: `${name}:cos` }],
      write: (value, out, at) => {
        out[at] = Math.sin(value as number);
        out[at + 1] = Math.cos(value as number);
      },
      read: (row, at) => Math.atan2(row[at]!, row[at + 1]!),
    };
  return {
    width: 1,
    columns: [withUnit(name, schema.unit)],
    write: (value, out, at) => {
      out[at] = value as number;
    },
    read: schema.type === "integer" ? (row, at) => Math.round(row[at]!) : (row, at) => row[at]!,
  };
}

function choice(schema: MessageSchema, name: string): Part {
  const values = schema.enum!;
  const width = values.length;
  return {
    width,
    columns: values.map((value) => ({ name: `${name}=${value}` })),
    write: (value, out, at) => {
      const index = values.indexOf(value as string);
      if (index < 0)
        fail("L0306", { expected: `one of ${values.join(", ")}`, found: describeValue(value) }, { path: name });
      out.fill(0, at, at + width);
      out[at + index] = 1;
    },
    read: (row, at) => {
      let best = 0;
      for (let i = 1; i < width; i++) if (row[at + i]! > row[at + best]!) best = i;
      return values[best]!;
    },
  };
}

function tensor(schema: MessageSchema, name: string): Part {
  const { shape, dtype, length } = tensorType(schema)!;
  const Maker = ARRAYS[dtype];
  const names = elementNames(shape).map((index) => name + index);
  if (schema.wraps)
    return {
      width: 2 * length,
      columns: names.flatMap((element) => [{ name: `${element}:sin` }, { name: `${element}:cos` }]),
      write: (value, out, at) => {
        const angles = value as TypedArray;
        for (let i = 0; i < length; i++) {
          out[at + 2 * i] = Math.sin(angles[i]!);
          out[at + 2 * i + 1] = Math.cos(angles[i]!);
        }
      },
      read: (row, at) => {
        const angles = new Maker(length);
        for (let i = 0; i < length; i++) angles[i] = Math.atan2(row[at + 2 * i]!, row[at + 2 * i + 1]!);
        return angles;
      },
    };
  const range = INTEGER_RANGE[dtype];
  return {
    width: length,
    columns: names.map((element) => withUnit(element, schema.unit)),
    write: (value, out, at) => {
      const numbers = value as TypedArray;
      for (let i = 0; i < length; i++) out[at + i] = numbers[i]!;
    },
    read: (row, at) => {
      const numbers = new Maker(length);
      for (let i = 0; i < length; i++) {
        const x = row[at + i]!;
        numbers[i] = range === undefined ? x : Math.min(Math.max(Math.round(x), range[0]), range[1]);
      }
      return numbers;
    },
  };
}

function array(schema: MessageSchema, name: string): Part {
  const { minItems: least = 0, maxItems: most = 0, items } = schema;
  const parts = Array.from({ length: most }, (_, i) => {
    const element = compile(items!, `${name}[${i}]`);
    return i < least ? element : maskable(element, `${name}[${i}]?`);
  });
  const starts = offsets(parts);
  return {
    width: starts[most]!,
    columns: parts.flatMap((part) => part.columns),
    write: (value, out, at) => {
      const list = value as readonly (Message | undefined)[];
      for (let i = 0; i < most; i++) parts[i]!.write(list[i]!, out, at + starts[i]!);
    },
    read: (row, at) => {
      const list: Message[] = [];
      for (let i = 0; i < most; i++) {
        if (i >= least && row[at + starts[i]!]! < 0.5) break;
        list.push(parts[i]!.read(row, at + starts[i]!));
      }
      return list;
    },
  };
}

function object(schema: MessageSchema, name: string): Part {
  const fields = fieldsOf(schema);
  const parts = fields.map((field) => {
    const path = name === "" ? field.name : `${name}.${field.name}`;
    const part = compile(field.schema, path);
    return field.optional ? maskable(part, `${path}?`) : part;
  });
  const starts = offsets(parts);
  return {
    width: starts[parts.length]!,
    columns: parts.flatMap((part) => part.columns),
    write: (value, out, at) => {
      const given = value as { readonly [field: string]: Message };
      for (let i = 0; i < parts.length; i++) parts[i]!.write(given[fields[i]!.name]!, out, at + starts[i]!);
    },
    read: (row, at) => {
      const message: { [field: string]: Message } = {};
      for (let i = 0; i < parts.length; i++) {
        if (fields[i]!.optional && row[at + starts[i]!]! < 0.5) continue;
        message[fields[i]!.name] = parts[i]!.read(row, at + starts[i]!);
      }
      return message;
    },
  };
}

/** A mask before the columns: 1 and the value, or 0 and zeros. */
function maskable(part: Part, mask: string): Part {
  const width = part.width + 1;
  return {
    width,
    columns: [{ name: mask }, ...part.columns],
    write: (value: Message | undefined, out, at) => {
      if (value === undefined) {
        out.fill(0, at, at + width);
        return;
      }
      out[at] = 1;
      part.write(value, out, at + 1);
    },
    read: (row, at) => part.read(row, at + 1),
  };
}

/** Where each part starts, and the total width at the end. */
function offsets(parts: readonly Part[]): number[] {
  const starts = [0];
  for (const part of parts) starts.push(starts.at(-1)! + part.width);
  return starts;
}
