/** Checks a component's params against their schema and fills in the defaults. */
import { Ajv, type ErrorObject } from "ajv";
import type { Json, MessageSchema } from "../message/type.js";
import { nearest } from "../problem/nearest.js";
import { LimbeckError, type Problem, problem } from "../problem/problem.js";
import type { Params } from "./component.js";

// its check of schemas is the slowest thing that it does
const ajv = new Ajv({ useDefaults: true, allErrors: true, strict: false, verbose: true, validateSchema: false });
const compiled = new WeakMap<MessageSchema, ReturnType<typeof ajv.compile>>();

/**
 * The params with defaults filled in.
 *
 * @throws LimbeckError L0401 (unknown name), L0402 (missing), L0403 (wrong value), at `/params/NAME`.
 * @example
 * const schema = { type: "object", properties: { kp: { type: "number", default: 10 } } } as const;
 * checkParams(schema, {}) // { kp: 10 }
 * checkParams(schema, { ki: 1 }) // throws L0401
 */
export function checkParams(schema: MessageSchema, raw: Params): Params {
  let validate = compiled.get(schema);
  if (!validate) {
    // what TypeBox made is sound
    if (!("~kind" in schema)) ajv.validateSchema(schema as object, true);
    compiled.set(schema, (validate = ajv.compile(schema as object)));
  }
  const params = structuredClone(raw) as { [name: string]: Json };
  const names = Object.keys(schema.properties ?? {});
  const problems: Problem[] = Object.keys(raw)
    .filter((name) => schema.additionalProperties !== true && !names.includes(name))
    .map((name) =>
      problem("L0401", { name, known: names, nearest: nearest(name, names) }, { path: `/params/${name}` }),
    );
  if (!validate(params)) for (const error of validate.errors ?? []) problems.push(...explain(error));
  if (problems.length > 0) throw new LimbeckError(problems);
  return params;
}

function explain(error: ErrorObject): Problem[] {
  if (error.keyword === "required") {
    const name = String(error.params.missingProperty);
    return [problem("L0402", { name }, { path: "/params" })];
  }
  // at the top they are told of above, where there may be other names than the schema's
  if (error.keyword === "additionalProperties") return error.instancePath === "" ? [] : [unknownKey(error)];
  const path = `/params${error.instancePath}`;
  const name = error.instancePath.split("/")[1] ?? "";
  const reason =
    error.keyword === "enum"
      ? `must be ${error.params.allowedValues.map((v: Json) => `\`${v}\``).join(" or ")}`
      : (error.message ?? "does not fit");
  return [problem("L0403", { name, reason }, { path })];
}

function unknownKey({ instancePath, params, parentSchema }: ErrorObject): Problem {
  const name = String(params.additionalProperty);
  const known = Object.keys(parentSchema?.properties ?? {});
  return problem("L0401", { name, known, nearest: nearest(name, known) }, { path: `/params${instancePath}/${name}` });
}
