/** Silences and windows that are shorter than the time between two messages of a healthy source. */
import { type Draft, report } from "../draft.js";
import type { Activity } from "./activity.js";
import { sourceName, timePlace } from "./names.js";

export function checkSpans(draft: Draft, activity: Activity): void {
  for (const vertex of draft.vertices) {
    const { trigger } = vertex;
    if (trigger?.kind !== "silence" && trigger?.kind !== "window") continue;
    const length_ns = trigger.kind === "silence" ? trigger.for_ns : trigger.duration_ns;
    const input = vertex.inputs.find((i) => i.port === trigger.port);
    if (length_ns === undefined || input?.from === undefined || activity.isDry(input)) continue;
    const period_ns = 1e9 / activity.arrives(input).most_hz;
    if (length_ns > period_ns * (1 - 1e-9)) continue;
    const { kind, port } = trigger;
    const args = { node: vertex.id, port, from: sourceName(input), kind, length_ns, period_ns };
    report(draft, "L0260", args, vertex, timePlace(vertex), {
      related: [{ message: `\`${args.from}\` comes from here`, path: timePlace(input.from.vertex) }],
    });
  }
}
