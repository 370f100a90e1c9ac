/** A log in columns, replayed message by message: `.csv`, `.tsv`, tables between blanks, and each gzipped. */
import Type from "typebox";
import type { Json } from "../../../message/type.js";
import { source } from "../../source.js";
import { expandColumns, portType, readColumns } from "./columns.js";

export default source({
  doc: "Streams a table with a header line, or with its columns named by `columns`. `time` names the time column; `ports` says which columns make each port's message: a name for a number, a list (or `q1..q7`) for a tensor, an object of these for an object. The first row is at 0, or `origin` is, so that several logs of one run keep step; without `time` all rows are at 0, one after the other (a map, a table of constants).",
  params: Type.Object({
    path: Type.String({ file: true, description: "relative to the graph file", examples: ["log.csv"] }),
    time: Type.Optional(Type.String({ description: "the time column; without one every row is at 0" })),
    time_unit: Type.Enum(["s", "ms", "us", "ns"], { default: "s" }),
    origin: Type.Optional(
      Type.Number({ description: "time of the file that is 0, in its unit; the first row's without it" }),
    ),
    columns: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        minItems: 1,
        description: "names of the columns of a file without a header line",
      }),
    ),
    ports: Type.Record(Type.String(), Type.Any(), {
      minProperties: 1,
      description: "the columns that make each port's message",
      examples: [{ position: ["x", "y"] }],
    }),
    delimiter: Type.Optional(
      Type.String({
        pattern: "^(.|whitespace)$",
        description: "one character, or `whitespace`: any run of blanks and tabs",
      }),
    ),
    comment: Type.Optional(
      Type.String({ minLength: 1, maxLength: 8, description: "what begins a remark, `#` say, to the end of its line" }),
    ),
    bad_rows: Type.Enum(["error", "skip"], {
      default: "error",
      description: "rows with a cell that is no finite number",
    }),
    order: Type.Enum(["error", "skip", "sort"], { default: "error", description: "rows whose time goes backwards" }),
  }),
  outputs: ({ ports }) =>
    Object.fromEntries(
      Object.entries(ports as Record<string, Json>).map(([port, columns]) => [
        port,
        { type: portType(expandColumns(columns, port)), kind: "signal" as const },
      ]),
    ),
  open: (params, files) => readColumns(params, files),
});
