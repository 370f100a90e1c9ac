/** Loads component files of a project: TypeScript or JavaScript beside the graph file, by jiti. */
import { realpathSync } from "node:fs";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { fail, LimbeckError } from "../problem/problem.js";
import type { Component } from "./component.js";
import { recorderComponent } from "./recorder/node.js";
import { isRecorderClass, type RecorderClass } from "./recorder/recorder.js";

/**
 * Whether `component:` names a file.
 *
 * @example
 * isFile("./controller.ts") // true
 * isFile("control/pd") // false
 */
export const isFile = (name: string): boolean => /^\.{1,2}\//.test(name) || isAbsolute(name);

export interface LoadOptions {
  /** Folder that the name is relative to: the graph file's. */
  readonly folder: string;
  /** Files outside of this folder are refused. */
  readonly root: string;
  readonly noCode: boolean;
  /** What component files get for these names, wherever they lie: `{limbeck: …}`, the running Limbeck itself. */
  readonly modules?: { readonly [specifier: string]: object };
}

/**
 * The component that a file exports by default.
 *
 * @throws LimbeckError L0406 (does not load), L0407 (no component), L0408 (outside of the project), L0409 (--no-code)
 */
export async function loadComponent(name: string, options: LoadOptions): Promise<Component> {
  const { folder, root, noCode, modules = {} } = options;
  if (noCode) fail("L0409", { file: name });
  const file = realFile(resolve(folder, name), name);
  if (isOutside(file, root)) fail("L0408", { file: name, root });
  let exported: { default?: unknown };
  try {
    exported = await (await loader(modules)).import(file);
  } catch (error) {
    return fail("L0406", { file: name, ...explain(error, realpathSync(folder)) }, {}, { cause: error });
  }
  const component = exported.default;
  if (isRecorderClass(component)) return ofClass(component, name, folder);
  return isComponent(component) ? component : fail("L0407", { file: name });
}

function ofClass(Class: RecorderClass, file: string, folder: string): Component {
  try {
    return recorderComponent(Class);
  } catch (error) {
    return fail("L0406", { file, ...explain(error, realpathSync(folder)) }, {}, { cause: error });
  }
}

const isComponent = (value: unknown): value is Component =>
  typeof value === "object" && value !== null && "instantiate" in value && "signature" in value;

/** Whether a real path lies outside of a folder. */
export function isOutside(file: string, root: string): boolean {
  const inside = relative(realpathSync(root), file);
  return inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside);
}

/** @throws LimbeckError L0406 where there is no such file */
export function realFile(file: string, name: string): string {
  try {
    return realpathSync(file);
  } catch (error) {
    return fail("L0406", { file: name, reason: "there is no such file" }, {}, { cause: error });
  }
}

/** What went wrong, and the line of the user's own code where it did. */
function explain(error: unknown, folder: string): { reason: string; at?: string } {
  const { reason, place } = failureOf(error, folder);
  if (place === undefined) return { reason };
  return { reason, at: `${relative(folder, place.path)}:${place.line}:${place.column}` };
}

/** Why a module did not load, and where in the folder: a syntax error's place, else the stack's first. */
export function failureOf(
  error: unknown,
  folder: string,
): { reason: string; place?: { path: string; line: number; column: number } } {
  if (error instanceof LimbeckError) return { reason: error.problems.map((p) => p.message).join("; ") };
  if (!(error instanceof Error)) return { reason: String(error) };
  const [message = ""] = error.message.split("\n");
  const reason = message.trim();
  const places = `${error.message}\n${error.stack ?? ""}`.matchAll(/(\/[^\s():]+|[A-Za-z]:\\[^\s():]+):(\d+):(\d+)/g);
  for (const [, path, line, column] of places) {
    const shown = relative(folder, path!);
    if (!shown.startsWith("..") && !isAbsolute(shown) && !shown.includes("node_modules"))
      return { reason, place: { path: path!, line: Number(line), column: Number(column) } };
  }
  return { reason };
}

/** A loader that keeps nothing: an edited file is read anew. */
export async function loader(modules: { readonly [specifier: string]: object }) {
  // most graphs name no file, and need not wait for a compiler
  const { createJiti } = await import("jiti");
  return createJiti(import.meta.url, {
    fsCache: false,
    moduleCache: false,
    interopDefault: false,
    virtualModules: { ...modules },
  });
}
