/** The files in a zip archive, by its directory (APPNOTE.TXT 6.3), each as a stream of its own. */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createInflateRaw } from "node:zlib";

export interface ZipEntry {
  readonly name: string;
  /** Of the bytes, unpacked. */
  readonly size: number;
  /** The bytes, unpacked, from the start. @throws Error where they are damaged */
  read(): AsyncIterable<Uint8Array>;
}

const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const FULL = 0xffffffff;
/** Of the directory: an archive of arrays has few files. */
const MAX_DIRECTORY_BYTES = 1 << 24;
const MAX_COMMENT = 65_535;

/**
 * Reads the directory of a zip archive.
 *
 * @throws Error in words, where it is none
 */
export async function openZip(file: string): Promise<ZipEntry[]> {
  const handle = await open(file, "r");
  try {
    const { size } = await handle.stat();
    const read = async (at: number, length: number): Promise<DataView> => {
      const bytes = new Uint8Array(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await handle.read(bytes, filled, length - filled, at + filled);
        if (bytesRead === 0) throw new Error("the archive is cut off");
        filled += bytesRead;
      }
      return new DataView(bytes.buffer);
    };
    const tailLength = Math.min(size, MAX_COMMENT + 22);
    const tail = await read(size - tailLength, tailLength);
    let end = tailLength - 22;
    while (end >= 0 && tail.getUint32(end, true) !== END) end--;
    if (end < 0) throw new Error("the archive has no directory: it is no zip file, or cut off");
    let length = tail.getUint32(end + 12, true);
    let start = tail.getUint32(end + 16, true);
    if (start === FULL || length === FULL) {
      const locator = await read(size - tailLength + end - 20, 20);
      if (locator.getUint32(0, true) !== LOCATOR64) throw new Error("the archive's directory is damaged");
      const end64 = await read(Number(locator.getBigUint64(8, true)), 56);
      if (end64.getUint32(0, true) !== END64) throw new Error("the archive's directory is damaged");
      length = Number(end64.getBigUint64(40, true));
      start = Number(end64.getBigUint64(48, true));
    }
    if (length > MAX_DIRECTORY_BYTES)
      throw new Error(`the archive's directory has more than ${MAX_DIRECTORY_BYTES} bytes`);
    const directory = await read(start, length);
    const entries: ZipEntry[] = [];
    for (let at = 0; at + 46 <= length && directory.getUint32(at, true) === CENTRAL; ) {
      const found = entryAt(directory, at);
      at = found.next;
      const local = await read(found.offset, 30);
      if (local.getUint32(0, true) !== LOCAL) throw new Error(`\`${found.name}\` is not where the directory says`);
      const from = found.offset + 30 + local.getUint16(26, true) + local.getUint16(28, true);
      entries.push({ name: found.name, size: found.size, read: () => contents(file, found, from) });
    }
    return entries;
  } finally {
    await handle.close();
  }
}

interface Found {
  readonly name: string;
  readonly method: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
  readonly next: number;
}

function entryAt(view: DataView, at: number): Found {
  const name = view.getUint16(at + 28, true);
  const extra = view.getUint16(at + 30, true);
  const next = at + 46 + name + extra + view.getUint16(at + 32, true);
  if (next > view.byteLength) throw new Error("the archive's directory is damaged");
  if (view.getUint16(at + 8, true) & 1) throw new Error("the archive is encrypted");
  const bytes = new Uint8Array(view.buffer, at + 46, name);
  let size = view.getUint32(at + 24, true);
  let packed = view.getUint32(at + 20, true);
  let offset = view.getUint32(at + 42, true);
  // a field of 64 bits stands in the extra data for each that is full, in this order
  for (let e = at + 46 + name; e + 4 <= at + 46 + name + extra; e += 4 + view.getUint16(e + 2, true)) {
    if (view.getUint16(e, true) !== 1) continue;
    let value = e + 4;
    const large = () => Number(view.getBigUint64((value += 8) - 8, true));
    if (size === FULL) size = large();
    if (packed === FULL) packed = large();
    if (offset === FULL) offset = large();
  }
  return { name: new TextDecoder().decode(bytes), method: view.getUint16(at + 10, true), packed, size, offset, next };
}

async function* contents(file: string, { name, method, packed }: Found, from: number): AsyncGenerator<Uint8Array> {
  if (method !== 0 && method !== 8) throw new Error(`\`${name}\` is packed in a way that is not read (${method})`);
  if (packed === 0) return;
  const stream = createReadStream(file, { start: from, end: from + packed - 1 });
  if (method === 0) {
    yield* stream as AsyncIterable<Uint8Array>;
    return;
  }
  const inflate = createInflateRaw();
  stream.on("error", (error) => inflate.destroy(error)).pipe(inflate);
  try {
    yield* inflate as AsyncIterable<Uint8Array>;
  } finally {
    stream.destroy();
  }
}
