/** The messages of one port of one recording as columns: what rows are joined from. */
import { compileFlatten, type Flattening } from "../message/flatten.js";
import type { MessageSchema } from "../message/type.js";
import type { ByteSource } from "../record/mcap/file.js";
import { readMessages } from "../record/reader.js";
import type { Column, Dtype, Matrix, Scratch } from "./scratch.js";

export interface Table {
  readonly port: string;
  readonly flattening: Flattening;
  readonly matrix: Matrix;
  /** Number of the episode in its recording. */
  readonly episode: Column;
  readonly sequence: Column;
  readonly tag_ns: Column;
  readonly microstep: Column;
  readonly stamp_ns: Column;
}

/**
 * One table a port, messages in the order of the recording.
 *
 * Numbers that are not finite are kept: whether they matter is decided once rows are joined.
 * @throws LimbeckError L0307 for a type without columns, L0722 when the columns outgrow their bound; as `readMessages`.
 */
export async function readTables(
  source: ByteSource,
  ports: readonly { readonly port: string; readonly schema: MessageSchema }[],
  dtype: Dtype,
  scratch: Scratch,
): Promise<readonly Table[]> {
  const tables = ports.map(({ port, schema }): Table => {
    const flattening = compileFlatten(schema, { nonFinite: "pass" });
    const matrix = scratch.matrix(dtype, flattening.width);
    const column = () => scratch.column();
    return {
      port,
      flattening,
      matrix,
      episode: column(),
      sequence: column(),
      tag_ns: column(),
      microstep: column(),
      stamp_ns: column(),
    };
  });
  const byPort = new Map(tables.map((table) => [table.port, table]));
  for await (const recorded of readMessages(source, new Set(byPort.keys()))) {
    const table = byPort.get(recorded.port)!;
    table.flattening.flatten(recorded.message, table.matrix.add());
    table.episode.push(recorded.episode);
    table.sequence.push(recorded.sequence);
    table.tag_ns.push(recorded.tag_ns);
    table.microstep.push(recorded.microstep);
    table.stamp_ns.push(recorded.stamp_ns);
  }
  return tables;
}
