/** A checked graph as a picture: one self-contained SVG on a light card, the same bytes for the same graph. */
import { fail } from "../../problem/problem.js";
import type { TypedGraph } from "../typed.js";
import { type PictureNode, picture } from "./json.js";
import { type Box, clip, FONT, type Layout, layout } from "./layout.js";

const RADIUS = 7;

/** Stroke, fill and text of each kind of part. */
const COLORS: Record<PictureNode["group"], { line: string; fill: string; ink: string }> = {
  world: { line: "#2f855a", fill: "#edf7f1", ink: "#22543d" },
  in: { line: "#b7791f", fill: "#fdf6e7", ink: "#744210" },
  nodes: { line: "#2b6cb0", fill: "#ebf4fc", ink: "#1a365d" },
  out: { line: "#b7791f", fill: "#fdf6e7", ink: "#744210" },
};
const INK = "#1a202c";
const SOFT = "#5a6577";
const EDGE = "#718096";

/** Streams and nodes that are laid out: some seconds' worth. */
export const MAX_DRAWN = 1000;

/**
 * SVG text, ending with a newline.
 *
 * @throws LimbeckError L0232 where the graph has more than 1,000 streams and nodes.
 * @example
 * (await svg(typed)).slice(0, 5) // "<svg…"
 */
export async function svg(typed: TypedGraph): Promise<string> {
  const drawn = picture(typed);
  const count = drawn.nodes.length;
  if (count > MAX_DRAWN) fail("L0232", { count, limit: MAX_DRAWN });
  const laid = await layout(drawn);
  const w = round(laid.width);
  const h = round(laid.height);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}" role="img" aria-label="${xml(`graph ${drawn.name}`)}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace">`,
    `<title>${xml(drawn.name)}</title>`,
    `<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0.5 0.8 L7.2 4 L0.5 7.2 Z" fill="${EDGE}"/></marker></defs>`,
    `<rect x="0.5" y="0.5" width="${w - 1}" height="${h - 1}" rx="12" fill="#ffffff" stroke="#e2e8f0"/>`,
    ...laid.groups.map(group),
    ...laid.edges.map(edge),
    ...laid.nodes.map(node),
    ...laid.edges.map(label),
    "</svg>",
  ];
  return `${parts.filter((p) => p !== "").join("\n")}\n`;
}

function group(g: Layout["groups"][number]): string {
  const { line, fill, ink } = COLORS[g.group];
  return (
    `<rect ${rect(g)} rx="11" fill="${fill}" fill-opacity="0.55" stroke="${line}" stroke-opacity="0.35"/>` +
    `<text x="${round(g.x + 14)}" y="${round(g.y + 22)}" font-size="${FONT.group}" font-weight="600" letter-spacing="0.6" fill="${ink}">${xml(g.title)}</text>`
  );
}

function node({ node: n, ports, ...box }: Layout["nodes"][number]): string {
  const isStream = n.group === "in" || n.group === "out";
  const { line, ink } = COLORS[n.group];
  const middle = box.x + box.width / 2;
  const dash = n.inserted ? ' stroke-dasharray="5 3"' : "";
  const parts = [
    `<rect ${rect(box)} rx="${isStream ? round(box.height / 2) : RADIUS}" fill="#ffffff" stroke="${line}" stroke-width="1.3"${dash}/>`,
    text(n.id, middle, box.y + 20, FONT.id, ink, 'text-anchor="middle" font-weight="700"'),
    text(n.label, middle, box.y + 34, FONT.text, SOFT, 'text-anchor="middle"'),
  ];
  if (n.when !== "") parts.push(text(n.when, middle, box.y + 48, FONT.text, line, 'text-anchor="middle"'));
  if (isStream) return parts.join("");
  if (ports.length > 0) {
    const y = round(box.y + Math.min(...ports.map((p) => p.y)) - 14);
    parts.push(`<path d="M${round(box.x)} ${y} H${round(box.x + box.width)}" stroke="${line}" stroke-opacity="0.25"/>`);
  }
  for (const port of ports) {
    const left = port.side === "left";
    const x = box.x + port.x;
    const y = box.y + port.y;
    parts.push(
      `<circle cx="${round(x)}" cy="${round(y)}" r="2.6" fill="${line}"/>`,
      text(port.name, x + (left ? 9 : -9), y + 3.6, FONT.port, INK, left ? "" : 'text-anchor="end"'),
    );
  }
  return parts.join("");
}

function edge({ edge: e, points }: Layout["edges"][number]): string {
  if (points.length === 0) return "";
  const dash = e.boundary || e.delay_ns !== undefined ? ' stroke-dasharray="5 4"' : "";
  return `<path d="${rounded(points)}" fill="none" stroke="${EDGE}" stroke-width="1.3"${dash} marker-end="url(#arrow)"/>`;
}

function label({ label: l }: Layout["edges"][number]): string {
  if (l === undefined) return "";
  return (
    `<rect ${rect(l)} rx="3" fill="#ffffff" fill-opacity="0.92"/>` +
    text(l.text, l.x + l.width / 2, l.y + l.height - 3.2, FONT.edge, SOFT, 'text-anchor="middle"')
  );
}

/** A polyline with its corners rounded. */
function rounded(points: readonly { readonly x: number; readonly y: number }[]): string {
  const towards = (a: { x: number; y: number }, b: { x: number; y: number }, by: number) => {
    const length = Math.hypot(b.x - a.x, b.y - a.y) || 1;
    const share = Math.min(by, length / 2) / length;
    return `${round(a.x + (b.x - a.x) * share)} ${round(a.y + (b.y - a.y) * share)}`;
  };
  const [first] = points;
  const corners = points
    .slice(1, -1)
    .map(
      (p, i) => `L${towards(p, points[i]!, RADIUS)} Q${round(p.x)} ${round(p.y)} ${towards(p, points[i + 2]!, RADIUS)}`,
    );
  const last = points.at(-1)!;
  return `M${round(first!.x)} ${round(first!.y)} ${[...corners, `L${round(last.x)} ${round(last.y)}`].join(" ")}`;
}

const round = (x: number): number => Math.round(x * 10) / 10;
const rect = (b: Box): string =>
  `x="${round(b.x)}" y="${round(b.y)}" width="${round(b.width)}" height="${round(b.height)}"`;
const text = (words: string, x: number, y: number, size: number, fill: string, more: string): string =>
  `<text x="${round(x)}" y="${round(y)}" font-size="${size}" fill="${fill}"${more === "" ? "" : ` ${more}`}>${xml(clip(words))}</text>`;

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const xml = (words: string): string => words.replace(/[&<>"']/g, (c) => ENTITIES[c]!);
