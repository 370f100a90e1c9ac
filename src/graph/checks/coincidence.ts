/** Firings that need events of different sources at one tag. */
import { type Draft, type DraftVertex, inputOf, report } from "../draft.js";
import { type Activity, triggerPorts } from "./activity.js";
import { timePlace } from "./names.js";

export function checkCoincidence(draft: Draft, activity: Activity): void {
  for (const vertex of draft.vertices) {
    if (vertex.trigger?.kind !== "each" || !activity.canFire(vertex)) continue;
    const events = vertex.inputs.filter(
      (input) => inputOf(vertex, input.port)?.kind === "event" && input.queue === undefined && activity.isNeeded(input),
    );
    if (events.length === 0) continue;
    const rootOf = (input: (typeof events)[number]) => activity.arrives(input).root;
    const ports = new Set(triggerPorts(vertex));
    const setOff = new Set(vertex.inputs.filter((i) => ports.has(i.port)).map(rootOf));
    const roots = new Set(events.map(rootOf));
    const apart = roots.size > 1 || !setOff.has(rootOf(events[0]!));
    if (
      !apart ||
      mayCoincide(
        activity,
        vertex,
        events.map((e) => e.port),
      )
    )
      continue;
    const others = roots.size > 1 ? [] : [...ports];
    const names = [...new Set([...events.map((e) => e.port), ...others])];
    report(draft, "L0261", { node: vertex.id, ports: names }, vertex, timePlace(vertex), {
      related: events.map((e) => ({ message: `\`${e.port}\``, path: e.refPath })),
    });
  }
}

/** Clocks of one period and phase, and what follows them, tick together. */
function mayCoincide(activity: Activity, vertex: DraftVertex, ports: readonly string[]): boolean {
  const all = vertex.inputs.filter((i) => ports.includes(i.port) || triggerPorts(vertex).includes(i.port));
  const clocks = all.map((input) => activity.arrives(input).clock);
  return clocks.every((clock) => clock !== undefined);
}
