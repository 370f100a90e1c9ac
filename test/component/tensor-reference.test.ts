/** `docs/reference/tensor-components.md`: its components run, and say what stands behind them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { parse } from "yaml";
import type { Component } from "../../src/component/component.js";
import * as limbeck from "../../src/limbeck.js";
import { SMALL } from "../../src/onnx/javascript/code.js";
import { solo } from "../../src/testing/solo.js";
import { root } from "../support/run.js";

const page = readFileSync(join(root, "docs/reference/tensor-components.md"), "utf8");
// what reads a file of its own is run in `test/project/onnx-function.test.ts`
const blocks = [...page.matchAll(/```ts\n([\s\S]*?)```/g)]
  .map((match) => match[1]!)
  .filter((block) => !block.includes("readFileSync"));

/** Typed arrays as lists, numbers to four digits. */
const shown = (x: unknown): unknown => {
  if (ArrayBuffer.isView(x)) return Array.from(x as unknown as ArrayLike<number>, shown);
  if (typeof x === "number") return Number(x.toPrecision(4));
  if (typeof x !== "object" || x === null) return x;
  return Object.fromEntries(Object.entries(x).map(([key, value]) => [key, shown(value)]));
};

test("there are examples", () => expect(blocks.length).toBe(5));

test.each(blocks.map((block) => [/doc: "(.*?)"/.exec(block)![1]!, block]))("%s", (_, block) => {
  const claim = /\/\/ (.*) → (.*)\n$/.exec(block)!;
  const [given, wanted] = [claim[1]!, claim[2]!].map((text) => parse(`[${text}]`) as unknown[]);
  const code = block
    .replace(/^import \{ (.*) \} from "limbeck";/, "const { $1 } = limbeck;")
    .replace("export default", "return");
  const { outputText } = ts.transpileModule(code, { compilerOptions: { target: ts.ScriptTarget.ES2022 } });
  const component = new Function("limbeck", outputText)(limbeck) as Component;
  const messages = given!.map((m) =>
    typeof m === "object" ? { ...m, position: Float32Array.from((m as { position: number[] }).position) } : m,
  );
  const said = solo(component).play(
    messages.map((message, i) => ({ time_ns: i, port: "x", message: message as never })),
    messages.length,
  );
  expect(said.map(({ message }) => shown(message))).toEqual(wanted);
});

test("the limits are those of the code", () => expect(page).toContain(`up to ${SMALL} elements`));
