/**
 * Which ports of which recordings make a row, what they are called in it, and which of them are compared.
 *
 *   A {target, a.x}   B {target, b.x}   of one run      target, a.x, b.x              a.x with b.x
 *   A {target, x}     B {target, x}     of two runs     A/target, B/target, A/x, B/x  A/x with B/x
 *
 * In recordings of one run a port of one name is one port, and is in the row once, unless it is the one that is compared.
 */
import { reasonApart } from "../../component/recorder/groups.js";
import { nearest } from "../../problem/nearest.js";
import { fail } from "../../problem/problem.js";
import type { RecordedPort } from "../layout.js";
import { type ScannedSource, sameRun } from "./source.js";

/** A port of a row, and where it comes from. */
export interface PlannedPort extends RecordedPort {
  /** Index of the recording. */
  readonly source: number;
  /** Its name there. */
  readonly original: string;
}

export interface Plan {
  /** Inputs first. */
  readonly ports: readonly PlannedPort[];
  /** Names of ports of rows, or fields of such. */
  readonly groups: readonly (readonly string[])[];
}

/**
 * Plans the rows of some recordings.
 *
 * @param wanted ports to be compared, as users name them: `a.x`, `A/controller.torque`, either with a `:field`; alone: one
 * port in all recordings that have it. Left out: outputs of one name in several recordings; if there are none, all outputs.
 * @param only the row has these ports alone, and those that are compared
 * @throws LimbeckError L0763 for a name that means no port or several, L0764 where nothing is left to compare
 */
export function planRows(
  sources: readonly ScannedSource[],
  wanted: readonly (readonly string[])[] | undefined,
  only?: readonly string[],
): Plan {
  const every = sources.flatMap(({ channels }, source) => channels.map((channel) => ({ source, ...channel })));
  const holders = (port: string) => every.filter((one) => one.port === port);
  const labels = sources.map(({ label }) => label);
  const full = ({ source, port }: { source: number; port: string }) => `${labels[source]}/${port}`;

  const apart = new Set<string>();
  for (const { port } of every) {
    const [first, ...others] = holders(port);
    if (others.some(({ source }) => !sameRun(sources[first!.source]!, sources[source]!))) apart.add(port);
  }
  const known = () =>
    every.map((one) => (holders(one.port).length > 1 ? full(one) : one.port)).sort((a, b) => (a < b ? -1 : 1));

  /** Ports that a name may mean: those of one recording by its label, or of all. */
  const meant = (ref: string) => {
    for (const { name, field } of readingsOf(ref)) {
      const labelled = every.filter((one) => full(one) === name);
      const found = labelled.length > 0 ? labelled : holders(name);
      if (found.length > 0) return found.map((one) => ({ ...one, field, labelled: labelled.length > 0 }));
    }
    const reason = "no recording has it";
    return fail("L0763", { ref, reason, known: known(), nearest: nearest(ref, known()) });
  };
  const groupOf = (refs: readonly string[]) => {
    if (refs.length === 1) return meant(refs[0]!);
    return refs.map((ref) => {
      const [found, ...others] = meant(ref);
      if (others.length > 0 && apart.has(found!.port))
        fail("L0763", { ref, reason: "several recordings have it", known: known() });
      return found!;
    });
  };
  const chosen = wanted?.map(groupOf) ?? usualGroups(every);
  const lonely = chosen.findIndex((group) => group.length < 2);
  if (lonely >= 0 || chosen.length === 0)
    fail("L0764", { refs: wanted?.[lonely] ?? [], outputs: every.filter(isOutput).map(({ port }) => port) });
  for (const group of chosen) {
    const names = group.map(({ port }) => port);
    if (new Set(names).size < names.length || group.some(({ labelled }) => labelled))
      for (const { port } of group) if (holders(port).length > 1) apart.add(port);
  }

  const nameOf = (one: { source: number; port: string }) => (apart.has(one.port) ? full(one) : one.port);
  const groups = chosen.map((group) => group.map((one) => nameOf(one) + one.field));
  const kept = only && new Set([...only.flatMap(meant), ...chosen.flat()].map(nameOf));
  const ports = new Map<string, PlannedPort>();
  for (const one of [...every.filter((port) => !isOutput(port)), ...every.filter(isOutput)]) {
    const { source, port: original, role, schema } = one;
    const port = nameOf(one);
    if (ports.has(port) || kept?.has(port) === false) continue;
    ports.set(port, { port, role, schema, source, original });
  }
  return { ports: [...ports.values()], groups };
}

type Candidate = ScannedSource["channels"][number] & { readonly source: number };
type Compared = Candidate & { readonly field: string; readonly labelled: boolean };

const isOutput = ({ role }: Pick<RecordedPort, "role">): boolean => role !== "input";

/** Outputs of one name in several recordings; if there are none, all outputs. */
function usualGroups(every: readonly Candidate[]): Compared[][] {
  const outputs = every.filter(isOutput).map((one) => ({ ...one, field: "", labelled: false }));
  const byName = new Map<string, Compared[]>();
  for (const one of outputs) byName.set(one.port, [...(byName.get(one.port) ?? []), one]);
  const shared = [...byName.values()].filter((group) => group.length > 1);
  if (shared.length > 0) return shared;
  const alike = outputs.every(({ schema }) => reasonApart(outputs[0]!.schema, schema) === undefined);
  return alike && outputs.length > 1 ? [outputs] : [];
}

/** What a name may mean: a port, which may be recorded as a field of one, or a field of a recorded port. */
function readingsOf(ref: string): { readonly name: string; readonly field: string }[] {
  const colon = ref.indexOf(":");
  const whole = { name: ref, field: "" };
  return colon < 0 ? [whole] : [whole, { name: ref.slice(0, colon), field: ref.slice(colon) }];
}
