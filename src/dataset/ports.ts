/** Which ports a dataset is made of, of which types, and how their messages are joined. */
import { sameType } from "../message/same.js";
import type { MessageSchema } from "../message/type.js";
import { nearest } from "../problem/nearest.js";
import { fail } from "../problem/problem.js";
import { type AsOf, DIRECTIONS } from "../record/asof.js";
import type { Role } from "../record/layout.js";
import type { Scan, ScannedChannel } from "../record/reader.js";
import type { DatasetManifest } from "./manifest.js";
import type { CollectOptions } from "./options.js";

export interface Ports {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly by: "row" | "stamp";
  /** Index into inputs, then outputs. */
  readonly anchor: number;
}

export function choosePorts(options: CollectOptions, scan: Scan): Ports {
  const inRole = (role: Role) =>
    scan.channels.filter((channel) => channel.role === role).map((channel) => channel.port);
  const inputs = options.inputs ?? inRole("input");
  const outputs = options.outputs ?? inRole("output");
  const all = [...inputs, ...outputs];
  for (const [what, ports] of [
    ["inputs", inputs],
    ["outputs", outputs],
  ] as const) {
    if (ports.length === 0) fail("L0723", { what: `\`${what}\``, found: "empty", expected: "at least one port" });
  }
  if (new Set(all).size < all.length)
    fail("L0723", { what: "`inputs` and `outputs`", found: all.join(", "), expected: "different ports" });
  const anchor = options.anchor === undefined ? inputs.length : all.indexOf(options.anchor);
  if (anchor < 0) fail("L0723", { what: "`anchor`", found: options.anchor!, expected: `one of ${all.join(", ")}` });
  const by = options.join ?? (scan.header?.mode === "rows" ? "row" : "stamp");
  checkAsOf(options, by, all, all[anchor]!);
  return { inputs, outputs, by, anchor };
}

function checkAsOf(
  { direction, tolerance_ns, asof = {} }: CollectOptions,
  by: Ports["by"],
  all: readonly string[],
  anchor: string,
): void {
  const rules: [string, AsOf][] = [
    [
      "",
      { ...(direction === undefined ? {} : { direction }), ...(tolerance_ns === undefined ? {} : { tolerance_ns }) },
    ],
    ...Object.entries(asof),
  ];
  for (const [port, rule] of rules) {
    const of = port === "" ? "" : ` of ${port}`;
    if (port !== "" && !all.includes(port))
      fail("L0723", { what: "`asof`", found: `for ${port}`, expected: `for one of ${all.join(", ")}` });
    if (port === anchor && by === "stamp")
      fail("L0723", {
        what: "`asof`",
        found: `for ${port}`,
        expected: "for another port than that whose messages make the rows",
      });
    if (rule.direction !== undefined && !DIRECTIONS.includes(rule.direction))
      fail("L0723", { what: `\`direction\`${of}`, found: rule.direction, expected: `one of ${DIRECTIONS.join(", ")}` });
    if (rule.tolerance_ns !== undefined && !(rule.tolerance_ns >= 0))
      fail("L0723", { what: `\`tolerance_ns\`${of}`, found: String(rule.tolerance_ns), expected: "0 or more" });
    if (by === "row" && (Object.keys(rule).length > 0 || port !== ""))
      fail("L0723", { what: "`join`", found: "by row", expected: "by stamp for a direction or a tolerance" });
  }
}

export const asOfRule = ({ direction = "backward", tolerance_ns, asof = {} }: CollectOptions, port: string): AsOf => ({
  direction,
  ...(tolerance_ns === undefined ? {} : { tolerance_ns }),
  ...asof[port],
});

export function joinOf(options: CollectOptions, ports: Ports): DatasetManifest["join"] {
  if (ports.by === "row") return { by: "row" };
  const { direction = "backward", tolerance_ns, asof } = options;
  return {
    by: "stamp",
    anchor: [...ports.inputs, ...ports.outputs][ports.anchor]!,
    direction,
    ...(tolerance_ns === undefined ? {} : { tolerance_ns }),
    ...(asof === undefined ? {} : { asof }),
  };
}

/** The type of a port, the same as in the recordings before. */
export function portSchema(port: string, scan: Scan, before: MessageSchema | undefined, first: string): MessageSchema {
  const channel: ScannedChannel | undefined = scan.channels.find((c) => c.port === port);
  const { file } = scan;
  const known = scan.channels.map((c) => c.port);
  if (channel === undefined)
    return fail("L0711", { file, port, nearest: nearest(port, known), known, log: scan.header?.mode === "log" });
  if (channel.schema === undefined) return fail("L0704", { file, port });
  const difference = before && sameType(before, channel.schema);
  if (difference !== undefined)
    fail("L0712", { port, file, other: first, reason: `${difference.path}: ${difference.reason}` });
  return channel.schema;
}
