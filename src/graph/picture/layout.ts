/** Sizes of boxes and places of ports, then ELK's layered layout: a picture's geometry without its looks. */

import elk from "elkjs/lib/elk.bundled.js";
import type { ELK, ElkExtendedEdge, ElkNode } from "elkjs/lib/elk-api.js";
import { GROUPS, type Nested, nested, type Picture, type PictureEdge, type PictureNode } from "./json.js";

export const FONT = { id: 13, text: 10.5, port: 10.5, edge: 9.5, group: 11 } as const;
const HEADER = 44;
const ROW = 18;
const MAX_CHARS = 34;

/** A fixed-width font's letters are 0.6 em wide. */
export const textWidth = (text: string, size: number): number => text.length * size * 0.602;

/** Text short enough for a box. */
export const clip = (text: string): string => (text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS - 1)}…` : text);

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
export interface PlacedPort {
  readonly name: string;
  readonly side: "left" | "right";
  readonly x: number;
  readonly y: number;
}
export interface Layout extends Box {
  /** What stands around others, from the outside in: groups, and sub-graphs under their path. */
  readonly groups: readonly (Box & { readonly title: string; readonly group: PictureNode["group"] })[];
  readonly nodes: readonly (Box & { readonly node: PictureNode; readonly ports: readonly PlacedPort[] })[];
  readonly edges: readonly {
    readonly edge: PictureEdge;
    readonly points: readonly { readonly x: number; readonly y: number }[];
    readonly label?: Box & { readonly text: string };
  }[];
}

/** Header lines, then port rows: inputs left, outputs right. Streams have one nameless port on each side. */
function sized(node: PictureNode): { width: number; height: number; ports: PlacedPort[] } {
  const lines = [
    textWidth(clip(node.id), FONT.id),
    textWidth(clip(node.label), FONT.text),
    textWidth(clip(node.when), FONT.text),
  ];
  if (node.group === "in" || node.group === "out") {
    const height = node.when === "" ? 42 : 56;
    const width = Math.max(...lines) + 44;
    const ports: PlacedPort[] = [{ name: "out", side: "right", x: width, y: height / 2 }];
    if (node.inputs.length > 0) ports.push({ name: "in", side: "left", x: 0, y: height / 2 });
    return { width, height, ports };
  }
  const left = node.inputs.map((p) => textWidth(clip(p.port), FONT.port));
  const right = node.outputs.map((p) => textWidth(clip(p.port), FONT.port));
  const width = Math.max(...lines.map((w) => w + 28), Math.max(0, ...left) + Math.max(0, ...right) + 48);
  const header = HEADER + (node.when === "" ? 0 : 14);
  const rows = Math.max(node.inputs.length, node.outputs.length);
  const at = (i: number) => header + 8 + ROW * i + ROW / 2;
  return {
    width,
    height: header + (rows === 0 ? 0 : 8 + rows * ROW + 6),
    ports: [
      ...node.inputs.map((p, i): PlacedPort => ({ name: p.port, side: "left", x: 0, y: at(i) })),
      ...node.outputs.map((p, i): PlacedPort => ({ name: p.port, side: "right", x: width, y: at(i) })),
    ],
  };
}

/** Room for a title. */
const AROUND = { "elk.padding": "[top=38,left=18,bottom=18,right=18]" };

const portId = (id: string, side: "left" | "right", port: string): string => `${id}|${side}|${port}`;

/** Lays a picture out from left to right: world, streams in, nodes, streams out. The same picture gives the same layout. */
export async function layout(picture: Picture): Promise<Layout> {
  const sizes = new Map(picture.nodes.map((node) => [node.id, sized(node)]));
  const groups = GROUPS.map(([group, title], i) => ({
    group,
    title,
    partition: i,
    members: picture.nodes.filter((n) => n.group === group),
  })).filter((g) => g.members.length > 0);
  const boxed = ({ parts }: Nested, within: string): ElkNode[] =>
    parts.map(
      (part): ElkNode =>
        "id" in part
          ? placed(part)
          : { id: `${within} ${part.path}`, layoutOptions: AROUND, children: boxed(part, within) },
    );
  const placed = (node: PictureNode): ElkNode => {
    const { width, height, ports } = sizes.get(node.id)!;
    return {
      id: node.id,
      width,
      height,
      layoutOptions: { "elk.portConstraints": "FIXED_POS" },
      ports: ports.map(({ name, side, x, y }) => ({
        id: portId(node.id, side, name),
        x,
        y,
        width: 0,
        height: 0,
        layoutOptions: { "elk.port.side": side === "left" ? "WEST" : "EAST" },
      })),
    };
  };
  const graph: ElkNode = {
    id: "root",
    layoutOptions: {
      "elk.algorithm": "layered",
      "elk.direction": "RIGHT",
      "elk.edgeRouting": "ORTHOGONAL",
      "elk.hierarchyHandling": "INCLUDE_CHILDREN",
      "elk.json.edgeCoords": "ROOT",
      "elk.partitioning.activate": "true",
      "elk.randomSeed": "1",
      "elk.padding": "[top=16,left=16,bottom=16,right=16]",
      "elk.spacing.nodeNode": "28",
      "elk.spacing.edgeNode": "16",
      "elk.spacing.edgeEdge": "12",
      "elk.spacing.edgeLabel": "3",
      "elk.layered.spacing.nodeNodeBetweenLayers": "24",
      "elk.layered.spacing.edgeNodeBetweenLayers": "16",
      "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
      "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
      "elk.layered.feedbackEdges": "true",
    },
    children: groups.map(({ group, partition, members }) => ({
      id: `group ${group}`,
      layoutOptions: {
        ...AROUND,
        "elk.partitioning.partition": String(partition),
      },
      children: boxed(nested(members), `group ${group}`),
    })),
    edges: picture.edges.map(
      (e, i): ElkExtendedEdge => ({
        id: `edge ${i}`,
        sources: [portId(e.from, "right", e.fromPort)],
        targets: [portId(e.to, "left", e.toPort)],
        labels: [
          {
            text: clip(e.type),
            width: textWidth(clip(e.type), FONT.edge) + 8,
            height: 13,
            layoutOptions: { "elk.edgeLabels.inline": "true" },
          },
        ],
      }),
    ),
  };
  // the package's default export is the class, under a namespace in its types
  const laidOut = await new (elk as unknown as new () => ELK)().layout(graph);
  return read(picture, laidOut, sizes);
}

function read(picture: Picture, root: ElkNode, sizes: ReadonlyMap<string, ReturnType<typeof sized>>): Layout {
  const nodeOf = new Map(picture.nodes.map((node) => [node.id, node]));
  const box = (b: { x?: number; y?: number; width?: number; height?: number }, dx = 0, dy = 0): Box => ({
    x: (b.x ?? 0) + dx,
    y: (b.y ?? 0) + dy,
    width: b.width ?? 0,
    height: b.height ?? 0,
  });
  const titles = new Map<string, string>(GROUPS.map(([group, title]) => [group, title]));
  const groups: Layout["groups"][number][] = [];
  const nodes: Layout["nodes"][number][] = [];
  const place = (part: ElkNode, dx: number, dy: number): void => {
    const at = box(part, dx, dy);
    const node = nodeOf.get(part.id);
    if (node !== undefined) return void nodes.push({ ...at, node, ports: sizes.get(node.id)!.ports });
    const [, group, path] = part.id.split(" ") as [string, PictureNode["group"], string?];
    groups.push({ ...at, title: path ?? titles.get(group)!, group });
    for (const child of part.children!) place(child, at.x, at.y);
  };
  for (const part of root.children!) place(part, 0, 0);
  return {
    ...box(root),
    groups,
    nodes,
    edges: root.edges!.map((e, i) => {
      const sections = (e as ElkExtendedEdge).sections ?? [];
      const points = sections.flatMap((s) => [s.startPoint, ...(s.bendPoints ?? []), s.endPoint]);
      const label = e.labels?.[0];
      return {
        edge: picture.edges[i]!,
        points,
        ...(label === undefined ? {} : { label: { ...box(label), text: label.text! } }),
      };
    }),
  };
}
