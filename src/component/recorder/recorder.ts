/** The class that users extend to decide themselves what a recorder keeps. */
import type { TObject } from "typebox";
import type { Message, MessageSchema } from "../../message/type.js";
import { fail, type Problem } from "../../problem/problem.js";
import type { Params } from "../component.js";
import type { Setting } from "./read.js";
import { type RecordedRow, type Spot, spotOf, valueAt } from "./row.js";

/** What a recorder's methods may know beside the row. */
export interface RowContext<P = Params> {
  /** The row that was kept last; none before the first. */
  readonly previous: RecordedRow | undefined;
  /** The complete row right before this one, kept or not. */
  readonly before: RecordedRow | undefined;
  /** The row's tag, in ns from the run's origin. */
  readonly time_ns: number;
  /** The recorder's own params, defaults filled in. */
  readonly params: P;
  /** Message types of the recorded ports; the same object for every row. */
  readonly types: { readonly [port: string]: MessageSchema };
}

/**
 * A recorder of rows. Extend it, override what you need, and name the file in the rule `record` (`component:`), or as
 * the component of a node. Options hold beside what is overridden: a row is kept when both agree.
 *
 * Rows are complete, and must not be changed. Fields of the class are its state: they go into a run's snapshot and come
 * back from it, and so must be data.
 *
 * @example
 * class Contact extends Recorder {
 *   override keeps(row: RecordedRow) {
 *     return Number(this.value(row, "contact.force")) > 20;
 *   }
 * }
 * const row = { tag_ns: 0, microstep: 0, entries: [{ port: "contact.force", stamp_ns: 0, message: 21 }] };
 * new Contact().keeps(row) // true
 */
export class Recorder {
  /** One or two sentences: what it keeps. */
  static readonly doc: string = "Keeps rows of its ports.";
  /** Params of its own, beside those that every recorder has. */
  static readonly params: TObject | undefined = undefined;
  /** What its own params have wrong for these ports, asked before a run; `at` is the path of the params. */
  static check(_params: Params, _setting: Setting, _at: string): readonly Problem[] {
    return [];
  }

  /** Whether a complete row that passed the filters of the options is kept. */
  keeps(_row: RecordedRow, _ctx: RowContext<never>): boolean {
    return true;
  }

  /** Whether a complete row begins, or prolongs, the window of a trigger. Asked of every complete row. */
  triggers(_row: RecordedRow, _ctx: RowContext<never>): boolean {
    return false;
  }

  /** Whether a complete row is the last one of its episode. Asked of every complete row. */
  endsEpisode(_row: RecordedRow, _ctx: RowContext<never>): boolean {
    return false;
  }

  /**
   * How much a row differs from the one that was kept last: with the option `on_change` it is kept when this is more
   * than the tolerance. Asked from the second row on. Here: the largest difference of two numbers at the same place;
   * infinite where anything else differs.
   */
  change(row: RecordedRow, { previous }: RowContext<never>): number {
    return previous === undefined || this.#difference === undefined
      ? Number.POSITIVE_INFINITY
      : this.#difference(row, previous);
  }

  /** What it counted, by name, for the recording's summary; asked once, at the end. */
  tally(): { readonly [what: string]: number } {
    return {};
  }

  /** What a row holds at a port, or in a field of it (`joints:velocity[0]`). @throws LimbeckError L0733 where there is none */
  value(row: RecordedRow, ref: string): Message {
    const spot = this.#spots.get(ref) ?? this.#find(row, ref);
    const value = spot && valueAt(row, spot);
    return value ?? fail("L0733", { ref, ports: row.entries.map(({ port }) => port) });
  }

  /** The state as data: the fields of the class, unless a class has more to say. */
  snapshot(): unknown {
    return { ...this };
  }

  restore(state: unknown): void {
    Object.assign(this, state);
  }

  readonly #spots = new Map<string, Spot>();
  #difference: RowDifference | undefined;

  #find({ entries }: RecordedRow, ref: string): Spot | undefined {
    const ports = entries.map(({ port }) => port);
    const spot = spotOf(ports, ref);
    if (spot !== undefined) this.#spots.set(ref, spot);
    return spot;
  }

  /** Types of messages are known once a recorder stands in a graph: how it compares two rows from then on. */
  static compare(recorder: Recorder, difference: RowDifference): void {
    recorder.#difference = difference;
  }
}

type RowDifference = (a: RecordedRow, b: RecordedRow) => number;

/** A class that makes recorders. */
export type RecorderClass = (new () => Recorder) & Pick<typeof Recorder, "doc" | "params" | "check" | "prototype">;

/** Whether what a file exports is one. */
export const isRecorderClass = (value: unknown): value is RecorderClass =>
  value === Recorder || (typeof value === "function" && value.prototype instanceof Recorder);
