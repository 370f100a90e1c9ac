/**
 * The expression that a small pure function gives back, taken from its own text: `(a, b) => a + b` is `a + b`.
 *
 * What an op does to an element is written once, as a function that reference evaluation calls; generated code has the
 * same expression in it, so that the two cannot drift. A function that is more than an expression of its parameters
 * and of `Math` is called instead.
 */

/** The functions of ops take numbers; one that tells true from false may say so. */
export type Scalar = (...x: number[]) => number | boolean;

interface Expression {
  readonly parameters: readonly string[];
  readonly text: string;
}

const ARROW = /^\(?\s*([a-zA-Z_]\w*(?:\s*,\s*[a-zA-Z_]\w*)*)\s*\)?\s*=>\s*([^{}[\]`'";]+)$/;
/** Names that are not parameters. */
const GLOBALS = new Set(["Math", "Number", "Infinity", "NaN"]);
const NAME = /(?<![\w.])[a-zA-Z_]\w*/g;

const natives = new Map<unknown, string>(
  Object.getOwnPropertyNames(Math).map((name) => [Math[name as "abs"] as unknown, `Math.${name}`]),
);
const known = new WeakMap<Scalar, Expression | undefined>();

/**
 * The function's expression, its parameters replaced; undefined for one that can only be called.
 *
 * @example
 * inlined((a, b) => a + b, ["v1", "v2"]) // "v1 + v2"
 * inlined(Math.sqrt, ["v1"]) // "Math.sqrt(v1)"
 */
export function inlined(f: Scalar, operands: readonly string[]): string | undefined {
  const native = natives.get(f);
  if (native !== undefined) return `${native}(${operands.join(", ")})`;
  if (!known.has(f)) known.set(f, expressionOf(String(f)));
  const expression = known.get(f);
  if (expression === undefined || expression.parameters.length !== operands.length) return undefined;
  return expression.text.replace(NAME, (name) => {
    const at = expression.parameters.indexOf(name);
    return at < 0 ? name : operands[at]!;
  });
}

function expressionOf(source: string): Expression | undefined {
  const match = ARROW.exec(source);
  if (match === null) return undefined;
  const parameters = match[1]!.split(",").map((name) => name.trim());
  const text = match[2]!.replace(/\s+/g, " ").trim();
  const free = (text.match(NAME) ?? []).filter((name) => !parameters.includes(name));
  return free.every((name) => GLOBALS.has(name)) ? { parameters, text } : undefined;
}

/** A number as JavaScript; in brackets where it begins with a sign. */
export function literal(value: number): string {
  if (Object.is(value, -0)) return "(-0)";
  return value < 0 ? `(${value})` : String(value);
}
