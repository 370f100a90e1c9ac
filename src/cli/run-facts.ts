/** What `simulate` and `replay` say of a run, to people and to programs. */

import { toJson } from "../problem/print.js";
import type { Loaded } from "../project/load.js";
import type { ReplayResult } from "../project/simulate.js";
import type { RecorderSummary } from "../record/recorder.js";
import type { Fault } from "../runtime/node/faults.js";
import { exit, exitOf, INTERRUPTED } from "./exit.js";
import { facts } from "./facts.js";
import type { Context } from "./verb.js";

/** Prints a run. @returns the exit code */
export function tellRun({ output }: Context, loaded: Loaded, result: ReplayResult, did: "simulated" | "replayed") {
  const { digest, events, node_steps, virtual_s, from_s, wall_ms, log, recordings } = result;
  const errors = result.problems.filter(({ severity }) => severity === "error");
  output.briefly(result.problems.filter(({ severity }) => severity === "warning"));
  output.problems(errors, loaded.sources);
  if (result.interrupted) output.say(INTERRUPTED);
  const code = result.interrupted ? exit.interrupted : exitOf(result.problems);
  if (output.json) {
    const faults = result.faults.map(toldOf);
    const problems = toJson(result.problems);
    const kept = result.kept.map(summaryOf);
    output.value({ digest, events, node_steps, virtual_s, wall_ms, log, recordings, kept, faults, problems });
    return code;
  }
  const speed = wall_ms > 0 ? ` (${speedOf(((virtual_s - from_s) * 1e3) / wall_ms)} × real time)` : "";
  const [since, after] = from_s > 0 ? [" (since 0 s)", ` (of what came after ${from_s} s)`] : ["", ""];
  output.data(
    facts(
      [
        [did, `${from_s > 0 ? `${from_s} s to ` : ""}${virtual_s} s in ${(wall_ms / 1e3).toFixed(2)} s${speed}`],
        ["node steps", node_steps.toLocaleString("en") + since],
        ["events", events.toLocaleString("en") + since],
        ...faultLines(result.faults),
        ["digest", digest + after],
        ["run log", log],
        ...result.kept.map(
          (summary, i) => [i === 0 ? "recordings" : "", `${summary.file} (${keptOf(summary)})`] as const,
        ),
      ],
      output.style,
    ),
  );
  return code;
}

/** A fault for programs. */
const toldOf = ({ node, time_ns, outcome, problems }: Fault) => ({
  node,
  time_ns,
  outcome,
  problems: toJson(problems),
});

/** How often each node faulted, and what came of it. */
function faultLines(faults: readonly Fault[]): (readonly [string, string])[] {
  const nodes = [...new Set(faults.map(({ node }) => node))];
  return nodes.map((node, i) => {
    const own = faults.filter((fault) => fault.node === node);
    const { outcome, time_ns } = own.at(-1)!;
    const end = outcome === "gives up" ? `down from ${time_ns / 1e9} s on` : "started again";
    return [i === 0 ? "faults" : "", `${node} ${own.length === 1 ? "once" : `${own.length} times`} (${end})`];
  });
}

/** What a recorder kept, for programs. */
const summaryOf = ({ name, files, rows, messages, incomplete, counts, drops, deleted, state }: RecorderSummary) => ({
  name,
  files,
  rows,
  messages,
  incomplete,
  ...(counts === undefined ? {} : { counts }),
  drops,
  deleted,
  state,
});

/** What a recorder kept, and what is missing, by cause. */
function keptOf({ files, rows, messages, incomplete, counts, dropped, deleted }: RecorderSummary): string {
  const missing = Object.entries(incomplete).map(([cause, n]) => `${n.toLocaleString("en")} incomplete (${cause})`);
  return [
    `${amountOf(rows, messages)}${files.length > 1 ? ` in ${files.length} files` : ""}`,
    ...(counts === undefined ? [] : [countsInWords(counts)]),
    ...missing,
    ...(deleted > 0 ? [`${deleted.toLocaleString("en")} rows deleted`] : []),
    ...(dropped > 0 ? [`${dropped.toLocaleString("en")} messages dropped`] : []),
  ].join("; ");
}

const amountOf = (rows: number, messages: number): string => {
  if (rows > 0) return `${rows.toLocaleString("en")} rows`;
  return messages > 0 ? `${messages.toLocaleString("en")} messages` : "nothing";
};

/** What a recorder counted itself: `100 compared`. */
export const countsInWords = (counts: { readonly [what: string]: number } = {}): string =>
  Object.entries(counts)
    .map(([what, n]) => `${n.toLocaleString("en")} ${what}`)
    .join(", ");

const speedOf = (ratio: number): string => (ratio >= 10 ? String(Math.round(ratio)) : ratio.toPrecision(2));
