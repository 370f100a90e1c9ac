/** Events that come faster than their reader fires, where nothing says how many may wait and which are dropped. */
import { type Draft, inputOf, report } from "../draft.js";
import { MAX_WAITING } from "../ir.js";
import { type Activity, readThrough } from "./activity.js";
import { readerName, sourceName, timePlace } from "./names.js";

/** Rates that are written with few digits may differ by so much and mean the same. */
export const SLACK = 1.02;

export function checkQueues(draft: Draft, activity: Activity): void {
  for (const vertex of draft.vertices) {
    const { trigger } = vertex;
    if (trigger?.kind !== "clock" || !activity.canFire(vertex)) continue;
    const node_hz = 1e9 / trigger.period_ns;
    for (const input of vertex.inputs) {
      if (inputOf(vertex, input.port)?.kind !== "event" || input.from === undefined) continue;
      if (readThrough(input).some((edge) => edge.input?.queue !== undefined)) continue;
      const from_hz = activity.arrives(input).least_hz;
      if (from_hz <= node_hz * SLACK) continue;
      const args = {
        node: vertex.id,
        port: input.port,
        from: sourceName(input),
        from_hz,
        node_hz,
        default_size: MAX_WAITING,
      };
      report(draft, "L0251", args, input, input.refPath, {
        related: [
          { message: `\`${readerName(input)}\` is read at this rate`, path: timePlace(vertex) },
          { message: `\`${args.from}\` comes from here`, path: timePlace(input.from.vertex) },
        ],
      });
    }
  }
}
