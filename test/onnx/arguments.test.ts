/** What an op is given by mistake is said in the op's words, and with what was given. */
import { expect, test } from "vitest";
import { graphBuilder } from "../../src/onnx/builder.js";
import { add, concat, maxPool, reshape, sin } from "../../src/onnx/functions.js";
import { spelt } from "../../src/onnx/spelt.js";
import { LimbeckError } from "../../src/problem/problem.js";

const x = graphBuilder("g").input("x", "float32", [1, 1, 8, 8]);
const wrong = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof LimbeckError) return error.problems.map(({ code, message }) => `${code} ${message}`).join();
    throw error;
  }
  return "nothing";
};
// biome-ignore lint/suspicious/noExplicitAny: what authors write without types
const any = (value: unknown): any => value;

test.each([
  [() => maxPool(x, any(3)), "L0808 MaxPool: its attribute kernel_shape is a list of whole numbers, not 3"],
  [
    () => maxPool(x, any({ size: 2 })),
    "L0808 MaxPool: its attribute kernel_shape is a list of whole numbers, not an object",
  ],
  [
    () => maxPool(x, any(["2", "2"])),
    'L0808 MaxPool: its attribute kernel_shape is a list of whole numbers, not ["2","2"]',
  ],
  [() => maxPool(x, [2.5, 2]), "L0808 MaxPool: its attribute kernel_shape is a list of whole numbers, not [2.5,2]"],
  [
    () => maxPool(x, [2, 2], any({ strides: 2 })),
    "L0808 MaxPool: its attribute strides is a list of whole numbers, not 2",
  ],
  [() => maxPool(any(3), [2, 2]), "L0841 MaxPool takes a value as its input 1, not 3"],
  [() => maxPool(any(null), [2, 2]), "L0841 MaxPool takes a value as its input 1, not null"],
  [() => maxPool(any([x]), [2, 2]), "L0841 MaxPool takes a value as its input 1, not a list of objects"],
  [() => maxPool(any(undefined), [2, 2]), "L0841 MaxPool takes a value as its input 1, not undefined"],
  [() => sin(any(0.5)), "L0841 Sin takes a value as its input 1, not 0.5"],
  [() => concat(any(x), 0), "L0841 Concat takes a list of values, not a value of shape [1, 1, 8, 8]"],
  [() => reshape(x, any(64)), "L0841 Reshape takes a value as its input 2, not 64"],
  [() => add(x, any("a")), 'L0841 Add takes a value as its input 2, not "a"'],
])("%s", (work, said) => {
  expect(wrong(work)).toBe(said);
});

test("what is long is cut", () => {
  expect(spelt("a".repeat(99))).toHaveLength(41);
  expect(spelt(() => 1)).toBe("a function");
});
