/** A model card → the TypeScript source of the drop-in: the teacher's ports, types and trigger, and no logic. */
import type { Json } from "../../message/type.js";
import type { Card } from "../../models/card.js";
import { commentLine, literal } from "./literal.js";
import { member } from "./typescript.js";

type Ports = Card["inputs"];

/**
 * The source text of the component that stands in for what the model was distilled from.
 *
 * The model is pinned by version and by content digest, so the text means the same wherever it is copied.
 *
 * @example
 * const { card } = findModel("models", "reach@1");
 * generateComponent(card).includes('export default model<Inputs, Outputs>({\n  model: "reach@1",') // true
 */
export function generateComponent(card: Card): string {
  const reference = `${card.name}@${card.version}`;
  const { nodes, graph } = card.teacher;
  const teacher = nodes?.map((id) => `\`${id}\``).join(", ") ?? `the relation ${relation(card)}`;
  const about = commentLine(
    `Drop-in for ${teacher} of ${graph}, ${card.policy === undefined ? "distilled" : "lowered"} by Limbeck as ${reference}.`,
  );
  return `// ${about} Generated: edit the graph, not this file.
import { model } from "limbeck";

${portsType("Inputs", card.inputs)}
${portsType("Outputs", card.outputs)}
export default model<Inputs, Outputs>({
  model: ${literal(reference)},
  sha256: ${literal(card.sha256)},
  on: ${literal(card.trigger as Json, "  ")},
  inputs: ${portsLiteral(card.inputs)},
  outputs: ${portsLiteral(card.outputs)},
${card.remembers === undefined ? "" : "  remembers: true,\n"}${card.transforms === undefined ? "" : `  transforms: ${literal(card.transforms as unknown as Json, "  ")},\n`}${card.policy === undefined ? "" : `  policy: ${literal(card.policy as unknown as Json, "  ")},\n`}});
`;
}

const relation = (card: Card) => `${Object.keys(card.inputs).join(", ")} → ${Object.keys(card.outputs).join(", ")}`;

const portsType = (name: string, ports: Ports) =>
  `export interface ${name} {\n${Object.entries(ports)
    .map(([port, { type }]) => member(port, type, { optional: false, indent: "  " }))
    .join("")}}\n`;

/** A signal is its bare type, as in hand-written components; an event says so. */
const portsLiteral = (ports: Ports) =>
  literal(
    Object.fromEntries(
      Object.entries(ports).map(([port, { type, kind }]) => [
        port,
        (kind === "signal" ? type : { schema: type, kind, optional: false }) as unknown as Json,
      ]),
    ),
    "  ",
  );
