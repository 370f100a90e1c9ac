/** Whether what feeds a stream keeps the rate of its contract. */
import { type Draft, type DraftInput, type DraftVertex, report } from "../draft.js";
import { type Activity, contractOf } from "./activity.js";
import { timePlace } from "./names.js";
import { SLACK } from "./queues.js";

export function checkRates(draft: Draft, activity: Activity): void {
  for (const vertex of draft.vertices) {
    const stream_hz = contractOf(vertex)?.rate_hz;
    const [input] = vertex.inputs;
    if (stream_hz === undefined || input?.from === undefined || activity.isDry(input)) continue;
    const node = input.from.vertex;
    // two contracts are compared as such
    if (contractOf(node)?.rate_hz !== undefined) continue;
    const { least_hz, most_hz } = activity.arrives(input);
    const tooSlow = most_hz * SLACK < stream_hz;
    const tooFast = least_hz > stream_hz * SLACK && stream_hz === fastest(node);
    if (!tooSlow && !tooFast) continue;
    const args = { node: node.id, stream: vertex.id, node_hz: tooSlow ? most_hz : least_hz, stream_hz };
    const path = vertex.stream === undefined ? `${vertex.path}/params/rate` : `${vertex.path}/contract/rate`;
    const source = firedBy(node);
    report(draft, "L0257", args, vertex, path, {
      related: [{ message: `\`${source.id}\` fires at this rate`, path: timePlace(source) }],
    });
  }
}

/** A node may leave out its slower ports at most firings: what counts is the fastest stream that it feeds. */
const fastest = (node: DraftVertex): number =>
  Math.max(...node.readers.map((edge) => contractOf(edge.vertex)?.rate_hz ?? 0));

/** The nearest clock above what only follows it. */
function firedBy(node: DraftVertex): DraftVertex {
  const seen = new Set([node]);
  let at = node;
  for (;;) {
    const follows = at.inputs.length === 1 && (at.stream !== undefined || at.trigger?.kind === "each");
    const next: DraftInput["from"] = follows ? at.inputs[0]!.from : undefined;
    if (next === undefined || seen.has(next.vertex)) return at;
    at = next.vertex;
    seen.add(at);
  }
}
