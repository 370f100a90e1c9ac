/** Foreign values → messages of a stream's type: checked against the recording's structure first, then value by value. */
import { describeValue, fieldsOf, kindOf } from "../../message/kind.js";
import { ARRAYS, elements, INTEGER_RANGE, isTypedArray, tensorType } from "../../message/tensor.js";
import type { Message, MessageSchema } from "../../message/type.js";
import { type Conversion, conversion } from "../../message/unit.js";
import { nearest } from "../../problem/nearest.js";
import { pathTo } from "../../problem/path.js";
import { type Problem, problem } from "../../problem/problem.js";
import { describeForeign, type ForeignType, UNKNOWN } from "./type.js";

/** Thrown for a value that is no message; the import adds where it stands. */
export class Unfit {
  readonly reason: string;
  constructor(path: string, reason: string) {
    this.reason = path === "" ? reason : `\`${path.slice(1).replaceAll("/", ".")}\` ${reason}`;
  }
}

/** What is counted beside the messages. */
export interface Tally {
  /** Integers beyond 2^53 that became the nearest double. */
  rounded: number;
  /** NaN and infinities that were kept, where nothing forbids them. */
  non_finite: number;
}

export type Convert = (value: unknown) => Message;

export interface Target {
  /** The stream's name, for problems. */
  readonly stream: string;
  /** IR path of the mapping's fields. */
  readonly path: string;
  readonly tally: Tally;
  readonly problems: Problem[];
}

/**
 * Compiles the conversion of one stream. What cannot fit by its structure is told now, as problems.
 *
 * @example
 * const target = { stream: "speed", path: "/fields", tally: { rounded: 0, non_finite: 0 }, problems: [] };
 * const type = withUnit(numberOf("float64"), "km/h");
 * compileConvert({ type: "number", unit: "m/s" }, type, target)(36) // 10
 */
export function compileConvert(schema: MessageSchema, type: ForeignType, target: Target): Convert {
  const lone = loneField(schema, type);
  if (lone === undefined) return value(schema, type, "", target);
  const convert = value(schema, lone[1], "", target);
  return (given) => convert((given as { readonly [name: string]: unknown } | undefined)?.[lone[0]]);
}

/** The field of a message that has but one (`{data: 1}`), where the stream is no object. */
function loneField(schema: MessageSchema, type: ForeignType): readonly [string, ForeignType] | undefined {
  return kindOf(schema) !== "object" && type.kind === "object" && type.fields.size === 1
    ? [...type.fields][0]
    : undefined;
}

const named = (at: string): string => (at === "" ? "the message" : `\`${at.slice(1).replaceAll("/", ".")}\``);

function value(schema: MessageSchema, type: ForeignType, at: string, target: Target): Convert {
  const wrong: Wrong = (wants) => {
    const args = { field: named(at), is: describeForeign(type), stream: target.stream, wants };
    target.problems.push(problem("L0749", args, { path: target.path + at }));
    return () => 0;
  };
  const open = type.kind === "unknown";
  switch (kindOf(schema)) {
    case "number":
    case "integer":
      if (type.kind !== "number" && !open) return wrong(`a${schema.type === "integer" ? "n integer" : " number"}`);
      return numberOf(schema, scaling(schema, type, at, target), at, target.tally);
    case "boolean":
      if (type.kind !== "boolean" && type.kind !== "number" && !open) return wrong("a boolean");
      return (given) => truth(given) ?? unfit(at, "a boolean", given);
    case "string":
      if (type.kind !== "string" && !open) return wrong("a text");
      return (given) => (typeof given === "string" ? given : unfit(at, "a text", given));
    case "enum":
      if (type.kind !== "string" && type.kind !== "number" && !open) return wrong(`one of ${schema.enum!.join(", ")}`);
      return choice(schema.enum!, at);
    case "tensor":
      return tensor(schema, type, at, target, wrong);
    case "array":
      return list(schema, type, at, target, wrong);
    case "object":
      return object(schema, type, at, target, wrong);
  }
}

const unfit = (at: string, expected: string, given: unknown): never => {
  throw new Unfit(
    at,
    given === undefined || given === null ? "is missing" : `is ${describeValue(given)}, not ${expected}`,
  );
};

type Unitary = ForeignType & { readonly unit?: string };

