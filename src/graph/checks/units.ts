/** Units at the two ends of a connection mean the same, where both ends state one. */
import { sameType, unitDifferences } from "../../message/same.js";
import { type Draft, type DraftInput, inputOf, report } from "../draft.js";
import { readerName, sourceName } from "./names.js";
import { typePlace } from "./ports.js";

export function checkUnits(draft: Draft): void {
  for (const vertex of draft.vertices) for (const input of vertex.inputs) compare(draft, input);
}

function compare(draft: Draft, input: DraftInput): void {
  const gives = input.type;
  const takes = inputOf(input.vertex, input.port)?.type;
  if (gives === undefined || takes === undefined || gives === takes || input.from === undefined) return;
  const found = unitDifferences(gives, takes);
  if (found.length === 0 || sameType(gives, takes) !== undefined) return;
  const differences = found.map(({ path, left, right, relation }) => ({
    field: path.slice(1).replaceAll("/", "."),
    gives: left,
    takes: right,
    ratio: relation === "different" ? undefined : relation.ratio,
  }));
  const [from, to] = [sourceName(input), readerName(input)];
  report(draft, "L0250", { from, to, differences }, input, input.refPath, {
    related: [
      { message: `\`${from}\` comes from here`, path: typePlace(input.from.vertex) },
      { message: `\`${to}\` takes it as declared here`, path: typePlace(input.vertex) },
    ],
  });
}
