/** The generated drop-in: its text, its types under `tsc --strict`, and that no text of a user's gets out of its quotes. */
import { join } from "node:path";
import vm from "node:vm";
import fc from "fast-check";
import ts from "typescript";
import { expect, test } from "vitest";
import { generateComponent } from "../../../src/distill/generate/component.js";
import type { MessageSchema } from "../../../src/message/type.js";
import type { Card } from "../../../src/models/card.js";
import { card } from "../../support/card.js";
import { root } from "../../support/run.js";

test("the drop-in of the arm's controller", () => {
  expect(generateComponent(card)).toBe(`\
// Drop-in for \`controller\` of arm-reach, distilled by Limbeck as reach@1. Generated: edit the graph, not this file.
import { model } from "limbeck";

export interface Inputs {
  /** Shape [2], in rad. */
  readonly target: Float64Array;
  readonly joints: {
    /** Shape [2], in rad, angle, equal modulo 2π. */
    readonly position: Float64Array;
    /** Shape [2], in rad/s. */
    readonly velocity: Float64Array;
  };
}

export interface Outputs {
  /** Shape [2], in N·m. */
  readonly torque: Float64Array;
}

export default model<Inputs, Outputs>({
  model: "reach@1",
  sha256: "${"ef".repeat(32)}",
  on: { clock: "100hz" },
  inputs: {
    target: { tensor: [2], dtype: "float64", unit: "rad" },
    joints: {
      type: "object",
      properties: {
        position: { tensor: [2], dtype: "float64", unit: "rad", wraps: true },
        velocity: { tensor: [2], dtype: "float64", unit: "rad/s" },
      },
      required: ["position", "velocity"],
      additionalProperties: false,
    },
  },
  outputs: { torque: { tensor: [2], dtype: "float64", unit: "N·m" } },
});
`);
});

/** A card whose ports use every construct of message types. */
const rich: Card = {
  ...card,
  teacher: { graph: "log", graph_digest: "00", inputs: {}, outputs: {} },
  trigger: { each: ["mode", "scan"] },
  inputs: {
    mode: { type: { enum: ["idle", "run", 3] }, kind: "event" },
    scan: {
      type: {
        type: "object",
        properties: {
          "range-m": { type: "array", items: { type: "number", unit: "m" }, maxItems: 8 },
          labels: { type: "array", items: { enum: ["a", "b"] }, maxItems: 2 },
          image: { tensor: [4, 4], dtype: "uint8" },
          ok: { type: "boolean", description: "whether the scan is whole" },
        },
        required: ["image"],
      },
      kind: "signal",
    },
  },
  outputs: { speed: { type: { type: "number", minimum: 0, maximum: 2, unit: "m/s" }, kind: "signal" } },
};

/** Errors of the compiler in files given as text, with `limbeck` meaning Limbeck's own sources. */
function compile(files: Record<string, string>): string[] {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    exactOptionalPropertyTypes: true,
    verbatimModuleSyntax: true,
    noUnusedLocals: true,
    skipLibCheck: true,
    noEmit: true,
    types: [],
    paths: { limbeck: [join(root, "src/component/model.ts")] },
  };
  const host = ts.createCompilerHost(options);
  const texts = new Map(Object.entries(files).map(([name, text]) => [join(root, "test/distill/generate", name), text]));
  const { fileExists, readFile } = host;
  host.fileExists = (file) => texts.has(file) || fileExists(file);
  host.readFile = (file) => texts.get(file) ?? readFile(file);
  const program = ts.createProgram([...texts.keys()], options, host);
  return [...texts.keys()].flatMap((file) => {
    const source = program.getSourceFile(file)!;
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map((d) =>
      ts.flattenDiagnosticMessageText(d.messageText, "\n"),
    );
  });
}

test("it compiles under strict TypeScript, and its types say what the messages are", () => {
  const use = `
import reach, { type Inputs, type Outputs } from "./reach.js";
import type { Inputs as Rich } from "./rich.js";
export const inputs: Inputs = {
  target: Float64Array.of(1, 2),
  joints: { position: new Float64Array(2), velocity: new Float64Array(2) },
};
export const outputs: Outputs = { torque: new Float64Array(2) };
export const rich: Rich = { mode: "run", scan: { image: new Uint8Array(16), "range-m": [1, 2], labels: ["a", "b"] } };
export const pinned: string = reach.model;
`;
  const wrong = `
import type { Inputs } from "./rich.js";
export const inputs: Inputs = { mode: "walk", scan: { image: new Uint8Array(16) } };
`;
  const files = { "reach.ts": generateComponent(card), "rich.ts": generateComponent(rich), "use.ts": use };
  expect(compile(files)).toEqual([]);
  expect(compile({ ...files, "wrong.ts": wrong })).toEqual([
    expect.stringContaining(`Type '"walk"' is not assignable to type`),
  ]);
});

/** What the text hands to `model()`. */
function evaluate(text: string): unknown {
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023 },
    reportDiagnostics: true,
  });
  const exports: { default?: unknown } = {};
  const require = (name: string) => {
    expect(name).toBe("limbeck");
    return { model: (spec: unknown) => spec };
  };
  vm.runInNewContext(outputText, { exports, require });
  return JSON.parse(JSON.stringify(exports.default));
}

test("whatever stands in names, units and descriptions, the text evaluates to the card's own values", () => {
  const nasty = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("*/ process.exit(1) /*", "\n;throw 1//", "\u2028throw 1", "`", '"', "\\", "</script>", "a b"),
  );
  const field = fc.oneof(nasty, fc.constantFrom("__proto__", "constructor", "default", "1a", "naïve", "$x"));
  const leaf: fc.Arbitrary<MessageSchema> = fc.record(
    { tensor: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }), unit: nasty, description: nasty },
    { requiredKeys: ["tensor"] },
  );
  const object: fc.Arbitrary<MessageSchema> = fc
    .dictionary(field, leaf, { maxKeys: 3 })
    .map((properties) => ({ type: "object", properties, required: Object.keys(properties).slice(1) }));
  const ports = fc.dictionary(
    field,
    fc.record({ type: fc.oneof(leaf, object), kind: fc.constant("signal" as const) }),
    { minKeys: 1, maxKeys: 3 },
  );
  fc.assert(
    fc.property(
      nasty,
      fc.array(nasty, { minLength: 1, maxLength: 2 }),
      ports,
      ports,
      (graph, nodes, inputs, outputs) => {
        const drawn: Card = {
          ...card,
          teacher: { graph, graph_digest: "", nodes, inputs: {}, outputs: {} },
          inputs,
          outputs,
        };
        const types = (of: Card["inputs"]) => Object.fromEntries(Object.entries(of).map(([port, p]) => [port, p.type]));
        expect(evaluate(generateComponent(drawn))).toEqual(
          JSON.parse(
            JSON.stringify({
              model: "reach@1",
              sha256: card.sha256,
              on: card.trigger,
              inputs: types(inputs),
              outputs: types(outputs),
            }),
          ),
        );
      },
    ),
    { numRuns: 300 },
  );
});
