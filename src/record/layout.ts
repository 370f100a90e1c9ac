/**
 * How a recording lies in an MCAP file.
 *
 * - profile `limbeck`; one channel a port, its topic `/` and the port's name; protobuf by the port's message type
 * - channel metadata: `limbeck.type` (the message type as JSON), `limbeck.role`, `limbeck.time` (unit of all times)
 * - log time = tag, publish time = stamp, both from the run's origin; sequence = row, or running number of a log
 * - the tag's microstep is field 1000 of every message
 * - metadata `limbeck` (what made the file) at the start, `limbeck.summary` at the end
 * - metadata `limbeck.episode` before the first row of each episode, where the recorder knows of episodes
 */
import { canonicalJson } from "../graph/digest.js";
import type { Json, MessageSchema } from "../message/type.js";

export const PROFILE = "limbeck";
export const HEADER = "limbeck";
export const SUMMARY = "limbeck.summary";
export const EPISODE = "limbeck.episode";
export const TYPE_KEY = "limbeck.type";
export const ROLE_KEY = "limbeck.role";
export const TIME_KEY = "limbeck.time";

/** `rows`: all ports at each firing of an anchor. `messages`: every message of every port. `log`: a run's in-streams. */
export type Mode = "rows" | "messages" | "log";
const MODES: readonly string[] = ["rows", "messages", "log"] satisfies Mode[];

export type Role = "input" | "output" | "stream";
const ROLES: readonly string[] = ["input", "output", "stream"] satisfies Role[];

/** What made a recording. */
export interface RecordingHeader {
  /** The recorder's name in the graph. */
  readonly name: string;
  readonly mode: Mode;
  readonly graph: string;
  /** SHA-256 of the graph. */
  readonly digest: string;
  readonly seed: number;
  /** Rows: the node or port whose firings they are. */
  readonly anchor?: string;
  /** The run's origin in ns since 1970; 0 in simulation. */
  readonly origin_ns?: bigint;
  /** How long the run was to be, where somebody said so. */
  readonly for_ns?: number;
  /** Where the run went on from, when it did not start at 0. */
  readonly from_ns?: number;
  /** Which part of a recording in several files this one is, from 0. */
  readonly part?: number;
}

/** One recorded port. */
export interface RecordedPort {
  /** As it is referred to: `controller.torque`, `joints:velocity`. */
  readonly port: string;
  readonly role: Role;
  readonly schema: MessageSchema;
}

/** Messages that could not become rows, by cause. */
export type Causes = { readonly [cause: string]: number };

/** Messages that should be in a recording and are not: of each port, by cause. */
export type Drops = { readonly [port: string]: Causes };

/** What a recorder counted itself, by name. */
export type Counts = { readonly [what: string]: number };

/** What a recorder kept; of a part, since the part before it. */
export interface Kept {
  readonly rows: number;
  readonly incomplete: Causes;
  /** Left out where nothing was dropped. */
  readonly drops?: Drops;
  /** Left out where it counted nothing. */
  readonly counts?: Counts;
}

type Entries = { readonly [key: string]: string };

export function headerEntries(header: RecordingHeader): Entries {
  const { name, mode, graph, digest, origin_ns = 0n, anchor, seed, for_ns, from_ns, part } = header;
  return {
    name,
    mode,
    graph,
    digest,
    ...(anchor === undefined ? {} : { anchor }),
    ...(for_ns === undefined ? {} : { for_ns: String(for_ns) }),
    ...(from_ns === undefined ? {} : { from_ns: String(from_ns) }),
    ...(part === undefined ? {} : { part: String(part) }),
    seed: String(seed),
    origin_ns: String(origin_ns),
  };
}

/** The header of a file; undefined where the entries are not a header of ours. */
export function parseHeader(entries: Entries): RecordingHeader | undefined {
  const { name, mode, graph, digest, anchor } = entries;
  const seed = Number(entries.seed);
  const origin = entries.origin_ns ?? "0";
  if (name === undefined || graph === undefined || digest === undefined || !Number.isSafeInteger(seed))
    return undefined;
  if (mode === undefined || !MODES.includes(mode) || !/^\d{1,19}$/.test(origin)) return undefined;
  const number = (key: "for_ns" | "from_ns" | "part") => {
    const value = Number(entries[key] ?? Number.NaN);
    return Number.isSafeInteger(value) && value >= 0 ? { [key]: value } : {};
  };
  const given = {
    ...(anchor === undefined ? {} : { anchor }),
    ...number("for_ns"),
    ...number("from_ns"),
    ...number("part"),
  };
  return { name, mode: mode as Mode, graph, digest, seed, ...given, origin_ns: BigInt(origin) };
}

export const keptEntries = ({ rows, incomplete, drops, counts }: Kept): Entries => ({
  rows: String(rows),
  incomplete: JSON.stringify(incomplete),
  ...(drops === undefined ? {} : { drops: JSON.stringify(drops) }),
  ...(counts === undefined ? {} : { counts: JSON.stringify(counts) }),
});

export function parseKept(entries: Entries): Kept | undefined {
  const rows = Number(entries.rows);
  const incomplete = parseJson(entries.incomplete ?? "{}");
  const drops = parseJson(entries.drops ?? "{}");
  const counts = parseJson(entries.counts ?? "{}");
  if (!Number.isSafeInteger(rows) || !isCauses(incomplete) || !isDrops(drops) || !isCauses(counts)) return undefined;
  return {
    rows,
    incomplete,
    ...(Object.keys(drops).length === 0 ? {} : { drops }),
    ...(Object.keys(counts).length === 0 ? {} : { counts }),
  };
}

const isRecord = (value: Json | undefined): value is { [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isCauses = (value: Json | undefined): value is Causes =>
  isRecord(value) && Object.values(value).every((count) => typeof count === "number");
const isDrops = (value: Json | undefined): value is { [port: string]: { [cause: string]: number } } =>
  isRecord(value) && Object.values(value).every(isCauses);

/** Where an episode begins. */
export interface EpisodeMark {
  /** From 0, in the order of the file; runs on through the parts of a recording. */
  readonly index: number;
  /** Of its first row. */
  readonly sequence: number;
  readonly tag_ns: number;
}

export const episodeEntries = ({ index, sequence, tag_ns }: EpisodeMark): Entries => ({
  index: String(index),
  sequence: String(sequence),
  tag_ns: String(tag_ns),
});

/** The mark of an episode; undefined where the entries are none of ours. */
export function parseEpisode(entries: Entries): EpisodeMark | undefined {
  const [index, sequence, tag_ns] = ["index", "sequence", "tag_ns"].map((key) => Number(entries[key]));
  if (![index, sequence, tag_ns].every(Number.isSafeInteger) || index! < 0 || sequence! < 0) return undefined;
  return { index: index!, sequence: sequence!, tag_ns: tag_ns! };
}

export const topicOf = (port: string): string => `/${port}`;
export const portOf = (topic: string): string => (topic.startsWith("/") ? topic.slice(1) : topic);

export const channelEntries = (port: RecordedPort): Entries => ({
  [TYPE_KEY]: canonicalJson(port.schema),
  [ROLE_KEY]: port.role,
  [TIME_KEY]: "ns",
});

export const parseRole = (text: string | undefined): Role | undefined =>
  text !== undefined && ROLES.includes(text) ? (text as Role) : undefined;

/** The value of a JSON text, undefined where it is none. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
