/**
 * Joined rows → the dataset's columns: non-finite rows dropped, inputs transformed, lineage written down.
 *
 * History is that of the rows (or, where rows are joined by stamp, of the port's messages) of one episode; what was
 * left out ends it.
 */
import { type Column, compileFlatten } from "../message/flatten.js";
import { createMemory, type Memory } from "../message/transforms/memory.js";
import { compileTransforms, type Transforms } from "../message/transforms/transforms.js";
import type { MessageSchema } from "../message/type.js";
import { fail } from "../problem/problem.js";
import { count, type Joined, stampOrder } from "../record/asof.js";
import { type Episode, LINEAGE, type LineageKey, SOURCE, type SourceKey } from "./manifest.js";
import type { CollectOptions } from "./options.js";
import type { Ports } from "./ports.js";
import type { Reach } from "./split.js";
import { addRow, type Budget, createMatrix, type Dtype, type Floats, type Matrix, spend, type Table } from "./table.js";

export type Lineage = Record<LineageKey, number[]>;
export type Sources = ReadonlyMap<string, Record<SourceKey, number[]>>;

/** What is built for one port. */
export interface PortPart {
  readonly schema: MessageSchema;
  readonly matrix: Matrix;
  readonly columns: readonly Column[];
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
  readonly budget: Budget;
  readonly incomplete: Map<string, number>;
  /** Rows with a number that is not finite. */
  readonly nonFinite: NonNullable<CollectOptions["nonFinite"]>;
  readonly transforms: Transforms | undefined;
}

/** A port on its way into the dataset. */
interface Port extends PortPart {
  readonly port: string;
  /** Of a port with transforms. */
  readonly memory?: Memory;
  readonly reach?: { readonly newest: number[]; readonly oldest: number[] };
}

