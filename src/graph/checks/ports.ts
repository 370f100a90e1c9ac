/** What is connected to what: known ports and fields, equal types at both ends, required inputs connected. */
import { selectField } from "../../message/field.js";
import { describeType, sameType } from "../../message/same.js";
import type { MessageSchema } from "../../message/type.js";
import { type Draft, type DraftInput, type DraftVertex, inputOf, outputOf, report, suggest } from "../draft.js";
import { formatRef } from "../ref.js";

/** Vertices looked at for "which … gives" in a problem. */
const MAX_LOOKED_AT = 500;

export function checkPorts(draft: Draft): void {
  for (const vertex of draft.vertices) for (const input of vertex.inputs) checkSource(draft, input);
  checkLoops(draft);
  for (const vertex of draft.vertices) {
    const meant = unknownInputs(draft, vertex);
    for (const input of vertex.inputs) checkTypes(draft, input);
    unconnected(draft, vertex, meant);
  }
}

const isTyped = (vertex: DraftVertex): boolean => vertex.inputs.every((i) => i.type !== undefined);

/** The port and the field that are read exist. */
function checkSource(draft: Draft, input: DraftInput) {
  const { from, ref, refPath: path } = input;
  if (from === undefined || input.type !== undefined) return;
  const { vertex, port, field } = from;
  if (port === undefined) {
    if (vertex.signature === undefined) return;
    const ports = Object.keys(vertex.signature.outputs);
    return report(draft, "L0219", { ref, stream: false, id: vertex.id, ports }, input, path);
  }
  const output = outputOf(vertex, port);
  if (output !== undefined) {
    const known = Object.keys(output.type.properties ?? {});
    const meant = suggest(draft, field.at(-1)!, known);
    const written = ref.slice(ref.indexOf(":") + 1);
    const type = describeType(untitled(output.type));
    return report(draft, "L0207", { ref, field: written, type, nearest: meant }, input, path);
  }
  if (vertex.signature === undefined || !isTyped(vertex)) return;
  const ports = Object.keys(vertex.signature.outputs);
  report(draft, "L0204", { node: vertex.id, port, ports, nearest: suggest(draft, port, ports) }, input, path);
}

const untitled = ({ title: _, ...type }: MessageSchema): MessageSchema => type;

/** Types that stay unknown although nothing upstream is wrong hang on themselves. */
function checkLoops(draft: Draft): void {
  const excused = new Set<DraftVertex>();
  const excuse = (first: DraftVertex) => {
    const queue = [first];
    excused.add(first);
    for (const vertex of queue)
      for (const edge of vertex.readers) {
        if (edge.type !== undefined || excused.has(edge.vertex)) continue;
        excused.add(edge.vertex);
        queue.push(edge.vertex);
      }
  };
  const untyped = draft.vertices.flatMap((v) => v.inputs).filter((i) => i.type === undefined);
  const dependsOnInputs = (i: DraftInput) =>
    i.from?.port !== undefined && i.from.vertex.signature !== undefined && !isTyped(i.from.vertex);
  for (const input of untyped) if (!dependsOnInputs(input) && !excused.has(input.vertex)) excuse(input.vertex);
  for (const input of untyped) {
    if (!dependsOnInputs(input) || excused.has(input.from!.vertex) || excused.has(input.vertex)) continue;
    report(draft, "L0227", { ref: formatRef(input.from!.vertex.id, input.from!.port) }, input, input.refPath);
    excuse(input.vertex);
  }
}

