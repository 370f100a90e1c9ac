/**
 * Every component of the library that has a tensor form: what the engine runs is what reference evaluation and ONNX
 * Runtime make of its trace, over firings at irregular times with stale, missing and broken inputs.
 */
import { beforeAll, describe, expect, test } from "vitest";
import type { Component, Instance } from "../../src/component/component.js";
import { exampleParams } from "../../src/component/describe.js";
import { library } from "../../src/component/library.js";
import { messageParts } from "../../src/component/parts.js";
import { programModel, type TensorProgram } from "../../src/component/tensor/trace.js";
import type { Message } from "../../src/message/type.js";
import { gradient } from "../../src/onnx/autodiff.js";
import { graphBuilder } from "../../src/onnx/builder.js";
import { encode } from "../../src/onnx/codec/index.js";
import { evaluate } from "../../src/onnx/evaluate.js";
import { add, cast, reduceSum } from "../../src/onnx/functions.js";
import type { Model, Tensor, Tensors } from "../../src/onnx/ir.js";
import { portable } from "../../src/onnx/portable.js";
import { isFloat, numbers, scalar } from "../../src/onnx/tensor.js";
import { openSession } from "../../src/session/session.js";
import { type Case, type Stimulus, stimulusOf } from "./stimulus.js";
import { cases, opaque } from "./tensor-cases.js";

/** Firings that ONNX Runtime is asked about, too. */
const RUNTIME = 60;

const titles = Object.keys(cases);
const uncovered = Object.keys(library).filter(
  (name) => !(name in opaque) && !titles.some((title) => title.split(" ")[0] === name),
);
const all: [string, Case][] = [
  ...Object.entries(cases),
  ...uncovered.map((name): [string, Case] => [name, { params: exampleParams(library[name]!) }]),
];

describe.each(all)("%s", (title, c) => {
  const component = library[title.split(" ")[0]!]!;
  const stimulus = stimulusOf(component, c);
  let model: Model;
  let expected: ReturnType<typeof told>;
  beforeAll(() => {
    const program = component.tensor!(stimulus.setup)!;
    model = programModel(program);
    expected = told(stimulus, program, (feeds) => evaluate(model, feeds));
  });

  test("says what reference evaluation of its trace says, firing by firing", () => {
    for (const [k, outputs] of spoken(component, stimulus).entries()) {
      const wanted = expected[k]!.outputs;
      if (c.apart === undefined) expect(outputs).toEqual(wanted);
      else
        for (const [port, { type }] of Object.entries(stimulus.setup.signature.outputs)) {
          const parts = messageParts(type, port);
          const said = parts.tensors(outputs[port]!);
          for (const [i, t] of parts.tensors(wanted[port]!).entries())
            expect(distance(t, said[i]!, port)).toBeLessThanOrEqual(c.apart);
        }
    }
  });

  test("says what ONNX Runtime says, firing by firing from the same state", async () => {
    const session = await openSession(encode(portable(model)));
    let worst = 0;
    for (const { fed, results } of expected.slice(0, RUNTIME)) {
      const got = await session.run(fed);
      for (const [name, wanted] of Object.entries(results)) worst = Math.max(worst, distance(wanted, got[name]!, name));
    }
    await session.close();
    expect(worst).toBeLessThan(c.precision ?? 1e-12);
  });
});

test("what has no tensor form is known, and why", () => {
  for (const name of Object.keys(opaque)) {
    const component = library[name]!;
    const params = cases[name]?.params ?? exampleParams(component);
    const has = component.tensor?.(stimulusOf(component, { params }, { count: 1 }).setup);
    expect([name, has]).toEqual([name, undefined]);
  }
});

/** What the engine would run, message by message. */
function spoken(component: Component, { setup, firings }: Stimulus) {
  const instance = component.instantiate(setup) as Instance;
  return firings.map(({ inputs, ctx }) => {
    const outputs = instance.fire!(inputs, ctx) as { readonly [port: string]: Message | undefined };
    return Object.fromEntries(Object.entries(outputs).filter(([, message]) => message !== undefined));
  });
}

