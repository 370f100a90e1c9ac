/** `limbeck recording export IN OUT`: a recording's rows in a format of other tools. */
import { Option } from "commander";
import { toJson } from "../../../problem/print.js";
import { exit, NOTHING_KEPT } from "../../exit.js";
import { facts } from "../../facts.js";
import { distance, names } from "../../options.js";
import type { Verb } from "../../verb.js";

interface Words {
  readonly format?: string;
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  readonly ports?: readonly string[];
  readonly tolerance?: number;
  readonly task?: string;
  readonly fps?: number;
  readonly split?: "train" | "validation" | "test";
  readonly features?: "state-action" | "ports";
}

/** By what the new name ends with. */
const ENDINGS: readonly (readonly [RegExp, string])[] = [
  [/\.csv(\.gz)?$/i, "csv"],
  [/\.npz$/i, "npz"],
];

const rate = (value: string): number => Number(value);

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
      .option("--tolerance <duration>", "how old a joined message may be, e.g. 20ms", distance)
      .option("--task <text>", "LeRobot: what was done, in words");
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
    const {
      format = ENDINGS.find(([ending]) => ending.test(out as string))?.[1] ?? "lerobot",
      tolerance,
      ...rest
    } = words;
    const { exportDataset } = await context.limbeck();
    const { onProgress } = output;
    const options = { ...rest, signal, onProgress, ...(tolerance === undefined ? {} : { tolerance_ns: tolerance }) };
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
