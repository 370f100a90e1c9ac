/** LZ4 and Zstandard, for the chunks of other writers. */
import decompressLz4 from "@foxglove/wasm-lz4";
import zstd from "@foxglove/wasm-zstd";
import type { Decompress } from "../mcap/reader.js";

/** Ready to use, once both modules are. */
export async function decompressors(): Promise<{ readonly [compression: string]: Decompress }> {
  await Promise.all([decompressLz4.isLoaded, zstd.isLoaded]);
  return {
    lz4: (bytes, size) => decompressLz4(bytes, size),
    zstd: (bytes, size) => zstd.decompress(bytes, size),
  };
}
