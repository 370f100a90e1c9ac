/** Files: what is written reads back, the same model gives the same bytes, and no bytes do worse than a coded error. */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkModel } from "../../src/onnx/check.js";
import { modelMessage } from "../../src/onnx/codec/fields.js";
import { decode, encode } from "../../src/onnx/codec/index.js";
import { read, write } from "../../src/onnx/codec/wire.js";
import type { Attribute, Dtype, Model, Tensor } from "../../src/onnx/ir.js";
import { tensor } from "../../src/onnx/tensor.js";
import { LimbeckError } from "../../src/problem/problem.js";
import { sample } from "./sample.js";
import { withFunctions } from "./wire-functions.js";

const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (e) {
    if (e instanceof LimbeckError) return e.problems[0].code;
    throw e;
  }
  return "none";
};

const dtypes: Dtype[] = [
  "float32",
  "float64",
  "int64",
  "int32",
  "bool",
  "uint8",
  "int8",
  "int16",
  "uint16",
  "uint32",
  "uint64",
];
const anyTensor: fc.Arbitrary<Tensor> = fc
  .tuple(fc.constantFrom(...dtypes), fc.array(fc.nat(3), { maxLength: 3 }))
  .chain(([dtype, dims]) =>
    fc
      .array(fc.integer({ min: 0, max: 1 }), {
        minLength: dims.reduce((n, d) => n * d, 1),
        maxLength: dims.reduce((n, d) => n * d, 1),
      })
      .map((values) => tensor(dtype, dims, values)),
  );
const name = fc.string({ minLength: 1, maxLength: 8, unit: "grapheme" });
const shape = fc.array(fc.oneof(fc.nat(100), name), { maxLength: 3 });
const named = <T>(of: fc.Arbitrary<T>) => fc.dictionary(name, of, { maxKeys: 3, noNullPrototype: true });
const info = fc
  .record({ name, dtype: fc.constantFrom(...dtypes), shape }, { requiredKeys: ["name"] })
  .map(({ shape, ...rest }) => (rest.dtype === undefined || shape === undefined ? rest : { ...rest, shape }));
const integer = fc.maxSafeInteger();
const anyModel: fc.Arbitrary<Model> = fc.letrec((tie) => ({
  attribute: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.record({ type: fc.constant("int"), value: integer }),
    fc.record({ type: fc.constant("float"), value: fc.float() }),
    fc.record({ type: fc.constant("string"), value: name }),
    fc.record({ type: fc.constant("tensor"), value: anyTensor }),
    fc.record({ type: fc.constant("ints"), value: fc.array(integer, { maxLength: 3 }) }),
    fc.record({ type: fc.constant("floats"), value: fc.array(fc.float(), { maxLength: 3 }) }),
    fc.record({ type: fc.constant("strings"), value: fc.array(name, { maxLength: 3 }) }),
    fc.record({ type: fc.constant("graph"), value: tie("graph") }),
  ),
  node: fc.record(
    {
      op: name,
      domain: fc.constant("ai.onnx.ml"),
      name,
      inputs: fc.array(fc.oneof(name, fc.constant("")), { maxLength: 3 }),
      outputs: fc.array(name, { maxLength: 2 }),
      attributes: named(tie("attribute")),
    },
    { requiredKeys: ["op", "inputs", "outputs", "attributes"] },
  ),
  graph: fc.record({
    name,
    inputs: fc.array(info, { maxLength: 2 }),
    outputs: fc.array(info, { maxLength: 2 }),
    initializers: named(anyTensor),
    nodes: fc.array(tie("node"), { maxLength: 2, depthIdentifier: "node" }),
  }),
  model: fc.record({
    graph: tie("graph"),
    opset: fc.integer({ min: 1, max: 30 }),
    domains: fc.constantFrom({}, { "ai.onnx.ml": 3 }),
    producer: name,
    metadata: named(name),
  }),
})).model as fc.Arbitrary<Model>;

test("decode ∘ encode is the identity, and encode gives the same bytes whatever the order of keys", () => {
  fc.assert(
    fc.property(anyModel, (model) => {
      const bytes = encode(model);
      const back = decode(bytes);
      // the unknown size "?" has no name in a file
      expect(back).toEqual(model);
      const reversed = { ...model, metadata: Object.fromEntries(Object.entries(model.metadata).reverse()) };
      expect(encode(reversed)).toEqual(bytes);
    }),
    { numRuns: 200 },
  );
});

test("a Buffer, whose `slice` is a view, decodes to the same model", () => {
  const bytes = encode(sample());
  expect(decode(Buffer.concat([Buffer.alloc(3), bytes]).subarray(3))).toStrictEqual(decode(bytes));
});

