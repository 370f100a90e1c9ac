/** One array of numpy's (NEP 1), row by row: the rows are its first dimension. */
import { ARRAYS, elements, INTEGER_RANGE } from "../../message/tensor.js";
import type { Dtype } from "../../message/type.js";
import { type ForeignType, numberOf } from "./type.js";

export interface Npy {
  readonly rows: number;
  /** Of one row. */
  readonly type: ForeignType;
  /** Bytes of one row in the file. */
  readonly rowBytes: number;
  /** The rows' values, in order. @throws Error where the file is cut off */
  read(): AsyncGenerator<unknown>;
}

const MAGIC = "\x93NUMPY";
const MAX_HEADER_BYTES = 1 << 16;
/** Of one row; larger ones are no stream of messages. */
const MAX_ROW_BYTES = 1 << 28;
/** Rows are read some at a time, as many as fit in about this. */
const READ_BYTES = 1 << 16;

/**
 * Reads the header of an array.
 *
 * @param open gives its bytes from the start, each time anew
 * @throws Error in words, where it is no array that can be read as rows
 */
export async function openNpy(open: () => AsyncIterable<Uint8Array>): Promise<Npy> {
  const first = reader(open());
  const { descr, fortran, shape, start } = await headerOf(first.take);
  await first.end();
  const cell = cellOf(descr);
  if (shape.length === 0) throw new Error("it is a single number, and has no rows");
  if (fortran && shape.length > 1)
    throw new Error("it lies in the order of Fortran; `numpy.ascontiguousarray` makes one of rows");
  const [rows, ...rest] = shape as [number, ...number[]];
  const count = elements(rest);
  const rowBytes = count * cell.bytes;
  if (rowBytes > MAX_ROW_BYTES) throw new Error(`a row of it has more than ${MAX_ROW_BYTES} bytes`);
  let type = cell.type;
  for (const length of [...rest].reverse()) type = { kind: "list", items: type, length };
  const atATime = Math.max(1, Math.floor(READ_BYTES / Math.max(1, rowBytes)));
  return {
    rows,
    type,
    rowBytes,
    async *read() {
      const bytes = reader(open());
      try {
        await bytes.take(start);
        for (let row = 0; row < rows; row += atATime) {
          const n = Math.min(atATime, rows - row);
          const piece = await bytes.take(n * rowBytes);
          for (let i = 0; i < n; i++) {
            const view = new DataView(piece.buffer, piece.byteOffset + i * rowBytes, rowBytes);
            yield rest.length === 0 ? cell.read(view, 0) : nested(cell, view, rest, 0, { at: 0 });
          }
        }
      } finally {
        await bytes.end();
      }
    },
  };
}

/** A row as lists of its shape; the innermost of numbers as a typed array. */
function nested(cell: Cell, view: DataView, shape: readonly number[], level: number, cursor: { at: number }): unknown {
  const n = shape[level]!;
  if (level < shape.length - 1) return Array.from({ length: n }, () => nested(cell, view, shape, level + 1, cursor));
  const out: { [i: number]: unknown } & object =
    cell.array === undefined ? new Array<unknown>(n) : new ARRAYS[cell.array](n);
  for (let i = 0; i < n; i++, cursor.at += cell.bytes) out[i] = cell.read(view, cursor.at);
  return out;
}

interface Cell {
  readonly bytes: number;
  readonly type: ForeignType;
  /** Where a typed array holds it. */
  readonly array?: Dtype;
  read(view: DataView, at: number): unknown;
}

const FLOATS: { readonly [code: string]: Dtype } = { f4: "float32", f8: "float64" };
const TIME_NS: { readonly [unit: string]: bigint } = { s: 1_000_000_000n, ms: 1_000_000n, us: 1000n, ns: 1n };

