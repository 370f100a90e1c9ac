/** The messages of several recordings in one sequence: each stream in its order, recordings by their tags. */
import { setImmediate } from "node:timers/promises";
import type { Progress } from "../distill/workbench.js";
import { isTypedArray } from "../message/tensor.js";
import type { Message } from "../message/type.js";
import { fail } from "../problem/problem.js";
import { attempt, type Binding, leaveOut } from "../record/foreign/binding.js";
import type { ForeignRecording } from "../record/foreign/foreign.js";
import { createOrder, type Disorder, MAX_HELD, MAX_HELD_BYTES, type Order } from "../record/foreign/order.js";
import { secondsText } from "../record/foreign/time.js";

/** A recording, and the streams that it feeds. */
export interface Source {
  readonly recording: ForeignRecording;
  readonly bindings: readonly Binding[];
}

/** What is made of the value of one message. @throws Unfit */
export type Work<T> = (binding: Binding, value: unknown) => T;

export interface Merged<T> {
  readonly binding: Binding;
  /** Absent: the run's origin. */
  readonly tag_ns?: bigint;
  readonly stamp_ns?: bigint;
  readonly at: string;
  readonly content: T;
}

export interface MergeOptions {
  readonly phase: string;
  /** Whether each stream's order is seen to. */
  readonly ordered: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/**
 * Reads all sources once, from their start. What was counted of them before is forgotten.
 *
 * @throws LimbeckError L0740, L0745 to L0747
 */
export async function* merged<T>(
  sources: readonly Source[],
  work: Work<T>,
  options: MergeOptions,
): AsyncGenerator<Merged<T>> {
  const shares = sources.map(() => 0);
  let count = 0;
  const report = (i: number, share: number) => {
    shares[i] = share;
    const done = shares.reduce((sum, part) => sum + part, 0) / sources.length;
    const phase = `${options.phase} ${sources.length === 1 ? sources[0]!.recording.file : `${sources.length} recordings`}`;
    options.onProgress({ phase, done, total: 1, detail: `${count.toLocaleString("en")} messages` });
  };
  const heads = sources.map((source, i) => itemsOf(source, work, options, (share) => report(i, share)));
  try {
    const waiting = await Promise.all(heads.map((head) => head.next()));
    for (;;) {
      let least: Merged<T> | undefined;
      let from = 0;
      for (const [i, { value }] of waiting.entries())
        if (value !== undefined && (least === undefined || before(value, least))) [least, from] = [value, i];
      if (least === undefined || options.signal.aborted) return;
      count++;
      yield least;
      waiting[from] = await heads[from]!.next();
    }
  } finally {
    for (const head of heads) await head.return(undefined);
  }
}

/** What is at the origin comes before all else. */
const before = (a: Merged<unknown>, b: Merged<unknown>): boolean =>
  b.tag_ns !== undefined && (a.tag_ns === undefined || a.tag_ns < b.tag_ns);

async function* itemsOf<T>(
  { recording, bindings }: Source,
  work: Work<T>,
  { ordered, signal }: MergeOptions,
  onShare: (share: number) => void,
): AsyncGenerator<Merged<T>, undefined> {
  const { file } = recording;
  const fed = new Map<unknown, { readonly binding: Binding; readonly order: Order<Item<T>> }[]>();
  for (const binding of bindings) {
    const { counts } = binding;
    Object.assign(counts, { found: 0, rounded: 0, non_finite: 0 });
    for (const left of Object.values(counts.dropped)) Object.assign(left, { count: 0, first: "" });
    fed.set(binding.channel, [...(fed.get(binding.channel) ?? []), { binding, order: orderOf(binding, file) }]);
  }
  for await (const { messages, done } of recording.read(new Set(bindings.map(({ channel }) => channel)))) {
    onShare(recording.total === 0 ? 1 : done / recording.total);
    for (const message of messages) {
      const value = message.value();
      for (const { binding, order } of fed.get(message.channel) ?? []) {
        binding.counts.found++;
        const { at } = message;
        const item = attempt(binding, file, at, () => ({
          binding,
          at,
          ...binding.times(message, value),
          content: work(binding, value),
        }));
        if (item === undefined) continue;
        if (ordered && isTimed(item)) yield* order.push(item);
        else yield item;
      }
    }
    // a format that reads without waiting would not hear Ctrl-C
    await setImmediate();
    if (signal.aborted) return undefined;
  }
  for (const list of fed.values()) for (const { order } of list) yield* order.end();
  onShare(1);
  return undefined;
}

type Item<T> = Merged<T> & { readonly tag_ns: bigint; readonly stamp_ns: bigint };

/** A tag at the origin has no place among the others. */
const isTimed = <T>(item: Merged<T>): item is Item<T> => item.tag_ns !== undefined && item.stamp_ns !== undefined;

function orderOf<T>({ spec, counts }: Binding, file: string): Order<Item<T>> {
  const { stream, path } = spec;
  const refuse = (disorder: Disorder<Item<T>>): never => {
    const { kind, item } = disorder;
    const { at } = item;
    const where = { path, of: "key" as const };
    if (kind === "backwards") {
      const [time, last] = [secondsText(item[`${disorder.what}_ns`]), secondsText(disorder.last_ns)];
      return fail("L0746", { file, stream, at, what: disorder.what, time, last }, where);
    }
    if (kind === "late") {
      const ms = Number(disorder.by_ns) / 1e6;
      const help = `Declare a window longer than ${Math.ceil(ms)}ms, or \`order: drop\`.`;
      return fail(
        "L0747",
        { file, stream, at, reason: `it is ${ms} ms older than the youngest before it`, help },
        where,
      );
    }
    const help = "Declare a shorter window.";
    const reason = `the window holds more than ${MAX_HELD} messages or ${MAX_HELD_BYTES} bytes`;
    return fail("L0747", { file, stream, at, reason, help }, where);
  };
  return createOrder<Item<T>>(
    spec.order,
    refuse,
    (item) => leaveOut(counts.dropped.late, `${item.at}, stamp ${secondsText(item.stamp_ns)} s`),
    (item) => bytesOf(item.content as Message),
  );
}

/** About what a message takes in memory. */
function bytesOf(message: Message): number {
  if (isTypedArray(message)) return 64 + message.byteLength;
  if (typeof message === "string") return 32 + 2 * message.length;
  if (typeof message !== "object") return 16;
  let bytes = 64;
  for (const part of Object.values(message)) bytes += bytesOf(part as Message);
  return bytes;
}
