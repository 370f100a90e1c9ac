/** Local functions of a model are put in where they are called, under names that tell where; what does not fit is refused. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { differentiate } from "../../src/onnx/autodiff.js";
import { checkModel } from "../../src/onnx/check.js";
import { decode, encode } from "../../src/onnx/codec/index.js";
import { describeModel } from "../../src/onnx/describe.js";
import { evaluate } from "../../src/onnx/evaluate.js";
import type { Attribute, Graph, Model, Node } from "../../src/onnx/ir.js";
import { MAX_CALLS } from "../../src/onnx/limits.js";
import { chain } from "../../src/onnx/merge.js";
import { capturedNames, namesOf } from "../../src/onnx/names.js";
import { numbers, tensor } from "../../src/onnx/tensor.js";
import { LimbeckError } from "../../src/problem/problem.js";
import { openSession } from "../../src/session/session.js";
import { closeOps, exactOps, randomGraph } from "../support/random-graph.js";
import { type Body, type Written, type WrittenFunction, withFunctions } from "./wire-functions.js";

/** A model of x and y, both [3] of float32. */
const shell = (opset = 18): Model => {
  const ports = (...names: string[]) => names.map((name) => ({ name, dtype: "float32" as const, shape: [3] }));
  const graph: Graph = { name: "shell", inputs: ports("x"), outputs: ports("y"), initializers: {}, nodes: [] };
  return { graph, opset, domains: { local: 1 }, producer: "", metadata: {} };
};
const call = (op: string, inputs: string[], outputs: string[], rest: Partial<Written> = {}): Written => ({
  op,
  domain: "local",
  inputs,
  outputs,
  ...rest,
});
const node = (op: string, inputs: string[], outputs: string[], rest: Partial<Written> = {}): Written => ({
  op,
  inputs,
  outputs,
  ...rest,
});
const float = (value: number): Attribute => ({ type: "float", value });
const refused = (
  nodes: readonly Written[],
  functions: readonly WrittenFunction[],
): [code: string, path?: string | undefined, message?: string] => {
  try {
    decode(withFunctions(shell(), nodes, functions));
  } catch (e) {
    if (!(e instanceof LimbeckError)) throw e;
    return [e.problems[0]!.code, e.problems[0]!.path, e.problems[0]!.message];
  }
  return ["none"];
};
const texts = (graph: Graph): string[] => graph.nodes.map(({ op, inputs, outputs }) => `${outputs} = ${op}(${inputs})`);
const loaded = (nodes: readonly Written[], functions: readonly WrittenFunction[]): Model => {
  const model = decode(withFunctions(shell(), nodes, functions));
  expect(checkModel(model)).toEqual([]);
  expect(decode(encode(model))).toEqual(model);
  return model;
};
/** y at x = [-1, 0, 2], by the reference and by ONNX Runtime, which agree. */
const run = async (model: Model): Promise<number[]> => {
  const feeds = { x: tensor("float32", [3], [-1, 0, 2]) };
  const { y } = evaluate(model, feeds);
  const session = await openSession(encode(model));
  expect(numbers((await session.run(feeds)).y!)).toEqual(numbers(y!));
  await session.close();
  return numbers(y!);
};

const leaky: WrittenFunction = {
  name: "Leaky",
  inputs: ["a"],
  outputs: ["b"],
  defaults: { slope: float(0.5) },
  nodes: [node("LeakyRelu", ["a"], ["b"], { refer: { alpha: ["slope", "float"] } })],
};
const twice: WrittenFunction = {
  name: "Twice",
  inputs: ["a"],
  outputs: ["c"],
  attributes: ["slope"],
  nodes: [
    call("Leaky", ["a"], ["b"], { refer: { slope: ["slope", "float"] } }),
    node("Add", ["b", "b"], ["sum"], { name: "Sum" }),
    call("Leaky", ["sum"], ["c"]),
  ],
};

