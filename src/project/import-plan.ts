/** Which recordings an import reads, and what of them feeds which stream: by the mapping, or by equal names. */
import { basename, dirname, isAbsolute, join } from "node:path";
import type { TypedGraph } from "../graph/typed.js";
import { nearest } from "../problem/nearest.js";
import { fail, type Problem, problem } from "../problem/problem.js";
import { allOf } from "../record/foreign/binding.js";
import type { ForeignRecording } from "../record/foreign/foreign.js";
import { type Mapping, ONLY, type StreamSpec, type Times } from "../record/foreign/mapping.js";
import type { openForeign } from "../record/foreign/open.js";
import { TIME_UNITS, type TimeUnit } from "../record/foreign/time.js";
import type { ImportOptions } from "./import-options.js";

interface Input {
  readonly path: string;
  readonly layout: Parameters<typeof openForeign>[1];
}

/** Which files are read, by their names in the mapping. */
export function inputsOf({ input, mapping: file }: ImportOptions, mapping: Mapping | undefined): Map<string, Input> {
  const written = mapping?.recordings ?? new Map();
  if (written.size === 0) {
    if (input === undefined)
      fail("L0756", {
        written: file ?? "import",
        reason: "no recording is named: write `recording: PATH` in the mapping, or name one on the command line",
      });
    return new Map([[ONLY, { path: input!, layout: {} }]]);
  }
  if (input !== undefined && written.size > 1)
    fail("L0756", {
      written: input,
      reason: `the mapping names ${written.size} recordings of its own, so none can be named beside them`,
    });
  return new Map(
    [...written].map(([name, { path, layout }]) => {
      const at = input ?? (path === undefined || isAbsolute(path) ? path : join(dirname(file!), path));
      return [
        name,
        {
          path:
            at ??
            fail("L0756", {
              written: name,
              reason: "this recording has no `path`, and none is named on the command line",
            }),
          layout,
        },
      ];
    }),
  );
}

/** What feeds which stream, with what is wrong about the names. */
export function specsOf(
  open: ReadonlyMap<string, ForeignRecording>,
  options: ImportOptions,
  mapping: Mapping | undefined,
  typed: TypedGraph | undefined,
  problems: Problem[],
): readonly StreamSpec[] {
  const inStreams = Object.keys(typed?.graph.streams.in ?? {});
  if (mapping === undefined) {
    const [recording] = open.values();
    const name = nameOf(options, typed);
    const all = allOf(recording!, name, timeOption(options.time), typed === undefined ? problems : []);
    if (typed === undefined) {
      if (all.length === 0)
        fail("L0740", { file: recording!.file, reason: "no topic of it can be decoded" }, {}, { cause: problems });
      return all;
    }
    const fed = inStreams.flatMap((stream) => all.find((spec) => spec.stream === stream) ?? []);
    if (fed.length === 0)
      fail("L0755", {
        file: name,
        reason: `no topic of ${recording!.file} has the name of an in-stream of \`${typed.graph.name}\``,
        help: "Write a mapping (`--map FILE`) that says which topic feeds which stream.",
      });
    for (const stream of inStreams)
      if (!fed.some((spec) => spec.stream === stream))
        problems.push(problem("L0750", { stream, reason: `${recording!.file} has no topic of this name` }));
    return fed;
  }
  for (const { stream, path, from } of mapping.streams) {
    if (typed !== undefined && !inStreams.includes(stream)) {
      const is = kindIn(typed, stream);
      const near = nearest(stream, inStreams);
      problems.push(
        problem(
          "L0744",
          { stream, graph: `\`${typed.graph.name}\``, is, known: inStreams, nearest: near },
          { path, of: "key" },
        ),
      );
    }
    const names = [...open.keys()];
    if (from === undefined ? names.length > 1 : !names.includes(from)) {
      const args = {
        name: from ?? "",
        known: names.filter((name) => name !== ONLY),
        nearest: nearest(from ?? "", names),
      };
      const wrong =
        from === undefined
          ? problem(
              "L0756",
              { written: stream, reason: "there are several recordings, so `from` says which one" },
              { path, of: "key" },
            )
          : problem("L0754", args, { path: `${path}/from` });
      problems.push(wrong);
    }
  }
  for (const stream of inStreams)
    if (!mapping.streams.some((spec) => spec.stream === stream))
      problems.push(problem("L0750", { stream, reason: "the mapping does not name it" }));
  return mapping.streams;
}

function kindIn({ graph }: TypedGraph, id: string): string | undefined {
  if (Object.hasOwn(graph.streams.out, id)) return "an out-stream";
  if (Object.hasOwn(graph.nodes, id)) return "a node";
  return Object.hasOwn(graph.world, id) ? "a world node" : undefined;
}

/** `t` or `t_us:us`. */
function timeOption(text: string | undefined): Times | undefined {
  if (text === undefined) return undefined;
  const [, field, unit] = /^(.*?)(?::(\w+))?$/.exec(text)!;
  const known = unit === undefined || (TIME_UNITS as readonly string[]).includes(unit);
  const time = { kind: "field", field: known ? field! : text, unit: (known && unit) || "s", path: "" } as {
    kind: "field";
    field: string;
    unit: TimeUnit;
    path: string;
  };
  return { tag: time, stamp: time };
}

/** What the new recording is called. */
export const nameOf = ({ as, input, mapping }: ImportOptions, typed: TypedGraph | undefined): string =>
  as ??
  typed?.graph.name ??
  basename(input ?? mapping!)
    .replace(/^\.+/, "")
    .replace(/\..*$/, "")
    .replace(/[^\w-]+/g, "_");
