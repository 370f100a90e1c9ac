/**
 * NumPy's `.npy`, version 1.0, C order: what numpy and PyTorch memory-map as it is.
 *
 * Format: numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */

export type NpyArray = Float32Array | Float64Array | BigInt64Array;
export type NpyDtype = "float32" | "float64" | "int64";

const DESCR: { readonly [dtype in NpyDtype]: string } = { float32: "<f4", float64: "<f8", int64: "<i8" };
const ARRAY = { float32: Float32Array, float64: Float64Array, int64: BigInt64Array } as const;
export const BYTES: { readonly [dtype in NpyDtype]: number } = { float32: 4, float64: 8, int64: 8 };

const MAGIC = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0);
/** Data starts at a multiple of this. */
const ALIGN = 64;

export interface NpyHeader {
  readonly dtype: NpyDtype;
  readonly shape: readonly number[];
  /** Where the data starts. */
  readonly offset: number;
}

/** The bytes before the data; `<U8` is text of 8 characters, which is written and not read here. */
export function npyHeader(dtype: NpyDtype | `<U${number}`, shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${DESCR[dtype as NpyDtype] ?? dtype}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const size = Math.ceil((MAGIC.length + 2 + text.length + 1) / ALIGN) * ALIGN;
  const bytes = new Uint8Array(size).fill(0x20);
  bytes.set(MAGIC);
  new DataView(bytes.buffer).setUint16(MAGIC.length, size - MAGIC.length - 2, true);
  bytes.set(new TextEncoder().encode(text), MAGIC.length + 2);
  bytes[size - 1] = 0x0a;
  return bytes;
}

/** The bytes of an array's elements, without a copy. Every host that Node runs ONNX on is little endian. */
export const bytesOf = (array: NpyArray): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/**
 * A whole file in memory.
 *
 * @example
 * const bytes = writeNpy("float64", [2], Float64Array.of(1, 2));
 * readNpyHeader(bytes) // { dtype: "float64", shape: [2], offset: 128 }
 */
export function writeNpy(dtype: NpyDtype, shape: readonly number[], data: NpyArray): Uint8Array {
  return new Uint8Array(Buffer.concat([npyHeader(dtype, shape), bytesOf(data)]));
}

/**
 * Reads the header of what `npyHeader` writes; undefined for anything else (other dtypes, Fortran order, version 2).
 */
export function readNpyHeader(bytes: Uint8Array): NpyHeader | undefined {
  if (bytes.length < MAGIC.length + 2 || !MAGIC.every((byte, i) => bytes[i] === byte)) return undefined;
  const length = bytes[MAGIC.length]! + 256 * bytes[MAGIC.length + 1]!;
  const offset = MAGIC.length + 2 + length;
  if (offset > bytes.length) return undefined;
  const text = new TextDecoder("latin1").decode(bytes.subarray(MAGIC.length + 2, offset));
  const match = /^\{'descr': '(<f4|<f8|<i8)', 'fortran_order': False, 'shape': \((\d+)(?:,|, (\d+))\), \} *\n$/.exec(
    text,
  );
  if (match === null) return undefined;
  const dtype = (Object.keys(DESCR) as NpyDtype[]).find((name) => DESCR[name] === match[1])!;
  const shape = match
    .slice(2)
    .filter((n) => n !== undefined)
    .map(Number);
  return { dtype, shape, offset };
}

/** Zeros. */
export const npyArray = (dtype: NpyDtype, length: number): NpyArray => new ARRAY[dtype](length);
