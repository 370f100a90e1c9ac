/** References: what pins, what floats, and that no text leads out of the store. */
import { isAbsolute, normalize, sep } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseReference } from "../../src/models/reference.js";
import { LimbeckError } from "../../src/problem/problem.js";

test("a version pins, an alias floats, a name alone means the champion", () => {
  expect(parseReference("reach@3")).toEqual({ name: "reach", version: 3 });
  expect(parseReference("reach@champion")).toEqual({ name: "reach", version: "champion" });
  expect(parseReference("reach")).toEqual({ name: "reach", version: "champion" });
});

test.each([
  "",
  "@",
  "reach@",
  "@3",
  "reach@3@4",
  "reach@0",
  "reach@03",
  "reach@1.5",
  "reach@-1",
  "reach@1e3",
  "3reach",
])("%j is refused with its own text in the message", (text) => {
  expect(() => parseReference(text)).toThrow(/L0850/);
});

test("whatever is accepted is one plain path segment", () => {
  const segment = fc.oneof(
    fc.string(),
    fc.constantFrom("..", ".", "a/b", "a\\b", "/etc", "C:", "a\0", "~", "%2e%2e", "a.b", "con ", "__proto__"),
  );
  fc.assert(
    fc.property(segment, segment, (name, version) => {
      let reference: ReturnType<typeof parseReference>;
      try {
        reference = parseReference(`${name}@${version}`);
      } catch (error) {
        expect(error).toBeInstanceOf(LimbeckError);
        return;
      }
      for (const part of [reference.name, String(reference.version)]) {
        expect(part).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(normalize(part)).toBe(part);
        expect(isAbsolute(part) || part.includes(sep)).toBe(false);
      }
    }),
    { numRuns: 2000 },
  );
});
