/**
 * A disk that keeps what was synced, and of everything else whatever it likes: the faulty twin of a file for power cuts.
 *
 * Until a sync that was asked for has returned, each sector that was written since the last one is on the disk, or is
 * zeros, or is what was there before the file; and the file ends at any of them.
 */
import type { LogFile } from "../../src/record/mcap/file.js";

export interface Draw {
  /** A whole number from 0 below n. */
  integer(n: number): number;
}

export interface PowerDisk extends LogFile {
  /** Bytes that a sync has made sure of. */
  readonly durable: number;
  /** Everything written. */
  bytes(): Uint8Array;
  /** The power fails: what the disk holds from now on. Calls that wait then wait for ever. */
  cut(): Uint8Array;
}

const SECTOR = 512;
/** Turns of the event loop that a call takes at most. */
const MAX_TURNS = 6;

export function powerDisk(draw: Draw, name = "power.mcap"): PowerDisk {
  const pieces: Uint8Array[] = [];
  let length = 0;
  let durable = 0;
  let dark = false;
  const turns = async (): Promise<void> => {
    for (let n = draw.integer(MAX_TURNS); n >= 0; n--) await Promise.resolve();
    if (dark) await new Promise(() => {});
  };
  return {
    name,
    async write(given) {
      await turns();
      const whole = Buffer.concat(given);
      // now and then a write is short
      const bytes = draw.integer(4) === 0 ? whole.subarray(0, 1 + draw.integer(whole.length)) : whole;
      pieces.push(bytes);
      length += bytes.length;
      await turns();
      return bytes.length;
    },
    async sync() {
      const asked = length;
      await turns();
      durable = Math.max(durable, asked);
      await turns();
    },
    close: turns,
    get durable() {
      return durable;
    },
    bytes: () => new Uint8Array(Buffer.concat(pieces)),
    cut() {
      dark = true;
      const disk = new Uint8Array(Buffer.concat(pieces));
      // all kept, all lost, or some of each
      const keep = [0, 1, 2, 7, 8][draw.integer(5)]!;
      let end = durable;
      for (let at = Math.floor(durable / SECTOR) * SECTOR; at < length; at += SECTOR) {
        const from = Math.max(at, durable);
        const to = Math.min(at + SECTOR, length);
        if (draw.integer(8) < keep) end = to;
        else if (draw.integer(2) === 0) disk.fill(0, from, to);
        else for (let i = from; i < to; i++) disk[i] = draw.integer(256);
      }
      // the file may be longer than what it holds
      return disk.subarray(0, draw.integer(2) === 0 ? end : end + draw.integer(length - end + 1));
    },
  };
}
