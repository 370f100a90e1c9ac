/** Each form of trigger → when exactly the node fires. Ports are those connected; quantities become numbers. */
import { type Draft, type DraftVertex, inputOf, report, suggest } from "../draft.js";
import type { Trigger, Window } from "../ir.js";
import { parseClock, parseDuration, parseSpan } from "../quantity.js";
import type { TypedTrigger } from "../typed.js";
import { isCount, MAX_HELD } from "./counts.js";
import { take } from "./take.js";

/** A trigger, or undefined with its problems told. `path` is where it is written. */
export function triggerOf(draft: Draft, vertex: DraftVertex, on: Trigger, path: string): TypedTrigger | undefined {
  const connected = vertex.inputs.map((input) => input.port);
  if ("clock" in on) {
    const period_ns = take(draft, vertex, parseClock(on.clock, `${path}/clock`));
    const phase_ns = on.phase === undefined ? 0 : take(draft, vertex, parseDuration(on.phase, `${path}/phase`));
    return period_ns === undefined || phase_ns === undefined ? undefined : { kind: "clock", period_ns, phase_ns };
  }
  if ("each" in on) {
    const known = on.each.map((port, i) => isConnected(draft, vertex, port, connected, `${path}/each/${i}`));
    return known.includes(false) ? undefined : { kind: "each", ports: on.each };
  }
  if ("aligned" in on) {
    const at = `${path}/aligned`;
    const ports = [...new Set(on.aligned.ports)];
    const within_ns = take(draft, vertex, parseDuration(on.aligned.within, `${at}/within`));
    const known = ports.map((port, i) => isConnected(draft, vertex, port, connected, `${at}/ports/${i}`));
    if (ports.length < 2) report(draft, "L0234", { node: vertex.id, port: ports[0] }, vertex, `${at}/ports`);
    return known.includes(false) || ports.length < 2 || within_ns === undefined
      ? undefined
      : { kind: "aligned", ports, within_ns };
  }
  if ("silence" in on) {
    const { port } = on.silence;
    const for_ns = take(draft, vertex, parseSpan(on.silence.for, `${path}/silence/for`));
    const known = isConnected(draft, vertex, port, connected, `${path}/silence/port`);
    return known && for_ns !== undefined ? { kind: "silence", port, for_ns } : undefined;
  }
  return windowOf(draft, vertex, on.window, connected, `${path}/window`);
}

type TypedWindow = Extract<TypedTrigger, { readonly kind: "window" }>;

function windowOf(
  draft: Draft,
  vertex: DraftVertex,
  window: Window,
  connected: readonly string[],
  path: string,
): TypedWindow | undefined {
  const { count, duration, every } = window;
  const port = windowPort(draft, vertex, window.port, connected, path);
  const counted = (value: unknown, key: "count" | "every") => {
    const what = `\`${key}\` of the window of \`${vertex.id}\``;
    return isCount(draft, vertex, value, what, `${path}/${key}`, MAX_HELD) ? value : undefined;
  };
  if ((count === undefined) === (duration === undefined)) {
    report(draft, "L0237", { node: vertex.id, both: count !== undefined }, vertex, path);
    return undefined;
  }
  const held = count === undefined ? undefined : counted(count, "count");
  const duration_ns = duration === undefined ? undefined : take(draft, vertex, parseSpan(duration, `${path}/duration`));
  const often =
    typeof every === "string"
      ? { every_ns: take(draft, vertex, parseClock(every, `${path}/every`)) }
      : every === undefined
        ? { every_count: held, every_ns: duration_ns }
        : { every_count: counted(every, "every") };
  if (port === undefined || (held ?? duration_ns) === undefined) return undefined;
  if (Object.values(often).every((value) => value === undefined)) return undefined;
  const all = { count: held, duration_ns, ...often };
  const present = Object.entries(all).filter(([, value]) => value !== undefined);
  return { kind: "window", port, ...Object.fromEntries(present) };
}

/** The event input that a window collects: the one named, else the only one. */
function windowPort(
  draft: Draft,
  vertex: DraftVertex,
  named: string | undefined,
  connected: readonly string[],
  path: string,
): string | undefined {
  const events = connected.filter((port) => inputOf(vertex, port)?.kind === "event");
  if (named === undefined) {
    if (events.length === 1) return events[0];
    report(draft, "L0235", { node: vertex.id, events }, vertex, path);
    return undefined;
  }
  if (!isConnected(draft, vertex, named, connected, `${path}/port`)) return undefined;
  if (inputOf(vertex, named)?.kind !== "signal") return named;
  report(draft, "L0236", { node: vertex.id, port: named, events }, vertex, `${path}/port`);
  return undefined;
}

function isConnected(
  draft: Draft,
  vertex: DraftVertex,
  port: string,
  connected: readonly string[],
  path: string,
): boolean {
  if (connected.includes(port)) return true;
  const args = {
    node: vertex.id,
    port,
    ports: connected,
    nearest: suggest(draft, port, connected),
    connected: !Object.hasOwn(vertex.signature!.inputs, port),
  };
  report(draft, "L0214", args, vertex, path);
  return false;
}
