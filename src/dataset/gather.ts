/**
 * Joined rows → the dataset's columns: non-finite rows dropped, inputs transformed, lineage written down.
 *
 * History is that of the rows (or, where rows are joined by stamp, of the port's messages) of one episode; what was
 * left out ends it.
 */
import { setImmediate } from "node:timers/promises";
import { compileFlatten, type Column as Named } from "../message/flatten.js";
import { createMemory, type Memory } from "../message/transforms/memory.js";
import { compileTransforms, type Transforms } from "../message/transforms/transforms.js";
import type { MessageSchema } from "../message/type.js";
import { fail } from "../problem/problem.js";
import { count, stampOrder } from "../record/asof.js";
import { type Episode, LINEAGE, type LineageKey, SOURCE, type SourceKey } from "./manifest.js";
import type { CollectOptions } from "./options.js";
import type { Ports } from "./ports.js";
import { ranked } from "./ranks.js";
import type { Column, Dtype, Floats, Matrix, Scratch } from "./scratch.js";
import type { Reach } from "./split.js";
import type { Table } from "./table.js";

export type Lineage = Record<LineageKey, Column>;
export type Sources = ReadonlyMap<string, Record<SourceKey, Column>>;

/** What is built for one port. */
export interface PortPart {
  readonly schema: MessageSchema;
  readonly matrix: Matrix;
  readonly columns: readonly Named[];
}

export interface Gathered {
  readonly parts: ReadonlyMap<string, PortPart>;
  readonly lineage: Lineage;
  /** Each port's own message of a row. */
  readonly sources: Sources;
  readonly episodes: readonly Episode[];
  /** How far back each row reaches. */
  readonly reaches: readonly Reach[];
  readonly transforms?: Transforms;
}

interface Settings {
  readonly ports: Ports;
  readonly schemas: ReadonlyMap<string, MessageSchema>;
  readonly dtype: Dtype;
  readonly scratch: Scratch;
  readonly incomplete: Map<string, number>;
  /** Rows with a number that is not finite. */
  readonly nonFinite: NonNullable<CollectOptions["nonFinite"]>;
  readonly transforms: Transforms | undefined;
  readonly signal: AbortSignal | undefined;
}

/** A port on its way into the dataset. */
interface Port extends PortPart {
  readonly port: string;
  /** Of a port with transforms. */
  readonly memory?: Memory;
  readonly reach?: { readonly newest: Column; readonly oldest: Column };
}

/** What grows while recordings are gathered. */
export function gathering(settings: Settings) {
  const { ports, schemas, dtype, transforms, scratch } = settings;
  const own = [...ports.inputs, ...ports.outputs].map((port): Port => {
    const schema = schemas.get(port)!;
    const { columns } = compileFlatten(schema, { nonFinite: "pass" });
    const plain = { port, schema, matrix: scratch.matrix(dtype, columns.length), columns };
    if (!transforms?.steps.some((step) => step.port === port)) return plain;
    const taps = compileTransforms(port, transforms.steps, columns);
    return {
      ...plain,
      columns: taps.columns,
      matrix: scratch.matrix(dtype, taps.columns.length),
      memory: createMemory(taps, { ...transforms, dtype }),
      ...(taps.depth === 0 ? {} : { reach: { newest: scratch.column(), oldest: scratch.column() } }),
    };
  });
  const empty = <K extends string>(keys: readonly K[]) =>
    Object.fromEntries(keys.map((key) => [key, scratch.column()])) as Record<K, Column>;
  const lineage: Lineage = empty(LINEAGE);
  const sources = new Map(own.map(({ port }) => [port, empty(SOURCE)]));
  const episodes: { recording: number; episode: number; rows: [number, number] }[] = [];
  return {
    ...settings,
    own,
    lineage,
    sources,
    episodes,
    /** Counts what histories are made of, through all recordings. */
    counter: 0,
    get rows() {
      return lineage.episode.length;
    },
    async end(): Promise<Gathered> {
      const step_ns = transforms?.over === "rows" ? await stepOf(lineage) : undefined;
      return {
        parts: new Map(own.map(({ port, ...part }) => [port, part])),
        lineage,
        sources,
        episodes,
        reaches: own.flatMap(({ reach }) => reach ?? []),
        ...(transforms === undefined ? {} : { transforms: { ...transforms, ...(step_ns && { step_ns }) } }),
      };
    },
  };
}

