/** What nobody reads, and work that comes to nothing: warnings. */
import { type Draft, type DraftVertex, report, suggest } from "../draft.js";
import { parseRef } from "../ref.js";
import { checkEffect } from "./effect.js";

export function checkUnused(draft: Draft): void {
  // while a reference leads nowhere, nobody can tell what goes unread
  const whole = draft.vertices.every((v) => v.inputs.every((i) => i.from?.port !== undefined));
  if (whole && draft.twice.size === 0) {
    const mentioned = mentions(draft);
    unread(draft, mentioned, checkEffect(draft, mentioned));
  }
  unusedMessages(draft);
}

/** @param idle nodes of which more is told already */
function unread(draft: Draft, mentioned: ReadonlySet<string>, idle: ReadonlySet<DraftVertex>): void {
  for (const vertex of draft.vertices) {
    const read = new Set(vertex.readers.map((edge) => edge.from!.port));
    if (vertex.place === "in" && !read.has("out") && !mentioned.has(vertex.id))
      report(draft, "L0210", { id: vertex.id, ports: [], stream: true }, vertex, vertex.path);
    if (vertex.signature === undefined || vertex.signature.sink || idle.has(vertex)) continue;
    const ports = Object.keys(vertex.signature.outputs).filter(
      (port) => !read.has(port) && !mentioned.has(`${vertex.id}.${port}`) && !misspelt(vertex, port),
    );
    if (ports.length > 0) report(draft, "L0210", { id: vertex.id, ports, stream: false }, vertex, vertex.path);
  }
}

/** Somebody reads a port of this node that does not exist: then that one may be meant. */
const misspelt = (vertex: DraftVertex, port: string): boolean =>
  vertex.readers.some((edge) => {
    const read = edge.from?.port;
    return read !== undefined && read !== port && !Object.hasOwn(vertex.signature!.outputs, read);
  });

/** Ports that metrics compare and that rewrites name. */
function mentions(draft: Draft): ReadonlySet<string> {
  const found = new Set<string>();
  const walk = (value: unknown): void => {
    if (typeof value === "string") {
      const ref = parseRef(value);
      if (ref !== undefined) found.add(ref.port === undefined ? ref.id : `${ref.id}.${ref.port}`);
    } else if (value !== null && typeof value === "object") for (const v of Object.values(value)) walk(v);
  };
  for (const entry of draft.graph.rewrites) walk(entry.options);
  for (const metric of Object.values(draft.graph.evaluate?.metrics ?? {})) walk(metric);
  return found;
}

/** A type counts as used through the streams' names, and through types that contain it by name. */
function unusedMessages(draft: Draft): void {
  const names = Object.keys(draft.graph.messages);
  // a misspelt name uses the type that was meant
  const meant = (name: string): string => (names.includes(name) ? name : (suggest(draft, name, names) ?? name));
  const used = new Set(draft.vertices.flatMap((v) => (v.stream === undefined ? [] : meant(v.stream.message))));
  const titles = (schema: unknown): void => {
    if (schema === null || typeof schema !== "object") return;
    for (const [key, value] of Object.entries(schema)) {
      if (key === "title" && typeof value === "string") used.add(value);
      else titles(value);
    }
  };
  for (const type of Object.values(draft.graph.messages))
    for (const part of [type.properties, type.items]) titles(part);
  for (const name of names)
    if (!used.has(name)) report(draft, "L0221", { name }, { origins: [] }, `/messages/${name}`, { of: "key" });
}
