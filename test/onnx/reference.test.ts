/** `docs/reference/onnx.md`: its table is the list of ops, and its limits are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { MAX_ELEMENTS } from "../../src/onnx/dims.js";
import { OPSET, OPSETS_READ } from "../../src/onnx/ir.js";
import { MAX_BYTES, MAX_CALLS, MAX_NESTING, MAX_NODES, MAX_RANK } from "../../src/onnx/limits.js";
import { fillOps } from "../../src/onnx/reference.js";
import { root } from "../support/run.js";

const page = readFileSync(join(root, "docs/reference/onnx.md"), "utf8");

test("docs/reference/onnx.md has the ops that the list has: `npm run schemas` writes them", () => {
  expect(page).toBe(fillOps(page));
});

test("its limits are the code's", () => {
  const limit = (what: string) => page.match(new RegExp(`^\\| ${what} \\| ([^|]*) \\|`, "m"))?.[1];
  expect(limit("opset")).toBe(`${OPSETS_READ.oldest} to ${OPSETS_READ.newest}`);
  expect(limit("size")).toBe(`${MAX_BYTES / 2 ** 20} MiB`);
  expect(limit("ops, those of bodies and functions included")).toBe(MAX_NODES.toLocaleString("en"));
  expect(limit("graphs inside graphs")).toBe(String(MAX_NESTING));
  expect(limit("functions that call one another")).toBe(String(MAX_CALLS));
  expect(limit("axes of a tensor")).toBe(String(MAX_RANK));
  expect(limit("elements of a tensor")).toBe("2²⁸");
  expect(MAX_ELEMENTS).toBe(2 ** 28);
  expect(page).toContain(`Files are written at opset ${OPSET}`);
});
