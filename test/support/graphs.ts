/** Runs graphs written in tests: YAML and test components in, port traces and digests out; nothing touches a disk. */

import Type from "typebox";
import { expect } from "vitest";
import { openCatalogue } from "../../src/component/catalogue.js";
import type { Component, Files, Item, RecordingSpec, Services } from "../../src/component/component.js";
import { inserted } from "../../src/component/inserted.js";
import { library } from "../../src/component/library.js";
import { source } from "../../src/component/source.js";
import { genericStep, step } from "../../src/component/step.js";
import type { Graph } from "../../src/graph/ir.js";
import type { TypedGraph } from "../../src/graph/typed.js";
import { parseGraphFile } from "../../src/graphfile/load.js";
import { bind } from "../../src/graphfile/params.js";
import { builtinTypes } from "../../src/message/builtin.js";
import type { Json, Message } from "../../src/message/type.js";
import { LimbeckError, type Problem } from "../../src/problem/problem.js";
import { type Rewritten, rewrite } from "../../src/rewrite/rewrite.js";
import { rules } from "../../src/rewrite/rules/index.js";
import type { Sample } from "../../src/runtime/port/outlets.js";
import { createRun, type Run, type RunOptions, type RunResult } from "../../src/runtime/run.js";

export type Components = { readonly [name: string]: Component };

const number = Type.Number();
const optional = { schema: number, kind: "signal", optional: true } as const;

/** Components that the tests of the engine are made of. Ports are numbers. */
export const parts: Components = {
  /** 0, 1, 2, … */
  "test/count": step({
    doc: "Counts its firings.",
    inputs: {},
    outputs: { value: number },
    state: () => 0,
    step: (_, n) => ({ outputs: { value: n }, state: n + 1 }),
  }),
  "test/pass": step({
    doc: "Says what it hears.",
    inputs: { value: number },
    outputs: { value: number },
    step: ({ value }) => ({ outputs: { value } }),
  }),
  /** gain · (a + b + c) + offset */
  "test/sum": step({
    doc: "Adds what there is.",
    params: Type.Object({ gain: Type.Number({ default: 1 }), offset: Type.Number({ default: 0 }) }),
    inputs: { a: number, b: optional, c: optional },
    outputs: { value: number },
    step: ({ a, b = 0, c = 0 }, _, { params: { gain, offset } }) => ({
      outputs: { value: gain * (a + b + c) + offset },
    }),
  }),
  /** One of each firing's numbers, from its own generator. */
  "test/noise": step({
    doc: "A seeded random number a firing.",
    inputs: { value: optional },
    outputs: { value: number },
    random: true,
    step: (_, _state, { rng }) => ({ outputs: { value: rng.uniform() } }),
  }),
  /** `items: [[time in ms, port, value, stamp in ms?], …]` */
  "test/script": source({
    doc: "Says what it is told to.",
    params: Type.Object({
      items: Type.Array(Type.Array(Type.Any())),
      ports: Type.Array(Type.String(), { default: ["value"] }),
    }),
    outputs: ({ ports }) => Object.fromEntries(ports.map((port) => [port, number])),
    *open({ items }) {
      for (const item of items) yield scripted(item);
    },
  }),
  "test/slow-script": source({
    doc: "The same, each item a promise.",
    params: Type.Object({
      items: Type.Array(Type.Array(Type.Any())),
      ports: Type.Array(Type.String(), { default: ["value"] }),
    }),
    outputs: ({ ports }) => Object.fromEntries(ports.map((port) => [port, number])),
    async *open({ items }) {
      for (const item of items) {
        await Promise.resolve();
        yield scripted(item);
      }
    },
  }),
};

function scripted(item: readonly unknown[]): Item {
  const [ms, port, message, stamp_ms] = item as [number, string, Message, number?];
  return {
    time_ns: Math.round(ms * 1e6),
    port,
    message,
    ...(stamp_ms === undefined ? {} : { stamp_ns: Math.round(stamp_ms * 1e6) }),
  };
}

/** What one firing saw, as a probe tells it. */
export interface Seen {
  readonly time_ms: number;
  readonly microstep: number;
  readonly dt_ms: number;
  readonly inputs: { readonly [port: string]: unknown };
  readonly fresh: readonly string[];
  readonly age_ms: { readonly [port: string]: number };
  readonly stamp_ms: { readonly [port: string]: number };
}

/** A component that notes what each of its firings sees, and says how many they were. */
export function probe(ports: { readonly [port: string]: "signal" | "event" | "optional" }): {
  readonly seen: Seen[];
  readonly component: Component;
} {
  const seen: Seen[] = [];
  const names = Object.keys(ports);
  const inputs = Object.fromEntries(
    names.map((name) => {
      const kind = ports[name]!;
      return [
        name,
        { schema: number, kind: kind === "event" ? "event" : "signal", optional: kind === "optional" } as const,
      ];
    }),
  );
  const component = genericStep({
    doc: "Notes what it sees.",
    ports: () => ({ inputs, outputs: { value: number } }),
    state: () => 0,
    step(values, n, ctx) {
      const each = <T>(f: (name: string) => T) => Object.fromEntries(names.map((name) => [name, f(name)]));
      seen.push({
        time_ms: ctx.time_ns / 1e6,
        microstep: ctx.microstep,
        dt_ms: Math.round(ctx.dt * 1e9) / 1e6,
        inputs: { ...values },
        fresh: names.filter((name) => ctx.fresh(name)),
        age_ms: each((name) => Math.round(ctx.age(name) * 1e9) / 1e6),
        stamp_ms: each((name) => ctx.stamp(name) / 1e6),
      });
      return { outputs: { value: n }, state: n + 1 };
    },
  });
  return { seen, component };
}

