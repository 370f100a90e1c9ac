/** The shape of a catalogue entry. */

export type Severity = "error" | "warning";

export interface Entry<A> {
  readonly severity: Severity;
  /** Exit code of a command that ends with this problem: 1 does not hold, 2 wrong usage, 3 input cannot be read. */
  readonly exit: 1 | 2 | 3;
  /** A few words, for lists. */
  readonly title: string;
  /** What is wrong, in the user's words, and the fix. */
  readonly text: (args: A) => string | { message: string; help?: string };
  /** The long form that `limbeck explain CODE` prints: why it matters, an example that fails, the same mended. */
  readonly explain: string;
}

/** Declares an error. */
export const error = <A>(exit: 1 | 2 | 3, title: string, text: Entry<A>["text"], explain: string): Entry<A> => ({
  severity: "error",
  exit,
  title,
  text,
  explain,
});

/** Declares a warning: said, and never the reason for an exit code. */
export const warning = <A>(title: string, text: Entry<A>["text"], explain: string): Entry<A> => ({
  severity: "warning",
  exit: 1,
  title,
  text,
  explain,
});

/** " Did you mean `x`?" or nothing, for the end of a help line. */
export const didYouMean = (nearest: string | undefined): string =>
  nearest === undefined ? "" : `Did you mean \`${nearest}\`?`;
