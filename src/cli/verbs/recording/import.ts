/** `limbeck recording import IN`: another program's recording as a run log of a graph, or as a plain recording. */
import { describeType } from "../../../message/same.js";
import { toJson } from "../../../problem/print.js";
import type { ImportResult } from "../../../project/import.js";
import { exit, NOTHING_KEPT } from "../../exit.js";
import { facts } from "../../facts.js";
import { loadForUse } from "../../load.js";
import { declareNoCode, declareSet, declareWith, type LoadWords } from "../../options.js";
import type { Style } from "../../style.js";
import { table } from "../../table.js";
import type { Verb } from "../../verb.js";
import { briefType, seconds } from "./words.js";

interface Words extends LoadWords {
  readonly into?: string;
  readonly map?: string;
  readonly time?: string;
  readonly as?: string;
  readonly output?: string;
}

export const importVerb: Verb<Words> = {
  name: "import",
  summary: "bring in a recording of another program",
  examples: [
    [
      "limbeck recording import drive.db3 --into car.graph.yaml --map drive.map.yaml",
      "a run log: `limbeck replay` runs the graph on it",
    ],
    ["limbeck recording import --into car.graph.yaml --map all.map.yaml", "the mapping names the recordings itself"],
    ["limbeck recording import drive.mcap", "a plain recording of every topic that can be decoded"],
    ["limbeck recording import log.csv --time t_ms:ms", "a table: its time is a column"],
  ],
  declare(command) {
    command
      .argument("[in]", "MCAP, .db3 or a bag's folder, CSV (.gz too), .npz or .npy")
      .option("--into <graph>", "a graph file: write a run log of its in-streams, to be replayed")
      .option("--map <file>", "a mapping file: which topic feeds which stream, and how")
      .option("--time <column[:unit]>", "of a table without a mapping: the column that is its time, in s, ms, us or ns")
      .option("--as <name>", "what the recording is called (default: the graph's or the input's name)")
      .option("--output <file>", "the new file, in place of the next of its name under --home");
    declareSet(command);
    declareWith(command);
    declareNoCode(command);
  },
  async run(context, words, [input]) {
    const { output, signal, home } = context;
    const { into, map, time, as, output: file } = words;
    const loaded = into === undefined ? undefined : await loadForUse(context, into, words);
    const { importRecording } = await context.limbeck();
    const result = await importRecording({
      home,
      signal,
      onProgress: output.onProgress,
      ...(input === undefined ? {} : { input: input as string }),
      ...(map === undefined ? {} : { mapping: map }),
      ...(time === undefined ? {} : { time }),
      ...(as === undefined ? {} : { as }),
      ...(file === undefined ? {} : { output: file }),
      ...(loaded === undefined ? {} : { into: loaded }),
    });
    if (result === undefined) {
      output.say(NOTHING_KEPT);
      return exit.interrupted;
    }
    const { problems, streams, ...about } = result;
    if (output.json) {
      const told = streams.map(({ type, ...stream }) => ({ ...stream, type: describeType(type) }));
      output.value({ ...about, streams: told, problems: toJson(problems) });
      return exit.done;
    }
    output.briefly(problems);
    output.data(shown(result, into, output.style));
    return exit.done;
  },
};

function shown(
  { file, mode, messages, span_ns, streams }: ImportResult,
  graph: string | undefined,
  style: Style,
): string {
  const about = facts(
    [
      [mode === "log" ? "run log" : "recording", style.bold(file)],
      ["messages", messages.toLocaleString("en")],
      ["span", seconds(span_ns)],
      ["replay", mode === "log" ? `limbeck replay ${graph} ${file}` : undefined],
    ],
    style,
  );
  const columns = [
    { title: "stream" },
    { title: "from" },
    { title: "type" },
    { title: "found" },
    { title: "imported" },
    { title: "late" },
    { title: "unfit" },
    { title: "early" },
  ];
  const rows = streams.map((s) => ({
    cells: [
      s.stream,
      s.topic || s.file,
      briefType(describeType(s.type)),
      s.found,
      s.imported,
      s.late,
      s.unfit,
      s.early,
    ],
  }));
  return `${about}\n${table(columns, rows, style)}`;
}
