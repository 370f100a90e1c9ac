/** Runs a graph with what was lowered from it beside, and compares what both say. */
import Type from "typebox";
import { expect } from "vitest";
import { arrived } from "../../src/component/tensor/list.js";
import { when } from "../../src/component/tensor/symbolic.js";
import { tensorStep } from "../../src/component/tensor/tensor.js";
import type { Graph } from "../../src/graph/ir.js";
import { type Agreement, agreement, type Sample } from "../../src/lower/agreement.js";
import { besideNode, dropIn } from "../../src/lower/drop-in.js";
import { type Lowered, lower } from "../../src/lower/lower.js";
import { promisesOf } from "../../src/lower/promise.js";
import type { LowerSpec } from "../../src/lower/region.js";
import { runPolicy } from "../../src/models/policy.js";
import { openPolicy } from "../../src/models/sessions.js";
import { encode } from "../../src/onnx/codec/index.js";
import { add, cast, less, mul, not, reduceSum, sub, where } from "../../src/onnx/functions.js";
import type { Model } from "../../src/onnx/ir.js";
import { LimbeckError } from "../../src/problem/problem.js";
import { authored, type Components, memory, prepared, run } from "../support/graphs.js";

const number = Type.Number();
const optional = { schema: number, kind: "signal", optional: true } as const;
const eventOf = { schema: number, kind: "event", optional: false } as const;

/** Components that graphs of these tests are made of. Their ports are numbers. */
export const tensors: Components = {
  /** gain · value + offset */
  "t/affine": tensorStep({
    doc: "A line.",
    params: Type.Object({ gain: Type.Number({ default: 2 }), offset: Type.Number({ default: 0.25 }) }),
    inputs: { value: number },
    outputs: { value: number },
    step: ({ value }, _, { params: { gain, offset } }) => ({ outputs: { value: add(mul(value, gain), offset) } }),
  }),
  /** a + 2·b + 4·c of what there is */
  "t/sum": tensorStep({
    doc: "A weighted sum.",
    inputs: { a: number, b: optional, c: optional },
    outputs: { value: number },
    step: ({ a, b, c }) => ({
      outputs: { value: add(add(a, b === undefined ? 0 : mul(b, 2)), c === undefined ? 0 : mul(c, 4)) },
    }),
  }),
  /** Adds what it hears over time, and counts. */
  "t/integrate": tensorStep({
    doc: "Integrates over time.",
    inputs: { value: number },
    outputs: { value: number, count: number },
    state: () => ({ sum: 0.5, n: 0 }),
    step: ({ value }, { sum, n }, { dt }) => ({
      outputs: { value: add(sum, mul(value, dt)), count: add(n, 1) },
      state: { sum: add(sum, mul(value, dt)), n: add(n, 1) },
    }),
  }),
  /** Says how new and how old its inputs are. */
  "t/look": tensorStep({
    doc: "Looks at its inputs.",
    inputs: { a: optional, b: optional },
    outputs: { value: number },
    step: ({ a, b }, _, ctx) => {
      const one = (port: "a" | "b", value: typeof a) =>
        value === undefined
          ? ctx.constant(0)
          : where(
              ctx.has(port),
              add(
                add(value, where(ctx.fresh(port), ctx.constant(100), 0)),
                where(less(ctx.age(port), 1e9), mul(ctx.age(port), 10), 0),
              ),
              -1,
            );
      return { outputs: { value: add(add(one("a", a), mul(one("b", b), 1000)), mul(ctx.time, 1e-3)) } };
    },
  }),
  /** Silent below the threshold. */
  "t/above": tensorStep({
    doc: "Passes on what is not below the threshold.",
    params: Type.Object({ threshold: Type.Number({ default: 0 }) }),
    inputs: { value: number },
    outputs: { value: number },
    step: ({ value }, _, { params: { threshold } }) => ({
      outputs: { value: when(not(less(value, threshold)), value) },
    }),
  }),
  /** An event for each message. */
  "t/tell": tensorStep({
    doc: "Tells what it hears as an event.",
    inputs: { value: number },
    outputs: { value: eventOf },
    step: ({ value }) => ({ outputs: { value: sub(value, 1) } }),
  }),
  "t/hear": tensorStep({
    doc: "Fires on an event.",
    inputs: { value: eventOf, other: optional },
    outputs: { value: number },
    state: () => ({ n: 0 }),
    step: ({ value, other }, { n }) => ({
      outputs: { value: add(add(value, other === undefined ? 0 : mul(other, 8)), n) },
      state: { n: add(n, 1) },
    }),
  }),
  /** The sum, the count and the youngest of what came as a list, and how fresh and old that is. */
  "t/collect": tensorStep({
    doc: "Looks at all that came.",
    inputs: { value: eventOf, other: optional },
    outputs: { value: number },
    step: ({ value, other }, _, ctx) => {
      const { messages, there, count, size } = arrived(value);
      const weights = ctx.constant(Array.from({ length: size }, (_, k) => 3 ** k));
      const sum = reduceSum(mul(where(there, messages, 0.25), weights));
      const seen = where(ctx.fresh("value"), ctx.constant(1000), 0);
      const aged = where(less(ctx.age("value"), 1e9), mul(ctx.age("value"), 1e4), -7);
      const all = add(add(sum, mul(cast(count, "float64"), 1e6)), add(seen, aged));
      return { outputs: { value: other === undefined ? all : add(all, mul(other, 64)) } };
    },
  }),
};