/** Tells of inputs that the component has not; gives back the ports that were meant. */
function unknownInputs(draft: Draft, vertex: DraftVertex): ReadonlySet<string> {
  const meant = new Set<string>();
  if (vertex.signature === undefined) return meant;
  const { inputs } = vertex.signature;
  const connected = new Set(vertex.inputs.map((i) => i.port));
  const free = Object.keys(inputs).filter((port) => !connected.has(port));
  for (const input of vertex.inputs) {
    if (Object.hasOwn(inputs, input.port)) continue;
    // a generic component may not know its ports before it knows their types
    if (input.type === undefined && Object.keys(inputs).length === 0) continue;
    const open = free.filter((port) => !meant.has(port));
    const fits = open.filter(
      (port) => input.type !== undefined && sameType(input.type, inputs[port]!.type) === undefined,
    );
    const near = suggest(draft, input.port, open) ?? (fits.length === 1 ? fits[0] : undefined);
    if (near !== undefined) meant.add(near);
    const args = {
      node: vertex.id,
      component: vertex.node!.component,
      port: input.port,
      ports: Object.keys(inputs),
      nearest: near,
    };
    report(draft, "L0205", args, input, input.path, { of: "key" });
  }
  return meant;
}

function checkTypes(draft: Draft, input: DraftInput): void {
  const takes = inputOf(input.vertex, input.port)?.type;
  const gives = input.type;
  if (takes === undefined || gives === undefined || takes === gives) return;
  const different = sameType(gives, takes);
  if (different === undefined) return;
  const where = different.path === "" ? ": " : ` in \`${different.path.slice(1).replaceAll("/", ".")}\`: `;
  const { vertex, port, field } = input.from!;
  const args = {
    from: formatRef(vertex.id, vertex.stream === undefined ? port : undefined, field),
    gives: describeType(gives),
    to: input.vertex.stream === undefined ? formatRef(input.vertex.id, input.port) : input.vertex.id,
    takes: describeType(takes),
    difference: `${where}${different.reason}`,
  };
  const message = `\`${args.from}\` comes from here`;
  report(draft, "L0208", args, input, input.refPath, { related: [{ message, path: typePlace(vertex) }] });
}

/** Where the type of what a vertex gives is stated. */
export const typePlace = (vertex: DraftVertex): string =>
  `${vertex.path}/${vertex.stream === undefined ? "component" : "message"}`;

function unconnected(draft: Draft, vertex: DraftVertex, meant: ReadonlySet<string>): void {
  const connected = new Set(vertex.inputs.map((i) => i.port));
  for (const [port, signature] of Object.entries(vertex.signature?.inputs ?? {})) {
    if (signature.optional || connected.has(port) || meant.has(port)) continue;
    const candidates = whatGives(draft, vertex, port, signature.type);
    const args = { node: vertex.id, port, type: describeType(signature.type), candidates };
    report(draft, "L0209", args, vertex, vertex.path);
  }
}

/** References that this vertex may read and whose type fits, those of equal name first. */
function whatGives(draft: Draft, reader: DraftVertex, port: string, type: MessageSchema): string[] {
  if (draft.comparisons < MAX_LOOKED_AT) return [];
  draft.comparisons -= MAX_LOOKED_AT;
  const near = reader.place === "world" ? ["out", "world"] : ["in", "nodes"];
  const refs = draft.vertices
    .filter((v) => v !== reader && near.includes(v.place))
    .slice(0, MAX_LOOKED_AT)
    .flatMap((v) => {
      if (v.stream !== undefined) return v.type !== undefined && sameType(v.type, type) === undefined ? [v.id] : [];
      const outputs = Object.entries(v.signature?.outputs ?? {});
      return outputs.filter(([, o]) => sameType(o.type, type) === undefined).map(([name]) => formatRef(v.id, name));
    });
  const named = (ref: string) => (ref.split(".").at(-1) === port ? 0 : 1);
  return refs.sort((a, b) => named(a) - named(b));
}

/** A reference outside of inputs (metrics, rewrites): resolved against finished signatures; undefined when it is none. */
export function findPort(
  draft: Draft,
  id: string,
  port: string | undefined,
  field: readonly string[],
): MessageSchema | undefined {
  const vertex = draft.byId.get(id);
  const output = vertex && outputOf(vertex, port ?? "out");
  return output && selectField(output.type, field);
}
