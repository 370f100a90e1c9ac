/**
 * Expressions that are read once are written where they are read:
 *
 *   const v3 = v1 * v2;  const v4 = v3 + 1;  const v5 = v0 ? v4 : v1;      →      const v5 = v0 ? v1 * v2 + 1 : v1;
 *
 * That is less to compile, and what only one branch of a choice needs is computed only where it is chosen. Every op is
 * rounded as before: the same numbers come out.
 */

interface Line {
  readonly defines: string;
  readonly text: string;
}

/** Longer ones keep a name, so that what is nested stays small. */
const MAX_TEXT = 240;

const NAMES = /\b[a-z]\d+\b/g;
const CONSTANT = /^const (v\d+) = (.*);$/;
/** What is written to while the function runs must be read in its turn. */
const CHANGES = /\b[bs]\d/;

/**
 * The lines of one block, with as few of them as that leaves.
 *
 * @param uses how often each name is read, in the whole function
 */
export function nested(lines: readonly Line[], uses: ReadonlyMap<string, number>): string[] {
  const read = new Set<string>();
  for (const { text } of lines) if (takes(text)) for (const [name] of reading(text).matchAll(NAMES)) read.add(name);
  const waiting = new Map<string, string>();
  return lines.flatMap(({ text }) => {
    const whole = takes(text) ? filled(text, waiting) : text;
    const [, name, expression] = CONSTANT.exec(whole) ?? [];
    const once = name !== undefined && uses.get(name) === 1 && read.has(name);
    if (!once || expression!.length > MAX_TEXT || CHANGES.test(expression!)) return [whole];
    waiting.set(name, expression!);
    return [];
  });
}

/** What a line reads: all of it but the name that it gives. */
export const reading = (text: string): string => text.replace(/^(const|let) \w+ /, "");

/** A loop would compute it in each of its rounds, and in a text of the user's nothing is a name. */
const takes = (text: string): boolean => !text.includes("for (") && !text.includes('"') && !text.includes("\n");

const filled = (text: string, waiting: Map<string, string>): string =>
  text.replace(NAMES, (name) => {
    const expression = waiting.get(name);
    if (expression === undefined) return name;
    waiting.delete(name);
    return `(${expression})`;
  });
