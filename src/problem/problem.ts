/**
 * What is wrong, where, and how to mend it: the one shape in which Limbeck tells a user of a problem.
 *
 * Folders make problems from the catalogue (`catalogue/`), give them an IR path or a place, and either collect
 * them (checks) or throw them (`LimbeckError`). Only the command line prints.
 */
import { catalogue } from "./catalogue.js";
import type { Severity } from "./entry.js";

export type { Severity } from "./entry.js";

/** A range in a text file; lines and columns count from 1, the end is exclusive. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** Where a part of a graph came from when no author wrote it: the rule that inserted it, and that rule's own IR path. */
export interface Origin {
  readonly rule: string;
  /** IR path of the rewrite, e.g. `/rewrites/0`. */
  readonly path: string;
}

export type Code = keyof typeof catalogue;
/** The values a code's message is written with. */
export type Args<C extends Code> = Parameters<(typeof catalogue)[C]["text"]>[0];

export interface Problem {
  readonly code: Code;
  readonly severity: Severity;
  readonly message: string;
  readonly help?: string;
  /** IR path of the part at fault, e.g. `/nodes/controller/in/joints`; the graph file's source map turns it into a place. */
  readonly path?: string;
  /** The part's name is at fault, not its value: the place is that of its key. */
  readonly of?: "key";
  readonly place?: Place;
  /** Chain of rules that inserted the part at fault, innermost first. */
  readonly origins?: readonly Origin[];
  /** Other places that belong to the problem, each with what it shows (e.g. the other end of a mismatched edge). */
  readonly related?: readonly {
    readonly message: string;
    readonly path?: string;
    readonly of?: "key";
    readonly place?: Place;
  }[];
}

export type Where = Pick<Problem, "path" | "of" | "place" | "origins" | "related">;

/**
 * A problem from the catalogue.
 *
 * @example
 * const args = { id: "arm", first: "an in-stream", second: "a world node" };
 * problem("L0201", args, { path: "/nodes/arm" }).message // "`arm` is a world node, and an in-stream has the same id"
 */
export function problem<C extends Code>(code: C, args: Args<C>, where: Where = {}): Problem {
  const entry = catalogue[code];
  const said = (entry.text as (a: Args<C>) => string | { message: string; help?: string })(args);
  const { message, help } = typeof said === "string" ? { message: said, help: undefined } : said;
  return { code, severity: entry.severity, message, ...(help === undefined ? {} : { help }), ...where };
}

/**
 * One or more problems, thrown. `exit` is the process's exit code: 1 does not hold, 2 wrong usage, 3 input cannot be read.
 *
 * @example
 * const { exit, problems } = new LimbeckError([problem("L0001", { file: "arm.graph.yaml" })]);
 * [exit, problems.length] // [3, 1]
 */
export class LimbeckError extends Error {
  readonly problems: readonly Problem[];
  readonly exit: 1 | 2 | 3;

  constructor(problems: readonly Problem[], options?: ErrorOptions) {
    super(problems.map((p) => `${p.code}: ${p.message}${p.help ? ` ${p.help}` : ""}`).join("\n"), options);
    this.name = "LimbeckError";
    this.problems = problems;
    this.exit = problems.reduce<1 | 2 | 3>((worst, p) => {
      const exit = catalogue[p.code].exit;
      return exit > worst ? exit : worst;
    }, 1);
  }
}

/**
 * Throws one problem.
 *
 * @example
 * fail("L0001", { file: "arm.graph.yaml" }) // throws L0001
 */
export function fail<C extends Code>(code: C, args: Args<C>, where: Where = {}, options?: ErrorOptions): never {
  throw new LimbeckError([problem(code, args, where)], options);
}
