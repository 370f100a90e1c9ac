/** What inputs do beyond reading the latest value: ages, exact stamps, queues. */
import { type Draft, type DraftInput, type DraftVertex, inputOf, report, suggest } from "../draft.js";
import { parseDuration } from "../quantity.js";
import { isCount, MAX_HELD } from "./counts.js";
import { take } from "./take.js";

export function checkInputs(draft: Draft): void {
  for (const vertex of draft.vertices) {
    reads(draft, vertex);
    for (const input of vertex.inputs) {
      if (input.input === undefined) continue;
      maxAge(draft, input);
      exact(draft, input);
      queue(draft, input);
    }
  }
}

/** An input that is read as another node reads it: that one must be there. */
function reads(draft: Draft, vertex: DraftVertex): void {
  for (const [port, ref] of Object.entries(vertex.signature?.reads ?? {})) {
    const dot = ref.lastIndexOf(".");
    const [id, of] = [ref.slice(0, dot), ref.slice(dot + 1)];
    const other = draft.vertices.find((candidate) => candidate.id === id && candidate.node !== undefined);
    const path = `${vertex.path}/params/reads/${port}`;
    const known =
      other?.inputs.map((input) => input.port) ?? draft.vertices.flatMap((v) => (v.node === undefined ? [] : v.id));
    if (other === undefined)
      report(draft, "L0203", { ref: id, nearest: suggest(draft, id, known), known }, vertex, path);
    else if (!known.includes(of)) {
      const { component } = other.node!;
      report(
        draft,
        "L0205",
        { node: id, component, port: of, ports: known, nearest: suggest(draft, of, known) },
        vertex,
        path,
      );
    }
  }
}

function maxAge(draft: Draft, input: DraftInput): void {
  const { max_age } = input.input!;
  if (max_age === undefined) return;
  const ns = take(draft, input, parseDuration(max_age, `${input.path}/max_age`));
  if (ns !== undefined) input.max_age_ns = ns;
}

/** The trigger picks this port's messages itself. */
function pickedBy({ vertex, port }: DraftInput): "aligned" | "window" | undefined {
  const { trigger } = vertex;
  if (trigger?.kind === "aligned" && trigger.ports.includes(port)) return "aligned";
  return trigger?.kind === "window" && trigger.port === port ? "window" : undefined;
}

/** A delay moves the arrival and not the stamp: what is exact would then come too late to be found. */
function exact(draft: Draft, input: DraftInput): void {
  const { vertex, port, path } = input;
  if (input.input!.exact !== true) return;
  const refuse = (why: "event" | "aligned" | "delay") =>
    report(draft, "L0240", { node: vertex.id, port, why }, input, `${path}/exact`, { of: "key" });
  if (pickedBy(input) === "aligned") refuse("aligned");
  else if (inputOf(vertex, port)?.kind === "event") refuse("event");
  else if (input.input!.delay !== undefined) refuse("delay");
}

function queue(draft: Draft, input: DraftInput): void {
  const { vertex, port, path } = input;
  const authored = input.input!.queue;
  if (authored === undefined) return;
  const at = `${path}/queue`;
  const { size, policy = "drop_oldest" } = authored;
  const counts = isCount(
    draft,
    input,
    size,
    `the size of the queue of input \`${port}\` of \`${vertex.id}\``,
    `${at}/size`,
    MAX_HELD,
  );
  const why = pickedBy(input) ?? (inputOf(vertex, port)?.kind === "signal" ? "signal" : undefined);
  const cannotWait = policy === "block" ? unstoppable(input) : undefined;
  if (why !== undefined) report(draft, "L0238", { node: vertex.id, port, why }, input, at, { of: "key" });
  else if (cannotWait !== undefined)
    report(draft, "L0239", { node: vertex.id, port, from: input.ref, why: cannotWait }, input, at);
  else if (counts) input.queue = { size, policy };
}

/** Only nodes of the system and sources can be held back, and only by what they feed at once. */
function unstoppable(input: DraftInput): "stream" | "world" | "delay" | undefined {
  const seen = new Set<DraftInput>();
  for (let edge: DraftInput | undefined = input; edge !== undefined && !seen.has(edge); ) {
    seen.add(edge);
    if (edge.input?.delay !== undefined) return "delay";
    const from: DraftVertex | undefined = edge.from?.vertex;
    if (from?.stream !== undefined) return "stream";
    // the port of a sub-graph waits for what it reads
    if (from?.signature?.relay !== true)
      return from?.place === "world" && from.signature?.source === false ? "world" : undefined;
    edge = from.inputs[0];
  }
  return undefined;
}