/** The same from the trace: feeds and results of each firing, and the messages that they are. */
function told({ setup, firings }: Stimulus, program: TensorProgram, run: (feeds: Tensors) => Tensors) {
  const { reads, silent } = program;
  const read = new Set(program.graph.inputs.map(({ name }) => name));
  const ports = Object.entries(setup.signature.inputs).flatMap(([port, { type }]) =>
    setup.inputs[port] === undefined ? [] : [[port, messageParts(type, port)] as const],
  );
  const given = Object.entries(setup.signature.outputs).flatMap(([port, { type }]) =>
    program.outputs.some((leaf) => leaf.port === port) ? [[port, messageParts(type, port)] as const] : [],
  );
  let state: { [name: string]: Tensor } = Object.fromEntries(program.state.map(({ name, initial }) => [name, initial]));
  return firings.map(({ inputs, ctx }) => {
    const feeds: { [name: string]: Tensor } = {};
    for (const [port, parts] of ports) {
      const tensors = inputs[port] === undefined ? parts.zeros() : parts.tensors(inputs[port] as Message);
      parts.leaves.forEach(({ path }, i) => {
        feeds[`in.${port}${path === "" ? "" : `:${path}`}`] = tensors[i]!;
      });
      if (reads.has.includes(port)) feeds[`has.${port}`] = scalar("bool", inputs[port] === undefined ? 0 : 1);
      if (reads.fresh.includes(port)) feeds[`fresh.${port}`] = scalar("bool", ctx.fresh(port) ? 1 : 0);
      if (reads.age.includes(port)) feeds[`age.${port}`] = scalar("float64", ctx.age(port));
    }
    feeds.dt = scalar("float64", ctx.dt);
    feeds.time = scalar("float64", ctx.time);
    for (const [name, value] of Object.entries(state)) feeds[`state.${name}`] = value;
    const fed = Object.fromEntries(Object.entries(feeds).filter(([name]) => read.has(name)));
    const results = run(fed);
    state = Object.fromEntries(Object.keys(state).map((name) => [name, results[`next.${name}`]!]));
    const outputs = Object.fromEntries(
      given.flatMap(([port, parts]) => {
        if (silent.includes(port) && Number(results[`valid.${port}`]!.data[0]) === 0) return [];
        const data = parts.leaves.map(({ path }) => results[`out.${port}${path === "" ? "" : `:${path}`}`]!.data);
        return [[port, parts.message(data)]];
      }),
    );
    return { fed, results, outputs };
  });
}

/** The largest difference of two tensors, by the size of what is wanted where that is above 1; what is not finite must be the same. */
function distance(wanted: Tensor, got: Tensor, name: string): number {
  const others = numbers(got);
  return numbers(wanted).reduce((most, v, i) => {
    const w = others[i]!;
    if (!Number.isFinite(v)) expect([name, w]).toEqual([name, v]);
    if (Object.is(v, w) || v === w) return most;
    return Math.max(most, Math.abs(v - w) / Math.max(1, Math.abs(v)));
  }, 0);
}

/** On a clock, where the number of substeps is known: worlds, and what stands before and behind a policy. */
const clocked = Object.entries(cases).filter(([, c]) => c.rate !== undefined);

test.each(clocked)(
  "%s: gradients by what comes in and by the state are finite, at the first firing too",
  (title, c) => {
    const component = library[title.split(" ")[0]!]!;
    const stimulus = stimulusOf(component, { ...c, nan: 0 }, { count: 20 });
    const program = component.tensor!(stimulus.setup)!;
    const g = graphBuilder("gradients");
    const inputs = program.graph.inputs.map(({ name, dtype, shape }) => g.input(name, dtype!, shape!));
    const results = g.include(program.graph, inputs, "in/").filter(({ dtype }) => isFloat(dtype));
    const loss = results.map((x) => reduceSum(cast(x, "float64"))).reduce(add);
    const by = inputs.filter(({ name, dtype }) => isFloat(dtype) && /^(in|state)\./.test(name));
    gradient(loss, by).forEach((d, i) => {
      g.output(`d.${by[i]!.name}`, d);
    });
    let moved = 0;
    for (const { fed } of told(stimulus, program, (feeds) => evaluate(programModel(program), feeds)))
      for (const [name, d] of Object.entries(evaluate(g.model(), fed)))
        for (const x of numbers(d)) {
          expect([name, Number.isFinite(x)]).toEqual([name, true]);
          moved += Math.abs(x);
        }
    expect(moved).toBeGreaterThan(0);
  },
);
