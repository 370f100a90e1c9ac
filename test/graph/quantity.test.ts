import fc from "fast-check";
import { expect, test } from "vitest";
import { parseClock, parseDelay, parseDuration, parseRate, parseShare } from "../../src/graph/quantity.js";

test.each([
  ["250ns", 250],
  ["20us", 20_000],
  ["10ms", 1e7],
  ["1.5s", 1.5e9],
  ["2min", 120e9],
  ["1h", 3600e9],
  ["0s", 0],
  ["0.1us", 100],
])("duration %s", (written, ns) => {
  expect(parseDuration(written)).toEqual({ value: ns });
});

test.each([
  ["100hz", 100],
  ["1khz", 1000],
  ["0.5hz", 0.5],
])("rate %s", (written, hz) => {
  expect(parseRate(written)).toEqual({ value: hz });
});

test("clocks take rates and periods; a period may be fractional", () => {
  expect(parseClock("3hz")).toEqual({ value: 1e9 / 3 });
  expect(parseClock("10ms")).toEqual({ value: 1e7 });
});

test("delays in periods are the consumer's", () => {
  expect(parseDelay("1period", 1e7)).toEqual({ value: 1e7 });
  expect(parseDelay("2period", 1e9 / 3)).toEqual({ value: 666_666_667 });
  expect(parseDelay("1period", undefined).problem).toMatchObject({
    message: "`1period` cannot stand here: the node that reads here has no clock",
    help: "Write a duration such as `10ms`, or give the node a clock: `on: 100hz`.",
  });
  expect(parseDelay("0.5period", 1e7).problem!.message).toContain("whole");
  expect(parseDelay("0ms", 1e7).problem!.message).toContain("above zero");
});

test("shares", () => {
  expect(parseShare("1%")).toEqual({ value: 0.01 });
  expect(parseShare(0.5)).toEqual({ value: 0.5 });
  expect(parseShare(1.5).problem!.code).toBe("L0119");
  expect(parseShare("-1%").problem!.code).toBe("L0119");
});

test.each([
  [parseRate, "100 Hz", "`100 Hz` is written `100hz`."],
  [parseRate, "100", "Say in which unit: `100hz`, `100khz`."],
  [parseDuration, "10 Milliseconds", "Write `10ms`."],
  [parseDuration, "2 sec", "`2 sec` is written `2s`."],
  [parseDuration, "1,5s", "`1,5s` is written `1.5s`."],
  [parseDuration, "5 µs", "`5 µs` is written `5us`."],
  [parseShare, "3 percent", "`3 percent` is written `3%`."],
  [parseClock, "often", "Write `100hz` or `10ms`."],
] as const)("%o %s is mended", (parse, written, help) => {
  expect(parse(written, "/p").problem).toMatchObject({ code: "L0119", path: "/p", help });
});

test("bounds: below a nanosecond, above 104 days, nothing at all", () => {
  expect(parseDuration("0.4ns").problem!.message).toContain("shorter than a nanosecond");
  expect(parseDuration("2600h").problem!.message).toContain("104 days");
  expect(parseClock("2000000khz").problem!.message).toContain("at least a nanosecond");
  expect(parseClock("0hz").problem!.message).toContain("above zero");
  for (const odd of ["", "hz", null, undefined, {}, [], "-1s", "1e999s", "Infinitys", "0x10s"])
    expect(parseDuration(odd).problem!.code).toBe("L0119");
});

test("any text gives a value or a problem, in time that does not grow with it", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.constantFrom("9", " ", "1s ").map((s) => s.repeat(100_000)),
      ),
      (text) => {
        const p = parseDuration(text);
        expect(p.problem === undefined ? Number.isSafeInteger(p.value) : p.problem.message.length < 300).toBe(true);
      },
    ),
  );
});