/** The conversion of units, where both sides say one. */
function scaling(schema: MessageSchema, type: Unitary, at: string, target: Target): Conversion | undefined {
  if (schema.unit === undefined || type.unit === undefined) return undefined;
  const found = conversion(type.unit, schema.unit);
  if (found === undefined) {
    const args = { field: named(at), from: type.unit, to: schema.unit, stream: target.stream };
    target.problems.push(problem("L0751", args, { path: target.path + at }));
  }
  return found?.scale === 1 && found.offset === 0 ? undefined : found;
}

/** Numbers, integers of 64 bits, and text that is a number. Undefined where it is none. */
function numeric(given: unknown, tally: Tally): number | undefined {
  if (typeof given === "number") return given;
  if (typeof given === "bigint") {
    const near = Number(given);
    if (BigInt(near) !== given) tally.rounded++;
    return near;
  }
  return typeof given === "string" ? numberText(given) : undefined;
}

const WORDS: { readonly [word: string]: number } = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  infinity: Number.POSITIVE_INFINITY,
  "+inf": Number.POSITIVE_INFINITY,
  "-inf": Number.NEGATIVE_INFINITY,
  "-infinity": Number.NEGATIVE_INFINITY,
};

/** The number that a text is; NaN and infinities by their usual words. */
export function numberText(text: string): number | undefined {
  const bare = text.trim();
  if (bare === "") return undefined;
  const number = Number(bare);
  if (!Number.isNaN(number)) return number;
  const word = bare.toLowerCase();
  return Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
}

const numberOf = (schema: MessageSchema, scaled: Conversion | undefined, at: string, tally: Tally): Convert => {
  const integer = schema.type === "integer";
  return (given) => {
    const before = tally.rounded;
    const number = numeric(given, tally) ?? unfit(at, `a${integer ? "n integer" : " number"}`, given);
    const result = scaled === undefined ? number : scaled.scale * number + scaled.offset;
    if (integer && (!Number.isInteger(result) || tally.rounded !== before))
      return unfit(at, "an integer that a double holds", given);
    return result;
  };
};

const TRUE: readonly unknown[] = [true, 1, 1n, "1", "true", "True", "TRUE"];
const FALSE: readonly unknown[] = [false, 0, 0n, "0", "false", "False", "FALSE"];
const truth = (given: unknown): boolean | undefined =>
  TRUE.includes(given) ? true : FALSE.includes(given) ? false : undefined;

function choice(values: readonly (string | number)[], at: string): Convert {
  const numbers = typeof values[0] === "number";
  return (given) => {
    const plain = typeof given === "bigint" ? Number(given) : given;
    // labels that are numbers there may be texts here, and the other way round
    const found = numbers
      ? typeof plain === "string"
        ? numberText(plain)
        : plain
      : typeof plain === "number"
        ? String(plain)
        : plain;
    return values.includes(found as string) ? (found as string) : unfit(at, `one of ${values.join(", ")}`, given);
  };
}

type Wrong = (wants: string) => Convert;

function tensor(schema: MessageSchema, type: ForeignType, at: string, target: Target, wrong: Wrong): Convert {
  const { shape, dtype, length } = tensorType(schema)!;
  const wants = `a tensor of [${shape.join(", ")}]`;
  const parts = partsOf(type, shape, length);
  if (parts === undefined) return wrong(wants);
  const units = parts.map((part, i) =>
    scaling(schema, part, i === 0 || parts.length === 1 ? at : `${at}/${i}`, target),
  );
  const range = INTEGER_RANGE[dtype];
  const { tally } = target;
  const names = type.kind === "object" ? [...type.fields.keys()] : undefined;
  return (given) => {
    const out = new ARRAYS[dtype](length);
    let n = 0;
    const put = (element: unknown) => {
      if (Array.isArray(element) || isList(element)) {
        for (let i = 0; i < element.length; i++) put(element[i]);
        return;
      }
      const raw = typeof element === "boolean" ? Number(element) : numeric(element, tally);
      if (raw === undefined) unfit(at, `a number at ${n}`, element);
      const scaled = units.length === 1 ? units[0] : units[n];
      const number = scaled === undefined ? raw! : scaled.scale * raw! + scaled.offset;
      if (range !== undefined && !(Number.isInteger(number) && number >= range[0] && number <= range[1]))
        unfit(at, `a list of ${dtype}`, element);
      if (n < length) out[n] = number;
      n++;
    };
    if (names !== undefined) {
      if (typeof given !== "object" || given === null) unfit(at, wants, given);
      for (const name of names) put((given as { readonly [name: string]: unknown })[name]);
    } else if (Array.isArray(given) || isList(given)) put(given);
    else if (length === 1 && given !== undefined) put(given);
    else unfit(at, wants, given);
    if (n !== length) throw new Unfit(at, `has ${n} elements, not ${length}`);
    return out;
  };
}

