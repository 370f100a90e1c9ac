/** `limbeck recording filter IN…`: rows by whether comparable ports agree in them, after the fact. */
import { InvalidArgumentError, Option } from "commander";
import { toJson } from "../../../problem/print.js";
import { DIRECTIONS, type Direction } from "../../../record/asof.js";
import { exit, NOTHING_KEPT } from "../../exit.js";
import { facts } from "../../facts.js";
import { distance, names } from "../../options.js";
import type { Verb } from "../../verb.js";

interface Words {
  readonly ports?: readonly (readonly string[])[];
  readonly keep: "mismatches" | "matches" | "all";
  readonly tolerance?: Tolerance;
  readonly against?: "each" | "median";
  readonly only?: readonly string[];
  readonly asof?: number;
  readonly direction: Direction;
  readonly anchor?: string;
  readonly as: string;
  readonly output?: string;
}

interface Bounds {
  readonly absolute?: number;
  readonly relative?: number;
}
type Tolerance = Bounds & { readonly fields?: { readonly [field: string]: Bounds } };

/** `0.01`, `5%`, `velocity=0.5`: each adds to what was said before. */
function tolerance(value: string, before: Tolerance = {}): Tolerance {
  const [, field, digits, percent] = /^(?:([^=]+)=)?([^=%]+)(%)?$/.exec(value) ?? [];
  const number = Number(digits);
  if (digits === undefined || digits.trim() === "" || !(number >= 0 && number < Number.POSITIVE_INFINITY))
    throw new InvalidArgumentError("It is a number from 0, a share (5%), or that of a field (velocity=0.5).");
  const bound = percent === undefined ? { absolute: number } : { relative: number / 100 };
  if (field === undefined) return { ...before, ...bound };
  return { ...before, fields: { ...before.fields, [field]: { ...before.fields?.[field], ...bound } } };
}

const group = (value: string, before: readonly (readonly string[])[] | undefined) => [
  ...(before ?? []),
  names(value, undefined),
];

export const filterVerb: Verb<Words> = {
  name: "filter",
  summary: "keep rows by whether comparable ports agree in them",
  examples: [
    ["limbeck recording filter left.mcap right.mcap --tolerance 0.01", "rows in which outputs of one name differ"],
    [
      "limbeck recording filter reach.mcap --ports a.torque,b.torque --keep matches",
      "rows of one recording in which both agree",
    ],
    [
      "limbeck recording filter a.mcap b.mcap --asof 20ms --direction nearest",
      "sensors that speak at other times, joined by stamp",
    ],
  ],
  declare(command) {
    command
      .argument("<in...>", "recordings")
      .option("--ports <a,b>", "ports that are to say the same; may be repeated (default: outputs of one name)", group)
      .option(
        "--tolerance <x>",
        "how far numbers that agree may be apart: 0.01, 5%, velocity=0.5; may be repeated (default: 0)",
        tolerance,
      )
      .option("--only <ports>", "keep these ports alone, and those that are compared", names)
      .option("--asof <duration>", "join by stamp, no farther apart than this, e.g. 20ms (default: by tag)", distance)
      .option("--anchor <port>", "with --asof: each of its messages makes a row")
      .option("--as <name>", "what the new recording is called", "filtered")
      .option("--output <file>", "the new file, in place of the next of its name under --home");
    command.addOption(
      new Option("--keep <which>", "which rows").choices(["mismatches", "matches", "all"]).default("mismatches"),
    );
    command.addOption(
      new Option("--direction <which>", "with --asof: not later, not earlier, or the nearest")
        .choices(DIRECTIONS)
        .default("backward"),
    );
    command.addOption(new Option("--against <what>", "what each port is held against").choices(["each", "median"]));
  },
  async run(context, words, [files]) {
    const { output, signal, home } = context;
    const { ports, keep, tolerance, against, only, asof, direction, anchor, as, output: file } = words;
    const { filter } = await context.limbeck();
    const summary = await filter(files as readonly string[], {
      home,
      signal,
      onProgress: output.onProgress,
      as,
      consensus: {
        keep,
        ...(ports === undefined ? {} : { ports }),
        ...(tolerance === undefined ? {} : { tolerance }),
        ...(against === undefined ? {} : { against }),
      },
      ...(only === undefined ? {} : { only }),
      ...(asof === undefined
        ? {}
        : { asof: { direction, tolerance_ns: asof, ...(anchor === undefined ? {} : { anchor }) } }),
      ...(file === undefined ? {} : { output: file }),
    });
    if (summary === undefined) {
      output.say(NOTHING_KEPT);
      return exit.interrupted;
    }
    const { warning, failure: _, ...told } = summary;
    const problems = warning === undefined ? [] : [warning];
    if (output.json) {
      output.value({ ...told, problems: toJson(problems) });
      return exit.done;
    }
    output.briefly(problems);
    const missing = Object.entries(summary.incomplete).map(([cause, n]) => `${n.toLocaleString("en")} (${cause})`);
    output.data(
      facts(
        [
          ["recording", output.style.bold(summary.file)],
          ["compared", summary.groups.map((group) => group.join(" = ")).join("; ")],
          ["rows", `${summary.rows.toLocaleString("en")} of ${summary.complete.toLocaleString("en")} kept (${keep})`],
          ["incomplete", missing.join(", ") || undefined],
          ...summary.unfinished.map(
            ({ file, lost_bytes }) => ["not finished", `${file} (${lost_bytes} bytes left out)`] as const,
          ),
        ],
        output.style,
      ),
    );
    return exit.done;
  },
};