/** The cell that a dtype says. */
function cellOf(descr: string): Cell {
  const [, order, code] = /^([<>|=]?)(.*)$/.exec(descr)!;
  const little = order !== ">";
  const number = (dtype: Dtype, bytes: number, read: Cell["read"]): Cell => ({
    bytes,
    type: numberOf(dtype),
    array: dtype,
    read,
  });
  switch (code) {
    case "f2":
      return { bytes: 2, type: numberOf("float32"), array: "float32", read: (v, at) => half(v.getUint16(at, little)) };
    case "f4":
      return number(FLOATS[code]!, 4, (v, at) => v.getFloat32(at, little));
    case "f8":
      return number(FLOATS[code]!, 8, (v, at) => v.getFloat64(at, little));
    case "b1":
      return { bytes: 1, type: { kind: "boolean" }, read: (v, at) => v.getUint8(at) !== 0 };
    case "i1":
      return number("int8", 1, (v, at) => v.getInt8(at));
    case "u1":
      return number("uint8", 1, (v, at) => v.getUint8(at));
    case "i2":
      return number("int16", 2, (v, at) => v.getInt16(at, little));
    case "u2":
      return number("uint16", 2, (v, at) => v.getUint16(at, little));
    case "i4":
      return number("int32", 4, (v, at) => v.getInt32(at, little));
    case "u4":
      return number("uint32", 4, (v, at) => v.getUint32(at, little));
    case "i8":
      return { bytes: 8, type: numberOf("int64"), read: (v, at) => v.getBigInt64(at, little) };
    case "u8":
      return { bytes: 8, type: numberOf("uint64"), read: (v, at) => v.getBigUint64(at, little) };
  }
  const time = /^M8\[(s|ms|us|ns)\]$/.exec(code!);
  if (time !== null) {
    const scale = TIME_NS[time[1]!]!;
    return { bytes: 8, type: { kind: "time" }, read: (v, at) => secondsOf(v.getBigInt64(at, little) * scale) };
  }
  const text = /^([SU])(\d+)$/.exec(code!);
  if (text !== null) {
    const wide = text[1] === "U" ? 4 : 1;
    const bytes = Number(text[2]) * wide;
    const letter = (v: DataView, at: number) => (wide === 1 ? v.getUint8(at) : v.getUint32(at, little));
    return {
      bytes,
      type: { kind: "string" },
      read(v, at) {
        let end = bytes;
        while (end > 0 && letter(v, at + end - wide) === 0) end -= wide;
        return Array.from({ length: end / wide }, (_, i) => String.fromCodePoint(letter(v, at + i * wide))).join("");
      },
    };
  }
  throw new Error(
    `its elements are \`${descr.slice(0, 40)}\`; read are integers, floats, booleans, texts and datetime64`,
  );
}

const secondsOf = (ns: bigint) => {
  const nanosec = ((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return { sec: (ns - nanosec) / 1_000_000_000n, nanosec };
};

/** IEEE 754 binary16. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

interface Header {
  readonly descr: string;
  readonly fortran: boolean;
  readonly shape: readonly number[];
  /** Where the elements begin. */
  readonly start: number;
}

async function headerOf(take: (n: number) => Promise<Uint8Array>): Promise<Header> {
  const head = await take(8);
  if (Buffer.from(head.subarray(0, 6)).toString("latin1") !== MAGIC) throw new Error("it is no array of numpy's");
  const wide = head[6]! > 1;
  const size = await take(wide ? 4 : 2);
  const view = new DataView(size.buffer, size.byteOffset);
  const length = wide ? view.getUint32(0, true) : view.getUint16(0, true);
  if (length > MAX_HEADER_BYTES) throw new Error(`its header has more than ${MAX_HEADER_BYTES} bytes`);
  const text = new TextDecoder(head[6]! >= 3 ? "utf-8" : "latin1").decode(await take(length));
  const descr = /'descr': *'([^']*)'/.exec(text)?.[1];
  const fortran = /'fortran_order': *(True|False)/.exec(text)?.[1];
  const shape = /'shape': *\(([\d, ]*)\)/.exec(text)?.[1];
  if (descr === undefined && /'descr': *\[/.test(text)) throw new Error("its rows are records; save one array a field");
  if (descr === undefined || fortran === undefined || shape === undefined) throw new Error("its header is damaged");
  const dimensions = shape.split(",").flatMap((n) => (n.trim() === "" ? [] : [Number(n)]));
  if (!dimensions.every(Number.isSafeInteger)) throw new Error("its header is damaged");
  if (INTEGER_RANGE.uint32![1] < elements(dimensions.slice(1))) throw new Error("its rows are too large");
  return { descr, fortran: fortran === "True", shape: dimensions, start: 8 + size.length + length };
}

/** Takes so many bytes at a time from a stream of pieces. */
function reader(pieces: AsyncIterable<Uint8Array>) {
  const iterator = pieces[Symbol.asyncIterator]();
  let waiting: Uint8Array = new Uint8Array(0);
  return {
    async take(n: number): Promise<Uint8Array> {
      if (waiting.length >= n) {
        const taken = waiting.subarray(0, n);
        waiting = waiting.subarray(n);
        return taken;
      }
      const out = new Uint8Array(n);
      let filled = 0;
      while (filled < n) {
        if (waiting.length === 0) {
          const next = await iterator.next();
          if (next.done) throw new Error("it is cut off");
          waiting = next.value;
          continue;
        }
        const part = waiting.subarray(0, n - filled);
        out.set(part, filled);
        filled += part.length;
        waiting = waiting.subarray(part.length);
      }
      return out;
    },
    async end(): Promise<void> {
      await iterator.return?.();
    },
  };
}
