/** Component files: TypeScript and JavaScript outside of the package, and how their mistakes are told. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Type from "typebox";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isFile, loadComponent } from "../../src/component/load.js";
import { tensor } from "../../src/component/ports.js";
import { step } from "../../src/component/step.js";
import { LimbeckError } from "../../src/problem/problem.js";
import { firing } from "../support/fire.js";
import { problemsOf } from "../support/graphs.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "limbeck-load-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const modules = { limbeck: { step, tensor, Type } };
const load = (name: string, more: Partial<Parameters<typeof loadComponent>[1]> = {}) =>
  loadComponent(name, { folder, root: folder, noCode: false, modules, ...more });
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

const doubling = (limbeck = "limbeck") => `
import { step, tensor, Type } from "${limbeck}";
import { gain } from "./gain.js";

enum Sign { Plus = 1 }

export default step({
  doc: "Doubles.",
  params: Type.Object({ extra: Type.Number({ default: 1 }) }),
  inputs: { value: tensor([2]) },
  outputs: { value: tensor([2]) },
  step: ({ value }, _state, { params }) => ({ outputs: { value: value.map((v: number) => Sign.Plus * gain * v + params.extra) } }),
});
`;

test("TypeScript with imports of its own and of `limbeck` loads, and is of the running Limbeck", async () => {
  write("gain.ts", "export const gain: number = await Promise.resolve(2);\n");
  write("double.ts", doubling());
  const component = await load("./double.ts");
  expect(firing(component).at(0, { value: Float64Array.of(1, 2) }).value).toEqual(Float64Array.of(3, 5));
  expect(() => component.signature({ extar: 1 }, {})).toThrow(LimbeckError);
});

test("JavaScript loads too", async () => {
  write(
    "one.mjs",
    `import { step } from "limbeck"; export default step({ doc: "", inputs: {}, outputs: {}, step: () => ({ outputs: {} }) });`,
  );
  expect((await load("./one.mjs")).kind).toBe("step");
});

test("a file that was edited is read anew", async () => {
  const text = (doc: string) =>
    `import { step } from "limbeck"; export default step({ doc: "${doc}", inputs: {}, outputs: {}, step: () => ({ outputs: {} }) });`;
  write("c.ts", text("first"));
  expect((await load("./c.ts")).doc).toBe("first");
  write("c.ts", text("second"));
  expect((await load("./c.ts")).doc).toBe("second");
});

test.each([
  [
    "a syntax error",
    "c.ts",
    "\nconst x: number = ;\nexport default 1;",
    "L0406",
    /^\.\/c\.ts does not load: c\.ts:2:\d+: ParseError: Unexpected token$/,
  ],
  [
    "code that throws",
    "c.ts",
    'function f(): never {\n  throw new Error("no licence");\n}\nf();',
    "L0406",
    /^\.\/c\.ts does not load: c\.ts:2:9: no licence$/,
  ],
  [
    "what is no error thrown",
    "c.js",
    'throw "enough";',
    "L0406",
    /^\.\/c\.ts does not load: enough$|^\.\/c\.js does not load: enough$/,
  ],
  [
    "an import that is not there",
    "c.ts",
    'import { gain } from "./gone.js";\nexport default gain;',
    "L0406",
    /gone\.js/,
  ],
  [
    "a name that `limbeck` has not",
    "c.ts",
    'import { stepp } from "limbeck";\n\nexport default stepp({});',
    "L0406",
    /c\.ts:3:\d+: .*stepp/,
  ],
  [
    "a port type that is none",
    "c.ts",
    'import { step } from "limbeck";\nexport default step({ doc: "", inputs: { x: { type: "tensr" } }, outputs: {}, step: () => ({ outputs: {} }) });',
    "L0406",
    /tensr/,
  ],
  [
    "no default export",
    "c.ts",
    'import { step } from "limbeck";\nexport const c = step({ doc: "", inputs: {}, outputs: {}, step: () => ({ outputs: {} }) });',
    "L0407",
    /^\.\/c\.ts has no component as its default export$/,
  ],
  ["something else as default export", "c.ts", "export default { step() {} };", "L0407", /no component/],
  ["nothing in it", "c.ts", "", "L0407", /no component/],
])("a file with %s is told by name and line", async (_, name, text, code, message) => {
  write(name, text);
  const problems = await problemsOf(load(`./${name}`));
  expect(problems.map((p) => p.code)).toEqual([code]);
  expect(problems[0]!.message).toMatch(message);
  expect(problems[0]!.message).not.toContain(folder);
});

test("a mistake in a file that a component imports is told in that file", async () => {
  mkdirSync(join(folder, "lib"));
  write("lib/gain.ts", 'export const gain = 1;\nthrow new TypeError("no gain");\n');
  write("c.ts", 'import { gain } from "./lib/gain.js";\nexport default gain;\n');
  const [problem] = await problemsOf(load("./c.ts"));
  expect(problem!.message).toBe("./c.ts does not load: lib/gain.ts:2:7: no gain");
});

test("a missing file, and a folder in the place of a file", async () => {
  mkdirSync(join(folder, "sub"));
  expect(await problemsOf(load("./c.ts"))).toMatchObject([
    { code: "L0406", message: "./c.ts does not load: there is no such file" },
  ]);
  expect(await problemsOf(load("./sub"))).toMatchObject([{ code: "L0406" }]);
});

test("a file outside of the project is not loaded, also not through a link", async () => {
  const root = join(folder, "project");
  mkdirSync(root);
  write("outside.ts", 'throw new Error("it was run");');
  symlinkSync(join(folder, "outside.ts"), join(root, "link.ts"));
  for (const name of ["../outside.ts", "./link.ts", join(folder, "outside.ts")])
    expect((await problemsOf(load(name, { folder: root, root }))).map((p) => p.code)).toEqual(["L0408"]);
});

test("--no-code loads nothing", async () => {
  write("c.ts", 'throw new Error("it was run");');
  expect((await problemsOf(load("./c.ts", { noCode: true }))).map((p) => p.code)).toEqual(["L0409"]);
});

test("which names are files", () => {
  expect(["./a.ts", "../a.ts", "/a.ts", "control/pd", "model:reach@1", ".hidden"].map(isFile)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});
