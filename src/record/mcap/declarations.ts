/** Who the channels of a damaged file are: what its frames and its summary declare, as far as they hold. */
import type { McapTypes } from "@mcap/core";
import { readChunkRecord } from "./chunk.js";
import type { ByteSource } from "./file.js";
import { readFrames } from "./frames.js";
import { Damage, Fields, OPCODE } from "./parse.js";
import type { RawRecord } from "./raw-record.js";
import { readTail, summaryStart, type Tail } from "./tail.js";

export interface Declarations {
  readonly schemas: Map<number, McapTypes.Schema>;
  readonly channels: Map<number, McapTypes.Channel>;
}

export const noDeclarations = (): Declarations => ({ schemas: new Map(), channels: new Map() });

/** Takes a schema or channel record; others are passed over. @throws Damage */
export function takeDeclaration(opcode: number, record: Fields, into: Declarations): void {
  if (opcode === OPCODE.schema) {
    const id = record.u16();
    const names = { id, name: record.text(), encoding: record.text() };
    // a copy: what is declared is kept for longer than what it was read from
    into.schemas.set(id, { ...names, data: record.bytes(record.u32()).slice() });
  } else if (opcode === OPCODE.channel) {
    const id = record.u16();
    const names = { id, schemaId: record.u16(), topic: record.text(), messageEncoding: record.text() };
    into.channels.set(id, { ...names, metadata: new Map(Object.entries(record.map())) });
  }
}

/** The fields of a record behind its opcode and length. */
export const fieldsOf = ({ at, bytes }: RawRecord): Fields => new Fields(bytes.subarray(9), at + 9);

/** The records inside a chunk. @throws Damage */
export function* recordsIn(content: Fields): Generator<{ readonly opcode: number; readonly fields: Fields }> {
  while (content.left > 0) {
    const opcode = content.u8();
    const length = content.size();
    const { offset } = content;
    yield { opcode, fields: new Fields(content.bytes(length), offset) };
  }
}

/** The end of a closed file, as far as it holds. */
export async function readSummary(source: ByteSource): Promise<Tail | undefined> {
  try {
    const start = await summaryStart(source);
    return start === undefined ? undefined : await readTail(source, start);
  } catch (error) {
    if (error instanceof Damage) return undefined;
    throw error;
  }
}

/** All that a file declares anywhere: a second look at it, for files whose first declarations are lost. */
export async function declarationsOf(source: ByteSource): Promise<Declarations> {
  const found = noDeclarations();
  const take = (records: readonly RawRecord[]): void => {
    for (const record of records)
      if (record.opcode !== OPCODE.chunk) takeDeclaration(record.opcode, fieldsOf(record), found);
      else {
        const { compression, stored, offset } = readChunkRecord(record);
        if (compression !== "") continue;
        for (const { opcode, fields } of recordsIn(new Fields(stored, offset))) takeDeclaration(opcode, fields, found);
      }
  };
  for await (const { records } of readFrames(source, { onGap: () => {} })) {
    try {
      take(records);
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
    }
  }
  take((await readSummary(source))?.declarations ?? []);
  return found;
}
