/** How long a firing takes: drawn anew for each, from what the node declares. */
import type { Rng } from "../../component/rng.js";
import type { TypedLatency } from "../../graph/typed.js";

/**
 * A sampler of latencies in whole ns, never below zero.
 *
 * @example
 * latencySampler({ kind: "constant", ns: 5_000_000 }, rng(1))() // 5_000_000
 */
export function latencySampler(latency: TypedLatency, random: Rng): () => number {
  switch (latency.kind) {
    case "constant":
      return () => latency.ns;
    case "normal":
      return () => Math.max(0, Math.round(latency.mean_ns + latency.sd_ns * random.normal()));
    case "empirical":
      return () => latency.values_ns[random.integer(latency.values_ns.length)]!;
  }
}
