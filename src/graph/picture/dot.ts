/** A checked graph in Graphviz's language. */
import type { TypedGraph } from "../typed.js";
import { durationText, GROUPS, type Nested, nested, type PictureNode, picture } from "./json.js";

/**
 * DOT text, ending with a newline.
 *
 * @example
 * dot(typed)
 * // digraph "arm-reach" {
 * // …
 */
export function dot(typed: TypedGraph): string {
  const { name, nodes, edges } = picture(typed);
  const lines = [
    `digraph ${quote(name)} {`,
    '  rankdir=LR; node [shape=record, fontname="monospace", fontsize=11]; edge [fontname="monospace", fontsize=9];',
  ];
  for (const [group, title] of GROUPS) {
    const members = nodes.filter((node) => node.group === group);
    if (members.length === 0) continue;
    lines.push(`  subgraph "cluster_${group}" {`, `    label=${quote(title)}; style=rounded;`);
    lines.push(...boxed(nested(members), group, "    "), "  }");
  }
  for (const e of edges) {
    const delay = e.delay_ns === undefined ? "" : `, ${durationText(e.delay_ns)} later`;
    const dashed = e.boundary || e.delay_ns !== undefined ? ", style=dashed" : "";
    const from = `${quote(e.from)}:${quote(`o_${e.fromPort}`)}`;
    lines.push(`  ${from} -> ${quote(e.to)}:${quote(`i_${e.toPort}`)} [label=${quote(e.type + delay)}${dashed}];`);
  }
  lines.push("}");
  return `${lines.join("\n")}\n`;
}

const boxed = ({ parts }: Nested, group: string, indent: string): string[] =>
  parts.flatMap((part) =>
    "id" in part
      ? `${indent}${quote(part.id)} [label=${label(record(part))}${style(part)}];`
      : [
          `${indent}subgraph ${quote(`cluster_${group}_${part.path}`)} {`,
          `${indent}  label=${quote(part.path)}; style=rounded;`,
          ...boxed(part, group, `${indent}  `),
          `${indent}}`,
        ],
  );

/** Inputs on the left, outputs on the right, the node's own lines between them. */
function record(node: PictureNode): string {
  const isStream = node.group === "in" || node.group === "out";
  const fields = (prefix: string, ports: PictureNode["inputs"]) =>
    ports.length === 0
      ? []
      : [`{${ports.map(({ port }) => `<${prefix}_${field(port)}>${isStream ? "" : ` ${field(port)}`}`).join("|")}}`];
  const own = [node.id, node.label, ...(node.when === "" ? [] : [node.when])].map(field).join("\\n");
  return [...fields("i", node.inputs), own, ...fields("o", node.outputs)].join("|");
}

const style = (node: PictureNode): string =>
  node.inserted ? ", style=dashed" : node.group === "in" || node.group === "out" ? ", style=rounded" : "";

/** A part of a record's label: signs that divide records are escaped. */
const field = (text: string): string => text.replace(/[\\{}|<> ]/g, (c) => `\\${c}`);
/** A string whose backslashes are escapes already. */
const label = (text: string): string => `"${text.replace(/"/g, '\\"').replace(/[\r\n]+/g, " ")}"`;
const quote = (text: string): string => label(text.replace(/\\/g, "\\\\"));
