/** A file in memory. */
import type { LogFile } from "../../src/record/mcap/file.js";

export function memoryFile(name = "memory.mcap"): LogFile & { bytes(): Uint8Array } {
  const pieces: Buffer[] = [];
  return {
    name,
    async write(given) {
      for (const piece of given) pieces.push(Buffer.from(piece));
      return given.reduce((sum, { length }) => sum + length, 0);
    },
    sync: async () => {},
    close: async () => {},
    bytes: () => Buffer.concat(pieces),
  };
}