type Listed = { readonly length: number; readonly [i: number]: unknown };
const isList = (given: unknown): given is Listed =>
  isTypedArray(given) || given instanceof BigInt64Array || given instanceof BigUint64Array;

/** The types of a tensor's elements: one for all, or one each; undefined where these are no such elements. */
function partsOf(type: ForeignType, shape: readonly number[], length: number): readonly Unitary[] | undefined {
  const plain = (part: ForeignType) => part.kind === "number" || part.kind === "boolean" || part.kind === "unknown";
  switch (type.kind) {
    case "unknown":
      return [type];
    case "number":
    case "boolean":
      return length === 1 ? [type] : undefined;
    case "object": {
      const fields = [...type.fields.values()];
      return fields.length === length && fields.every(plain) ? fields : undefined;
    }
    case "tuple": {
      if (type.items.length === length && type.items.every(plain)) return type.items;
      const size = length / type.items.length;
      const inner = type.items.map((item) => partsOf(item, shape.slice(1), size));
      if (!Number.isInteger(size) || inner.some((parts) => parts === undefined)) return undefined;
      return inner.flatMap((parts) => (parts!.length === 1 ? Array.from({ length: size }, () => parts![0]!) : parts!));
    }
    case "list": {
      if (type.length !== undefined && plain(type.items) && type.length !== length) return undefined;
      if (plain(type.items)) return [type.items];
      if (type.length !== undefined && type.length !== shape[0]) return undefined;
      const parts = partsOf(type.items, shape.slice(1), elements(shape.slice(1)));
      return parts?.length === 1 ? parts : undefined;
    }
    default:
      return undefined;
  }
}

function list(schema: MessageSchema, type: ForeignType, at: string, target: Target, wrong: Wrong): Convert {
  const { items, minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema;
  if (type.kind !== "list" && type.kind !== "tuple" && type.kind !== "unknown") return wrong("a list");
  const within = (n: number) => n >= minItems && n <= maxItems;
  const fixed = type.kind === "tuple" ? type.items.length : type.kind === "list" ? type.length : undefined;
  if (fixed !== undefined && !within(fixed)) return wrong(`a list of ${minItems} to ${maxItems}`);
  const parts =
    type.kind === "tuple"
      ? type.items.map((item, i) => value(items!, item, pathTo(at, i), target))
      : [value(items!, type.kind === "list" ? type.items : UNKNOWN, pathTo(at, "*"), target)];
  return (given) => {
    if (!Array.isArray(given) && !isList(given)) return unfit(at, "a list", given);
    if (!within(given.length)) throw new Unfit(at, `has ${given.length} elements, not ${minItems} to ${maxItems}`);
    return Array.from(given as ArrayLike<unknown>, (item, i) => (parts.length === 1 ? parts[0]! : parts[i]!)(item));
  };
}

function object(schema: MessageSchema, type: ForeignType, at: string, target: Target, wrong: Wrong): Convert {
  if (type.kind !== "object" && type.kind !== "unknown" && type.kind !== "time") return wrong("an object");
  const known = type.kind === "object" ? [...type.fields.keys()] : undefined;
  const parts = fieldsOf(schema).flatMap((field) => {
    const inner = type.kind === "object" ? type.fields.get(field.name) : UNKNOWN;
    if (inner === undefined) {
      if (!field.optional) {
        const of = at === "" ? `what \`${target.stream}\` gets` : named(at);
        const near = nearest(field.name, known!);
        const args = { field: field.name, of, known: known!, nearest: near };
        target.problems.push(problem("L0742", args, { path: target.path + at }));
      }
      return [];
    }
    return [{ ...field, convert: value(field.schema, inner, pathTo(at, field.name), target) }];
  });
  return (given) => {
    if (typeof given !== "object" || given === null) return unfit(at, "an object", given);
    const message: { [name: string]: Message } = {};
    for (const { name, optional, convert } of parts) {
      const inner = (given as { readonly [name: string]: unknown })[name] ?? undefined;
      if (inner !== undefined || !optional) message[name] = convert(inner);
    }
    return message;
  };
}
