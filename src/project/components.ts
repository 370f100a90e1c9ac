/** What `component:` may name beside what has its name from Limbeck: files of the project, models of the store. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Resolver } from "../component/catalogue.js";
import { isFile, loadComponent } from "../component/load.js";
import { modelComponent, modelReference } from "../models/component.js";
import { LimbeckError, problem } from "../problem/problem.js";
import { userModules } from "./modules.js";
import { isGraphFile } from "./source.js";

/** Where the names of a graph file lead. */
export interface Surroundings {
  /** Folder of the graph file. */
  readonly folder: string;
  /** Of the project, see `projectRoot`. */
  readonly root: string;
  /** Load no component file. */
  readonly noCode: boolean;
  /** Folder of the model store. */
  readonly models: string;
}

/** What loads files and models. */
export const resolvers = ({ folder, root, noCode, models }: Surroundings): readonly Resolver[] => [
  (name) => (isGraphFile(name) ? Promise.reject(new LimbeckError([problem("L0145", { file: name })])) : undefined),
  (name) => (isFile(name) ? loadComponent(name, { folder, root, noCode, modules: userModules }) : undefined),
  (name) => {
    const reference = modelReference(name);
    return reference === undefined ? undefined : modelComponent(models, reference);
  },
];

/** The nearest folder around the graph file that looks like a project; the file's own folder when none does. */
export function projectRoot(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, "package.json")) || existsSync(join(at, ".git"))) return at;
    if (at === dirname(at)) return folder;
  }
}
