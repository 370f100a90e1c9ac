/** How nodes run: latency, restarts, place and time-out → numbers. A source has none of them. */
import { type Draft, type DraftVertex, report } from "../draft.js";
import type { Latency, Restart } from "../ir.js";
import { parseDuration, parseSpan } from "../quantity.js";
import type { TypedLatency, TypedRestart } from "../typed.js";
import { isCount } from "./counts.js";
import { take } from "./take.js";

const DEFAULT_AFTER_NS = 10e6;
const MAX_SHOWN = 40;

const OF_NO_SOURCE = ["latency", "restart", "place", "timeout"] as const;

export function checkNodes(draft: Draft): void {
  for (const vertex of draft.vertices) {
    const { node } = vertex;
    if (node === undefined) continue;
    if (vertex.signature?.source) {
      for (const key of OF_NO_SOURCE)
        if (node[key] !== undefined)
          report(draft, "L0241", { node: vertex.id, key }, vertex, `${vertex.path}/${key}`, { of: "key" });
      continue;
    }
    if (node.latency !== undefined) {
      const latency = latencyOf(draft, vertex, node.latency, `${vertex.path}/latency`);
      if (latency !== undefined) vertex.latency = latency;
    }
    if (node.restart !== undefined) {
      const restart = restartOf(draft, vertex, node.restart, `${vertex.path}/restart`);
      if (restart !== undefined) vertex.restart = restart;
    }
    if (node.timeout !== undefined) timeout(draft, vertex, `${vertex.path}/timeout`);
  }
}

function latencyOf(draft: Draft, vertex: DraftVertex, latency: Latency, path: string): TypedLatency | undefined {
  const duration = (written: unknown, at: string) => take(draft, vertex, parseDuration(written, at));
  if (typeof latency !== "object") {
    const ns = duration(latency, path);
    return ns === undefined ? undefined : { kind: "constant", ns };
  }
  const kind = "normal" in latency ? "normal" : "empirical";
  const at = `${path}/${kind}`;
  const list: readonly unknown[] = ("normal" in latency ? latency.normal : latency.empirical) ?? [];
  // a graph need not come from a file, whose schema says as much
  if (kind === "normal" ? list.length !== 2 : list.length === 0) {
    const expected = kind === "normal" ? "a mean and a standard deviation" : "a list of durations";
    report(draft, "L0119", { written: JSON.stringify(list).slice(0, MAX_SHOWN), expected }, vertex, at);
    return undefined;
  }
  const values = list.map((written, i) => duration(written, `${at}/${i}`));
  if (!values.every((ns) => ns !== undefined)) return undefined;
  return kind === "empirical" ? { kind, values_ns: values } : { kind, mean_ns: values[0]!, sd_ns: values[1]! };
}

function restartOf(draft: Draft, vertex: DraftVertex, restart: Restart, path: string): TypedRestart | undefined {
  const { budget, within, after } = restart;
  const whole = isCount(draft, vertex, budget, `the restart budget of \`${vertex.id}\``, `${path}/budget`);
  const within_ns =
    within === undefined ? Number.POSITIVE_INFINITY : take(draft, vertex, parseSpan(within, `${path}/within`));
  const after_ns = after === undefined ? DEFAULT_AFTER_NS : take(draft, vertex, parseDuration(after, `${path}/after`));
  if (!whole || within_ns === undefined || after_ns === undefined) return undefined;
  return { budget, within_ns, after_ns };
}

function timeout(draft: Draft, vertex: DraftVertex, path: string): void {
  const { place = "inline", timeout } = vertex.node!;
  const ns = take(draft, vertex, parseSpan(timeout, path));
  if (place === "inline") report(draft, "L0242", { node: vertex.id }, vertex, path);
  else if (ns !== undefined) vertex.timeout_ns = ns;
}
