/** Whatever an author gave in the place of something else, in a few words of a message. */
import { showShape } from "./dims.js";
import { isValue } from "./value.js";

const MAX_TEXT = 40;

/**
 * A short text of any value.
 *
 * @example
 * [spelt(3), spelt("a"), spelt([1, 2]), spelt({ a: 1 }), spelt(null)] // ["3", "\"a\"", "[1,2]", "an object", "null"]
 */
export function spelt(given: unknown): string {
  if (isValue(given)) return `a value of shape ${showShape(given.shape)}`;
  if (typeof given === "function") return "a function";
  if (Array.isArray(given) && given.some((one) => typeof one === "object")) return "a list of objects";
  if (typeof given === "object" && given !== null && !Array.isArray(given)) return "an object";
  const text = typeof given === "string" || Array.isArray(given) ? JSON.stringify(given) : String(given);
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}
