/** Nodes whose firings take longer than the time to the next one, and that do not make messages wait. */
import { type Draft, type DraftVertex, inputOf, report } from "../draft.js";
import { type Activity, meanLatency_ns, triggerPorts } from "./activity.js";
import { timePlace } from "./names.js";

export function checkOverlap(draft: Draft, activity: Activity): void {
  for (const vertex of draft.vertices) {
    const latency_ns = meanLatency_ns(vertex.latency);
    if (latency_ns === 0 || !activity.canFire(vertex) || waits(vertex)) continue;
    const rate_hz = activity.fires(vertex).least_hz;
    if (latency_ns * rate_hz <= 1e9 * (1 + 1e-9)) continue;
    const events = triggerPorts(vertex).filter((port) => inputOf(vertex, port)?.kind === "event");
    const args = {
      node: vertex.id,
      latency_ns,
      rate_hz,
      ports: vertex.trigger?.kind === "each" ? events : [],
      clocked: vertex.trigger?.kind === "clock",
      mean: vertex.latency!.kind !== "constant",
    };
    report(draft, "L0252", args, vertex, `${vertex.path}/latency`, {
      related: [{ message: `\`${vertex.id}\` fires at this rate`, path: firedBy(vertex) }],
    });
  }
}

/** One message a firing, the next when the node is free. */
const waits = (vertex: DraftVertex): boolean =>
  vertex.trigger?.kind === "each" && vertex.inputs.some((input) => input.queue !== undefined);

/** Where the rate of a node is said: its own clock, else what sets it off. */
function firedBy(vertex: DraftVertex): string {
  const [port] = triggerPorts(vertex);
  const from = vertex.inputs.find((input) => input.port === port)?.from?.vertex;
  return timePlace(from ?? vertex);
}
