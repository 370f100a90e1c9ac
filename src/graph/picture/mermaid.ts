/** A checked graph as a Mermaid flowchart, which GitHub draws inside Markdown. */
import type { TypedGraph } from "../typed.js";
import { durationText, GROUPS, type Nested, nested, type PictureNode, picture } from "./json.js";

/**
 * Mermaid text, ending with a newline.
 *
 * @example
 * mermaid(typed)
 * // flowchart LR
 * //   subgraph world_["world"]
 * //     n0["<b>operator</b><br/>sim/waypoints<br/>10 Hz"]
 * // …
 */
export function mermaid(typed: TypedGraph): string {
  const { nodes, edges } = picture(typed);
  const names = new Map(nodes.map((node, i) => [node.id, `n${i}`]));
  const lines = ["flowchart LR"];
  for (const [group, title] of GROUPS) {
    const members = nodes.filter((node) => node.group === group);
    if (members.length === 0) continue;
    lines.push(`  subgraph ${group}_["${title}"]`);
    lines.push(...boxed(nested(members), names, "    "), "  end");
  }
  for (const e of edges) {
    const delay = e.delay_ns === undefined ? "" : ` after ${durationText(e.delay_ns)}`;
    const port = (name: string) => (name === "out" || name === "in" ? "" : name);
    const ports = [port(e.fromPort), port(e.toPort)].filter((name, i, all) => name !== "" && all.indexOf(name) === i);
    const label = entities(`${ports.join(" → ")}${ports.length > 0 ? ": " : ""}${e.type}${delay}`);
    const arrow = e.boundary || e.delay_ns !== undefined ? "-.->" : "-->";
    lines.push(`  ${names.get(e.from)} ${arrow}|"${label}"| ${names.get(e.to)}`);
  }
  const inserted = nodes.filter((node) => node.inserted).map((node) => names.get(node.id));
  if (inserted.length > 0)
    lines.push("  classDef inserted stroke-dasharray: 4 3", `  class ${inserted.join(",")} inserted`);
  return `${lines.join("\n")}\n`;
}

function boxed({ parts }: Nested, names: ReadonlyMap<string, string>, indent: string): string[] {
  return parts.flatMap((part) =>
    "id" in part
      ? `${indent}${names.get(part.id)}${shape(part)}`
      : [
          `${indent}subgraph ${boxName(part, names)}["${entities(part.path)}"]`,
          ...boxed(part, names, `${indent}  `),
          `${indent}end`,
        ],
  );
}

/** Unlike any other: the depth, and the first node that stands in it. */
function boxName({ path, parts }: Nested, names: ReadonlyMap<string, string>): string {
  let [first] = parts;
  while (!("id" in first!)) [first] = first!.parts;
  return `${names.get(first.id)}_${path.split("/").length}`;
}

function shape(node: PictureNode): string {
  const text = [
    `<b>${entities(node.id)}</b>`,
    entities(node.label),
    ...(node.when === "" ? [] : [entities(node.when)]),
  ].join("<br/>");
  return node.group === "in" || node.group === "out" ? `(["${text}"])` : `["${text}"]`;
}

/** Mermaid's own entities: quotes and markup in names stay text. */
const entities = (text: string): string => text.replace(/[^\p{L}\p{N} _.,:/→%±[\]-]/gu, (c) => `#${c.codePointAt(0)};`);
