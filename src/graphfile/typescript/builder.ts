/**
 * What `graph(name, (g) => …)` runs on: it records each call with its place in the source, and knows no types.
 *
 * The typed face is `component/graph/types.ts`; `assemble.ts` makes of the calls what a YAML file would say.
 */
import { fail } from "../../problem/problem.js";

/** A line of a source file. */
export interface Site {
  /** Absolute path. */
  readonly file: string;
  readonly line: number;
}

/** One call of the builder, as it was made. */
export interface Call {
  readonly method: Method;
  readonly args: readonly unknown[];
  readonly site: Site | undefined;
}

export type Method = "graph" | "param" | "message" | "in" | "out" | "from" | "world" | "node" | "rewrite" | "evaluate";

/** A graph as its file exports it: what was said, in order; the first call is `graph(…)` itself. */
export interface GraphSource {
  readonly limbeck: "graph";
  readonly calls: readonly Call[];
  /** The ports that were named before they were there. */
  readonly later: readonly Forward[];
  /** What the function gave back. */
  readonly returned: unknown;
}

export interface Forward {
  /** The reference that it turned out to stand for. */
  text: string | undefined;
  readonly site: Site | undefined;
}

const HANDLE = Symbol("limbeck handle");

/** What ports, params, nodes and files are to the recorder: a text in the graph, and the graph that it belongs to. */
export interface Handle {
  readonly what: "port" | "stream" | "param" | "node" | "file";
  /** As a YAML file has it: `controller.torque`, `$kp`, `./controller.ts`; not known yet for a port that comes later. */
  readonly text: () => string | undefined;
  /** The calls of its graph; a file belongs to none. */
  readonly owner: readonly Call[] | undefined;
}

/** The handle behind a value, if it is one. */
export const handleOf = (value: unknown): Handle | undefined =>
  typeof value === "object" && value !== null ? (value as { [HANDLE]?: Handle })[HANDLE] : undefined;

export const isGraphSource = (value: unknown): value is GraphSource =>
  typeof value === "object" &&
  value !== null &&
  (value as Partial<GraphSource>).limbeck === "graph" &&
  "calls" in value;

type AnyFunction = (...args: never[]) => unknown;

/** Where a function was called from. */
function siteOf(called: AnyFunction): Site | undefined {
  const trace = { stack: "" };
  Error.captureStackTrace(trace, called);
  const [, line = ""] = trace.stack.split("\n");
  const [, file, row] = (line.endsWith(")") ? /\((.+):(\d+):\d+\)$/ : /at (?:async )?(.+):(\d+):\d+$/).exec(line) ?? [];
  return file === undefined ? undefined : { file, line: Number(row) };
}

/**
 * Runs the function of a graph, and keeps what it said.
 *
 * @throws LimbeckError L0157 when the function is async
 */
export function recordGraph(name: unknown, ...rest: readonly unknown[]): GraphSource {
  const calls: Call[] = [{ method: "graph", args: [name, rest.length > 1 ? rest[0] : {}], site: siteOf(recordGraph) }];
  const later: Forward[] = [];
  const build = rest.at(-1);
  if (typeof build !== "function") throw new TypeError("graph(name, (g) => { … }) needs the function that builds it");
  const returned: unknown = build(builderOf(calls, later));
  if (returned instanceof Promise) {
    // its own failure would otherwise be nobody's
    returned.catch(() => undefined);
    fail("L0157", {});
  }
  return Object.freeze({ limbeck: "graph", calls, later, returned });
}

function builderOf(calls: Call[], later: Forward[]) {
  const port = (text: () => string | undefined, what: "port" | "stream" = "port", more: object = {}): object => {
    const at = (suffix: (before: string) => string) => () => {
      const before = text();
      return before === undefined ? undefined : suffix(before);
    };
    return Object.freeze({
      ...more,
      [HANDLE]: { what, text, owner: calls } satisfies Handle,
      field: (field: string) => port(at((before) => `${before}${before.includes(":") ? "." : ":"}${field}`)),
      at: (index: number) => port(at((before) => `${before}[${index}]`)),
    });
  };
  const nodeOf = (id: string) =>
    new Proxy(Object.freeze({ [HANDLE]: { what: "node", text: () => id, owner: calls } satisfies Handle }), {
      get: (target, key) =>
        typeof key === "symbol" ? (target as { [key: symbol]: unknown })[key] : port(() => `${id}.${key}`),
    });
  const call = (method: Method, called: AnyFunction, args: readonly unknown[]) =>
    calls.push({ method, args, site: siteOf(called) });

  return Object.freeze({
    param: function param(name: string, ...declaration: unknown[]) {
      call("param", param, [name, ...declaration]);
      return Object.freeze({ [HANDLE]: { what: "param", text: () => `$${name}`, owner: calls } satisfies Handle });
    },
    message: function message(type: unknown) {
      call("message", message, [type]);
    },
    in: function input(id: string, ...more: unknown[]) {
      call("in", input, [id, ...more]);
      return port(() => id, "stream");
    },
    out: function output(id: string, ...more: unknown[]) {
      call("out", output, [id, ...more]);
      const stream: object = port(() => id, "stream", {
        from: function from(source: unknown) {
          call("from", from, [source, id]);
          return stream;
        },
      });
      return stream;
    },
    world: function world(id: string, ...more: unknown[]) {
      call("world", world, [id, ...more]);
      return nodeOf(id);
    },
    node: function node(id: string, ...more: unknown[]) {
      call("node", node, [id, ...more]);
      return nodeOf(id);
    },
    file: (path: string) =>
      Object.freeze({ [HANDLE]: { what: "file", text: () => path, owner: undefined } satisfies Handle }),
    ref: (name: string) => port(() => name),
    later: function laterPort(_type: unknown) {
      const forward: Forward = { text: undefined, site: siteOf(laterPort) };
      let told: Handle | undefined;
      later.push(forward);
      const handle: object = port(() => told?.text(), "port", {
        is(source: unknown) {
          told = handleOf(source);
          forward.text = told?.text();
          return handle;
        },
      });
      return handle;
    },
    rewrite: function rewrite(rule: unknown) {
      call("rewrite", rewrite, [rule]);
    },
    evaluate: function evaluate(options: unknown) {
      call("evaluate", evaluate, [options]);
    },
  });
}
