/** A checked graph as the data of a picture: what every format draws, and what `graph --format json` prints. */
import { describeType } from "../../message/same.js";
import type { NodeVertex, TypedGraph, TypedInput, TypedLatency, TypedTrigger, Vertex } from "../typed.js";

export interface Picture {
  readonly name: string;
  readonly nodes: readonly PictureNode[];
  readonly edges: readonly PictureEdge[];
}

export interface PictureNode {
  readonly id: string;
  readonly group: "world" | "in" | "nodes" | "out";
  /** The component, or the message type of a stream. */
  readonly label: string;
  /** "100 Hz", "on joints, 5 ms late, in a process"; of a stream its contract: "100 Hz, 2 ms late". */
  readonly when: string;
  readonly rank: number;
  /** Put there by a rewrite. */
  readonly inserted: boolean;
  readonly inputs: readonly { readonly port: string; readonly type: string }[];
  readonly outputs: readonly { readonly port: string; readonly type: string }[];
}

export interface PictureEdge {
  readonly from: string;
  readonly fromPort: string;
  readonly to: string;
  readonly toPort: string;
  /** Type of what flows, after field selection. */
  readonly type: string;
  readonly field: readonly string[];
  /** An out-stream into the world: one microstep later. */
  readonly boundary: boolean;
  readonly delay_ns?: number;
}

/** Groups of parts and their titles, from left to right. */
export const GROUPS = [
  ["world", "world"],
  ["in", "streams in"],
  ["nodes", "nodes"],
  ["out", "streams out"],
] as const;

/** Parts of a group, and sub-graphs among them: `pan/current` stands in the box `pan`. */
export interface Nested {
  /** Path of the sub-graph, `""` for the group itself. */
  readonly path: string;
  readonly parts: (PictureNode | Nested)[];
}

/** Boxes come where the first of their parts does; what a rewrite named after `#` opens none. */
export function nested(nodes: readonly PictureNode[]): Nested {
  const root: Nested = { path: "", parts: [] };
  const boxes = new Map([["", root]]);
  const box = (path: string): Nested => {
    const known = boxes.get(path);
    if (known !== undefined) return known;
    const made: Nested = { path, parts: [] };
    boxes.set(path, made);
    box(path.slice(0, Math.max(0, path.lastIndexOf("/")))).parts.push(made);
    return made;
  };
  for (const node of nodes) {
    const [authored] = node.id.split("#") as [string];
    box(authored.slice(0, Math.max(0, authored.lastIndexOf("/")))).parts.push(node);
  }
  return root;
}

/**
 * The picture's data: vertices in rank order, edges in the order of their readers.
 *
 * @example
 * const { edges } = picture(typed);
 * edges.find(({ to }) => to === "ik") // { from: "target", fromPort: "out", toPort: "point", type: "Vector2", … }
 */
export function picture(typed: TypedGraph): Picture {
  return {
    name: typed.graph.name,
    nodes: typed.vertices.map(pictureNode),
    edges: typed.vertices.flatMap((v) => v.inputs.map((input) => pictureEdge(v, input))),
  };
}

/**
 * The picture as JSON text, ending with a newline.
 *
 * @example
 * pictureJson(typed)
 * // {
 * //   "name": "arm-reach",
 * // …
 */
export const pictureJson = (typed: TypedGraph): string => `${JSON.stringify(picture(typed), null, 2)}\n`;

function pictureNode(v: Vertex): PictureNode {
  const isStream = v.place === "in" || v.place === "out";
  const ports = (list: Vertex["inputs"] | Vertex["outputs"]) =>
    list.map((p) => ({ port: p.port, type: describeType(p.type) }));
  return {
    id: v.id,
    group: v.place,
    label: isStream ? v.stream.message : v.node.component,
    when: isStream ? contractText(v) : nodeText(v),
    rank: v.rank,
    inserted: v.inserted,
    inputs: ports(v.inputs),
    outputs: ports(v.outputs),
  };
}

const pictureEdge = (to: Vertex, input: TypedInput): PictureEdge => ({
  from: input.from.vertex,
  fromPort: input.from.port,
  to: to.id,
  toPort: input.port,
  // a stream names the type that what flows into it has
  type: "stream" in to ? to.stream.message : describeType(input.type),
  field: input.from.field,
  boundary: input.boundary,
  ...(input.delay_ns === undefined ? {} : { delay_ns: input.delay_ns }),
});

const number = (x: number): string => String(Number(x.toPrecision(4)));

/**
 * 1e7 → "10 ms"
 *
 * @example
 * durationText(1e7) // "10 ms"
 * durationText(1.5e9) // "1.5 s"
 */
export function durationText(ns: number): string {
  const [size, unit] = (
    [
      [1e9, "s"],
      [1e6, "ms"],
      [1e3, "µs"],
    ] as const
  ).find(([n]) => ns >= n) ?? [1, "ns"];
  return `${number(ns / size)} ${unit}`;
}

function rateText(hz: number): string {
  if (hz < 1) return `every ${durationText(1e9 / hz)}`;
  return hz >= 1000 ? `${number(hz / 1000)} kHz` : `${number(hz)} Hz`;
}

const nodeText = ({ trigger, latency, placement = "inline" }: NodeVertex): string =>
  [
    triggerText(trigger),
    latency === undefined ? [] : `${latencyText(latency)} late`,
    placement === "inline" ? [] : `in a ${placement}`,
  ]
    .flat()
    .join(", ");

function triggerText(trigger: TypedTrigger): string {
  switch (trigger.kind) {
    case "clock":
      return rateText(1e9 / trigger.period_ns);
    case "source":
      return "source";
    case "each":
      return `on ${trigger.ports.join(", ")}`;
    case "aligned":
      return `${trigger.ports.join(", ")} within ${durationText(trigger.within_ns)}`;
    case "silence":
      return `${durationText(trigger.for_ns)} without ${trigger.port}`;
    case "window":
      return `last ${trigger.count ?? durationText(trigger.duration_ns!)} of ${trigger.port}${everyText(trigger)}`;
  }
}

/** How often a window fires, where that is not its own size. */
function everyText({ count, duration_ns, every_count, every_ns }: Extract<TypedTrigger, { kind: "window" }>): string {
  if (every_count !== undefined) return every_count === count ? "" : ` every ${every_count}`;
  return every_ns === undefined || every_ns === duration_ns ? "" : ` every ${durationText(every_ns)}`;
}

function latencyText(latency: TypedLatency): string {
  switch (latency.kind) {
    case "constant":
      return durationText(latency.ns);
    case "normal":
      return `${durationText(latency.mean_ns)} ± ${durationText(latency.sd_ns)}`;
    case "empirical": {
      const [least, most] = extent(latency.values_ns);
      return least === most ? durationText(least) : `${durationText(least)} to ${durationText(most)}`;
    }
  }
}

const extent = (values: readonly number[]): [number, number] =>
  values.reduce<[number, number]>(
    ([least, most], v) => [Math.min(least, v), Math.max(most, v)],
    [Number.POSITIVE_INFINITY, 0],
  );

function contractText(v: Extract<Vertex, { readonly place: "in" | "out" }>): string {
  const { rate_hz, latency_ns, jitter_ns, loss } = v.contract;
  return [
    rate_hz === undefined ? [] : rateText(rate_hz),
    latency_ns === 0 ? [] : `${durationText(latency_ns)} late`,
    jitter_ns === 0 ? [] : `± ${durationText(jitter_ns)}`,
    loss === 0 ? [] : `${number(loss * 100)} % lost`,
  ]
    .flat()
    .join(", ");
}