/** A recording in memory. */
export interface Kept {
  readonly spec: RecordingSpec;
  readonly rows: {
    readonly time_ns: number;
    readonly microstep: number;
    readonly values: { [port: string]: Message };
  }[];
  readonly incomplete: string[];
  closed: boolean;
}

export interface Lent extends Services {
  readonly kept: { readonly [as: string]: Kept };
}

/** Services that live in memory: files by name, recordings as arrays, no models unless given. */
export function memory(
  files: { readonly [name: string]: string | Uint8Array } = {},
  models?: Services["models"],
): Lent {
  const kept: { [as: string]: Kept } = {};
  return {
    kept,
    files: memoryFiles(files),
    models: models ?? {
      open(reference) {
        throw new Error(`no model ${reference}`);
      },
      policy(reference) {
        throw new Error(`no policy ${reference}`);
      },
    },
    recordings: {
      open(spec) {
        const recording: Kept = { spec, rows: [], incomplete: [], closed: false };
        kept[spec.as] = recording;
        return {
          row(time_ns, microstep, entries) {
            const values = Object.fromEntries(entries.map(({ port, message }) => [port, message]));
            recording.rows.push({ time_ns, microstep, values });
          },
          incomplete: (port) => void recording.incomplete.push(port),
          async close() {
            recording.closed = true;
          },
        };
      },
    },
  };
}

/** Files as chunks of a few bytes, so that no reader leans on where a chunk ends. */
export const memoryFiles = (files: { readonly [name: string]: string | Uint8Array }, chunk = 7): Files => ({
  shown: (path) => path,
  async *read(path) {
    const content = files[path]!;
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    for (let at = 0; at < bytes.length; at += chunk) yield bytes.slice(at, at + chunk);
  },
});

export interface Setup {
  readonly components?: Components;
  readonly set?: { readonly [param: string]: Json };
}

/** A graph's IR from the text of a file. `limbeck: 1` and `name` may be left out. */
export function authored(text: string): Graph {
  const head = text.includes("limbeck:") ? "" : "limbeck: 1\nname: test\n";
  const { graph, problems } = parseGraphFile(head + text, "test.graph.yaml");
  expect(problems.filter((p) => p.severity === "error").map((p) => p.message)).toEqual([]);
  return graph!;
}

/** Applies a graph's rewrites. */
export async function rewritten(
  graph: Graph,
  { components = {}, set = {} }: Setup = {},
): Promise<Rewritten & Prepared> {
  const bound = bind(graph, { set });
  const all = { ...library, ...parts, ...inserted, ...components };
  const setting = {
    library: all,
    resolvers: [],
    types: builtinTypes,
    rules: rules.map((rule) => rule.name),
    metrics: ["rmse", "mae", "max_error", "final_error"],
  };
  const { catalogue } = await openCatalogue([], setting);
  const result = rewrite(bound.graph, catalogue, rules);
  return { ...result, problems: [...bound.problems, ...result.problems], component: catalogue.component };
}

export interface Prepared {
  readonly component: RunOptions["component"];
}

/** A typed graph, or a failed test that says why there is none. */
export async function prepared(graph: Graph | string, setup: Setup = {}): Promise<Prepared & { typed: TypedGraph }> {
  const { typed, problems, component } = await rewritten(typeof graph === "string" ? authored(graph) : graph, setup);
  expect(problems.filter((p) => p.severity === "error").map((p) => `${p.code} ${p.message}`)).toEqual([]);
  return { typed: typed!, component };
}

export interface RunSetup extends Setup, Omit<Partial<RunOptions>, "component"> {
  readonly for_ms?: number;
  /** Called with the run before it starts. */
  readonly before?: (run: Run) => void;
}

export interface Ran {
  readonly result: RunResult;
  /** Every message of every port. */
  readonly traces: { readonly [port: string]: readonly Sample[] };
  /** `[ms, microstep, message]` of every message of a port. */
  at(port: string): [number, number, Message][];
  /** The messages of a port. */
  values(port: string): Message[];
  readonly services: Services;
}

/** Runs a graph and keeps what every port says. */
export async function run(graph: Graph | string, setup: RunSetup = {}): Promise<Ran> {
  const { components, set, for_ms, before, ...options } = setup;
  const { typed, component } = await prepared(graph, {
    ...(components === undefined ? {} : { components }),
    ...(set === undefined ? {} : { set }),
  });
  const services = options.services ?? memory();
  const living = await createRun(typed, { ...options, component, services });
  const traces: { [port: string]: Sample[] } = {};
  for (const port of living.ports) {
    const samples: Sample[] = [];
    traces[port] = samples;
    living.port(port).subscribe((sample) => samples.push(sample));
  }
  before?.(living);
  const result = await living.start(for_ms === undefined ? undefined : for_ms * 1e6);
  return {
    result,
    traces,
    services,
    at: (port) => traces[port]!.map((s) => [s.time_ns / 1e6, s.microstep, s.message]),
    values: (port) => traces[port]!.map((s) => s.message),
  };
}

/** The problems that a promise is rejected with. */
export async function problemsOf(promise: Promise<unknown>): Promise<readonly Problem[]> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof LimbeckError) return error.problems;
    throw error;
  }
  throw new Error("nothing was thrown");
}