export interface Beside {
  readonly lowered: Lowered;
  readonly ports: readonly Agreement[];
}

export interface BesideOptions {
  readonly for_ms?: number;
  readonly components?: Components;
  readonly tolerance?: number;
  /** By reference. */
  readonly models?: { readonly [reference: string]: Model };
  /** In the place of the world. */
  readonly replay?: (stream: string) => AsyncIterable<Sample>;
}

/** Lowers, runs both, and compares. */
export async function beside(
  graph: Graph | string,
  spec: LowerSpec,
  { for_ms = 100, components = {}, tolerance, models = {}, replay }: BesideOptions = {},
): Promise<Beside> {
  const all = { ...tensors, ...components };
  const { typed, component } = await prepared(typeof graph === "string" ? authored(graph) : graph, { components: all });
  const lowered = lower(typed, spec, { component, model: (reference) => models[reference]! });
  const onnx = encode(lowered.model);
  const id = "policy#beside";
  const nodes = { ...typed.graph.nodes, [id]: besideNode(lowered.facts, "t/policy") };
  const { services } = {
    services: memory(
      {},
      { open: (reference) => openPolicy(encode(models[reference]!)), policy: () => runPolicy(onnx) },
    ),
  };
  const { traces } = await run(
    { ...typed.graph, nodes },
    {
      components: { ...all, "t/policy": dropIn(lowered.facts, "t") },
      services,
      for_ms,
      digest: false,
      ...(replay === undefined ? {} : { replay }),
    },
  );
  const ports = Object.entries(lowered.facts.outputs).map(([port, { ref, stream, type }]) =>
    agreement(port, type, traces[stream ?? ref]!, traces[`${id}.${port}`]!, promisesOf(lowered.facts, tolerance)(port)),
  );
  return { lowered, ports };
}

/**
 * The same for a graph that was drawn at random, undefined where the policy refuses what was drawn.
 *
 * @param refused codes of what may be
 */
export async function besideDrawn(
  graph: Graph,
  refused: ReadonlySet<string>,
  options: BesideOptions,
): Promise<Beside | undefined> {
  try {
    return await beside(graph, { all: true }, options);
  } catch (error) {
    if (error instanceof LimbeckError && error.problems.every(({ code }) => refused.has(code))) return undefined;
    throw error;
  }
}

/** No port says anything else than the graph. */
export const expectAgreement = ({ ports }: Beside): void =>
  expect(ports.map(({ port, first }) => [port, first])).toEqual(ports.map(({ port }) => [port, undefined]));

/** Every port says as many messages as told, all of them equal bit by bit. */
export function expectEqual({ ports }: Beside, least = 1): void {
  expect(ports.map(({ port, first }) => [port, first])).toEqual(ports.map(({ port }) => [port, undefined]));
  for (const { equal, messages } of ports) {
    expect(equal).toBe(true);
    expect(messages).toBeGreaterThanOrEqual(least);
  }
}
