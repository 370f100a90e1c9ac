/** What a model stands in for, as words of a command say it. */
import type { TeacherSpec } from "../distill/teacher.js";
import { fail } from "../problem/problem.js";

export interface TeacherWords {
  readonly nodes?: readonly string[];
  readonly all?: boolean;
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
}

/**
 * @param what is to be said, in words
 * @throws LimbeckError L0004 when nothing is said, or too much
 */
export function teacherOf({ nodes, all, inputs, outputs }: TeacherWords, what: string): TeacherSpec {
  const given = [nodes !== undefined, all === true, inputs !== undefined || outputs !== undefined].filter(Boolean);
  const help = "Give `--nodes a,b`, or `--all`, or both of `--inputs …` and `--outputs …`.";
  if (given.length === 0) fail("L0004", { what: `${what} is not said`, help });
  if (given.length > 1) fail("L0004", { what: "--nodes, --all and --inputs/--outputs exclude each other", help });
  if (nodes !== undefined) return { nodes };
  if (all === true) return { all };
  if (inputs === undefined || outputs === undefined)
    return fail("L0004", { what: `a relation needs ${inputs === undefined ? "--inputs" : "--outputs"} as well`, help });
  return { inputs, outputs };
}
