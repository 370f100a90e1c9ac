/** Recordings and datasets that exports are tried on, and DuckDB to read them back. */
import { writeFile } from "node:fs/promises";
import { DuckDBInstance } from "@duckdb/node-api";
import type { Message } from "../../../src/message/type.js";
import type { RecordedPort } from "../../../src/record/layout.js";
import { createRecorder } from "../../../src/record/recorder.js";
import { mcapLog } from "../../../src/record/sink.js";
import { faultyFile } from "../../support/faulty-file.js";

export const PORTS: readonly RecordedPort[] = [
  { port: "arm", role: "input", schema: { tensor: [2], unit: "m", dtype: "float64" } },
  { port: "grip", role: "input", schema: { type: "number", unit: "N" } },
  { port: "controller.torque", role: "output", schema: { tensor: [2], unit: "N*m", dtype: "float64" } },
];

/** Row i; 1/3 and the like have no short decimal, and one arm position is −0. */
export const row = (i: number): { readonly [port: string]: Message } => ({
  arm: new Float64Array([i === 3 ? -0 : i / 3, Math.sin(i) * 1e-7]),
  grip: i * 0.1,
  "controller.torque": new Float64Array([-i, i % 4]),
});

export interface Recorded {
  readonly rows?: number;
  readonly step_ns?: number;
  readonly graph?: string;
  readonly seed?: number;
  readonly change?: (port: string, i: number) => Message | undefined;
}

export async function recordSample(path: string, options: Recorded = {}): Promise<string> {
  const { rows = 100, step_ns = 1e7, graph = "reach", seed = 1, change } = options;
  const file = faultyFile();
  const spec = { name: "r", mode: "rows" as const, graph, digest: "d", seed, anchor: "controller" };
  const recorder = createRecorder(spec, PORTS, mcapLog(file));
  for (let i = 0; i < rows; i++)
    recorder.row({
      tag_ns: 5e8 + i * step_ns,
      microstep: 0,
      entries: PORTS.map(({ port }) => ({
        port,
        stamp_ns: 5e8 + i * step_ns,
        message: change?.(port, i) ?? row(i)[port]!,
      })),
    });
  await recorder.close();
  await writeFile(path, file.bytes());
  return path;
}

/** Rows of a query, as JSON sees them; DuckDB reads files that it has no part in writing. */
export async function query(sql: string): Promise<Record<string, unknown>[]> {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowObjects() as Record<string, unknown>[];
  } finally {
    connection.closeSync();
  }
}
