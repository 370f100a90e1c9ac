/** The first message in which two runs differ, in words. */
import { isDeepStrictEqual } from "node:util";
import type { Divergence } from "../project/trace.js";

export function divergenceLines(
  { port, time_ns, microstep, values, stamps_ns }: Divergence,
  names: readonly [string, string],
): string[] {
  const byStamp = isDeepStrictEqual(values[0], values[1]);
  const said = (i: 0 | 1) => {
    if (stamps_ns[i] === null) return `  ${names[i]}: nothing`;
    const stamp = byStamp ? `, stamped ${stamps_ns[i] / 1e9} s` : "";
    return `  ${names[i]}: ${JSON.stringify(values[i])}${stamp}`;
  };
  return [`First difference: \`${port}\` at ${time_ns / 1e9} s, microstep ${microstep}`, said(0), said(1)];
}