type Gathering = ReturnType<typeof gathering>;

interface Part {
  /** Index of the recording. */
  readonly recording: number;
  readonly file: string;
  readonly tables: readonly Table[];
  /** Where those and what is made of them lie. */
  readonly scratch: Scratch;
  /** The table that a row has its tag and stamp from. */
  readonly anchor: number;
  /** The message of each table, row by row, or why there is no row. */
  readonly rows: Iterable<readonly number[] | string>;
  /** It is the next part of the recording before it: an episode may go on in it. */
  readonly continues: boolean;
}

/** Rows between two looks at the outside. */
const TURN_ROWS = 4096;

/** Copies the joined rows of one recording into the dataset's columns. */
export async function gather(into: Gathering, part: Part): Promise<void> {
  const { own, incomplete } = into;
  const { tables, recording } = part;
  const anchor = tables[part.anchor]!;
  const byMessage = into.transforms?.over === "messages";
  const made = own.map((port, i) =>
    byMessage && port.memory ? transformMessages(into, part, port, tables[i]!) : undefined,
  );
  const scratch = own.map(({ matrix }) => new Float64Array(matrix.width));
  const clear = () => {
    for (const { memory } of own) memory?.clear();
  };
  let before = part.continues ? into.episodes.at(-1)?.episode : undefined;
  let turns = 0;
  for (const picks of part.rows) {
    if (++turns % TURN_ROWS === 0) {
      await setImmediate();
      into.signal?.throwIfAborted();
    }
    if (typeof picks === "string") {
      count(incomplete, picks);
      continue;
    }
    const at = picks[part.anchor]!;
    const [episode, tag_ns] = [anchor.episode.at(at), anchor.tag_ns.at(at)];
    if (!byMessage && before !== episode) clear();
    before = episode;
    const bad =
      into.nonFinite === "keep" ? -1 : tables.findIndex((table, i) => nonFinite(table.matrix.row(picks[i]!)) >= 0);
    if (bad >= 0) {
      refuseOrDrop(into, part, bad, picks[bad]!);
      if (!byMessage) clear();
      continue;
    }
    into.counter++;
    let short: string | undefined;
    for (const [i, { port, memory }] of own.entries()) {
      if (memory === undefined) continue;
      const message = picks[i]!;
      const enough = byMessage
        ? made[i]!.newest.at(message) >= 0
        : memory.push(tables[i]!.matrix.row(message), tag_ns, scratch[i]!);
      if (!enough) short ??= port;
      else if (byMessage) scratch[i]!.set(made[i]!.matrix.row(message));
    }
    if (short !== undefined) {
      count(incomplete, `not enough history of ${short}`);
      continue;
    }
    for (const [i, { port, memory, matrix, reach, columns }] of own.entries()) {
      const message = picks[i]!;
      const from = memory === undefined ? tables[i]!.matrix.row(message) : scratch[i]!;
      const to = matrix.add();
      for (let c = 0; c < to.length; c++) to[c] = from[c]!;
      const overflow = into.nonFinite === "keep" ? -1 : nonFinite(to);
      if (overflow >= 0)
        fail("L0710", {
          recording: part.file,
          port,
          column: columns[overflow]!.name,
          tag_ns,
          value: to[overflow]!,
        });
      reach?.newest.push(byMessage ? made[i]!.newest.at(message) : into.counter);
      reach?.oldest.push(byMessage ? made[i]!.oldest.at(message) : into.counter - memory!.reach);
      for (const key of SOURCE) into.sources.get(port)![key].push(tables[i]![key].at(message));
    }
    const rows = into.lineage.episode.length;
    const last = into.episodes.at(-1);
    const same = last?.recording === recording || (part.continues && last?.recording === recording - 1);
    if (last === undefined || !same || last.episode !== episode)
      into.episodes.push({ recording, episode, rows: [rows, rows + 1] });
    else last.rows[1]++;
    into.lineage.recording.push(recording);
    into.lineage.episode.push(into.episodes.length - 1);
    for (const key of SOURCE) into.lineage[key].push(anchor[key].at(at));
  }
}

