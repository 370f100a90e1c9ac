/**
 * `max_age` against how old a healthy value gets: its latency, and the time to the next one.
 *
 * What the reader fires at counts: a value that is read as it comes is never older than its latency, and clocks that
 * divide each other may never see its age in between.
 */
import { type Draft, type DraftInput, inputOf, report } from "../draft.js";
import { type Activity, type Clock, type Flow, readThrough } from "./activity.js";
import { sourceName, timePlace } from "./names.js";

export function checkAges(draft: Draft, activity: Activity): void {
  const told = new Set<DraftInput>();
  for (const vertex of draft.vertices) {
    // ports of sub-graphs and recorders read as those do on whose behalf they stand there
    const stands = vertex.signature?.relay === true || vertex.signature?.sink === true;
    if (vertex.node === undefined || stands || !activity.canFire(vertex)) continue;
    for (const input of vertex.inputs) {
      const strictest = strictestOf(input);
      const max_age_ns = strictest?.max_age_ns;
      if (strictest === undefined || max_age_ns === undefined || told.has(strictest)) continue;
      if (isUntimed(input) || input.from === undefined || activity.isDry(input)) continue;
      const value = activity.arrives(input);
      const { oldest_ns, missing } = isPicked(input)
        ? agesOf(value, value, max_age_ns)
        : agesOf(value, activity.fires(vertex), max_age_ns);
      if (missing === 0) continue;
      told.add(strictest);
      const { age_ns, most_hz } = value;
      const from = sourceName(input);
      const { port } = input;
      const args = { node: vertex.id, port, from, max_age_ns, period_ns: 1e9 / most_hz, age_ns, oldest_ns, missing };
      report(draft, "L0259", args, strictest, `${strictest.path}/max_age`, {
        related: [{ message: `\`${from}\` comes from here`, path: timePlace(input.from.vertex) }],
      });
    }
  }
}

/** Of its age when it is read, nothing can be told, or nothing hangs on it. */
const isUntimed = ({ vertex: { trigger }, port, input }: DraftInput): boolean =>
  input?.exact === true || (trigger?.kind === "silence" && trigger.port === port);

/** Read as one message or many, and not as the latest value: the youngest are as old as they come. */
function isPicked({ vertex, port }: DraftInput): boolean {
  if (inputOf(vertex, port)?.kind !== "signal") return true;
  const { trigger } = vertex;
  if (trigger?.kind === "aligned") return trigger.ports.includes(port);
  return trigger?.kind === "window" && trigger.port === port;
}

/** The ports of sub-graphs on the way hand their `max_age` on. */
function strictestOf(input: DraftInput): DraftInput | undefined {
  let strictest: DraftInput | undefined;
  for (const edge of readThrough(input))
    if (edge.max_age_ns !== undefined && edge.max_age_ns < (strictest?.max_age_ns ?? Number.POSITIVE_INFINITY))
      strictest = edge;
  return strictest;
}

/** The greatest age at which the value is read, of what can be told, and the share of firings that find it too old. */
export function agesOf(value: Flow, reader: Flow, max_age_ns: number): { oldest_ns: number; missing: number } {
  const { age_ns, most_hz } = value;
  const left_ns = max_age_ns - age_ns;
  if (value.root === reader.root || most_hz === Number.POSITIVE_INFINITY)
    return { oldest_ns: age_ns, missing: left_ns < 0 ? 1 : 0 };
  const period_ns = 1e9 / most_hz;
  const ticks = value.clock && reader.clock && ticksOf(value.clock, reader.clock);
  if (ticks === undefined) {
    const young = Math.min(1, Math.max(0, left_ns / period_ns));
    return { oldest_ns: age_ns + period_ns, missing: young > 1 - 1e-9 ? 0 : 1 - young };
  }
  const { first_ns, base_ns, count } = ticks;
  const young = Math.min(count, Math.max(0, Math.floor((left_ns - first_ns) / base_ns + 1e-9) + 1));
  return { oldest_ns: age_ns + first_ns + (count - 1) * base_ns, missing: 1 - young / count };
}

/**
 * When the ticks of `reader` come after the last tick of `value`: `first_ns`, and so many times `base_ns` later.
 *
 * Undefined without a common base that can be told: then at any time.
 */
function ticksOf(value: Clock, reader: Clock): { first_ns: number; base_ns: number; count: number } | undefined {
  const base_ns = commonBase(value.period_ns, reader.period_ns);
  if (base_ns === undefined) return undefined;
  const offset = (((reader.phase_ns - value.phase_ns) % base_ns) + base_ns) % base_ns;
  // times are rounded to whole ns
  const first_ns = base_ns - offset < 1 ? 0 : offset;
  return { first_ns, base_ns, count: Math.round(value.period_ns / base_ns) };
}

/** The greatest time of which both periods are multiples: exact for whole ns, else where one divides the other. */
function commonBase(a: number, b: number): number | undefined {
  if (Number.isInteger(a) && Number.isInteger(b)) {
    let [x, y] = [a, b];
    while (y > 0) [x, y] = [y, x % y];
    return x;
  }
  const ratio = Math.max(a, b) / Math.min(a, b);
  return Math.abs(ratio - Math.round(ratio)) < 1e-9 * ratio ? Math.min(a, b) : undefined;
}
