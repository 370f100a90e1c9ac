/**
 * The `@example` blocks of doc comments, as tests.
 *
 *   doc comment ──find──► code ──read──► statements, claims, names ──run──► what was not as it says
 *
 * An example is TypeScript as a reader would write it, without imports. A name is looked up in the module that holds
 * the example, then in `given.ts` (a graph, a model, …), then in the nearest module of `src` that exports it, of two
 * as near the one in the lower layer; nothing of Node is in reach. It runs in a folder of its own, in which lie those
 * files of `given.ts` that it names. A comment behind an expression, or behind a `const`, is its value:
 *
 *   parseRef("arm.joints") // { id: "arm", port: "joints", field: [] }
 *   flatten(message);      // Float32Array [1, 2]
 *   Math.PI                // 3.14…
 *   Math.exp(-1)           // ≈0.368 (e⁻¹; what stands in parentheses is not read)
 *   digestOf(graph)        // "60c7…"
 *   range(100)             // [0, 1, 2, …]
 *   await recorder.close() // { rows: 100, … }
 *   decode(bytes)          // throws L0801
 *
 * `…` leaves the rest open: of a number, a text, a list, an object. Comments on lines of their own behind an expression
 * are its text, line by line. What is exported by default must be a component.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import type { Component } from "../../../src/component/component.js";
import { LimbeckError } from "../../../src/problem/problem.js";
import { root } from "../run.js";
import type { Example } from "./find.js";
import { files, given } from "./given.js";
import { GIVEN, moduleOf, namesOf, parse } from "./names.js";
import { claim, show } from "./notation.js";

interface Claim {
  readonly source: string;
  /** A value in the notation, or lines of text. */
  readonly said: string | readonly string[];
  /** The expression awaits, so its value comes as a promise. */
  readonly waits: boolean;
}

/** An example as the body of a function: every claim handed to `$check`, what it exports to `$component`. */
function bodyOf(code: string): { readonly body: string; readonly claims: readonly Claim[] } {
  const { statements } = parse(code);
  const claims: Claim[] = [];
  const checked = (source: string, said: Claim["said"]): string => {
    const waits = /\bawait\b/.test(source);
    claims.push({ source, said, waits });
    return `await $check(${claims.length - 1}, ${waits ? "async " : ""}() => (${source}));`;
  };
  const lines = statements.map((statement, i) => {
    const text = statement.getText();
    const said = commentsOf(code.slice(statement.end, statements[i + 1]?.getStart() ?? code.length));
    if (ts.isExportAssignment(statement)) return `$component(${statement.expression.getText()});`;
    if (said === undefined) return text;
    if (ts.isExpressionStatement(statement)) return checked(statement.expression.getText(), said);
    const declared = ts.isVariableStatement(statement) ? statement.declarationList.declarations : [];
    const [only] = declared.flatMap((d) => (ts.isIdentifier(d.name) ? [d.name.text] : []));
    if (declared.length === 1 && only !== undefined) return `${text}\n${checked(only, said)}`;
    throw new Error(`a comment that nothing checks stands behind \`${text}\``);
  });
  return { body: lines.join("\n"), claims };
}

/** Comments behind a statement: beside it a value, below it text. */
function commentsOf(behind: string): Claim["said"] | undefined {
  const [beside = "", ...below] = behind.split("\n").map((line) => line.trim());
  const end = below.findIndex((line) => !line.startsWith("//"));
  const text = below.slice(0, end < 0 ? undefined : end).map((line) => line.replace(/^\/\/ ?/, ""));
  if (beside.startsWith("//")) return [beside.slice(2), ...text].join(" ").trim();
  return text.length === 0 ? undefined : text;
}

/** Runs an example. @throws what it throws, or an error that says which claim does not hold */
export async function runExample({ file, code }: Example): Promise<void> {
  const names = namesOf(code).filter((name) => moduleOf(name, file) !== undefined);
  const { body, claims } = bodyOf(code);
  const check = async (index: number, evaluate: () => unknown): Promise<void> => {
    const is = await otherwise(claims[index]!, evaluate);
    if (is === undefined) return;
    const { source, said } = claims[index]!;
    throw new Error(`${source}\nsays ${[said].flat().join("\n     ")}\nis   ${is}`);
  };
  const { outputText } = ts.transpileModule(body, { compilerOptions: { target: ts.ScriptTarget.ES2023 } });
  const example = new AsyncFunction(...names, "$check", "$component", outputText);
  const before = process.cwd();
  const folder = mkdtempSync(join(tmpdir(), "limbeck-example-"));
  try {
    process.chdir(folder);
    for (const [path, make] of Object.entries(files)) if (code.includes(`"${path}"`)) await make(path);
    const values = await Promise.all(names.map((name) => lookUp(name, moduleOf(name, file)!)));
    await example(...values, check, checkComponent);
  } finally {
    process.chdir(before);
    rmSync(folder, { recursive: true });
  }
}

const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor as new (
  ...text: string[]
) => (...values: unknown[]) => Promise<void>;

async function lookUp(name: string, module: string): Promise<unknown> {
  if (module === GIVEN) return given[name as keyof typeof given]();
  return ((await import(join(root, module))) as { [name: string]: unknown })[name];
}

/** What a value is, when it is not what the claim says. */
async function otherwise({ said, waits }: Claim, evaluate: () => unknown): Promise<string | undefined> {
  const code = /^throws (L\d{4})$/.exec(String(said))?.[1];
  try {
    const value = waits ? await evaluate() : evaluate();
    if (typeof said !== "string") return otherText(said, value);
    return code === undefined && claim(said)(value) ? undefined : show(value);
  } catch (error) {
    if (code === undefined || !(error instanceof LimbeckError)) throw error;
    return error.problems.some((p) => p.code === code) ? undefined : `throws ${error.message}`;
  }
}

/** What a text is, when it has not these lines; a last line `…` stands for all that follow. */
function otherText(said: readonly string[], value: unknown): string | undefined {
  if (typeof value !== "string") return show(value);
  const lines = value.split("\n").map((line) => line.trimEnd());
  if (lines.at(-1) === "") lines.pop();
  const open = said.length > 1 && said.at(-1) === "…";
  const wanted = open ? said.slice(0, -1) : said;
  const same = wanted.every((line, i) => line === lines[i]) && (open || wanted.length === lines.length);
  return same ? undefined : lines.join("\n     ");
}

/** A component can be asked for its ports, and has some. */
function checkComponent(component: Component): void {
  const { inputs, outputs } = component.signature({}, {});
  const ports = [...Object.values(inputs), ...Object.values(outputs)];
  if (component.doc === "" || ports.length === 0) throw new Error("the component has no doc, or no ports");
}
