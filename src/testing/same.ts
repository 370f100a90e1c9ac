/** Whether two runs said the same, and where they first did not. */
import { isDeepStrictEqual } from "node:util";
import { fail } from "../problem/problem.js";
import { type Divergence, earlier, parting } from "../project/trace.js";
import type { Sample } from "../runtime/port/outlets.js";
import type { TestRun } from "./run.js";

export interface SameOptions {
  /** Ports to compare (default: those of authored streams and nodes in either run). */
  readonly ports?: readonly string[];
}

/**
 * The earliest message in which two runs differ (time, microstep, stamp or value); undefined when there is none.
 *
 * @example
 * const prepared = await prepareGraph(graph);
 * const [a, b] = [await testRun(prepared, { for_ns: 1e8 }), await testRun(prepared, { for_ns: 1e8, seed: 8 })];
 * difference(a, a) // undefined
 * difference(a, b) // { port: "joints", time_ns: 0, … }
 */
export function difference(a: TestRun, b: TestRun, options: SameOptions = {}): Divergence | undefined {
  const ports = options.ports ?? [...new Set([...Object.keys(a.result.ports), ...Object.keys(b.result.ports)])];
  let first: Divergence | undefined;
  for (const port of ports) {
    const found = divergence(port, a.traces[port] ?? [], b.traces[port] ?? []);
    if (found !== undefined && (first === undefined || earlier(found, first))) first = found;
  }
  return first;
}

/**
 * Throws unless two runs said the same on every authored port.
 *
 * @throws LimbeckError L0009 with the first message that differs
 * @example
 * const prepared = await prepareGraph(graph);
 * const first = await testRun(prepared, { for_ns: 1e8 });
 * expectSame(first, await testRun(prepared, { for_ns: 1e8 }));
 * expectSame(first, await testRun(prepared, { for_ns: 1e8, seed: 8 })) // throws L0009
 */
export function expectSame(a: TestRun, b: TestRun, options: SameOptions = {}): void {
  const first = difference(a, b, options);
  if (first !== undefined) fail("L0009", first);
}

function divergence(port: string, a: readonly Sample[], b: readonly Sample[]): Divergence | undefined {
  const i = a.findIndex((sample, k) => !isDeepStrictEqual(sample, b[k]));
  const at = i < 0 ? a.length : i;
  return parting(port, a[at], b[at]);
}
