/** A recorder of what comparable ports agree, or do not agree, on. */
import Type from "typebox";
import type { Message, MessageSchema } from "../../message/type.js";
import type { Problem } from "../../problem/problem.js";
import type { Params } from "../component.js";
import { type ConsensusOptions, checkGroups, compileGroups, consensusOption, type Group, valuesOf } from "./groups.js";
import type { Setting } from "./read.js";
import { Recorder, type RowContext } from "./recorder.js";
import type { RecordedRow } from "./row.js";

/** Name in the catalogue of the component that the rule `record` inserts for the option `consensus`. */
export const CONSENSUS_RECORDER = "record/consensus";

export interface ConsensusParams {
  readonly consensus: ConsensusOptions;
  /** Any: a disagreement fires it. */
  readonly trigger?: unknown;
}

/** What `agree` may know beside the two messages. */
export interface AgreeContext<P = Params> extends RowContext<P> {
  readonly row: RecordedRow;
  /** What the messages are of, as the options name it; the second one is `median` where messages are held against that. */
  readonly names: readonly [string, string];
  /** Whether two messages of this group agree within the declared tolerance. */
  readonly close: (a: Message, b: Message) => boolean;
}

/**
 * Keeps rows in which comparable ports disagree (or those in which they agree, or all).
 *
 * In the rule `record` it is the option `consensus`. Extend it to say yourself what agreement is. Where it also has a
 * `trigger`, a row that is to be kept fires it, and rows around are kept as well.
 *
 * @example
 * class Brakes extends ConsensusRecorder {
 *   override agree(a: number, b: number, { close }: AgreeContext) {
 *     return (a > 0 && b > 0) || close(a, b);
 *   }
 * }
 * const row = { tag_ns: 0, microstep: 0, entries: ["a.x", "b.x"].map((port, i) => ({ port, stamp_ns: 0, message: i + 1 })) };
 * const number = { type: "number" } as const;
 * const params = { consensus: { ports: [["a.x", "b.x"]] } };
 * const ctx = { previous: undefined, before: undefined, time_ns: 0, types: { "a.x": number, "b.x": number }, params };
 * [new ConsensusRecorder().keeps(row, ctx), new Brakes().keeps(row, ctx)] // [true, false]
 */
export class ConsensusRecorder extends Recorder {
  static override readonly doc: string = "Keeps rows by whether comparable ports agree in them.";
  static override readonly params = Type.Object({ consensus: consensusOption });
  static override check(params: Params, setting: Setting, at: string): readonly Problem[] {
    return checkGroups((params as unknown as ConsensusParams).consensus, setting, `${at}/consensus`);
  }

  /** Whether two messages agree. Absent ones (a field that is optional) never come here: both absent agree. */
  agree(a: Message, b: Message, { close }: AgreeContext<never>): boolean {
    return close(a, b);
  }

  override keeps(row: RecordedRow, ctx: RowContext<ConsensusParams>): boolean {
    return ctx.params.trigger !== undefined || this.#wants(row, ctx);
  }

  override triggers(row: RecordedRow, ctx: RowContext<ConsensusParams>): boolean {
    return this.#wants(row, ctx);
  }

  /** `compared`: rows that it decided about. */
  override tally(): { readonly [what: string]: number } {
    return { compared: this.#compared };
  }

  #compared = 0;
  #last: { readonly row: RecordedRow; readonly wanted: boolean } | undefined;
  #compiled: { readonly types: object; readonly groups: readonly Group[] } | undefined;

  /** Asked as a filter and as a trigger: answered once a row. */
  #wants(row: RecordedRow, ctx: RowContext<ConsensusParams>): boolean {
    if (this.#last?.row !== row) this.#last = { row, wanted: this.#decide(row, ctx) };
    return this.#last.wanted;
  }

  #decide(row: RecordedRow, ctx: RowContext<ConsensusParams>): boolean {
    const { keep = "mismatches", against = "each" } = ctx.params.consensus;
    this.#compared++;
    if (keep === "all") return true;
    const agreed = this.#groups(ctx).every((group) =>
      against === "each" ? this.#eachOther(group, row, ctx) : this.#median(group, row, ctx),
    );
    return agreed === (keep === "matches");
  }

  #eachOther(group: Group, row: RecordedRow, ctx: RowContext<ConsensusParams>): boolean {
    const values = valuesOf(group, row);
    return values.every((a, i) =>
      values.every((b, j) => j <= i || this.#pair(group, a, b, [group.names[i]!, group.names[j]!], row, ctx)),
    );
  }

  #median(group: Group, row: RecordedRow, ctx: RowContext<ConsensusParams>): boolean {
    const values = valuesOf(group, row);
    const median = group.median(values);
    return values.every((value, i) => this.#pair(group, value, median, [group.names[i]!, "median"], row, ctx));
  }

  #pair(
    group: Group,
    a: Message | undefined,
    b: Message | undefined,
    names: readonly [string, string],
    row: RecordedRow,
    ctx: RowContext<ConsensusParams>,
  ): boolean {
    if (a === undefined || b === undefined) return a === b;
    const { previous, before, time_ns, params, types } = ctx;
    const about = { previous, before, time_ns, params, types, row, names, close: group.agrees };
    return this.agree(a, b, about as unknown as AgreeContext<never>);
  }

  #groups({ params, types }: RowContext<ConsensusParams>): readonly Group[] {
    if (this.#compiled?.types !== types)
      this.#compiled = { types, groups: compileGroups(params.consensus, types as { [port: string]: MessageSchema }) };
    return this.#compiled.groups;
  }
}
