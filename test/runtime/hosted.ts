/** Nodes in workers and processes without a graph around them: component files in a folder, hosts, firings. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Component, Context, Instance, Setup } from "../../src/component/component.js";
import type { SavedRng } from "../../src/component/rng.js";
import type { Placement } from "../../src/graph/ir.js";
import type { NodeVertex, TypedGraph } from "../../src/graph/typed.js";
import type { Json, MessageSchema } from "../../src/message/type.js";
import type { Hosts } from "../../src/project/host/hosts.js";
import { root as repository } from "../support/run.js";

/** A module as it was compiled: a worker starts on it in a tenth of the time that sources take. */
const compiled = async <T>(module: string): Promise<T> =>
  import(pathToFileURL(join(repository, "dist", `${module}.js`)).href) as Promise<T>;
const { STAMPS } = await compiled<typeof import("../../src/component/component.js")>("component/component");
const { rng, seedOf } = await compiled<typeof import("../../src/component/rng.js")>("component/rng");
const { loadThere } = await compiled<typeof import("../../src/project/host/reference.js")>("project/host/reference");
export const { openHosts, MAX_HOSTS } =
  await compiled<typeof import("../../src/project/host/hosts.js")>("project/host/hosts");
export const { LimbeckError } = await compiled<typeof import("../../src/problem/problem.js")>("problem/problem");

/** A project of component files, each the text of one. */
export function componentFolder(files: { readonly [name: string]: string }) {
  const root = mkdtempSync(join(tmpdir(), "limbeck-host-"));
  mkdirSync(join(root, ".git"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  return {
    surroundings: { folder: root, root, home: join(root, ".limbeck") },
    remove: () => rmSync(root, { recursive: true }),
  };
}

type Surroundings = ReturnType<typeof componentFolder>["surroundings"];

export interface Wanted extends Partial<Pick<NodeVertex, "timeout_ns" | "restart">> {
  readonly component: string;
  readonly place: Placement;
  readonly params?: { readonly [name: string]: Json };
  readonly types?: { readonly [port: string]: MessageSchema };
}

/** A vertex as the checker would make it, without edges, and a setup for it. */
export async function vertexOf(id: string, wanted: Wanted, surroundings: Surroundings) {
  const { component: name, place, params = {}, types = {}, ...rest } = wanted;
  const { component, services } = await loadThere({ component: name, ...surroundings });
  const signature = component.signature(params, types);
  const vertex: NodeVertex = {
    id,
    rank: 0,
    path: `/nodes/${id}`,
    inputs: [],
    outputs: [],
    inserted: false,
    place: "nodes",
    node: { component: name, in: {}, params },
    signature,
    trigger: { kind: "each", ports: [] },
    placement: place,
    ...rest,
  };
  const wakes: number[] = [];
  const setup = (): Setup & { readonly rng: SavedRng } => ({
    node: id,
    params: signature.params,
    signature,
    inputs: Object.fromEntries(Object.entries(signature.inputs).map(([port, { type }]) => [port, types[port] ?? type])),
    kinds: Object.fromEntries(Object.entries(signature.inputs).map(([port, { kind }]) => [port, kind])),
    trigger: vertex.trigger,
    rng: rng(seedOf(7, id)),
    services,
    wake: (time_ns) => wakes.push(time_ns),
  });
  return { vertex, setup, wakes, component };
}

/** The hosts of these vertices, as a run would have them. */
export const hostsOf = (vertices: readonly NodeVertex[], surroundings: Surroundings): Hosts =>
  openHosts({ vertices } as unknown as TypedGraph, surroundings)!;

/** An instance where it is wanted, and what it has asked for. */
export async function opened(wanted: Wanted, surroundings: Surroundings) {
  const { vertex, setup, wakes, component } = await vertexOf("node", wanted, surroundings);
  const given = setup();
  if (wanted.place === "inline") {
    const instance = await (component as Component).instantiate(given);
    return { instance, wakes, rng: given.rng, close: async () => instance.close?.() };
  }
  const hosts = hostsOf([vertex], surroundings);
  const instance = await hosts.host(vertex, given);
  return { instance, wakes, rng: given.rng, close: () => hosts.close() };
}

/** What a firing at `k` · 10 ms may know: values that are easy to tell apart. */
export const contextAt = (k: number, random: SavedRng, params: unknown = {}): Context => ({
  time: k / 100,
  time_ns: k * 1e7,
  microstep: k % 3,
  dt: k === 0 ? 0 : 0.01,
  fresh: () => k % 2 === 0,
  age: (port) => (port === "value" ? 0.001 * k : Number.POSITIVE_INFINITY),
  stamp: (port) => (port === "value" ? k * 1e7 - 1e6 : Number.NaN),
  params,
  rng: random,
});

/** Everything that a firing says and leaves behind. */
export async function fired(
  { instance, wakes, rng: random }: { instance: Instance; wakes: number[]; rng: SavedRng },
  k: number,
  inputs: { readonly [port: string]: unknown },
  params?: unknown,
) {
  const outputs = await instance.fire!(inputs, contextAt(k, random, params));
  return {
    outputs: { ...outputs },
    stamps: Reflect.get(outputs ?? {}, STAMPS),
    wakes: [...wakes],
    rng: random.snapshot(),
  };
}
