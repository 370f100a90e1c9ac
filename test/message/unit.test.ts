/** Units by what they mean: spellings agree, prefixes scale, quantities differ. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { relateUnits } from "../../src/message/unit.js";

test.each([
  ["N·m", "Nm"],
  ["N*m", "N m"],
  ["N·m·s/rad", "N·m/(rad/s)"],
  ["m/s^2", "m/s²"],
  ["m/s2", "m·s^-2"],
  ["m·s⁻¹", "m/s"],
  ["deg", "°"],
  ["radians", "rad"],
  ["Hz", "1/s"],
  ["V·A", "W"],
  ["kg·m^2/s^2", "J"],
  ["°C/s", "K/s"],
  ["km/h", "kph"],
  ["us", "µs"],
  ["%", "percent"],
  [" rad ", "rad"],
  ["grapheme", "grapheme"],
])("%s and %s mean the same", (a, b) => {
  expect(relateUnits(a, b)).toBe("same");
  expect(relateUnits(b, a)).toBe("same");
});

test.each([
  ["m", "mm", 1000],
  ["mm", "m", 0.001],
  ["rad", "deg", 180 / Math.PI],
  ["rev/min", "rad/s", Math.PI / 30],
  ["rpm", "rev/s", 1 / 60],
  ["km/h", "m/s", 1 / 3.6],
  ["mA·h", "C", 3.6],
  ["kWh", "J", 3.6e6],
  ["cm^2", "m²", 1e-4],
  ["1", "%", 100],
  ["ft", "m", 0.3048],
])("1 %s is so many %s", (a, b, ratio) => {
  const relation = relateUnits(a, b);
  expect((relation as { ratio: number }).ratio / ratio).toBeCloseTo(1, 10);
});

test.each([
  ["rad/s", "Hz"],
  ["m", "rad"],
  ["°C", "K"],
  ["grapheme", "m"],
  ["m", "M"],
  ["min", "m"],
  ["N/m", "N·m"],
  ["m(", "m"],
  ["constructor", "m"],
])("%s and %s are different", (a, b) => {
  expect(relateUnits(a, b)).toBe("different");
});

test("every text relates to itself, and both ways alike", () => {
  const text = fc.oneof(
    fc.string({ maxLength: 80 }),
    fc
      .array(fc.constantFrom("m", "s", "kg", "/", "·", "^2", "(", ")", " ", "1", "-"), { maxLength: 40 })
      .map((t) => t.join("")),
  );
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(relateUnits(a, a)).toBe("same");
      const there = relateUnits(a, b);
      const back = relateUnits(b, a);
      if (typeof there === "string") expect(back).toBe(there);
      else expect((back as { ratio: number }).ratio * there.ratio).toBeCloseTo(1, 9);
    }),
  );
});
