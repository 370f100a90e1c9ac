/**
 * Every component of the library that is a tensor component, alone: lowered, it says what it says in a run.
 *
 * How close, by component, is a page of the reference; `LIMBECK_WRITE=1 npx vitest run test/lower/library.test.ts` writes it.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { exampleSignature } from "../../src/component/describe.js";
import { library } from "../../src/component/library.js";
import type { Graph, GraphNode, Input, Trigger } from "../../src/graph/ir.js";
import type { Agreement, Sample } from "../../src/lower/agreement.js";
import type { Message, MessageSchema } from "../../src/message/type.js";
import { arbitraryMessage } from "../../src/testing/messages.js";
import { root } from "../support/run.js";
import { beside } from "./beside.js";

const PAGE = join(root, "docs/reference/lowered-components.md");
const WRITES = process.env.LIMBECK_WRITE !== undefined;
const MESSAGES = WRITES ? 400 : 25;

const tensors = Object.entries(library).filter(([, { tensor }]) => tensor !== undefined);

/** Types for ports that take any, and of texts a choice. */
const TYPES: { readonly [port: string]: MessageSchema } = {
  "logic/select.which": { enum: ["cruise", "brake"] },
};
const typeOf = (name: string, port: string, type: MessageSchema): MessageSchema => {
  const known = type.type !== undefined || type.enum !== undefined || type.tensor !== undefined;
  return TYPES[`${name}.${port}`] ?? (known ? type : { type: "number" });
};

/** Refuse what random numbers of both signs make: covariances that are none, quaternions without a length. */
const POSITIVE = new Set(["estimation/associate", "math/quaternion-rotate"]);

/**
 * Goals that a search can reach are what the forward kinematics of some joints gives: where they are out of reach, rounding
 * decides when it stands still.
 */
const REACHED = {
  "kinematics/dh-inverse": (params: GraphNode["params"]) => ({
    nodes: {
      forward: {
        component: "kinematics/dh-forward",
        in: { joints: { from: "joints" } },
        params: { links: params.links! },
      },
    },
    types: {
      joints: exampleSignature("kinematics/dh-inverse", library["kinematics/dh-inverse"]!).outputs.joints!.type,
    },
    in: { target: { from: "forward.position" } },
  }),
} satisfies { [name: string]: (params: GraphNode["params"]) => unknown };

interface Alone {
  readonly graph: Graph;
  readonly types: ReadonlyMap<string, MessageSchema>;
}

function graphOf(name: string, on: Trigger | undefined): Alone {
  const { inputs, params } = exampleSignature(name, library[name]!);
  const reached = name in REACHED ? REACHED[name as keyof typeof REACHED](params) : undefined;
  const fed: { readonly [port: string]: Input } = reached?.in ?? {};
  const own = Object.entries(inputs).filter(([port]) => !(port in fed));
  const types = new Map([
    ...own.map(([port, { type }]) => [port, typeOf(name, port, type)] as const),
    ...Object.entries(reached?.types ?? {}),
  ]);
  const graph: Graph = {
    limbeck: 1,
    name: "alone",
    seed: 1,
    params: {},
    messages: Object.fromEntries([...types].map(([port, type]) => [`T_${port}`, type])),
    streams: {
      in: Object.fromEntries(
        [...types.keys()].map((port) => [port, { message: `T_${port}`, kind: inputs[port]?.kind ?? "signal" }]),
      ),
      out: {},
    },
    world: {},
    nodes: {
      ...reached?.nodes,
      c: {
        component: name,
        in: { ...Object.fromEntries(own.map(([port]) => [port, { from: port }])), ...fed },
        params,
        ...(on === undefined ? {} : { on }),
      },
    },
    rewrites: [],
  };
  return { graph, types };
}

