/** A component by reference: what another thread or process loads it by, and there its services, all from data. */
import { dirname, resolve } from "node:path";
import type { Component } from "../../component/component.js";
import { soundName, withCrashing } from "../../component/crashing.js";
import { fail } from "../../problem/problem.js";
import type { Load } from "../../runtime/host/serve.js";
import { projectRoot, resolvers } from "../components.js";
import { folders, servicesIn } from "../services.js";

export interface Reference {
  /** As the graph names it: `control/pd`, `./controller.ts`, `model:reach@1`. */
  readonly component: string;
  /** Folder of the graph file. */
  readonly folder: string;
  /** Folder of the project. */
  readonly root: string;
  /** Folder for everything that is made. */
  readonly home: string;
}

/** Where the names of a graph file lead, for its references. */
export function surroundingsOf(file: string, home: string): Omit<Reference, "component"> {
  const folder = resolve(dirname(file));
  return { folder, root: projectRoot(folder), home: resolve(home) };
}

/** Loads the component anew. @throws LimbeckError L0451, or why its file or model does not load */
export async function loadThere({ component, ...surroundings }: Reference): ReturnType<Load> {
  const sound = await find(soundName(component), surroundings);
  const services = servicesIn(surroundings.folder, surroundings.home);
  return { component: withCrashing(() => sound)(component)!, services };
}

async function find(name: string, { folder, root, home }: Omit<Reference, "component">): Promise<Component> {
  for (const open of resolvers({ folder, root, noCode: false, models: folders(home).models })) {
    const loading = open(name);
    if (loading !== undefined) return loading;
  }
  // most of the time that a start takes: left out where a file is all that is needed
  const { named } = await import("../named.js");
  return Object.hasOwn(named, name) ? named[name]! : fail("L0451", { component: name });
}
