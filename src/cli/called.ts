/** When a policy is called, in words: `every 10 ms, and at each message of range`. */
import type { PolicySpec } from "../component/policy.js";

export function calledWhen({ period_ns, phase_ns, on }: PolicySpec["call"]): string {
  const ticks =
    period_ns === undefined ? [] : [`every ${period_ns / 1e6} ms${phase_ns ? ` from ${phase_ns / 1e6} ms on` : ""}`];
  const messages = on === undefined ? [] : [`at each message of ${on.join(", ")}`];
  return [...ticks, ...messages].join(", and ");
}
