/** Checks a rule's options against its schema. */
import { Ajv, type ErrorObject } from "ajv";
import { nearest } from "../problem/nearest.js";
import { type Problem, problem } from "../problem/problem.js";
import type { Options, Rule } from "./rule.js";

const ajv = new Ajv({ allErrors: true, strict: false, verbose: true });

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
  const outer = unions.filter((union) => !unions.some((other) => other !== union && within(union, other)));
  const apart = errors.filter((error) => !outer.some((union) => error === union || within(error, union)));
  return [
    ...apart,
    ...outer.flatMap((union) =>
      ofUnion(
        union,
        errors.filter((e) => e !== union && within(e, union)),
      ),
    ),
  ];
}

const within = ({ instancePath }: ErrorObject, union: ErrorObject): boolean =>
  instancePath === union.instancePath || instancePath.startsWith(`${union.instancePath}/`);

function ofUnion(union: ErrorObject, inner: readonly ErrorObject[]): ErrorObject[] {
  const fits = inner.filter((error) => !(error.keyword === "type" && error.instancePath === union.instancePath));
  const deeper = fits.filter((error) => error.keyword !== "anyOf" || error.instancePath !== union.instancePath);
  if (deeper.length > 0) {
    const told = telling(deeper);
    // the branches of a union refuse the same value for their own reasons: the first that it could be is enough
    const [first] = told;
    return told.filter((error) => error.instancePath === first!.instancePath).slice(0, 1);
  }
  const types = [...new Set(inner.flatMap((error) => (error.keyword === "type" ? (error.params.type as string) : [])))];
  return [{ ...union, message: `must be ${types.map((type) => WORDS[type] ?? type).join(" or ")}` }];
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
  if (keyword === "required") return `lacks \`${params.missingProperty}\``;
  if (keyword === "minItems") return `must name at least ${params.limit}`;
  if (keyword === "minProperties") return "must say something";
  return message ?? "does not fit";
}
