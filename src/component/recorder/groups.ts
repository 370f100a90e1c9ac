/** `consensus: {ports: [[a.x, b.x]], tolerance: 0.01}`: which ports are compared, and how. */
import Type, { type Static } from "typebox";
import { selectField } from "../../message/field.js";
import { describeType, sameType, unitDifferences } from "../../message/same.js";
import type { Message, MessageSchema } from "../../message/type.js";
import { nearest } from "../../problem/nearest.js";
import { pathTo } from "../../problem/path.js";
import { type Problem, problem } from "../../problem/problem.js";
import { type Agrees, compileComparator, hasPart } from "./comparator/comparator.js";
import { compileMedian, type Median } from "./comparator/median.js";
import { readTolerance, stepsOf, toleranceOption, type WrittenTolerance } from "./comparator/tolerance.js";
import type { Setting } from "./read.js";
import { type RecordedRow, type Spot, spotOf, valueAt } from "./row.js";

/** No more ports than this are compared with each other. */
export const MAX_GROUP = 64;

const closed = { additionalProperties: false } as const;
const names = Type.Array(Type.String(), { minItems: 2, maxItems: MAX_GROUP });

/** The option, as the rule `record` and the param of a recorder's node spell it. */
export const consensusOption = Type.Object(
  {
    ports: Type.Array(
      Type.Union([names, Type.Object({ ports: names, tolerance: Type.Optional(toleranceOption) }, closed)]),
      { minItems: 1, description: "groups of ports, or of fields of ports, that are to say the same: `[[a.x, b.x]]`" },
    ),
    keep: Type.Optional(
      Type.Enum(["mismatches", "matches", "all"], {
        description: "rows in which a group disagrees (default), those in which all groups agree, or both",
      }),
    ),
    tolerance: Type.Optional(toleranceOption),
    against: Type.Optional(
      Type.Enum(["each", "median"], {
        description: "every two ports of a group have to agree (default), or each with the median of its group",
      }),
    ),
  },
  { ...closed, description: "keep rows by whether comparable ports agree in them" },
);

export type ConsensusOptions = Static<typeof consensusOption>;

/** Ports that are compared with each other. */
export interface Group {
  readonly spots: readonly Spot[];
  /** As the options name them. */
  readonly names: readonly string[];
  readonly agrees: Agrees;
  readonly median: Median;
}

interface WrittenGroup {
  readonly ports: readonly string[];
  /** Of this group alone. */
  readonly own: WrittenTolerance | undefined;
  /** Where its ports, and its tolerance, are in the options. */
  readonly path: string;
  readonly tolerancePath: string;
}

const groupsIn = ({ ports }: ConsensusOptions): WrittenGroup[] =>
  ports.map((group, i) => {
    const { ports: refs, tolerance } = "ports" in group ? group : { ports: group, tolerance: undefined };
    const path = "ports" in group ? `/ports/${i}/ports` : `/ports/${i}`;
    return { ports: refs, own: tolerance, path, tolerancePath: `/ports/${i}/tolerance` };
  });

/**
 * The ports that are compared, each once, and where the options name it first.
 *
 * @example
 * comparedPorts({ ports: [["a.x", "b.x"], { ports: ["a.x", "c.x"] }] }).at(-1) // { ref: "c.x", path: "/ports/1/ports/1" }
 */
export function comparedPorts(options: ConsensusOptions): { readonly ref: string; readonly path: string }[] {
  const found = new Map<string, { ref: string; path: string }>();
  for (const { ports, path } of groupsIn(options))
    for (const [i, ref] of ports.entries()) if (!found.has(ref)) found.set(ref, { ref, path: `${path}/${i}` });
  return [...found.values()];
}

/**
 * The same with other names for the ports.
 *
 * @example
 * renamePorts({ ports: [["a", "b.y"]] }, (ref) => `${ref}!`).ports // [["a!", "b.y!"]]
 */
export const renamePorts = (options: ConsensusOptions, name: (ref: string) => string): ConsensusOptions => ({
  ...options,
  ports: options.ports.map((group) =>
    "ports" in group ? { ...group, ports: group.ports.map(name) } : group.map(name),
  ),
});

/** The groups, compiled for the types that their ports have. They fit: see `checkGroups`. */
export function compileGroups(options: ConsensusOptions, types: { readonly [port: string]: MessageSchema }): Group[] {
  return groupsIn(options).map(({ ports, own }) => {
    const spots = ports.map((ref) => spotOf(Object.keys(types), ref)!);
    const compared = spots.map(({ port, field }) => selectField(types[port]!, field)!);
    return {
      spots,
      names: ports,
      agrees: compileComparator(compared, readTolerance(own ?? options.tolerance)),
      median: compileMedian(compared),
    };
  });
}

/** What a group's ports hold in a row. */
export const valuesOf = ({ spots }: Group, row: RecordedRow): (Message | undefined)[] =>
  spots.map((spot) => valueAt(row, spot));

/** Ports that are not recorded or not comparable, and tolerances for what they do not have (L0731, L0761, L0762). */
export function checkGroups(options: ConsensusOptions, { ports }: Setting, at: string): readonly Problem[] {
  const problems: Problem[] = [];
  const known = ports.map(({ port }) => port);
  const typeOf = (ref: string, path: string): MessageSchema | undefined => {
    const spot = spotOf(known, ref);
    const whole = spot && ports.find(({ port }) => port === spot.port)!.type;
    const type = whole && selectField(whole, spot.field);
    if (spot === undefined || (whole !== undefined && type === undefined)) {
      const reason =
        spot === undefined
          ? `\`${ref}\` is not recorded`
          : `\`${spot.port}\` (${describeType(whole!)}) has no \`${ref.split(":")[1]}\``;
      problems.push(
        problem("L0731", { option: "consensus", ref, reason, known, nearest: nearest(ref, known) }, { path }),
      );
    }
    return type;
  };
  const groups = groupsIn(options).map((group) => {
    const types = group.ports.map((ref, i) => typeOf(ref, `${at}${group.path}/${i}`));
    const [first] = types;
    for (const [i, type] of types.entries()) {
      const reason = first && type && reasonApart(first, type);
      if (reason === undefined) continue;
      const [a, b] = [group.ports[0]!, group.ports[i]!];
      problems.push(problem("L0761", { a, b, reason }, { path: `${at}${group.path}/${i}` }));
    }
    return { ...group, type: first };
  });
  const checkTolerance = (tolerance: WrittenTolerance | undefined, among: typeof groups, path: string) => {
    for (const field of Object.keys((typeof tolerance === "object" && tolerance.fields) || {})) {
      if (among.some(({ type }) => type === undefined || hasPart(type, stepsOf(field)))) continue;
      const types = [...new Set(among.map(({ type }) => describeType(type!)))];
      problems.push(problem("L0762", { field, types }, { path: pathTo(`${path}/fields`, field) }));
    }
  };
  for (const group of groups) checkTolerance(group.own, [group], at + group.tolerancePath);
  const others = groups.filter(({ own }) => own === undefined);
  if (others.length > 0) checkTolerance(options.tolerance, others, `${at}/tolerance`);
  return problems;
}

/** Why values of two types cannot be compared; undefined where they can. */
export function reasonApart(a: MessageSchema, b: MessageSchema): string | undefined {
  const structure = sameType(a, b);
  if (structure !== undefined) return `${structure.path === "" ? "" : `${structure.path}: `}${structure.reason}`;
  const [unit] = unitDifferences(a, b);
  return unit && `${unit.path === "" ? "" : `${unit.path}: `}${unit.left} and ${unit.right}`;
}
