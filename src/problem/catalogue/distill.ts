/** L09: distilling. */
import { error, warning } from "../entry.js";

export const distill = {
  L0901: error<{ port: string; path: string; reason: string }>(
    1,
    "a port cannot become columns",
    (a) => ({
      message: `\`${a.port}\` cannot be learned: ${a.path === "" ? "its type" : `\`${a.path}\``} ${a.reason}`,
      help: "Pick the fields that can (`node.port:field`), or give the type a bound (`maxItems`, `enum`).",
    }),
    "A student sees numbers: every port at its boundary must flatten to a fixed number of columns. Numbers, booleans, enums, tensors, fixed and bounded arrays and objects of these do; a free string does not.",
  ),
  L0902: error<{ recording: string; rows: number; least: number }>(
    1,
    "too few rows",
    (a) => ({
      message: `${a.recording} holds ${a.rows} complete rows; at least ${a.least} are needed for a training, a validation and a test part`,
      help: "Record for longer (`--for`, `--episodes`), or look at the count of incomplete rows for what was missing.",
    }),
    "Rows are split by time or by episode into what a student is fitted on, what decides when to stop, and what it is measured on. With fewer rows none of the three says anything.",
  ),
  L0903: error<{ recording: string; missing: readonly string[]; has: readonly string[] }>(
    1,
    "the recording lacks ports",
    (a) => ({
      message: `${a.recording} does not hold ${a.missing.map((p) => `\`${p}\``).join(", ")}`,
      help: `It holds ${a.has.map((p) => `\`${p}\``).join(", ")}. Leave \`--from\` out to record anew.`,
    }),
    "`--from` takes rows from a recording that is there already. It must hold every port at the boundary of what is distilled, under the same names.",
  ),
  L0904: error<{ student: string; known: readonly string[]; nearest?: string | undefined }>(
    2,
    "unknown student",
    (a) => ({
      message: `there is no student \`${a.student}\``,
      help: a.nearest === undefined ? `There are ${a.known.join(", ")}.` : `Did you mean \`${a.nearest}\`?`,
    }),
    "A student is a kind of model that can be fitted to rows: `--students ridge,mlp` picks among them.",
  ),
  L0905: error<{ phase: string; kept: readonly string[]; again: string }>(
    1,
    "interrupted",
    (a) => ({
      message: `interrupted while ${a.phase}; nothing was stored`,
      help:
        a.kept.length === 0
          ? "Nothing was kept."
          : `Kept: ${a.kept.join(", ")}.${a.again === "" ? "" : ` Go on from it with \`${a.again}\`.`}`,
    }),
    "Ctrl-C ends a long job at the next safe point. What was written before stays; a model that was not finished is not stored.",
  ),
  L0906: warning<{ port: string; what: string }>(
    "a student was fitted on less than its boundary",
    (a) => `\`${a.port}\`: ${a.what}`,
    "Something at the boundary did not vary over the training rows, or was missing from most of them. A student cannot learn from what it never saw.",
  ),
  L0907: error<{ student: string; split: string; tag: string }>(
    1,
    "test rows leaked into training",
    (a) => ({
      message: `the ${a.split} rows of \`${a.student}\` hold a row of the test part (${a.tag})`,
      help: "Rows are split by time or by episode; build the dataset again with `limbeck distill`.",
    }),
    "The test part is what a model is measured on, and must not be seen before. Limbeck checks, before it fits anything, that no row of the test part stands in another part, neither by place nor by tag.",
  ),
} as const;
