/** What `simulate` and `replay` say of a run, to people and to programs. */

import type { Loaded } from "../project/load.js";
import type { ReplayResult } from "../project/simulate.js";
import type { RecorderSummary } from "../record/recorder.js";
import { exit, exitOf, INTERRUPTED } from "./exit.js";
import { facts } from "./facts.js";
import type { Context } from "./verb.js";

/** Prints a run. @returns the exit code */
export function tellRun({ output }: Context, loaded: Loaded, result: ReplayResult, did: "simulated" | "replayed") {
  const { digest, events, node_steps, virtual_s, wall_ms, log, recordings } = result;
  const errors = result.problems.filter(({ severity }) => severity === "error");
  output.briefly(result.problems.filter(({ severity }) => severity === "warning"));
  output.problems(errors, loaded.sources);
  if (result.interrupted) output.say(INTERRUPTED);
  const code = result.interrupted ? exit.interrupted : exitOf(result.problems);
  if (output.json) {
    output.value({ digest, events, node_steps, virtual_s, wall_ms, log, recordings });
    return code;
  }
  const speed = wall_ms > 0 ? ` (${speedOf((virtual_s * 1e3) / wall_ms)} × real time)` : "";
  output.data(
    facts(
      [
        [did, `${virtual_s} s in ${(wall_ms / 1e3).toFixed(2)} s${speed}`],
        ["node steps", node_steps.toLocaleString("en")],
        ["events", events.toLocaleString("en")],
        ["digest", digest],
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

/** What a recorder kept, and what is missing, by cause. */
function keptOf({ rows, messages, incomplete, dropped }: RecorderSummary): string {
  const missing = Object.entries(incomplete).map(([cause, n]) => `${n.toLocaleString("en")} incomplete (${cause})`);
  return [
    rows > 0 ? `${rows.toLocaleString("en")} rows` : `${messages.toLocaleString("en")} messages`,
    ...missing,
    ...(dropped > 0 ? [`${dropped.toLocaleString("en")} dropped`] : []),
  ].join("; ");
}

const speedOf = (ratio: number): string => (ratio >= 10 ? String(Math.round(ratio)) : ratio.toPrecision(2));
