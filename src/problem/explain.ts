/** The long form of a problem: what `limbeck explain CODE` prints. */
import { catalogue } from "./catalogue.js";
import { nearest } from "./nearest.js";
import type { Code, Severity } from "./problem.js";

export interface Listed {
  readonly code: Code;
  readonly severity: Severity;
  readonly title: string;
}

/**
 * Every code with its few words, in order.
 *
 * @example
 * codes()[0] // { code: "L0001", severity: "error", title: "file not found" }
 */
export const codes = (): Listed[] =>
  (Object.keys(catalogue) as Code[]).sort().map((code) => {
    const { severity, title } = catalogue[code];
    return { code, severity, title };
  });

/**
 * Title and long form of a code as Markdown, or undefined when there is no such code. Case does not count.
 *
 * @example
 * explain("L0211")?.startsWith("# L0211: cycle without a delay") // true
 */
export function explain(code: string): string | undefined {
  const key = code.trim().toUpperCase();
  if (!Object.hasOwn(catalogue, key)) return undefined;
  const entry = catalogue[key as Code];
  const kind = entry.severity === "warning" ? "A warning: it never changes an exit code.\n\n" : "";
  return `# ${key}: ${entry.title}\n\n${kind}${entry.explain.trim()}\n`;
}

/**
 * The code that a misspelt one may have meant.
 *
 * @example
 * nearestCode("L211") // "L0211"
 */
export const nearestCode = (code: string): Code | undefined =>
  nearest(code.trim().toUpperCase(), Object.keys(catalogue)) as Code | undefined;
