/** `limbeck dataset lineage FOLDER ROW`: where a row comes from, down to each port's message. */
import { InvalidArgumentError } from "commander";
import type { RowLineage } from "../../../dataset/lineage.js";
import { facts } from "../../facts.js";
import type { Style } from "../../style.js";
import { table } from "../../table.js";
import type { Verb } from "../../verb.js";

export const lineage: Verb = {
  name: "lineage",
  summary: "where a row comes from: recording, episode, and of each port the message with its tag",
  examples: [["limbeck dataset lineage .limbeck/datasets/reach-0001 512", "the origin of row 512"]],
  declare: (command) =>
    command.argument("<folder>", "a dataset's folder").argument("<row>", "a row, from 0", rowNumber),
  async run({ output, limbeck }, _options, [folder, row]) {
    const { openDataset } = await limbeck();
    const dataset = await openDataset(folder as string);
    try {
      const found = await dataset.lineage(row as number);
      if (output.json) output.value(found);
      else output.data(shown(found, output.style));
    } finally {
      await dataset.close();
    }
    return undefined;
  },
};

function rowNumber(value: string): number {
  if (!/^\d+$/.test(value)) throw new InvalidArgumentError("A row is a whole number from 0.");
  return Number(value);
}

function shown({ row, split, recording, episode, ports, ...own }: RowLineage, style: Style): string {
  const [from, to] = episode.rows;
  const about = facts(
    [
      ["row", `${style.bold(String(row))}, ${split ?? "in no split"}`],
      ["recording", recording.file],
      ["SHA-256", recording.sha256],
      ["graph", recording.graph && `${recording.graph}, seed ${recording.seed ?? "unknown"}`],
      ["episode", `${episode.number}, row ${episode.row} of ${to - from}`],
      ["tag", `${own.tag_ns} ns, microstep ${own.microstep}`],
    ],
    style,
  );
  const columns = ["port", "role", "message", "tag", "stamp"].map((title) =>
    title === "tag" || title === "stamp" ? { title, unit: "ns" } : { title },
  );
  // ns are exact: as text, not rounded
  const rows = ports.map(({ port, role, sequence, tag_ns, stamp_ns }) => ({
    cells: [port, role, String(sequence), String(tag_ns), String(stamp_ns)],
  }));
  return `${about}\n${table(columns, rows, style)}`;
}
