/** `limbeck recording export IN OUT`: a recording's rows in a format of other tools. */
import { extname } from "node:path";
import { InvalidArgumentError, Option } from "commander";
import { toJson } from "../../../problem/print.js";
import { type AsOf, DIRECTIONS, type Direction } from "../../../record/asof.js";
import { exit, NOTHING_KEPT } from "../../exit.js";
import { facts } from "../../facts.js";
import { asof, distance, names } from "../../options.js";
import type { Verb } from "../../verb.js";

interface Words {
  readonly format?: string;
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  readonly ports?: readonly string[];
  readonly anchor?: string;
  readonly tolerance?: number;
  readonly direction?: Direction;
  readonly asof?: { readonly [port: string]: AsOf };
  readonly drop?: boolean;
  readonly task?: string;
  readonly fps?: number;
  readonly split?: "train" | "validation" | "test";
  readonly features?: "state-action" | "ports";
}

/** By what the new name ends with; a folder has no ending. */
const formatOf = (out: string): string => extname(out).slice(1).toLowerCase() || "lerobot";

const rate = (value: string): number => {
  const fps = Number(value);
  if (!(fps > 0 && fps < Number.POSITIVE_INFINITY)) throw new InvalidArgumentError("It is a number above 0.");
  return fps;
};

export const exportVerb: Verb<Words> = {
  name: "export",
  summary: "write a recording's rows for other tools: LeRobot, CSV, npz",
  examples: [
    ["limbeck recording export reach-0001.mcap reach.csv", "a column a number, a line a row"],
    ["limbeck recording export reach-0001.mcap reach --format lerobot", "a LeRobotDataset (v3) folder"],
    ["limbeck recording export drive.mcap drive.npz --ports pose,joints", "single messages: an array a port"],
  ],
  declare(command) {
    command
      .argument("<in>", "a recording, a run log, or a dataset's folder")
      .argument("<out>", "the new file or folder")
      .option("--format <name>", "lerobot, csv or npz (default: by the new name's ending)")
      .option("--inputs <ports>", "ports that are inputs, divided by commas", names)
      .option("--outputs <ports>", "ports that are outputs", names)
      .option("--ports <ports>", "of a log of single messages: these ports", names)
      .option("--anchor <port>", "single messages: whose messages make the rows (default: the first output)")
      .option("--tolerance <duration>", "how old a joined message may be, e.g. 20ms", distance)
      .option("--asof <port=how>", "how one port is joined, e.g. gps=100ms,nearest; may be repeated", asof)
      .option("--drop", "leave out rows with a number that is not finite, and count them")
      .option("--task <text>", "LeRobot: what was done, in words");
    command.addOption(
      new Option(
        "--direction <which>",
        "single messages: the one before, after or nearest to the anchor's stamp",
      ).choices(DIRECTIONS),
    );
    command.addOption(
      new Option("--fps <n>", "LeRobot: frames a second (default: from the rows' tags)").argParser(rate),
    );
    command.addOption(
      new Option("--split <name>", "of a dataset: the rows of one split").choices(["train", "validation", "test"]),
    );
    command.addOption(
      new Option(
        "--features <which>",
        "LeRobot: all inputs as the state and outputs as the action, or each port by itself (default: state-action)",
      ).choices(["state-action", "ports"]),
    );
  },
  async run(context, words, [from, out]) {
    const { output, signal } = context;
    const { format = formatOf(out as string), tolerance, drop, ...rest } = words;
    const { exportDataset } = await context.limbeck();
    const { onProgress } = output;
    const options = {
      ...rest,
      signal,
      onProgress,
      ...(tolerance === undefined ? {} : { tolerance_ns: tolerance }),
      ...(drop === true ? { nonFinite: "drop" as const } : {}),
    };
    try {
      const { warnings, ...result } = await exportDataset(from as string, format, out as string, options);
      if (output.json) {
        output.value({ ...result, problems: toJson(warnings) });
        return exit.done;
      }
      output.briefly(warnings);
      const missing = Object.entries(result.incomplete).map(([cause, n]) => `${n.toLocaleString("en")} (${cause})`);
      output.data(
        facts(
          [
            [result.format, output.style.bold(result.out)],
            ["rows", result.rows.toLocaleString("en")],
            ["columns", String(result.columns)],
            ["episodes", String(result.episodes)],
            ["incomplete", missing.join(", ") || undefined],
          ],
          output.style,
        ),
      );
      return exit.done;
    } catch (error) {
      if (!signal.aborted) throw error;
      output.say(NOTHING_KEPT);
      return exit.interrupted;
    }
  },
};
