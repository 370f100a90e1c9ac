/**
 * What tracing the tensor steps of a graph meets, before anything runs: a step that throws, shapes that do not fit. Nodes
 * that are alike are traced once.
 */
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { NodeVertex, TypedGraph } from "../../graph/typed.js";
import { LimbeckError, type Problem, problem } from "../../problem/problem.js";
import type { Component } from "../component.js";
import { readingOf } from "./list.js";

/** Frames of a stack that are looked at: between the step and what it calls there are ours. */
const MAX_FRAMES = 50;

/** The files that components are written in. */
export interface ComponentFiles {
  /** A path as a user would type it. */
  shown(path: string): string;
  /** The text of a line, counted from 1; empty where there is none. */
  line(path: string, line: number): string;
}

/**
 * The problems of all tensor steps. Those in a component's own file have their place there, and the node as related.
 *
 * @param files how users know a path, and the text of a line in it
 * @example
 * const { typed, component } = await loadGraph("arm-reach.graph.yaml");
 * traceProblems(typed!, component, { shown: (path) => path, line: () => "" }) // []
 */
export function traceProblems(
  { vertices }: TypedGraph,
  component: (name: string) => Component | undefined,
  files: ComponentFiles,
): Problem[] {
  const tried = new Set<string>();
  const told = new Set<string>();
  const problems: Problem[] = [];
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = MAX_FRAMES;
  try {
    for (const vertex of vertices) {
      if (vertex.place !== "nodes" && vertex.place !== "world") continue;
      const { id, node, signature } = vertex;
      const found = component(node.component);
      if (found?.kind !== "tensor" || found.tensor === undefined) continue;
      const inputs = Object.fromEntries(vertex.inputs.map(({ port, type }) => [port, type]));
      const reading = readingOf(vertex);
      const key = JSON.stringify([node.component, signature.params, inputs, reading]);
      if (tried.has(key)) continue;
      tried.add(key);
      try {
        found.tensor({ node: id, params: signature.params, inputs, ...reading });
      } catch (error) {
        for (const met of failureOf(vertex, error, files)) {
          const { file, line } = met.place ?? {};
          // one line of a component is wrong once, whoever has it
          const at = `${met.code} ${file}:${line}`;
          if (met.place === undefined || !told.has(at)) problems.push(met);
          told.add(at);
        }
      }
    }
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  return problems;
}

function failureOf({ id, path, node }: NodeVertex, error: unknown, { shown, line }: ComponentFiles): Problem[] {
  const at = thrownAt(error);
  const component = `${path}/component`;
  const where =
    at === undefined
      ? { path: component }
      : {
          place: { file: shown(at.file), ...wholeLine(at.line, line(at.file, at.line)) },
          related: [{ message: `the step of \`${id}\``, path: component }],
        };
  if (error instanceof LimbeckError)
    return error.problems.map((p) => (p.path === undefined && p.place === undefined ? { ...p, ...where } : p));
  const reason = error instanceof Error ? error.message : String(error);
  return [problem("L0840", { node: id, component: node.component, reason }, where)];
}

/** What runs is compiled: lines are the author's, columns are not. */
function wholeLine(line: number, text: string) {
  const column = text.length - text.trimStart().length + 1;
  return { line, column, endLine: line, endColumn: Math.max(column, text.trimEnd().length + 1) };
}

/** The folder that all of this lies in: what is called in it is not the component's own. */
const OURS = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const TRACING = /[/\\]component[/\\]tensor[/\\]trace\.[jt]s:/;
const FRAME = /\(?((?:file:\/\/)?(?:\/|[A-Za-z]:[\\/])[^()]*?):(\d+):\d+\)?$/;

/** The innermost line of the component's own code that was at work. */
function thrownAt(error: unknown): { file: string; line: number } | undefined {
  const lines = error instanceof Error ? (error.stack ?? "").split("\n") : [];
  for (const text of lines) {
    if (TRACING.test(text)) return undefined;
    const [, path, line] = FRAME.exec(text) ?? [];
    if (path === undefined) continue;
    const file = path.startsWith("file://") ? fileURLToPath(path) : path;
    if (!file.startsWith(OURS) && !file.includes("node_modules")) return { file, line: Number(line) };
  }
  return undefined;
}
