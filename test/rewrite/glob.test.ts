/** Wildcards in names, and that they cost what the text costs. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { MAX_PATTERN, matches } from "../../src/rewrite/glob.js";

test.each([
  ["filter/*", "filter/ema", true],
  ["filter/*", "filters/ema", false],
  ["filter/*", "filter/", true],
  ["*", "", true],
  ["?", "", false],
  ["leg?", "leg1", true],
  ["leg?", "leg12", false],
  ["*.ts", "./a.test.ts", true],
  ["a.c", "abc", false],
  ["(a|b)+$", "a", false],
  ["a*b*c", "aXbXbXc", true],
  ["a*b*c", "aXcXb", false],
])("%s against %s: %s", (pattern, text, fits) => expect(matches(pattern, text)).toBe(fits));

/** The meaning, by trying every way to read the pattern. */
function meaning(pattern: string, text: string): boolean {
  if (pattern === "") return text === "";
  if (pattern[0] === "*") return meaning(pattern.slice(1), text) || (text !== "" && meaning(pattern, text.slice(1)));
  return text !== "" && (pattern[0] === "?" || pattern[0] === text[0]) && meaning(pattern.slice(1), text.slice(1));
}

test("means what trying every way to read it means", () => {
  const letters = (...of: string[]) => fc.string({ unit: fc.constantFrom(...of), maxLength: 8 });
  fc.assert(
    fc.property(letters("a", "b", "*", "?"), letters("a", "b"), (pattern, text) => {
      expect(matches(pattern, text)).toBe(meaning(pattern, text));
    }),
    { numRuns: 2000 },
  );
});

test("looks at each sign of the text at most as often as the pattern is long, whatever the pattern", () => {
  const pattern = `${"*a".repeat(MAX_PATTERN / 2 - 1)}*b`;
  const looks = (n: number): number => {
    let count = 0;
    const text = new Proxy(new String("a".repeat(n)), {
      get(target, key) {
        if (typeof key === "string" && /^\d+$/.test(key)) count++;
        return Reflect.get(target, key);
      },
    }) as unknown as string;
    expect(matches(pattern, text)).toBe(false);
    return count;
  };
  for (const n of [1000, 2000, 4000, 8000]) expect(looks(n)).toBeLessThanOrEqual(n * MAX_PATTERN);
});