/** Transformed rows of every message of a port; `newest` is −1 where there is not enough history. */
function transformMessages(into: Gathering, { scratch }: Part, { memory, matrix: { width } }: Port, table: Table) {
  const rows = table.stamp_ns.length;
  const matrix = scratch.matrix(into.dtype, width);
  const [newest, oldest] = [scratch.column(), scratch.column()];
  for (let i = 0; i < rows; i++) {
    matrix.add();
    newest.push(-1);
    oldest.push(-1);
  }
  const out = into.dtype === "float32" ? new Float32Array(width) : new Float64Array(width);
  let episode: number | undefined;
  const order = stampOrder(table);
  for (let k = 0; k < rows; k++) {
    const message = order.at(k)!;
    const [own, stamp_ns] = [table.episode.at(message), table.stamp_ns.at(message)];
    const row = table.matrix.row(message);
    const bad = nonFinite(row) >= 0;
    if (own !== episode || bad) memory!.clear();
    episode = own;
    const index = ++into.counter;
    if (bad || !memory!.push(row, stamp_ns, out)) continue;
    matrix.put(message).set(out);
    newest.set(message, index);
    oldest.set(message, index - memory!.reach);
  }
  return { matrix, newest, oldest };
}

/** Share of the rows that come at one step, from which on it is the step of all. */
const STEADY = 0.95;
/** Clocks round their ticks to whole nanoseconds. */
const ROUNDING_NS = 2;

/** Time from row to row within an episode, where it is one and the same. */
async function stepOf({ episode, tag_ns }: Lineage): Promise<number | undefined> {
  let all = 0;
  const visit = (take: (step: number) => void): void => {
    for (let i = 1; i < tag_ns.length; i++) {
      const step = episode.at(i) === episode.at(i - 1) ? tag_ns.at(i) - tag_ns.at(i - 1) : 0;
      if (step > 0) take(step);
    }
  };
  visit(() => all++);
  if (all === 0) return undefined;
  const one = new Float64Array(1);
  const each = async (take: (rows: Floats) => void) =>
    visit((step) => {
      one[0] = step;
      take(one);
    });
  const median = (await ranked("float64", 1, each, [all >> 1]))[0]![0]!;
  let [steady, sum] = [0, 0];
  visit((step) => {
    if (Math.abs(step - median) > ROUNDING_NS) return;
    steady++;
    sum += step;
  });
  return steady < STEADY * all ? undefined : sum / steady;
}

/** The first column that is not finite, or −1. */
function nonFinite(row: Floats): number {
  for (let c = 0; c < row.length; c++) if (!Number.isFinite(row[c]!)) return c;
  return -1;
}

function refuseOrDrop(
  { nonFinite: policy, incomplete }: Gathering,
  { file, tables }: Part,
  bad: number,
  message: number,
): void {
  const { port, matrix, flattening, tag_ns } = tables[bad]!;
  if (policy === "drop") {
    count(incomplete, `${port} not finite`);
    return;
  }
  const row = matrix.row(message);
  const c = nonFinite(row);
  fail("L0710", {
    recording: file,
    port,
    column: flattening.columns[c]!.name,
    tag_ns: tag_ns.at(message),
    value: row[c]!,
  });
}
