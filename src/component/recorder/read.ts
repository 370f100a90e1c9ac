/** Written options → policies: durations in ns, sizes in bytes, ports that are there, and every problem at its place. */
import { type Parsed, parseClock, parseDuration, parseRate, parseSpan } from "../../graph/quantity.js";
import { formatField, selectField } from "../../message/field.js";
import { kindOf } from "../../message/kind.js";
import { describeType } from "../../message/same.js";
import type { MessageSchema } from "../../message/type.js";
import { nearest } from "../../problem/nearest.js";
import { type Problem, problem } from "../../problem/problem.js";
import type { RecordingSpec } from "../component.js";
import { parseBytes } from "./bytes.js";
import { POLICIES, type PolicyOptions } from "./options.js";
import type { Extent } from "./policies/policy.js";
import type { RingLimits } from "./policies/ring.js";
import { type Clause, clausesOf, type Predicate, predicateOf, type When } from "./predicate.js";
import { type Spot, spotOf } from "./row.js";

/** What a recorder does, in numbers. */
export interface Policies {
  readonly when?: Predicate;
  readonly every?: number;
  readonly period_ns?: number;
  readonly change?: { readonly tolerance: number; readonly spots: readonly Spot[] };
  /** Without `when` it is the recorder's class that says when it fires. */
  readonly trigger?: { readonly when?: Predicate; readonly pre: Extent; readonly post: Extent };
  readonly keep?: RingLimits;
  readonly episodes?: { readonly by?: Spot; readonly duration_ns?: number };
  readonly split?: NonNullable<RecordingSpec["split"]>;
  readonly max_disk?: NonNullable<RecordingSpec["max_disk"]>;
}

export interface Setting {
  readonly rows: RecordingSpec["rows"];
  /** Recorded ports; a type that is not known yet is not checked. */
  readonly ports: readonly { readonly port: string; readonly type: MessageSchema | undefined }[];
  /** The recorder's class says itself when a trigger fires. */
  readonly triggers?: boolean;
}

/**
 * The policies that options mean.
 *
 * @param at path of the options, for problems
 * @example
 * const ports = [{ port: "joints", type: { tensor: [2] } }];
 * readPolicies({ keep: { age: "2s" } }, { rows: "firings", ports }, "/params").policies // { keep: { age_ns: 2_000_000_000 } }
 * readPolicies({ rate: "fast" }, { rows: "firings", ports }, "/params").problems[0]?.path // "/params/rate"
 */
export function readPolicies(
  options: PolicyOptions,
  setting: Setting,
  at: string,
): { readonly policies: Policies; readonly problems: readonly Problem[] } {
  const reader = createReader(setting, at);
  const { when, every, rate, on_change, trigger, keep, episodes, split, max_disk } = options;
  const policies: Policies = bare({
    when: reader.when(when, "when"),
    every,
    period_ns: rate === undefined ? undefined : reader.period(rate),
    change: on_change && reader.change(on_change === true ? {} : on_change),
    trigger: trigger && reader.trigger(trigger),
    keep: keep && {
      ...bare({
        rows: keep.rows,
        bytes: reader.bytes(keep.bytes, "keep/bytes"),
        age_ns: reader.span(keep.age, "keep/age"),
      }),
    },
    episodes:
      episodes &&
      bare({
        by: reader.spot(episodes.by, "episodes/by"),
        duration_ns: reader.span(episodes.duration, "episodes/duration"),
      }),
    split:
      split &&
      bare({ bytes: reader.bytes(split.bytes, "split/bytes"), time_ns: reader.span(split.time, "split/time") }),
    max_disk: max_disk === undefined ? undefined : reader.maxDisk(max_disk),
  });
  return { policies, problems: [...reader.problems, ...together(options, setting, at)] };
}

/** Policies of single rows; the others are about files. */
const OF_ROWS = ["when", "every", "rate", "on_change", "trigger", "keep"] as const;

