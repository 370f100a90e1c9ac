/**
 * Rows of several recordings by tag: what was said at one instant and microstep belongs together.
 *
 *   A   a.x  ●     ●     ●         A and B are read side by side, and never held
 *   B   b.x  ●  ●        ●
 *            row   no a.x, no b.x  row
 *
 * An output has to speak at the tag; an input holds its last value, as a recorder in the graph would have read it.
 */
import type { Entry } from "../../component/component.js";
import type { RecordedRow } from "../../component/recorder/row.js";
import { fail } from "../../problem/problem.js";
import type { RecordedMessage } from "../reader.js";
import type { Plan, PlannedPort } from "./plan.js";
import { type FilterSource, messagesOf } from "./source.js";

/** A row of the joined recordings, or the port that one lacks. */
export type JoinedRow =
  | { readonly row: RecordedRow; readonly episode: number; readonly cause?: undefined }
  | { readonly cause: string };

/** @throws LimbeckError L0765 for a recording whose tags go back, and as `readMessages` */
export async function* joinByTag(sources: readonly FilterSource[], { ports }: Plan): AsyncGenerator<JoinedRow> {
  const heads = sources.map((source, i) =>
    headOf(
      source,
      ports.filter((port) => port.source === i),
    ),
  );
  const inputs = ports.filter(({ role }) => role === "input");
  const outputs = ports.filter(({ role }) => role !== "input");
  const held = new Map<string, Entry>();
  for (const head of heads) await head.advance();
  for (;;) {
    const now = earliest(heads.flatMap(({ moment }) => moment ?? []));
    if (now === undefined) return;
    const said = new Map<string, Entry>();
    let episode: number | undefined;
    for (const head of heads) {
      if (head.moment === undefined || compare(head.moment, now) !== 0) continue;
      for (const [port, entry] of head.moment.entries) said.set(port, entry);
      episode ??= head.moment.episode;
      await head.advance();
    }
    for (const { port } of inputs) if (said.has(port)) held.set(port, said.get(port)!);
    if (!outputs.some(({ port }) => said.has(port))) continue;
    const missing = outputs.find(({ port }) => !said.has(port)) ?? inputs.find(({ port }) => !held.has(port));
    if (missing !== undefined) {
      yield { cause: `no ${missing.port}` };
      continue;
    }
    const entries = ports.map(({ port }) => said.get(port) ?? held.get(port)!);
    yield { row: { tag_ns: now.tag_ns, microstep: now.microstep, entries }, episode: episode! };
  }
}

/** What a recording holds of one tag. */
interface Moment {
  readonly tag_ns: number;
  readonly microstep: number;
  readonly episode: number;
  readonly entries: ReadonlyMap<string, Entry>;
}

/** A recording, tag by tag. */
function headOf(source: FilterSource, ports: readonly PlannedPort[]) {
  const names = new Map(ports.map(({ original, port }) => [original, port]));
  const messages = ports.length === 0 ? undefined : messagesOf(source, new Set(names.keys()));
  let next: RecordedMessage | undefined;
  const read = async (): Promise<void> => {
    const { value, done } = (await messages?.next()) ?? { done: true };
    next = done ? undefined : value;
  };
  let started = false;
  const head = {
    moment: undefined as Moment | undefined,
    async advance(): Promise<void> {
      if (!started) await read();
      started = true;
      if (next === undefined) {
        head.moment = undefined;
        return;
      }
      const { tag_ns, microstep, episode } = next;
      if (head.moment !== undefined && compare(next, head.moment) <= 0)
        fail("L0765", { recording: source.label, tag_ns, after_ns: head.moment.tag_ns });
      const entries = new Map<string, Entry>();
      while (next !== undefined && compare(next, { tag_ns, microstep }) === 0) {
        const { port: original, stamp_ns, message }: RecordedMessage = next;
        const port = names.get(original)!;
        entries.set(port, { port, stamp_ns, message });
        await read();
      }
      head.moment = { tag_ns, microstep, episode, entries };
    },
  };
  return head;
}

type Tag = Pick<Moment, "tag_ns" | "microstep">;

const compare = (a: Tag, b: Tag): number => a.tag_ns - b.tag_ns || a.microstep - b.microstep;

const earliest = (moments: readonly Tag[]): Tag | undefined =>
  moments.reduce<Tag | undefined>(
    (first, one) => (first === undefined || compare(one, first) < 0 ? one : first),
    undefined,
  );
