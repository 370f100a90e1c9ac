/** The first message in which two runs differ, in words. */
import type { Divergence } from "../project/trace.js";

export function divergenceLines(
  { port, time_ns, microstep, values }: Divergence,
  names: readonly [string, string],
): string[] {
  const said = (i: 0 | 1) => `  ${names[i]}: ${values[i] === null ? "nothing" : JSON.stringify(values[i])}`;
  return [`First difference: \`${port}\` at ${time_ns / 1e9} s, microstep ${microstep}`, said(0), said(1)];
}