/** Combinations that mean nothing. */
function together(options: PolicyOptions, { rows, triggers = false }: Setting, at: string): Problem[] {
  const found: Problem[] = [];
  const wrong = (option: string, path: string, reason: string, help: string) =>
    found.push(problem("L0730", { option, reason, help }, { path: `${at}/${path}` }));
  if (rows === "asof") {
    for (const option of OF_ROWS)
      if (options[option] !== undefined)
        wrong(
          option,
          option,
          "chooses among rows, and `rows: asof` records every message",
          "Leave it out, or record ports of nodes that fire together (`rows: firings`).",
        );
    if (options.episodes?.by !== undefined)
      wrong("episodes", "episodes/by", "looks at rows, and `rows: asof` records every message", "Use `duration`.");
  }
  if (options.trigger !== undefined && options.keep !== undefined)
    wrong(
      "keep",
      "keep",
      "and `trigger` both say how many of the rows are kept",
      "Leave one out: `trigger: {pre: …}` holds its own ring of the rows before.",
    );
  if (options.trigger !== undefined && options.trigger.when === undefined && !triggers)
    wrong("trigger", "trigger", "does not say what fires it", "Write `trigger: {when: {port: …, above: …}}`.");
  const { max_disk } = options;
  if (typeof max_disk === "object" && max_disk.when_full === "drop_oldest" && options.split === undefined)
    wrong(
      "max_disk",
      "max_disk/when_full",
      "`drop_oldest` deletes whole files, and there is only one",
      "Add `split: {bytes: …}`, so that the oldest part can go.",
    );
  if (typeof max_disk === "object" && max_disk.when_full === "drop_oldest" && options.split?.bytes !== undefined) {
    const [part, all] = [parseBytes(options.split.bytes), parseBytes(max_disk.bytes)];
    if (part !== undefined && all !== undefined && 2 * part > all)
      wrong(
        "max_disk",
        "max_disk/bytes",
        "does not have room for two parts, and the newest is never deleted",
        "Make `split.bytes` at most half of it.",
      );
  }
  return found;
}

