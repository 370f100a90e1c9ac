/** Every exit code of the command, in one place. */
import { LimbeckError, type Problem } from "../problem/problem.js";

export const exit = {
  done: 0,
  /** What was checked does not hold. */
  doesNotHold: 1,
  wrongUsage: 2,
  /** Input cannot be read. */
  unreadable: 3,
  /** A bug in Limbeck (EX_SOFTWARE of sysexits.h). */
  bug: 70,
  /** 128 + SIGINT. */
  interrupted: 130,
} as const;

/** The exit code that these problems call for: that of the worst error; warnings call for none. */
export function exitOf(problems: readonly Problem[]): number {
  const errors = problems.filter((problem) => problem.severity === "error");
  return errors.length === 0 ? exit.done : new LimbeckError(errors).exit;
}

/** What a command says that Ctrl-C ended. */
export const INTERRUPTED = "Interrupted. Everything that was written is kept.";

/** The same, of a command that makes one file: it has no name before it is whole. */
export const NOTHING_KEPT = "Interrupted. Nothing was written.";
