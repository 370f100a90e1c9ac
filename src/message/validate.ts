/** Whether a value is a message of a type: Ajv with one keyword more, for typed arrays. */
import { isDeepStrictEqual } from "node:util";
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import type { DataValidateFunction } from "ajv/dist/types/index.js";
import { describeValue, fieldsOf, kindOf } from "./kind.js";
import { ARRAYS, isFloat, tensorType } from "./tensor.js";
import type { MessageSchema } from "./type.js";

export interface Misfit {
  /** JSON pointer into the value. */
  readonly path: string;
  readonly reason: string;
}

/** NaN and infinities: an error, or values like any other. */
export type NonFinite = "refuse" | "pass";

/** Compiled checks that are kept for types that come again: a graph has thousands of ports and few types. */
const MAX_KEPT = 1024;

/** No more reasons than this are given for one value. */
export const MAX_MISFITS = 20;

const FITS: readonly Misfit[] = [];

/**
 * Compiles the check of a message type. A value that fits costs no allocation.
 *
 * @returns a function that gives every misfit (at most 20), none when the value fits.
 * @example
 * compileValidator({ tensor: [2] })(new Float64Array(3)) // [{ path: "", reason: "must be a Float64Array of 2, and is Float64Array of 3" }]
 */
export function compileValidator(schema: MessageSchema, options: { readonly nonFinite?: NonFinite } = {}): Check {
  const { nonFinite = "refuse" } = options;
  const known = checks[nonFinite].get(schema);
  if (known !== undefined) return known;
  const bare = plain(schema);
  const key = `${nonFinite} ${JSON.stringify(bare)}`;
  let validate = kept.get(key);
  if (validate === undefined) {
    validate = compilerOf(nonFinite).compile(bare);
    if (kept.size >= MAX_KEPT) kept.clear();
    kept.set(key, validate);
  }
  const compiled = validate;
  const look: Check = (value) => (compiled(value) ? FITS : compiled.errors!.slice(0, MAX_MISFITS).map(misfit));
  const fits = plainly(schema, bare, nonFinite);
  const check: Check = fits === undefined ? look : (value) => (fits(value) ? FITS : look(value));
  checks[nonFinite].set(schema, check);
  return check;
}

/** Most messages are a bare number or one tensor, and need none of what Ajv makes for each value to keep its place in it. */
function plainly(schema: MessageSchema, bare: object, nonFinite: NonFinite): ((value: unknown) => boolean) | undefined {
  if ("tensor" in bare) {
    const check = tensorCheck(schema, nonFinite);
    return (value) => check(value) === true;
  }
  if (!isDeepStrictEqual(bare, { type: "number" })) return undefined;
  return (value) => typeof value === "number" && (nonFinite === "pass" || value - value === 0);
}

type Check = (value: unknown) => readonly Misfit[];

/** A type is never changed, and the ports of equal nodes share theirs. */
const checks: { readonly [how in NonFinite]: WeakMap<MessageSchema, Check> } = {
  refuse: new WeakMap(),
  pass: new WeakMap(),
};

const kept = new Map<string, ValidateFunction>();

function compilerOf(nonFinite: NonFinite): Ajv {
  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    strict: true,
    validateSchema: false,
    strictNumbers: nonFinite === "refuse",
  });
  ajv.addKeyword("dtype");
  ajv.addKeyword({
    keyword: "tensor",
    errors: "full",
    compile: (_shape, parent) => tensorCheck(parent as MessageSchema, nonFinite),
  });
  return ajv;
}

/** The schema without annotations, which Ajv would have to be told of one by one. */
function plain(schema: MessageSchema): object {
  const { $id, title, description, unit, wraps, dtype, required, ...rest } = schema;
  if (kindOf(schema) === "tensor") return { tensor: schema.tensor, dtype: dtype ?? "float64" };
  if (kindOf(schema) === "array") return { ...rest, items: plain(schema.items!) };
  if (kindOf(schema) !== "object") return rest;
  const fields = fieldsOf(schema);
  return {
    type: "object",
    properties: Object.fromEntries(fields.map((field) => [field.name, plain(field.schema)])),
    required: fields.filter((field) => !field.optional).map((field) => field.name),
    additionalProperties: false,
  };
}

function tensorCheck(schema: MessageSchema, nonFinite: NonFinite): DataValidateFunction {
  const { dtype, length } = tensorType(schema)!;
  const Maker = ARRAYS[dtype];
  const look = dtype === "bool" || (isFloat(dtype) && nonFinite === "refuse");
  const expected = `${Maker.name} of ${length}`;
  const check: DataValidateFunction = (data: unknown, context?: { instancePath: string }) => {
    if (!(data instanceof Maker) || data.length !== length)
      return refuse(context, `must be a ${expected}, and is ${describeValue(data)}`);
    if (!look) return true;
    for (let i = 0; i < length; i++) {
      const x = data[i]!;
      if (dtype === "bool" ? x > 1 : x - x !== 0)
        return refuse(context, `must ${dtype === "bool" ? "be 0 or 1" : "be finite"}, and is ${x}`, `/${i}`);
    }
    return true;
  };
  const refuse = (context: { instancePath: string } | undefined, message: string, element = ""): false => {
    const instancePath = `${context?.instancePath ?? ""}${element}`;
    check.errors = [{ keyword: "tensor", instancePath, message, schemaPath: "#/tensor", params: {} }];
    return false;
  };
  return check;
}

function misfit(error: ErrorObject): Misfit {
  if (error.keyword === "tensor") return { path: error.instancePath, reason: error.message! };
  if (error.keyword === "required")
    return { path: `${error.instancePath}/${error.params.missingProperty}`, reason: "is missing" };
  if (error.keyword === "additionalProperties")
    return { path: `${error.instancePath}/${error.params.additionalProperty}`, reason: "is no field of the type" };
  if (error.keyword === "enum")
    return {
      path: error.instancePath,
      reason: `must be one of ${error.params.allowedValues.join(", ")}, and is ${describeValue(error.data)}`,
    };
  return { path: error.instancePath, reason: `${error.message}, and is ${describeValue(error.data)}` };
}