function createReader({ ports }: Setting, at: string) {
  const problems: Problem[] = [];
  const names = ports.map(({ port }) => port);
  const wrong = (option: string, path: string, reason: string, help: string): undefined => {
    problems.push(problem("L0730", { option, reason, help }, { path: `${at}/${path}` }));
  };
  const parsed = ({ value, problem: found }: Parsed<number>): number | undefined => {
    if (found !== undefined) problems.push(found);
    return value;
  };
  const bytes = (written: unknown, path: string) => {
    if (written === undefined) return undefined;
    const value = parseBytes(written);
    if (value !== undefined) return value;
    return wrong(
      path.replace("/", "."),
      path,
      `is ${JSON.stringify(written)}, no size`,
      "Write `10MB`, `64KiB`, or a number of bytes.",
    );
  };
  const span = (written: string | undefined, path: string) =>
    written === undefined ? undefined : parsed(parseSpan(written, `${at}/${path}`));
  const spot = (ref: string | undefined, path: string): Spot | undefined => {
    if (ref === undefined) return undefined;
    const found = spotOf(names, ref);
    const place = { path: `${at}/${path}` };
    const option = path.split("/")[0]!;
    if (found === undefined) {
      const reason = `\`${ref}\` is not recorded`;
      problems.push(problem("L0731", { option, ref, reason, known: names, nearest: nearest(ref, names) }, place));
      return undefined;
    }
    const type = ports.find(({ port }) => port === found.port)!.type;
    if (type !== undefined && selectField(type, found.field) === undefined) {
      const reason = `\`${found.port}\` (${describeType(type)}) has no \`${formatField(found.field)}\``;
      problems.push(problem("L0731", { option, ref, reason, known: names }, place));
      return undefined;
    }
    return found;
  };
  const typeAt = ({ port, field }: Spot): MessageSchema | undefined => {
    const type = ports.find((candidate) => candidate.port === port)!.type;
    return type && selectField(type, field);
  };
  const clauseFits = (clause: Clause, path: string): boolean => {
    const before = problems.length;
    const { port, above, below, equals, changes } = clause;
    const found = spot(port, `${path}/port`);
    const option = path.split("/")[0]!;
    if ([above, below, equals, changes].every((said) => said === undefined))
      wrong(option, path, `says nothing of \`${port}\``, "Add `above`, `below`, `equals` or `changes`.");
    if (above !== undefined && below !== undefined && above >= below)
      wrong(option, path, `holds for no number: none is above ${above} and below ${below}`, "Exchange the two.");
    const type = found && typeAt(found);
    if (type === undefined) return problems.length === before;
    const kind = kindOf(type);
    const isNumber = kind === "number" || kind === "integer";
    for (const [key, bound] of [
      ["above", above],
      ["below", below],
    ] as const)
      if (bound !== undefined && !isNumber)
        wrong(
          option,
          `${path}/${key}`,
          `compares \`${port}\` with a number, and it is ${describeType(type)}`,
          "Name a number in it: `joints:velocity[0]`.",
        );
    if (equals !== undefined && !canEqual(type, equals))
      wrong(
        option,
        `${path}/equals`,
        `compares \`${port}\` with ${JSON.stringify(equals)}, and it is ${describeType(type)}`,
        "Name a number, a boolean or a text in it, and a value that it can have.",
      );
    return problems.length === before;
  };
  const whenOf = (written: When | undefined, path: string): Predicate | undefined => {
    if (written === undefined) return undefined;
    const fits = clausesOf(written).map(({ clause, path: inner }) => clauseFits(clause, path + inner));
    return fits.every(Boolean) ? predicateOf(written, names) : undefined;
  };
  const extent = (written: number | string | undefined, path: string): Extent => {
    if (typeof written !== "string") return { rows: written ?? 0 };
    return { time_ns: parsed(parseDuration(written, `${at}/${path}`)) ?? 0 };
  };
  return {
    problems,
    bytes,
    span,
    spot,
    when: whenOf,
    period(written: string): number | undefined {
      // a rate, and not a period: `rate: 10ms` would be read as a hundred a second by one and as a typing error by others
      return parsed(parseRate(written, `${at}/rate`)) === undefined
        ? undefined
        : parsed(parseClock(written, `${at}/rate`));
    },
    change({ tolerance = 0, ports: chosen = names }: { tolerance?: number; ports?: readonly string[] }) {
      const spots = chosen.map((ref, i) => spot(ref, `on_change/ports/${i}`));
      return { tolerance, spots: spots.filter((found) => found !== undefined) };
    },
    trigger({ when, pre, post }: NonNullable<PolicyOptions["trigger"]>) {
      const predicate = whenOf(when, "trigger/when");
      return {
        ...(predicate === undefined ? {} : { when: predicate }),
        pre: extent(pre, "trigger/pre"),
        post: extent(post, "trigger/post"),
      };
    },
    maxDisk(written: NonNullable<PolicyOptions["max_disk"]>) {
      const { bytes: limit, when_full = "stop" } = typeof written === "object" ? written : { bytes: written };
      const value = bytes(limit, typeof written === "object" ? "max_disk/bytes" : "max_disk");
      return value === undefined ? undefined : { bytes: value, when_full };
    },
  };
}

function canEqual(type: MessageSchema, value: number | boolean | string): boolean {
  const kind = kindOf(type);
  if (kind === "enum") return type.enum!.includes(value as never);
  if (kind === "number" || kind === "integer") return typeof value === "number";
  return kind === typeof value;
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
const bare = <T extends object>(values: T): Defined<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;

/** The options of policies among params or a rule's options. */
export const policyPart = (options: { readonly [name: string]: unknown }): PolicyOptions =>
  Object.fromEntries(POLICIES.filter((key) => options[key] !== undefined).map((key) => [key, options[key]]));
