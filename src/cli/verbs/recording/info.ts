/** `limbeck recording info FILE`: what a recording holds, Limbeck's own or another program's. */
import { toJson } from "../../../problem/print.js";
import type { AnyInfo } from "../../../project/recording.js";
import { exit } from "../../exit.js";
import { facts } from "../../facts.js";
import { countsInWords } from "../../run-facts.js";
import type { Style } from "../../style.js";
import { table } from "../../table.js";
import type { Verb } from "../../verb.js";
import { briefType, inSeconds, seconds } from "./words.js";

type OwnInfo = Extract<AnyInfo, { own: true }>;
type OthersInfo = Extract<AnyInfo, { own: false }>;

export const info: Verb = {
  name: "info",
  summary: "what a recording holds: channels, counts, rates, span, what is missing",
  examples: [
    ["limbeck recording info .limbeck/recordings/reach-0001.mcap", "its ports, rows, and rows that are incomplete"],
    ["limbeck recording info drive.db3 --json", "topics of a bag, with the fields that a mapping can name"],
  ],
  declare: (command) =>
    command.argument("<file>", "a recording or run log; MCAP, .db3 or a bag's folder, CSV, .npz of other programs"),
  async run(context, _options, [file]) {
    const { output, signal } = context;
    const { describeRecording } = await context.limbeck();
    const found = await describeRecording(file as string, { signal, onProgress: output.onProgress });
    if (output.json) {
      const { own: _, problems, ...rest } = found;
      output.value({ ...rest, problems: toJson(problems) });
      return exit.done;
    }
    output.data(found.own ? ownText(found, output.style) : othersText(found, output.style));
    output.problems(found.problems);
    return exit.done;
  },
};

const many = (n: number): string => n.toLocaleString("en");

function ownText(found: OwnInfo, style: Style): string {
  const missing = Object.entries(found.incomplete ?? {}).map(([cause, n]) => `${many(n)} (${cause})`);
  const about = facts(
    [
      ["recording", `${style.bold(found.file)}${found.whole ? "" : ", not finished"}`],
      ["of", found.graph === undefined || found.graph === "" ? undefined : `${found.graph}, seed ${found.seed}`],
      ["anchor", found.anchor],
      ["rows", found.rows === undefined || found.mode !== "rows" ? undefined : many(found.rows)],
      ["counted", countsInWords(found.counts) || undefined],
      ["incomplete", missing.join(", ") || undefined],
      ["messages", many(found.messages)],
      ["span", seconds(found.span_ns)],
      ["SHA-256", `${found.sha256} (${many(found.bytes)} bytes)`],
    ],
    style,
  );
  const columns = [
    { title: "port" },
    { title: "role" },
    { title: "type" },
    { title: "messages" },
    { title: "rate", unit: "Hz" },
    { title: "from", unit: "s" },
    { title: "to", unit: "s" },
  ];
  const rows = found.channels.map((c) => ({
    cells: [
      c.port,
      c.role,
      briefType(c.type),
      c.messages,
      ...(c.messages > 0 ? [c.rate_hz, inSeconds(c.first_tag_ns), inSeconds(c.last_tag_ns)] : []),
    ],
  }));
  return `${about}\n${table(columns, rows, style)}`;
}

function othersText(found: OthersInfo, style: Style): string {
  const start = found.start_ns === undefined ? undefined : new Date(Number(BigInt(found.start_ns) / 1_000_000n));
  const about = facts(
    [
      ["recording", `${style.bold(found.file)}, ${found.format}`],
      ["messages", many(found.messages)],
      ["from", start?.toISOString()],
      ["span", start === undefined ? undefined : seconds(found.span_ns)],
    ],
    style,
  );
  if (found.start_ns === undefined) {
    const columns = [{ title: "table" }, { title: "column" }, { title: "type" }, { title: "rows" }];
    const rows = found.channels.flatMap(({ topic, fields, messages }) =>
      Object.entries(fields).map(([name, type]) => ({
        cells: [topic || undefined, name, type === "unknown" ? "text" : type, messages],
      })),
    );
    return `${about}\n${table(columns, rows, style)}`;
  }
  const columns = [
    { title: "topic" },
    { title: "type" },
    { title: "encoding" },
    { title: "messages" },
    { title: "rate", unit: "Hz" },
    { title: "" },
  ];
  const rows = found.channels.map((c) => ({
    cells: [
      c.topic,
      c.type,
      c.encoding,
      c.messages,
      c.messages > 1 ? c.rate_hz : undefined,
      c.unreadable === undefined ? "" : "cannot be decoded",
    ],
  }));
  const unreadable = found.channels.flatMap(({ topic, unreadable }) =>
    unreadable === undefined ? [] : [`${topic}: ${unreadable}\n`],
  );
  return `${about}\n${table(columns, rows, style)}${unreadable.length === 0 ? "" : `\n${unreadable.join("")}`}`;
}
