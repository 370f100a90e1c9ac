/** Values that are written into the graph lie in the range of the stream that they are sent over. */
import type { Json } from "../../message/type.js";
import { pathTo } from "../../problem/path.js";
import { type Draft, type DraftVertex, report } from "../draft.js";
import { contractOf } from "./activity.js";

export function checkRanges(draft: Draft): void {
  for (const vertex of draft.vertices) {
    const range = contractOf(vertex)?.range;
    if (range === undefined) continue;
    const stream = vertex.id;
    const tell = (what: string, value: Json, part: DraftVertex, path: string) => {
      const outside = numbersIn(value).find((x) => x < range[0] || x > range[1]);
      if (outside === undefined) return;
      const related = [
        { message: "the range", path: `${vertex.path}/${vertex.stream === undefined ? "params" : "contract"}/range` },
      ];
      report(draft, "L0262", { what, stream, value: outside, range }, part, path, { related });
    };
    if (vertex.stream?.initial !== undefined)
      tell(`\`initial\` of \`${stream}\``, vertex.stream.initial, vertex, `${vertex.path}/initial`);
    const from = vertex.inputs[0]?.from;
    if (from?.vertex.node === undefined || from.port === undefined || from.field.length > 0) continue;
    for (const key of ["initial", "safe"] as const) {
      const values = from.vertex.node[key];
      if (values === undefined || !Object.hasOwn(values, from.port)) continue;
      tell(
        `\`${key}\` of \`${from.vertex.id}.${from.port}\``,
        values[from.port]!,
        from.vertex,
        pathTo(from.vertex.path, key, from.port),
      );
    }
  }
}

function numbersIn(value: Json): number[] {
  if (typeof value === "number") return [value];
  return value !== null && typeof value === "object" ? Object.values(value as object).flatMap(numbersIn) : [];
}
