/** `limbeck dataset …`: recordings as columns to train on. */
import { Option } from "commander";
import type { DatasetManifest, Split } from "../../dataset/manifest.js";
import type { BuildOptions } from "../../dataset/options.js";
import { DIRECTIONS, type Direction } from "../../record/asof.js";
import { facts } from "../facts.js";
import { asof, count, distance, duration, lags, names, transformSteps } from "../options.js";
import type { Style } from "../style.js";
import { table } from "../table.js";
import type { Group, Verb } from "../verb.js";
import { lineage } from "./dataset/lineage.js";

interface BuildWords {
  readonly output?: string;
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  readonly anchor?: string;
  readonly tolerance?: number;
  readonly splitBy: "time" | "episode" | "row";
  readonly seed: number;
  readonly drop?: boolean;
  readonly float64?: boolean;
  readonly direction?: Direction;
  readonly differences?: number | true;
  readonly lags?: readonly number[];
  readonly history?: number;
  readonly pad: "first" | "none";
  readonly maxGap?: number;
  readonly asof?: BuildOptions["asof"];
}

const build: Verb<BuildWords> = {
  name: "build",
  summary: "columns of inputs and outputs from recordings, split for training",
  examples: [
    ["limbeck dataset build reach-0001.mcap --output reach", "rows as they were recorded"],
    ["limbeck dataset build drive.mcap --inputs imu --outputs pose --tolerance 5ms --output drive", "joined by stamp"],
  ],
  declare(command) {
    command
      .argument("<recordings...>", "recordings, or folders of them")
      .option("--output <folder>", "the new folder (default: a numbered one under datasets/)")
      .option("--inputs <ports>", "ports that are inputs (default: as recorded)", names)
      .option("--outputs <ports>", "ports that are outputs (default: as recorded)", names)
      .option("--anchor <port>", "single messages: whose messages make the rows (default: the first output)")
      .option("--tolerance <duration>", "single messages: how old a joined message may be, e.g. 20ms", distance)
      .option("--differences [order]", "how the inputs changed since the row before", count)
      .option("--lags <rows>", "the inputs so many rows ago, e.g. 1,2,5", lags)
      .option("--history <rows>", "the inputs of so many rows in each row, this one among them", count)
      .option("--max-gap <duration>", "rows further apart are no history of each other", duration)
      .option("--asof <port=how>", "how one port is joined, e.g. gps=100ms,nearest; may be repeated", asof)
      .option("--drop", "leave out rows with a number that is not finite, and count them")
      .option("--float64", "columns of float64 in place of float32");
    command.addOption(
      new Option(
        "--direction <which>",
        "single messages: the one before, after or nearest to the anchor's stamp",
      ).choices(DIRECTIONS),
    );
    command.addOption(
      new Option(
        "--pad <how>",
        "rows without enough history: the first row stands in, or they are left out and counted",
      )
        .choices(["first", "none"])
        .default("first"),
    );
    command.addOption(
      new Option("--split-by <what>", "what training, validation and test are cut by")
        .choices(["time", "episode", "row"])
        .default("time"),
    );
    command.addOption(new Option("--seed <n>", "seed of a split by episode or row").argParser(count).default(1));
  },
  async run({ output, home, signal, limbeck }, words, [recordings]) {
    const { inputs, outputs, anchor, tolerance, direction, splitBy, seed } = words;
    const steps = transformSteps(words);
    const built = await (await limbeck()).buildDataset({
      recordings: recordings as readonly string[],
      home,
      ...(words.output === undefined ? {} : { out: words.output }),
      ...(inputs === undefined ? {} : { inputs }),
      ...(outputs === undefined ? {} : { outputs }),
      ...(anchor === undefined ? {} : { anchor }),
      ...(tolerance === undefined ? {} : { tolerance_ns: tolerance }),
      ...(direction === undefined ? {} : { direction }),
      ...(words.asof === undefined ? {} : { asof: words.asof }),
      ...(steps.length === 0
        ? {}
        : {
            transforms: {
              steps,
              ...(words.pad === "first" ? { pad: words.pad } : {}),
              ...(words.maxGap === undefined ? {} : { max_gap_ns: words.maxGap }),
            },
          }),
      split: splitBy === "time" ? { by: splitBy, fractions: FRACTIONS } : { by: splitBy, fractions: FRACTIONS, seed },
      ...(words.drop === true ? { nonFinite: "drop" } : {}),
      ...(words.float64 === true ? { dtype: "float64" } : {}),
      signal,
    });
    const { dir, manifest } = built;
    if (output.json) output.value({ dir, ...brief(manifest) });
    else output.data(about(dir, manifest, output.style));
    return undefined;
  },
};

