/** A log in columns, replayed message by message: `.csv`, `.tsv`, and either gzipped. */
import Type from "typebox";
import type { Json } from "../../../message/type.js";
import { source } from "../../source.js";
import { expandColumns, portType, readColumns } from "./columns.js";

export default source({
  doc: "Streams a table with a header line. `time` names the time column; `ports` says which columns make each port's message: a name for a number, a list (or `q1..q7`) for a tensor, an object of these for an object. The first row is at 0.",
  params: Type.Object({
    path: Type.String({ description: "relative to the graph file" }),
    time: Type.String({ description: "the time column" }),
    time_unit: Type.Enum(["s", "ms", "us", "ns"], { default: "s" }),
    ports: Type.Record(Type.String(), Type.Any(), { minProperties: 1 }),
    delimiter: Type.Optional(Type.String({ minLength: 1, maxLength: 1 })),
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
