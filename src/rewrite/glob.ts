/** Wildcards in names: `*` for any run of characters, `?` for one. No other sign means anything but itself. */

/** Longest pattern; with it, matching takes time linear in the text. */
export const MAX_PATTERN = 256;

export const isGlob = (text: string): boolean => /[*?]/.test(text);

/**
 * Whether a text matches a pattern as a whole.
 *
 * Walks the text once, and falls back to the last `*` only, so there is nothing to explode.
 *
 * @example
 * matches("filter/*", "filter/ema") // true
 * matches("leg?", "leg12") // false
 */
export function matches(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (p < pattern.length && pattern[p] === "*") {
      star = p++;
      resume = t;
    } else if (p < pattern.length && (pattern[p] === "?" || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}
