/** Closed-loop episodes as curves for the report: what a metric compares, under the teacher and under the student. */
import type { Evaluate } from "../graph/ir.js";
import { parseRef } from "../graph/ref.js";
import type { TypedGraph } from "../graph/typed.js";
import { compileFlatten, isFlattenable } from "../message/flatten.js";
import type { MessageSchema } from "../message/type.js";
import { columnName } from "../models/card.js";
import type { Evaluated, Trace as Kept } from "../runtime/evaluate.js";
import type { Trace } from "./report/data.js";

/** Ports that the file's metrics look at, without fields: those that are measured, and those they are held against. */
export function tracedPorts(spec: Evaluate): {
  readonly measured: readonly string[];
  readonly against: readonly string[];
} {
  const pairs = Object.values(spec.metrics).flatMap((metric) => Object.values(metric));
  const at = (i: number) => [...new Set(pairs.flatMap((refs) => (refs[i] === undefined ? [] : [portOf(refs[i])])))];
  const measured = at(0);
  return { measured, against: at(1).filter((port) => !measured.includes(port)) };
}

/** One figure a start and column of a measured port. */
export function traceFigures(
  typed: TypedGraph,
  spec: Evaluate,
  runs: { readonly teacher: Evaluated; readonly student: Evaluated },
): Trace[] {
  const pairs = [
    ...new Map(
      Object.values(spec.metrics)
        .flatMap((m) => Object.values(m))
        .map((refs) => [refs.join(), refs]),
    ).values(),
  ];
  return Object.keys(spec.starts).flatMap((start) =>
    pairs.flatMap(([measured, against]) => {
      const port = portOf(measured!);
      const columns = columnsOf(typeOf(typed, port));
      return columns.flatMap(({ name, unit }, column): Trace[] => {
        const curve = (run: Evaluated, of: string) => curveOf(typed, run.traces, start, of, column);
        const teacher = curve(runs.teacher, port);
        const student = curve(runs.student, port);
        const reference = against === undefined ? undefined : curve(runs.teacher, portOf(against));
        if (teacher === undefined || student === undefined) return [];
        return [
          {
            start,
            port: columns.length === 1 ? port : columnName({ port, name }),
            ...(unit === undefined ? {} : { unit }),
            series: [
              ...(reference === undefined ? [] : [{ of: "reference" as const, ...reference }]),
              { of: "teacher" as const, ...teacher },
              { of: "student" as const, ...student },
            ],
          },
        ];
      });
    }),
  );
}

const portOf = (ref: string): string => {
  const { id, port } = parseRef(ref)!;
  return port === undefined ? id : `${id}.${port}`;
};

function typeOf(typed: TypedGraph, name: string): MessageSchema {
  const { id, port } = parseRef(name)!;
  const { outputs } = typed.byId.get(id)!;
  return outputs.find((output) => port === undefined || output.port === port)!.type;
}

const columnsOf = (type: MessageSchema) => (isFlattenable(type).ok ? compileFlatten(type).columns : []);

function curveOf(typed: TypedGraph, traces: readonly Kept[], start: string, port: string, column: number) {
  const trace = traces.find((t) => t.start === start && t.port === port);
  if (trace === undefined) return undefined;
  const flat = compileFlatten(typeOf(typed, port), { nonFinite: "pass" });
  if (column >= flat.width) return undefined;
  const row = new Float64Array(flat.width);
  return {
    time_s: trace.samples.map((sample) => sample.time_ns / 1e9),
    value: trace.samples.map((sample) => {
      flat.flatten(sample.message, row);
      return row[column]!;
    }),
  };
}
