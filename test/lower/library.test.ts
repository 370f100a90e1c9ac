/** Every component of the library that is a tensor component, alone: lowered, it says what it says in a run. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exampleSignature } from "../../src/component/describe.js";
import { library } from "../../src/component/library.js";
import type { Graph, Trigger } from "../../src/graph/ir.js";
import type { Sample } from "../../src/lower/agreement.js";
import type { Message, MessageSchema } from "../../src/message/type.js";
import { LimbeckError } from "../../src/problem/problem.js";
import { arbitraryMessage } from "../../src/testing/messages.js";
import { beside } from "./beside.js";

/** Where its goal is out of reach, rounding decides when this search stands still: `test/component` holds it to its trace. */
const SEARCH = "kinematics/dh-inverse";
const tensors = Object.entries(library).filter(([name, { tensor }]) => tensor !== undefined && name !== SEARCH);
const MESSAGES = 25;

const isKnown = (type: MessageSchema) =>
  type.type !== undefined || type.enum !== undefined || type.tensor !== undefined;

function graphOf(name: string, on: Trigger | undefined): { graph: Graph; types: ReadonlyMap<string, MessageSchema> } {
  const component = library[name]!;
  const { inputs, params } = exampleSignature(name, component);
  const types = new Map(
    Object.entries(inputs).map(([port, { type }]): [string, MessageSchema] => [
      port,
      isKnown(type) ? type : { type: "number" },
    ]),
  );
  const streams = Object.fromEntries(
    Object.entries(inputs).map(([port, { kind }]) => [port, { message: `T_${port}`, kind }] as const),
  );
  const graph: Graph = {
    limbeck: 1,
    name: "alone",
    seed: 1,
    params: {},
    messages: Object.fromEntries([...types].map(([port, type]) => [`T_${port}`, type])),
    streams: { in: streams, out: {} },
    world: {},
    nodes: {
      c: {
        component: name,
        in: Object.fromEntries([...types.keys()].map((port) => [port, { from: port }])),
        params,
        ...(on === undefined ? {} : { on }),
      },
    },
    rewrites: [],
  };
  return { graph, types };
}

async function* told(type: MessageSchema, port: string, late_ns: number): AsyncIterable<Sample> {
  const seed = [...port].reduce((sum, c) => sum * 31 + c.charCodeAt(0), 7) | 0;
  const messages: Message[] = fc.sample(arbitraryMessage(type, { range: [0.1, 2] }), { numRuns: MESSAGES, seed });
  for (const [k, message] of messages.entries())
    yield { time_ns: k * 1e7 + late_ns, microstep: 0, stamp_ns: k * 1e7, message };
}

/** What a component asks of a graph that this one does not give it. */
const REFUSED = new Set(["L0830", "L0862", "L0864", "L0866"]);

describe.each(tensors.map(([name]) => name))("%s", (name) => {
  test.each([
    ["on its own trigger", undefined, 3e6],
    ["on a clock", { clock: "100hz" }, 0],
    ["on a slower clock", { clock: "40hz", phase: "5ms" }, 1e6],
  ] as const)("%s", async (_, on, late_ns) => {
    const { inputs } = exampleSignature(name, library[name]!);
    const { graph, types } = graphOf(name, Object.keys(inputs).length === 0 ? (on ?? { clock: "60hz" }) : on);
    let done: Awaited<ReturnType<typeof beside>>;
    try {
      done = await beside(
        graph,
        { nodes: ["c"] },
        {
          for_ms: 10 * MESSAGES,
          replay: (stream) => told(types.get(stream)!, stream, late_ns),
        },
      );
    } catch (error) {
      if (error instanceof LimbeckError && error.problems.every(({ code }) => REFUSED.has(code))) return;
      throw error;
    }
    expect(done.ports.map(({ port, first }) => [port, first])).toEqual(done.ports.map(({ port }) => [port, undefined]));
  });
});

test("there are some", () => {
  expect(tensors.length).toBeGreaterThan(20);
});