test("typed data fields are read like raw bytes", () => {
  for (const [dtype, field, values] of [
    ["float32", "float_data", [1.5, -2]],
    ["float64", "double_data", [1.5, -2]],
    ["int64", "int64_data", [3n, -4n]],
    ["int32", "int32_data", [3, -4]],
    ["bool", "int32_data", [1, 0]],
    ["int8", "int32_data", [-3, 4]],
    ["uint64", "uint64_data", [3n, 4n]],
  ] as const) {
    const model: Model = {
      ...sample(),
      graph: { ...sample().graph, initializers: { w: tensor(dtype, [2], values.map(Number)) } },
    };
    const wire = read(encode(model), modelMessage) as { graph: { initializer: { raw_data?: unknown }[] } };
    const { raw_data: _, ...rest } = wire.graph.initializer[0];
    wire.graph.initializer[0] = { ...rest, [field]: [...values] };
    expect(decode(write(wire as never, modelMessage).finish()).graph.initializers.w).toEqual(
      model.graph.initializers.w,
    );
  }
});

test("fields that are not known are skipped", () => {
  const extra = new BinaryWriter()
    .tag(99, WireType.LengthDelimited)
    .string("later")
    .tag(98, WireType.Varint)
    .uint32(7)
    .finish();
  expect(decode(new Uint8Array([...extra, ...encode(sample()), ...extra]))).toEqual(sample());
});

describe("refusals", () => {
  const withTensor = (change: object): Uint8Array => {
    const wire = read(encode(sample()), modelMessage) as { graph: { initializer: object[] } };
    wire.graph.initializer[0] = { ...wire.graph.initializer[0], ...change };
    return write(wire as never, modelMessage).finish();
  };
  test.each([
    ["an empty file", () => new Uint8Array(), "L0801"],
    ["text", () => new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\n"), "L0801"],
    ["no graph", () => new BinaryWriter().tag(1, WireType.Varint).int64(8).finish(), "L0801"],
    ["external data by location", () => withTensor({ data_location: 1 }), "L0802"],
    [
      "external data by key",
      () => withTensor({ external_data: [{ key: "location", value: "../../etc/passwd" }] }),
      "L0802",
    ],
    ["complex numbers", () => withTensor({ data_type: 14 }), "L0809"],
    ["sizes that the bytes do not fill", () => withTensor({ dims: [1_000_000n] }), "L0801"],
    ["a size below zero", () => withTensor({ dims: [-1n] }), "L0801"],
    ["more elements than the limit", () => withTensor({ dims: [2n ** 20n, 2n ** 20n] }), "L0804"],
    ["a rank over the limit", () => withTensor({ dims: new Array(17).fill(1n) }), "L0804"],
    ["messages nested too deeply", () => nested(40), "L0804"],
  ])("%s", (_, bytes, code) => {
    expect(codeOf(() => decode(bytes()))).toBe(code);
  });

  /** A graph in an attribute of a node of a graph … */
  function nested(depth: number): Uint8Array {
    let graph = sample().graph;
    for (let i = 0; i < depth; i++)
      graph = {
        ...sample().graph,
        nodes: [{ op: "If", inputs: [], outputs: ["o"], attributes: { then_branch: { type: "graph", value: graph } } }],
      };
    return encode({ ...sample(), graph });
  }
});

test("damaged bytes give a model or a coded error, never anything else", () => {
  const codes = new Set<string>();
  const attempt = (damaged: Uint8Array) => {
    codes.add(codeOf(() => checkModel(decode(damaged), { ops: "any" })));
  };
  for (const bytes of [encode(sample()), functions()]) {
    for (let length = 0; length < bytes.length; length++) attempt(bytes.subarray(0, length));
    for (let at = 0; at < bytes.length; at++)
      for (let bit = 0; bit < 8; bit++) attempt(bytes.with(at, bytes[at] ^ (1 << bit)));
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), attempt), { numRuns: 2000 });
  for (const code of ["L0801", "L0809", "L0818"]) expect(codes).toContain(code);
});

/** The sample's inputs and weights, and functions between them. */
function functions(): Uint8Array {
  const slope: Attribute = { type: "float", value: 0.5 };
  const refer = { alpha: ["slope", "float"] } as const;
  return withFunctions(
    sample(),
    [
      { op: "Outer", domain: "local", inputs: ["x", "w"], outputs: ["y", "h"] },
      { op: "Inner", domain: "local", inputs: ["b"], outputs: ["sum"], attributes: { slope } },
    ],
    [
      {
        name: "Outer",
        inputs: ["a", "w"],
        outputs: ["b", "c"],
        nodes: [
          { op: "Transpose", inputs: ["w"], outputs: ["t"] },
          { op: "MatMul", inputs: ["a", "t"], outputs: ["c"] },
          { op: "Inner", domain: "local", inputs: ["c"], outputs: ["b"] },
        ],
      },
      {
        name: "Inner",
        inputs: ["a"],
        outputs: ["b"],
        defaults: { slope },
        nodes: [{ op: "LeakyRelu", inputs: ["a"], outputs: ["b"], refer }],
      },
    ],
  );
}