async function* told(type: MessageSchema, port: string, late_ns: number, least: number): AsyncIterable<Sample> {
  const seed = [...port].reduce((sum, c) => sum * 31 + c.charCodeAt(0), 7) | 0;
  const messages: Message[] = fc.sample(arbitraryMessage(type, { range: [least, 2] }), { numRuns: MESSAGES, seed });
  for (const [k, message] of messages.entries())
    yield { time_ns: k * 1e7 + late_ns, microstep: 0, stamp_ns: k * 1e7, message };
}

const seen = new Map<string, Agreement[]>();

describe.each(tensors.map(([name]) => name))("%s", (name) => {
  test.each([
    ["on its own trigger", undefined, 3e6, 0.1],
    ["on a clock", { clock: "100hz" }, 0, -2],
    ["on a slower clock", { clock: "40hz", phase: "5ms" }, 1e6, 0.1],
  ] as const)("%s", async (_, on, late_ns, least) => {
    const { inputs } = exampleSignature(name, library[name]!);
    const { graph, types } = graphOf(name, Object.keys(inputs).length === 0 ? (on ?? { clock: "60hz" }) : on);
    const { ports } = await beside(
      graph,
      { nodes: ["c"] },
      {
        for_ms: 10 * MESSAGES,
        replay: (stream) => told(types.get(stream)!, stream, late_ns, POSITIVE.has(name) ? 0.1 : least),
      },
    );
    seen.set(name, [...(seen.get(name) ?? []), ...ports]);
    expect(ports.map(({ port, first }) => [port, first])).toEqual(ports.map(({ port }) => [port, undefined]));
    expect(Math.max(...ports.map(({ messages }) => messages))).toBeGreaterThan(4);
  });
});

const shown = (x: number): string => (x === 0 ? "0" : x.toExponential(1));

/** A line a component: what is promised, and the worst of all its ports in the three runs. */
function row(name: string, ports: readonly Agreement[]): string {
  const promise = ports.every((port) => !port.promise.includes("within")) ? "bit-equal" : "close";
  const equal = ports.every((port) => port.equal);
  const most = (of: (port: Agreement) => number) => Math.max(...ports.map(of));
  const ulp = most((port) => port.ulp ?? Number.POSITIVE_INFINITY);
  const cells = equal
    ? ["bit-equal", "0", "0"]
    : [
        ulp === 0 ? "equal, but for signs of zeros" : ulp > 1e6 ? "beyond 10⁶ ULP" : `${ulp} ULP`,
        shown(most((port) => port.max_abs)),
        shown(most((port) => port.max_rel)),
      ];
  const messages = ports.reduce((sum, port) => sum + port.messages, 0);
  return `| [${name}](components.md#${name.replace("/", "")}) | ${promise} | ${cells.join(" | ")} | ${messages} |`;
}

afterAll(() => {
  if (!WRITES || seen.size < tensors.length) return;
  const text = readFileSync(PAGE, "utf8");
  const head = text.slice(0, text.indexOf("| component"));
  const lines = [...seen].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, ports]) => row(name, ports));
  const table = [
    "| component | promised | measured | max. abs. error | max. rel. error | messages |",
    "|---|---|---|---|---|---|",
  ];
  writeFileSync(PAGE, `${head}${[...table, ...lines].join("\n")}\n`);
});

test("the page of the reference has a line for each, with its promise, and none that promises bits has other ones", () => {
  const lines = readFileSync(PAGE, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| ["));
  const told = new Map(lines.map((line) => [/\[(.*?)\]/.exec(line)![1]!, line.split(" | ").slice(1, 3)]));
  if (WRITES) return;
  expect([...told.keys()]).toEqual(tensors.map(([name]) => name).sort());
  for (const [name, ports] of seen)
    expect([name, told.get(name)![0]]).toEqual([name, row(name, ports).split(" | ")[1]]);
  for (const [name, [promise, measured]] of told)
    if (promise === "bit-equal") expect([name, measured]).toEqual([name, expect.stringMatching(/equal/)]);
});
