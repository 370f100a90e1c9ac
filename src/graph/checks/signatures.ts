/**
 * Asks the catalogue what each component looks like, in rank order, and again once more is known of its inputs.
 *
 * A type at an input becomes known once and never changes, so the asking ends after at most one round an input.
 */
import { selectField } from "../../message/field.js";
import type { MessageSchema } from "../../message/type.js";
import { LimbeckError } from "../../problem/problem.js";
import { type Draft, type DraftVertex, outputOf, report, suggest } from "../draft.js";

export function checkSignatures(draft: Draft): void {
  for (const vertex of draft.vertices) if (vertex.stream !== undefined) streamType(draft, vertex);
  const failed = new Set<DraftVertex>();
  const queue = [...draft.order];
  const queued = new Set(queue);
  for (let i = 0; i < queue.length; i++) {
    const vertex = queue[i]!;
    queued.delete(vertex);
    if (failed.has(vertex)) continue;
    for (const input of vertex.inputs) {
      if (input.type !== undefined || input.from?.port === undefined) continue;
      const output = outputOf(input.from.vertex, input.from.port);
      const type = output && selectField(output.type, input.from.field);
      if (type !== undefined) input.type = type;
    }
    if (vertex.node === undefined) continue;
    const before = vertex.signature?.outputs ?? {};
    if (!ask(draft, vertex)) {
      failed.add(vertex);
      continue;
    }
    const after = vertex.signature!.outputs;
    for (const edge of vertex.readers) {
      const port = edge.from?.port;
      if (port === undefined || edge.type !== undefined || queued.has(edge.vertex)) continue;
      if (!Object.hasOwn(after, port) || Object.hasOwn(before, port)) continue;
      queue.push(edge.vertex);
      queued.add(edge.vertex);
    }
  }
}

/** `message: number` needs no declaration. */
const primitive = (name: string): MessageSchema | undefined =>
  name === "number" || name === "integer" || name === "boolean" || name === "string" ? { type: name } : undefined;

function streamType(draft: Draft, vertex: DraftVertex): void {
  const name = vertex.stream!.message;
  const own = draft.graph.messages;
  const type = Object.hasOwn(own, name) ? own[name] : (draft.catalogue.message(name) ?? primitive(name));
  if (type !== undefined) {
    vertex.type = type;
    return;
  }
  const known = [...Object.keys(own), ...draft.catalogue.messages()];
  report(draft, "L0206", { name, nearest: suggest(draft, name, known), known }, vertex, `${vertex.path}/message`);
}

/** False when the component has a problem, which is told here. */
function ask(draft: Draft, vertex: DraftVertex): boolean {
  const { component, params } = vertex.node!;
  const inputs: { [port: string]: MessageSchema | undefined } = {};
  for (const input of vertex.inputs) inputs[input.port] = input.type;
  try {
    const signature = draft.catalogue.signature(component, params, inputs);
    if (signature !== undefined) {
      vertex.signature = signature;
      return true;
    }
    const meant = suggest(draft, component, draft.catalogue.components());
    report(draft, "L0202", { component, nearest: meant }, vertex, `${vertex.path}/component`);
  } catch (e) {
    if (!(e instanceof LimbeckError)) throw e;
    const origins = vertex.origins.length === 0 ? {} : { origins: vertex.origins };
    for (const p of e.problems)
      draft.problems.push({ ...p, ...origins, path: `${vertex.path}${p.path ?? "/component"}` });
  }
  delete vertex.signature;
  return false;
}