/** Of training, validation and test. */
const FRACTIONS = [0.68, 0.12, 0.2];

const info: Verb = {
  name: "info",
  summary: "what a dataset holds; its files are verified",
  declare: (command) => command.argument("<folder>", "a dataset's folder"),
  async run({ output, limbeck }, _options, [folder]) {
    const { openDataset } = await limbeck();
    const { manifest } = await openDataset(folder as string, { digests: "open" });
    if (output.json) output.value({ dir: folder, ...brief(manifest) });
    else output.data(`${about(folder as string, manifest, output.style)}\n${columns(manifest, output.style)}`);
    return undefined;
  },
};

const rowsIn = ({ splits }: DatasetManifest, split: Split): number =>
  splits[split].reduce((n, [from, to]) => n + to - from, 0);

const counts = (manifest: DatasetManifest) => ({
  train: rowsIn(manifest, "train"),
  validation: rowsIn(manifest, "validation"),
  test: rowsIn(manifest, "test"),
});

const ports = (list: DatasetManifest["inputs"]) =>
  list.map(({ port, dtype, columns }) => ({ port, dtype, columns: columns.length }));

const brief = (manifest: DatasetManifest) => ({
  digest: manifest.digest,
  rows: manifest.rows,
  splits: counts(manifest),
  inputs: ports(manifest.inputs),
  outputs: ports(manifest.outputs),
  episodes: manifest.episodes.length,
  recordings: manifest.recordings,
  incomplete: manifest.incomplete,
  ...(manifest.transforms === undefined ? {} : { transforms: manifest.transforms }),
});

function about(dir: string, manifest: DatasetManifest, style: Style): string {
  const { train, validation, test } = counts(manifest);
  const named = (list: DatasetManifest["inputs"]) =>
    ports(list)
      .map(({ port, columns }) => `${port} (${columns})`)
      .join(", ");
  const missing = Object.entries(manifest.incomplete).map(([cause, n]) => `${n.toLocaleString("en")} (${cause})`);
  return facts(
    [
      ["dataset", style.bold(dir)],
      ["rows", `${train} train, ${validation} validation, ${test} test, split by ${manifest.split.by}`],
      ["inputs", named(manifest.inputs)],
      ["outputs", named(manifest.outputs)],
      ["episodes", String(manifest.episodes.length)],
      ["left out", missing.join(", ") || undefined],
      ["SHA-256", manifest.digest],
    ],
    style,
  );
}

function columns(manifest: DatasetManifest, style: Style): string {
  const titles = ["port", "column", "unit", "min", "max", "mean", "std"].map((title) => ({ title }));
  const rows = [...manifest.inputs, ...manifest.outputs].flatMap(({ port, columns, statistics }) =>
    columns.map(({ name, unit }, c) => ({
      cells: [port, name, unit, ...(["min", "max", "mean", "std"] as const).map((key) => statistics[key][c])],
    })),
  );
  return table(titles, rows, style);
}

export const dataset: Group = {
  name: "dataset",
  summary: "datasets: build, info, lineage",
  verbs: [build, info, lineage],
};
