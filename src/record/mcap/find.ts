/** Finds the next frame of ours in bytes that make no sense: behind a flipped bit, a torn write, a hole. */
import { crc32 } from "node:zlib";
import type { ByteSource } from "./file.js";
import { CRC_BYTES, readSeal, SEAL_BYTES, SEAL_HEAD, type Seal } from "./seal.js";

/** What is looked through at a time. */
const WINDOW_BYTES = 1024 * 1024;
/** So many seals that seal nothing end a search: a file made to slow it down. */
const MAX_FALSE_SEALS = 1000;

/** A frame's place: from `start`, seal included, to `end`. */
export interface FoundFrame {
  readonly start: number;
  readonly end: number;
}

/** The first whole frame that starts at `from` or behind it; its checksum holds. Undefined where there is none. */
export async function findFrame(source: ByteSource, from: number): Promise<FoundFrame | undefined> {
  const overlap = SEAL_BYTES - 1;
  let wrong = 0;
  for (let at = from; at + SEAL_BYTES <= source.size; at += WINDOW_BYTES - overlap) {
    const window = Buffer.from(await copyOf(source, at, WINDOW_BYTES));
    for (let i = window.indexOf(SEAL_HEAD); i >= 0; i = window.indexOf(SEAL_HEAD, i + 1)) {
      const seal = readSeal(window.subarray(i));
      if (seal === undefined || seal.start < from || seal.start >= at + i) continue;
      if (await holds(source, seal, at + i)) return { start: seal.start, end: at + i + SEAL_BYTES };
      if (++wrong > MAX_FALSE_SEALS) return undefined;
    }
  }
  return undefined;
}

/** Whether the frame up to the seal at this offset has the seal's checksum. */
async function holds(source: ByteSource, seal: Seal, at: number): Promise<boolean> {
  const end = at + SEAL_BYTES - CRC_BYTES;
  let crc = 0;
  for (let i = seal.start; i < end; i += WINDOW_BYTES)
    crc = crc32(await source.read(i, Math.min(WINDOW_BYTES, end - i)), crc);
  return crc === seal.crc;
}

/** A copy, since the source may be read elsewhere before this is used up. */
const copyOf = async (source: ByteSource, at: number, length: number): Promise<Uint8Array> =>
  (await source.read(at, length)).slice();