describe("what is put in", () => {
  test("functions in functions; an attribute given, left out, and with a default value; telling names", async () => {
    const model = loaded(
      [call("Twice", ["x"], ["h"], { name: "block", attributes: { slope: float(0.25) } }), call("Twice", ["h"], ["y"])],
      [twice, leaky],
    );
    expect(texts(model.graph)).toEqual([
      "block/b = LeakyRelu(x)",
      "block/sum = Add(block/b,block/b)",
      "h = LeakyRelu(block/sum)",
      "y/b = LeakyRelu(h)",
      "y/sum = Add(y/b,y/b)",
      "y = LeakyRelu(y/sum)",
    ]);
    expect(model.graph.nodes.map(({ attributes }) => attributes.alpha?.value)).toEqual([
      0.25,
      undefined,
      0.5,
      0.5,
      undefined,
      0.5,
    ]);
    expect(model.graph.nodes[1]!.name).toBe("block/Sum");
    expect(model.domains).toEqual({});
    expect(await run(model)).toEqual([-0.125, 0, 8]);
  });

  test("an attribute that neither a call nor a default gives is left out", () => {
    const plain: WrittenFunction = { ...leaky, defaults: {}, attributes: ["slope"] };
    const { graph } = loaded([call("Leaky", ["x"], ["y"])], [plain]);
    expect(graph.nodes[0]!.attributes).toEqual({});
  });

  test("a reference that leaves its type open takes what it is given", () => {
    const open: WrittenFunction = {
      ...leaky,
      nodes: [node("LeakyRelu", ["a"], ["b"], { refer: { alpha: ["slope"] } })],
    };
    const { graph } = loaded([call("Leaky", ["x"], ["y"])], [open]);
    expect(graph.nodes[0]!.attributes).toEqual({ alpha: float(0.5) });
  });

  test("inputs and outputs that a call leaves out", async () => {
    const bounded: WrittenFunction = {
      name: "Bounded",
      inputs: ["a", "low", "high"],
      outputs: ["b", "minus"],
      nodes: [node("Clip", ["a", "low", "high"], ["b"]), node("Neg", ["a"], ["minus"])],
    };
    const one: Written = node("Constant", [], ["one"], {
      attributes: { value: { type: "tensor", value: tensor("float32", [], [1]) } },
    });
    const model = loaded([one, call("Bounded", ["x", "", "one"], ["", "m"]), call("Bounded", ["m"], ["y"])], [bounded]);
    expect(texts(model.graph)).toEqual([
      "one = Constant()",
      "m/b = Clip(x,,one)",
      "m = Neg(x)",
      "y = Clip(m,,)",
      "y/minus = Neg(m)",
    ]);
    expect(await run(model)).toEqual([1, -0, -2]);
  });

  test("an output that is an input, or is wanted twice", async () => {
    const pair: WrittenFunction = {
      name: "Pair",
      inputs: ["a"],
      outputs: ["a", "b", "b"],
      nodes: [node("Neg", ["a"], ["b"])],
    };
    const model = loaded([call("Pair", ["x"], ["p", "q", "r"]), node("Sum", ["p", "q", "r"], ["y"])], [pair]);
    expect(texts(model.graph)).toEqual(["q = Neg(x)", "p = Identity(x)", "r = Identity(q)", "y = Sum(p,q,r)"]);
    expect(await run(model)).toEqual([1, 0, -2]);
  });

  test("overloads, of any domain; functions that nothing calls are not read", async () => {
    const named = (overload: string, op: string): WrittenFunction => ({
      name: "Act",
      domain: "ai.onnx",
      overload,
      inputs: ["a"],
      outputs: ["b"],
      nodes: [node(op, ["a"], ["b"])],
    });
    const odd: WrittenFunction = { ...named("odd", "Cast"), defaults: { to: { type: "graph", value: shell().graph } } };
    const model = loaded(
      [node("Act", ["x"], ["h"], { overload: "down" }), node("Act", ["h"], ["y"])],
      [named("", "Abs"), named("down", "Floor"), odd, { ...odd, overload: "other", opsets: { "": 99 } }],
    );
    expect(texts(model.graph)).toEqual(["h = Floor(x)", "y = Abs(h)"]);
    expect(await run(model)).toEqual([1, 0, 2]);
  });

  test("a name that is taken is not taken again, and one without end is cut", () => {
    const long = "n".repeat(10_000);
    const f: WrittenFunction = {
      name: "F",
      inputs: ["a"],
      outputs: ["c"],
      nodes: [node("Neg", ["a"], [long]), node("Abs", [long], ["b"]), node("Neg", ["b"], ["c"])],
    };
    const { graph } = loaded(
      [
        node("Abs", ["x"], ["call/b"]),
        call("F", ["call/b"], ["h"], { name: "call" }),
        call("F", ["h"], ["y"], { name: "call" }),
      ],
      [f],
    );
    expect(new Set(graph.nodes.flatMap(({ outputs }) => outputs)).size).toBe(7);
    expect(graph.nodes[2]!.outputs).toEqual(["call/b_2"]);
    expect(Math.max(...[...namesOf(graph)].map((name) => name.length))).toBeLessThan(300);
  });

  const branches = (then: Body, otherwise: Body): Partial<Written> => ({
    graphs: { then_branch: then, else_branch: otherwise },
  });

  test("calls in bodies, bodies in functions: names stay in them, and those around are read", async () => {
    const f: WrittenFunction = {
      name: "F",
      inputs: ["a"],
      outputs: ["b"],
      nodes: [
        node("ReduceSum", ["a"], ["s"], { attributes: { keepdims: { type: "int", value: 0 } } }),
        node("Cast", ["s"], ["truth"], { attributes: { to: { type: "int", value: 9 } } }),
        node(
          "If",
          ["truth"],
          ["b"],
          branches(
            { outputs: ["t"], nodes: [node("Add", ["a", "s"], ["t"])] },
            { outputs: ["t"], nodes: [call("Leaky", ["a"], ["t"])] },
          ),
        ),
      ],
    };
    const model = loaded(
      [
        node("ReduceMax", ["x"], ["m"], { attributes: { keepdims: { type: "int", value: 0 } } }),
        node("Cast", ["m"], ["truth"], { attributes: { to: { type: "int", value: 9 } } }),
        node(
          "If",
          ["truth"],
          ["y"],
          branches(
            { outputs: ["u"], nodes: [call("F", ["x"], ["u0"]), call("F", ["u0"], ["u"])] },
            { outputs: ["v"], nodes: [call("F", ["x"], ["v"])] },
          ),
        ),
      ],
      [f, leaky],
    );
    const all = model.graph.nodes.flatMap(definitions);
    expect(new Set(all).size).toBe(all.length);
    expect(await run(model)).toEqual([4, 5, 7]);
  });

  test("a graph that a call gives reads what is around the call, wherever the function has it", async () => {
    const both: WrittenFunction = {
      name: "Both",
      inputs: ["c"],
      outputs: ["r"],
      attributes: ["way"],
      nodes: [
        node("If", ["c"], ["p"], { refer: { then_branch: ["way", "graph"], else_branch: ["way", "graph"] } }),
        node("Neg", ["p"], ["r"]),
      ],
    };
    const model = loaded(
      [
        node("Abs", ["x"], ["r"]),
        node("ReduceMax", ["x"], ["m"], { attributes: { keepdims: { type: "int", value: 0 } } }),
        node("Cast", ["m"], ["c"], { attributes: { to: { type: "int", value: 9 } } }),
        call("Both", ["c"], ["y"], { graphs: { way: { outputs: ["w"], nodes: [call("Leaky", ["r"], ["w"])] } } }),
      ],
      [both, leaky],
    );
    const all = model.graph.nodes.flatMap(definitions);
    expect(new Set(all).size).toBe(all.length);
    expect(await run(model)).toEqual([-1, -0, -2]);
  });

  test("a function of another opset, and the model with it, are brought to opset 18", async () => {
    const f: WrittenFunction = {
      name: "F",
      inputs: ["a"],
      outputs: ["b"],
      opsets: { "": 12 },
      nodes: [
        node("ReduceSum", ["a"], ["s"], { attributes: { axes: { type: "ints", value: [0] } } }),
        node("Sub", ["a", "s"], ["b"]),
      ],
    };
    const model = decode(
      withFunctions(
        shell(20),
        [node("Gelu", ["x"], ["h"]), call("F", ["x"], ["k"]), node("Add", ["h", "k"], ["y"])],
        [f],
      ),
    );
    expect(model.opset).toBe(18);
    expect(checkModel(model)).toEqual([]);
    expect(model.graph.nodes.some(({ op }) => op === "Gelu")).toBe(false);
    const y = evaluate(model, { x: tensor("float32", [3], [-1, 0, 2]) }).y!;
    expect(numbers(y)).toEqual([-2, -1, 1].map((v, i) => expect.closeTo(v + [-0.158655, 0, 1.9545][i]!, 5)));
    expect(refused([call("F", ["x"], ["y"])], [{ ...f, opsets: { "": 10 } }]).slice(0, 2)).toEqual([
      "L0803",
      "/functions/0",
    ]);
    const gone = { ...f, nodes: [node("NonMaxSuppression", ["a"], ["b"])] };
    expect(refused([call("F", ["x"], ["y"])], [gone]).slice(0, 2)).toEqual(["L0815", "/functions/0/nodes/0"]);
  });

  test("such a model is described, merged and differentiated through", () => {
    const bytes = withFunctions(
      shell(),
      [call("Twice", ["x"], ["h"], { name: "b" }), call("Twice", ["h"], ["y"])],
      [twice, leaky],
    );
    const info = describeModel(bytes);
    expect(info.refused).toEqual([]);
    expect(info.functions).toEqual([
      { name: "Twice", domain: "local", nodes: 3, calls: 2 },
      { name: "Leaky", domain: "local", nodes: 1, calls: 2 },
    ]);
    expect(info.ops.map(({ op, count }) => [op, count])).toEqual([
      ["Add", 1],
      ["LeakyRelu", 1],
    ]);
    const model = decode(bytes);
    const feeds = { x: tensor("float32", [3], [-4, 0, 1]) };
    expect(numbers(evaluate(chain(model, model, { x: "y" }), feeds).y!)).toEqual([-0.25, 0, 16]);
    const loss: Node = {
      op: "ReduceSum",
      inputs: ["y"],
      outputs: ["loss"],
      attributes: { keepdims: { type: "int", value: 0 } },
    };
    const outputs = [{ name: "loss", dtype: "float32" as const, shape: [] }];
    const summed: Model = { ...model, graph: { ...model.graph, outputs, nodes: [...model.graph.nodes, loss] } };
    const { "gradient.x": slope } = evaluate(differentiate(summed, "loss", ["x"]), feeds);
    expect(numbers(slope!).filter((_, i) => i !== 1)).toEqual([0.25, 4]);
  });
});

