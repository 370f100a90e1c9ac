/** Checks a rule's options against its schema. */
import { Ajv } from "ajv";
import { nearest } from "../problem/nearest.js";
import { type Problem, problem } from "../problem/problem.js";
import type { Options, Rule } from "./rule.js";

const ajv = new Ajv({ allErrors: true, strict: false });

/** Problems with a rule's options, at their place in the file. */
export function checkOptions(rule: Rule, options: Options, path: string): Problem[] {
  const validate = ajv.compile(rule.options as object);
  if (validate(options)) return [];
  const known = Object.keys((rule.options as { properties?: object }).properties ?? {});
  return (validate.errors ?? []).map((error) => {
    const unknown = error.params.additionalProperty as string | undefined;
    const at = `${path}${error.instancePath}`;
    return unknown === undefined
      ? problem(
          "L0502",
          { rule: rule.name, where: error.instancePath, reason: error.message ?? "does not fit" },
          { path: at },
        )
      : problem(
          "L0503",
          { rule: rule.name, option: unknown, known, nearest: nearest(unknown, known) },
          { path: `${at}/${unknown}` },
        );
  });
}
