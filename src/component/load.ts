/** Loads component files of a project: TypeScript or JavaScript beside the graph file, by jiti. */
import { realpathSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { createJiti } from "jiti";
import { fail, LimbeckError } from "../problem/problem.js";
import type { Component } from "./component.js";

/** Whether `component:` names a file. */
export const isFile = (name: string): boolean => /^\.{1,2}\//.test(name) || isAbsolute(name);

export interface LoadOptions {
  /** Folder that the name is relative to: the graph file's. */
  readonly folder: string;
  /** Files outside of this folder are refused. */
  readonly root: string;
  readonly noCode: boolean;
}

/**
 * The component that a file exports by default.
 *
 * @throws LimbeckError L0406 (does not load), L0407 (no component), L0408 (outside of the project), L0409 (--no-code)
 */
export async function loadComponent(name: string, { folder, root, noCode }: LoadOptions): Promise<Component> {
  if (noCode) fail("L0409", { file: name });
  const file = real(resolve(folder, name), name);
  const inside = relative(realpathSync(root), file);
  if (inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside)) fail("L0408", { file: name, root });
  let exported: { default?: unknown };
  try {
    exported = await loader().import(file);
  } catch (error) {
    if (error instanceof LimbeckError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    return fail("L0406", { file: name, reason }, {}, { cause: error });
  }
  const component = exported.default;
  return isComponent(component) ? component : fail("L0407", { file: name });
}

const isComponent = (value: unknown): value is Component =>
  typeof value === "object" && value !== null && "instantiate" in value && "signature" in value;

function real(file: string, name: string): string {
  try {
    return realpathSync(file);
  } catch (error) {
    return fail("L0406", { file: name, reason: "there is no such file" }, {}, { cause: error });
  }
}

/** Component files see the running Limbeck as `limbeck`, wherever they lie. */
function loader() {
  const here = fileURLToPath(import.meta.url);
  const main = resolve(dirname(here), "..", here.endsWith(".ts") ? "limbeck.ts" : "limbeck.js");
  return createJiti(here, { fsCache: false, moduleCache: false, interopDefault: false, alias: { limbeck: main } });
}