/** Names that a node and its bodies define. */
const definitions = ({ outputs, attributes }: Node): string[] => [
  ...outputs,
  ...Object.values(attributes).flatMap((a) => (a.type === "graph" ? a.value.nodes.flatMap(definitions) : [])),
];

describe("what is refused, and where", () => {
  const f = (nodes: readonly Written[], rest: Partial<WrittenFunction> = {}): WrittenFunction => ({
    name: "F",
    inputs: ["a"],
    outputs: ["b"],
    nodes,
    ...rest,
  });
  const neg = f([node("Neg", ["a"], ["b"])]);
  const [at, within] = ["/nodes/0", "/functions/0/nodes/0"];
  const calling = call("F", ["x"], ["y"]);

  test.each<[string, Written, WrittenFunction, string, string, RegExp]>([
    ["more inputs", call("F", ["x", "x"], ["y"]), neg, "L0818", at, /it has 1 inputs, and F `y` gives it 2/],
    ["more outputs", call("F", ["x"], ["y", "z"]), neg, "L0818", at, /it has 1 outputs/],
    [
      "an attribute",
      { ...calling, attributes: { k: float(1) } },
      neg,
      "L0818",
      at,
      /no attribute k, which F `y` gives/,
    ],
    [
      "an attribute of another type",
      { ...calling, attributes: { slope: { type: "int", value: 1 } } },
      { ...leaky, name: "F" },
      "L0818",
      within,
      /slope is of type int, and stands for one of type float/,
    ],
    [
      "a reference to nothing",
      calling,
      f([node("LeakyRelu", ["a"], ["b"], { refer: { alpha: ["k", "float"] } })]),
      "L0818",
      within,
      /attribute alpha stands for k/,
    ],
    ["itself", calling, f([call("F", ["a"], ["b"])]), "L0818", within, /it calls itself: F → F/],
    [
      "a value of the model",
      calling,
      f([node("Add", ["a", "x"], ["b"])]),
      "L0806",
      within,
      /of function `local.F` reads `x`/,
    ],
    [
      "a name twice",
      calling,
      f([node("Neg", ["a"], ["b"]), node("Neg", ["a"], ["b"])]),
      "L0807",
      "/functions/0",
      /`b`/,
    ],
    ["an input twice", calling, { ...neg, inputs: ["a", "a"] }, "L0807", "/functions/0", /`a`/],
    ["an output of nothing", calling, { ...neg, outputs: ["c"] }, "L0806", "/functions/0", /reads `c`/],
    [
      "an output that is left out",
      call("F", [], ["y"]),
      f([], { outputs: ["a"] }),
      "L0818",
      at,
      /its output a is an input/,
    ],
    [
      "an operator set without a version",
      calling,
      { ...neg, opsets: { local: 1 } },
      "L0818",
      within,
      /names no version/,
    ],
  ])("%s", (_, written, wrong, code, path, message) => {
    const found = refused([written], [wrong]);
    expect(found.slice(0, 2)).toEqual([code, path]);
    expect(found[2]).toMatch(message);
  });

  test("two functions that call each other; a function twice; a reference outside functions", () => {
    const [a, b] = [f([call("G", ["a"], ["b"])]), f([call("F", ["a"], ["b"])], { name: "G" })];
    expect(refused([calling], [a, b])).toEqual(["L0818", "/functions/1/nodes/0", expect.stringContaining("F → G → F")]);
    expect(refused([calling], [neg, neg])[0]).toBe("L0807");
    const odd = {
      ...neg,
      defaults: { k: { type: "tensor", value: { dtype: "float32", dims: [1], data: new Float32Array(2) } } },
    } as const;
    expect(refused([calling], [odd]).slice(0, 2)).toEqual(["L0801", "/functions/0"]);
    const refers = node("LeakyRelu", ["x"], ["y"], { refer: { alpha: ["slope", "float"] } });
    expect(refused([refers], []).slice(0, 2)).toEqual(["L0809", at]);
  });

  /** Each calls the one before it so many times. */
  const tower = (depth: number, width: number, last: readonly Written[]): WrittenFunction[] => [
    f(last, { name: "F0" }),
    ...Array.from({ length: depth }, (_, i) =>
      f(
        Array.from({ length: width }, (_, k) =>
          call(`F${i}`, [k === 0 ? "a" : `v${k}`], [k === width - 1 ? "b" : `v${k + 1}`]),
        ),
        { name: `F${i + 1}` },
      ),
    ),
  ];
  const top = (depth: number) => call(`F${depth}`, ["x"], ["y"]);
  const negation = [node("Neg", ["a"], ["b"])];

  test("a depth of calls, at its limit and beyond", () => {
    expect(refused([top(MAX_CALLS - 1)], tower(MAX_CALLS - 1, 1, negation))).toEqual(["none"]);
    expect(refused([top(MAX_CALLS)], tower(MAX_CALLS, 1, negation))[0]).toBe("L0804");
    expect(refused([top(5000)], tower(5000, 1, negation))[0]).toBe("L0804");
  });

  test("bombs: of ops, of calls of what is empty, of weights, of graphs", () => {
    expect(refused([top(40)], tower(40, 2, negation))[0]).toBe("L0804");
    expect(
      refused(
        [top(MAX_CALLS - 1)],
        tower(MAX_CALLS - 1, 2, []).map((g, i) => (i === 0 ? { ...g, outputs: ["a"] } : g)),
      )[0],
    ).toBe("L0804");
    const weights = node("Constant", [], ["w"], {
      attributes: { value: { type: "tensor", value: tensor("float32", [1 << 18], new Float32Array(1 << 18)) } },
    });
    const heavy = refused([top(12)], tower(12, 2, [weights, ...negation]));
    expect(heavy[0]).toBe("L0804");
    expect(heavy[2]).toContain("a size in bytes, with its functions,");
    // each gives the next a graph of two of its own
    const doubling = (i: number): WrittenFunction =>
      f(
        [
          i === 0
            ? node("If", ["a"], ["b"], { refer: { then_branch: ["way", "graph"], else_branch: ["way", "graph"] } })
            : call(`F${i - 1}`, ["a"], ["b"], {
                graphs: {
                  way: {
                    outputs: ["p"],
                    nodes: [
                      node("If", ["a"], ["p"], {
                        refer: { then_branch: ["way", "graph"], else_branch: ["way", "graph"] },
                      }),
                    ],
                  },
                },
              }),
        ],
        { name: `F${i}`, attributes: ["way"] },
      );
    const fed: Written = { ...top(40), graphs: { way: { outputs: ["q"], nodes: [node("Neg", ["x"], ["q"])] } } };
    expect(
      refused(
        [fed],
        Array.from({ length: 41 }, (_, i) => doubling(i)),
      )[0],
    ).toBe("L0804");
  });
});

