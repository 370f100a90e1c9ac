/** Checks a rule's options against its schema. */
import { Ajv, type ErrorObject } from "ajv";
import { nearest } from "../problem/nearest.js";
import { type Problem, problem } from "../problem/problem.js";
import type { Options, Rule } from "./rule.js";

const ajv = new Ajv({ allErrors: true, strict: false, verbose: true, validateSchema: false });

/** Problems with a rule's options, at their place in the file. */
export function checkOptions(rule: Rule, options: Options, path: string): Problem[] {
  const validate = ajv.compile(rule.options as object);
  if (validate(options)) return [];
  return telling(validate.errors ?? []).map((error) => {
    const unknown = error.params.additionalProperty as string | undefined;
    const at = `${path}${error.instancePath}`;
    const known = Object.keys(error.parentSchema?.properties ?? {});
    return unknown === undefined
      ? problem("L0502", { rule: rule.name, where: error.instancePath, reason: reasonOf(error) }, { path: at })
      : problem(
          "L0503",
          { rule: rule.name, option: unknown, known, nearest: nearest(unknown, known) },
          { path: `${at}/${unknown}` },
        );
  });
}

/**
 * Of an option that may be one of several things, what it most looks like is told, and not what it is not: a mapping
 * with a misspelt key is neither a text nor a list, and only the key matters.
 */
function telling(errors: readonly ErrorObject[]): ErrorObject[] {
  const unions = errors.filter(({ keyword }) => keyword === "anyOf");
  // a union in a union stands at the same place
  const outer = unions.filter(
    (union, i) =>
      !unions.some((other, k) => within(union, other) && (other.instancePath !== union.instancePath || k < i)),
  );
  const apart = errors.filter((error) => !outer.some((union) => within(error, union)) && !misspelt(error, errors));
  return [
    ...apart,
    ...outer.map((union) =>
      ofUnion(
        union,
        errors.filter((error) => within(error, union)),
      ),
    ),
  ];
}

/** A key is missing, and right there is one that is nearly it. */
const misspelt = ({ keyword, instancePath, params }: ErrorObject, errors: readonly ErrorObject[]): boolean =>
  keyword === "required" &&
  errors.some(
    (other) =>
      other.keyword === "additionalProperties" &&
      other.instancePath === instancePath &&
      nearest(other.params.additionalProperty as string, [params.missingProperty as string]) !== undefined,
  );

const within = ({ instancePath }: ErrorObject, union: ErrorObject): boolean =>
  instancePath === union.instancePath || instancePath.startsWith(`${union.instancePath}/`);

function ofUnion(union: ErrorObject, errors: readonly ErrorObject[]): ErrorObject {
  const here = ({ keyword, instancePath }: ErrorObject, ...keywords: string[]) =>
    instancePath === union.instancePath && keywords.includes(keyword);
  // the branches refuse one value for reasons of their own: one is enough, best that of a key
  const told = telling(errors.filter((error) => !here(error, "type", "anyOf")));
  const best = told.find(({ keyword }) => keyword === "additionalProperties") ?? told[0];
  if (best !== undefined) return best;
  const types = [...new Set(errors.flatMap((error) => (here(error, "type") ? (error.params.type as string) : [])))];
  return { ...union, message: `must be ${types.map((type) => WORDS[type] ?? type).join(" or ")}` };
}

const WORDS: { readonly [type: string]: string } = {
  object: "a mapping",
  array: "a list",
  string: "a text",
  number: "a number",
};

function reasonOf({ keyword, params, message }: ErrorObject): string {
  if (keyword === "enum")
    return `must be ${(params.allowedValues as readonly unknown[]).map((v) => `\`${v}\``).join(" or ")}`;
  if (keyword === "type") return `must be ${WORDS[params.type as string] ?? params.type}`;
  if (keyword === "required") return `lacks \`${params.missingProperty}\``;
  if (keyword === "minItems") return `must name at least ${params.limit}`;
  if (keyword === "minProperties") return "must say something";
  return message ?? "does not fit";
}
