/** Messages of every type that has a tensor form go through a policy as they go through the graph: held, aged, delayed, defaulted, listed. */
import fc from "fast-check";
import Type from "typebox";
import { expect, test } from "vitest";
import { mapLeaves } from "../../src/component/lib/leaves.js";
import { messageParts } from "../../src/component/parts.js";
import { event } from "../../src/component/ports.js";
import { arrived } from "../../src/component/tensor/list.js";
import { when } from "../../src/component/tensor/symbolic.js";
import { genericTensorStep } from "../../src/component/tensor/tensor.js";
import type { Graph } from "../../src/graph/ir.js";
import type { Sample } from "../../src/lower/agreement.js";
import { toJson } from "../../src/message/convert.js";
import type { Message, MessageSchema } from "../../src/message/type.js";
import { gather, greater, max, sub } from "../../src/onnx/functions.js";
import { arbitraryMessage, arbitraryMessageType } from "../../src/testing/messages.js";
import { beside } from "./beside.js";

const anyType = Type.Number({ title: "any type" });
const like = (type: MessageSchema | undefined) => (type === undefined ? anyType : Type.Unsafe<unknown>(type));

const components = {
  "t/tell": genericTensorStep({
    doc: "Tells what it hears as an event.",
    ports: (_, { value }) => ({ inputs: { value: like(value) }, outputs: { value: event(like(value)) } }),
    step: ({ value }) => ({ outputs: { value } }),
  }),
  "t/last": genericTensorStep({
    doc: "The youngest of what came.",
    ports: (_, { value }) => ({ inputs: { value: event(like(value)) }, outputs: { value: like(value) } }),
    step({ value }) {
      const { messages, count } = arrived(value);
      const last = max(sub(count, 1), 0);
      return {
        outputs: {
          value: when(
            greater(count, 0),
            mapLeaves([messages], ([leaf]) => gather(leaf!, last)),
          ),
        },
      };
    },
  }),
};

const lowerable = (type: MessageSchema): boolean => {
  try {
    return messageParts(type).leaves.length > 0;
  } catch {
    return false;
  }
};

const types = arbitraryMessageType().filter(lowerable);
const drawn = types.chain((type) =>
  fc.record({
    type: fc.constant(type),
    first: arbitraryMessage(type, { range: [-9, 9] }),
    messages: fc.array(arbitraryMessage(type, { range: [-9, 9] }), { minLength: 12, maxLength: 12 }),
    choices: fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
  }),
);

function graphOf(type: MessageSchema, first: Message): Graph {
  const initial = toJson(type, first);
  const held = { from: "b.value", delay: "30ms", initial } as const;
  return {
    limbeck: 1,
    name: "types",
    seed: 1,
    params: {},
    messages: { T: type, Choice: { type: "boolean" } },
    streams: { in: { v: { message: "T" }, c: { message: "Choice" } }, out: {} },
    world: {},
    nodes: {
      a: {
        component: "logic/switch",
        on: { clock: "100hz" },
        in: {
          condition: { from: "c" },
          if_true: { from: "v" },
          if_false: { from: "v", max_age: "8ms", missing: { default: initial } },
        },
        params: {},
      },
      b: {
        component: "logic/switch",
        on: { clock: "40hz" },
        in: {
          condition: { from: "c" },
          if_true: { from: "a.value", max_age: "15ms", missing: { default: initial } },
          if_false: held,
        },
        params: {},
      },
      tell: { component: "t/tell", in: { value: { from: "a.value" } }, params: {} },
      last: {
        component: "t/last",
        on: { clock: "20hz" },
        in: { value: { from: "tell.value", queue: { size: 3 } } },
        params: {},
      },
    },
    rewrites: [],
  };
}

async function* told(messages: readonly Message[], late_ns: number): AsyncIterable<Sample> {
  for (const [k, message] of messages.entries())
    yield { time_ns: k * 2e7 + late_ns, microstep: 0, stamp_ns: k * 2e7, message };
}

test("in a graph and beside it", async () => {
  await fc.assert(
    fc.asyncProperty(drawn, async ({ type, first, messages, choices }) => {
      const { ports } = await beside(
        graphOf(type, first),
        { nodes: ["a", "b", "tell", "last"] },
        { for_ms: 240, components, replay: (stream) => (stream === "v" ? told(messages, 3e6) : told(choices, 0)) },
      );
      expect(ports.map(({ port, first }) => [port, first])).toEqual(ports.map(({ port }) => [port, undefined]));
    }),
    { numRuns: 15, seed: 3 },
  );
});