/** What grows while recordings are gathered. */
export function gathering(settings: Settings) {
  const { ports, schemas, dtype, transforms } = settings;
  const own = [...ports.inputs, ...ports.outputs].map((port): Port => {
    const schema = schemas.get(port)!;
    const { columns } = compileFlatten(schema, { nonFinite: "pass" });
    const plain = { port, schema, matrix: createMatrix(dtype, columns.length), columns };
    if (!transforms?.steps.some((step) => step.port === port)) return plain;
    const taps = compileTransforms(port, transforms.steps, columns);
    return {
      ...plain,
      columns: taps.columns,
      matrix: createMatrix(dtype, taps.columns.length),
      memory: createMemory(taps, { ...transforms, dtype }),
      ...(taps.depth === 0 ? {} : { reach: { newest: [], oldest: [] } }),
    };
  });
  const empty = <K extends string>(keys: readonly K[]) =>
    Object.fromEntries(keys.map((key) => [key, [] as number[]])) as Record<K, number[]>;
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
    end(): Gathered {
      const step_ns = transforms?.over === "rows" ? stepOf(lineage) : undefined;
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
  readonly joined: Joined;
  /** It is the next part of the recording before it: an episode may go on in it. */
  readonly continues: boolean;
}

/** Copies the joined rows of one recording into the dataset's columns. */
export function gather(into: Gathering, part: Part): void {
  const { own, budget, incomplete } = into;
  const { tables, joined, recording } = part;
  const anchor = tables[joined.anchor]!;
  const byMessage = into.transforms?.over === "messages";
  const made = own.map((port, i) => (byMessage && port.memory ? transformMessages(into, port, tables[i]!) : undefined));
  const scratch = own.map(({ matrix }) => new Float64Array(matrix.width));
  const clear = () => {
    for (const { memory } of own) memory?.clear();
  };
  let before = part.continues ? into.episodes.at(-1)?.episode : undefined;
  for (let row = 0; row < joined.rows; row++) {
    const at = joined.picks[joined.anchor]![row]!;
    const [episode, tag_ns] = [anchor.episode[at]!, anchor.tag_ns[at]!];
    if (!byMessage && before !== episode) clear();
    before = episode;
    const bad =
      into.nonFinite === "keep"
        ? -1
        : tables.findIndex((table, i) => nonFinite(table.matrix, joined.picks[i]![row]!) >= 0);
    if (bad >= 0) {
      refuseOrDrop(into, part, bad, joined.picks[bad]![row]!);
      if (!byMessage) clear();
      continue;
    }
    into.counter++;
    let short: string | undefined;
    for (const [i, { port, memory }] of own.entries()) {
      if (memory === undefined) continue;
      const message = joined.picks[i]![row]!;
      const enough = byMessage
        ? made[i]!.newest[message]! >= 0
        : memory.push(rowOf(tables[i]!.matrix, message), tag_ns, scratch[i]!);
      if (!enough) short ??= port;
      else if (byMessage) scratch[i]!.set(rowOf(made[i]!.matrix, message));
    }
    if (short !== undefined) {
      count(incomplete, `not enough history of ${short}`);
      continue;
    }
    for (const [i, { port, memory, matrix, reach, columns }] of own.entries()) {
      const message = joined.picks[i]![row]!;
      const from = memory === undefined ? rowOf(tables[i]!.matrix, message) : scratch[i]!;
      const to = addRow(matrix, budget);
      for (let c = 0; c < matrix.width; c++) matrix.data[to + c] = from[c]!;
      const overflow = into.nonFinite === "keep" ? -1 : nonFinite(matrix, matrix.rows - 1);
      if (overflow >= 0)
        fail("L0710", {
          recording: part.file,
          port,
          column: columns[overflow]!.name,
          tag_ns,
          value: matrix.data[to + overflow]!,
        });
      reach?.newest.push(byMessage ? made[i]!.newest[message]! : into.counter);
      reach?.oldest.push(byMessage ? made[i]!.oldest[message]! : into.counter - memory!.reach);
      for (const key of SOURCE) into.sources.get(port)![key].push(tables[i]![key][message]!);
    }
    const rows = into.lineage.episode.length;
    const last = into.episodes.at(-1);
    const same = last?.recording === recording || (part.continues && last?.recording === recording - 1);
    if (last === undefined || !same || last.episode !== episode)
      into.episodes.push({ recording, episode, rows: [rows, rows + 1] });
    else last.rows[1]++;
    into.lineage.recording.push(recording);
    into.lineage.episode.push(into.episodes.length - 1);
    for (const key of SOURCE) into.lineage[key].push(anchor[key][at]!);
  }
}

/** Transformed rows of every message of a port; `newest` is −1 where there is not enough history. */
function transformMessages(into: Gathering, { memory, matrix: { width } }: Port, table: Table) {
  const { dtype, budget } = into;
  const rows = table.stamp_ns.length;
  spend(budget, rows * width * (dtype === "float32" ? 4 : 8));
  const matrix = createMatrix(dtype, width, rows);
  const newest = new Array<number>(rows).fill(-1);
  const oldest = newest.slice();
  let episode: number | undefined;
  for (const message of stampOrder(table)) {
    if (table.episode[message] !== episode || nonFinite(table.matrix, message) >= 0) memory!.clear();
    episode = table.episode[message];
    const index = ++into.counter;
    const row = rowOf(table.matrix, message);
    if (
      nonFinite(table.matrix, message) >= 0 ||
      !memory!.push(row, table.stamp_ns[message]!, matrix.data, message * width)
    )
      continue;
    newest[message] = index;
    oldest[message] = index - memory!.reach;
  }
  return { matrix, newest, oldest };
}

const rowOf = ({ data, width }: Matrix, row: number): Floats => data.subarray(row * width, (row + 1) * width);

/** Share of the rows that come at one step, from which on it is the step of all. */
const STEADY = 0.95;
/** Clocks round their ticks to whole nanoseconds. */
const ROUNDING_NS = 2;

/** Time from row to row within an episode, where it is one and the same. */
function stepOf({ episode, tag_ns }: Lineage): number | undefined {
  const steps = Float64Array.from(tag_ns, (tag, i) => (episode[i] === episode[i - 1] ? tag - tag_ns[i - 1]! : 0))
    .filter((step) => step > 0)
    .sort();
  const median = steps[steps.length >> 1];
  if (median === undefined) return undefined;
  const steady = steps.filter((step) => Math.abs(step - median) <= ROUNDING_NS);
  if (steady.length < STEADY * steps.length) return undefined;
  return steady.reduce((sum, step) => sum + step, 0) / steady.length;
}

/** The first column that is not finite, or −1. */
function nonFinite({ data, width }: Matrix, row: number): number {
  for (let c = 0; c < width; c++) if (!Number.isFinite(data[row * width + c]!)) return c;
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
  const c = nonFinite(matrix, message);
  const value = matrix.data[message * matrix.width + c]!;
  fail("L0710", { recording: file, port, column: flattening.columns[c]!.name, tag_ns: tag_ns[message]!, value });
}