/** Nodes `from` to `to` as a function, with what they read as its inputs and what they define as its outputs. */
function outlined(name: string, nodes: readonly Written[], reads: (n: Written) => readonly string[]): WrittenFunction {
  const defined = new Set(nodes.flatMap((n) => n.outputs).filter((output) => output !== ""));
  const inputs = new Set(nodes.flatMap(reads).filter((input) => input !== "" && !defined.has(input)));
  return { name, inputs: [...inputs], outputs: [...defined], nodes };
}

test("parts of any graph as functions, one in the other, put in again, give what the graph gives", () => {
  fc.assert(
    fc.property(
      randomGraph({ ...exactOps, ...closeOps }),
      fc.array(fc.nat(1000), { minLength: 4, maxLength: 4 }),
      ({ graph, feeds }, cuts) => {
        const model: Model = { graph, opset: 18, domains: { local: 1 }, producer: "", metadata: {} };
        const [a, b, c, d] = cuts.map((cut) => cut % (graph.nodes.length + 1)).sort((p, q) => p - q) as [
          number,
          number,
          number,
          number,
        ];
        const captured = new Map(graph.nodes.map((n): [Written, string[]] => [n, capturedNames(n)]));
        const reads = (n: Written): readonly string[] => [...(n.inputs ?? []), ...(captured.get(n) ?? [])];
        const callOf = ({ name, inputs, outputs }: WrittenFunction): Written => call(name, [...inputs!], [...outputs]);
        const inner = outlined("Inner", graph.nodes.slice(b, c), reads);
        const outer = outlined("Outer", [...graph.nodes.slice(a, b), callOf(inner), ...graph.nodes.slice(c, d)], reads);
        const nodes = [...graph.nodes.slice(0, a), callOf(outer), ...graph.nodes.slice(d)];
        const back = decode(withFunctions(model, nodes, [inner, outer]));
        expect(evaluate(back, feeds)).toEqual(evaluate(model, feeds));
        expect(checkModel(back)).toEqual(checkModel({ ...model, domains: {} }));
      },
    ),
    { numRuns: 60 },
  );
});
