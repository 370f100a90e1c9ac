/**
 * Check-points: all that a training needs to go on, as one block of bytes.
 *
 *   "LIMBTRN1" · length of the header (u32) · header (JSON) · tensors, each at a multiple of 8 · SHA-256 of all before
 *
 * Order of the rows and masks of dropout are drawn from the seed, the epoch and the step, so that the cursor of the
 * position is also that of everything random.
 */
import { createHash } from "node:crypto";
import type { Dtype, Tensor, Tensors } from "../onnx/ir.js";
import { fromBytes, itemSize, sizeOf, toBytes } from "../onnx/tensor.js";
import { fail } from "../problem/problem.js";
import type { EpochRecord } from "./events.js";
import type { Program } from "./program.js";

const MAGIC = "LIMBTRN1";
const HEADER = MAGIC.length + 4;
const DIGEST = 32;
const ALIGN = 8;
const MAX_HEADER = 1 << 28;

/** Where a training is, and what it has found. */
export interface Progressed {
  /** Epoch that is under way or about to begin, from 0; as many as there are epochs when all are done. */
  readonly epoch: number;
  /** Steps of it that are done. */
  readonly batch: number;
  /** Loss and metrics of these steps, times rows, added up; then the rows. */
  readonly sums: readonly number[];
  readonly history: readonly EpochRecord[];
  /** From 1; 0 for none. */
  readonly best_epoch: number;
  readonly best_loss: number;
}

export interface Checkpoint {
  readonly progressed: Progressed;
  readonly state: Tensors;
  /** The units of the parameters to keep. */
  readonly best: Tensors;
}

/** What a check-point belongs to. */
export interface Identity {
  readonly environment: string;
  readonly data: string;
  readonly seed: number;
}

/** Check-points of several trainings, each under a key that no other training has. Errors: those of the file system. */
export interface Checkpoints {
  load(key: string): Promise<Uint8Array | undefined>;
  save(key: string, bytes: Uint8Array): Promise<void>;
}

/** What only this training has: all that decides what comes out of it. */
export const keyOf = (identity: Identity, patience: number | undefined): string =>
  createHash("sha256")
    .update(JSON.stringify([identity, patience]))
    .digest("hex");

/** Digest over all that a program computes with. */
export function programDigest(program: Program): string {
  const hash = createHash("sha256");
  const models = [program.full, ...(program.last ? [program.last] : []), ...Object.values(program.evaluate)];
  for (const { bytes } of models) hash.update(bytes);
  const { columns, epochs, batch, last_rows, evaluation_rows, averaged, dropped } = program;
  hash.update(JSON.stringify({ columns, epochs, batch, last_rows, evaluation_rows, averaged, dropped }));
  for (const tensors of [program.state, program.frozen])
    for (const [name, { dtype, dims, data }] of Object.entries(tensors))
      hash.update(JSON.stringify([name, dtype, dims])).update(toBytes(data));
  for (const [name, values] of Object.entries(program.scalars)) hash.update(name).update(toBytes(values));
  return hash.digest("hex");
}

// JSON has no numbers that are not finite, and losses may be
const plain = (_: string, v: unknown): unknown =>
  typeof v === "number" && !Number.isFinite(v) ? { number: String(v) } : v;
const revived = (_: string, v: unknown): unknown =>
  typeof v === "object" && v !== null && "number" in v && typeof v.number === "string" ? Number(v.number) : v;

interface Header extends Progressed {
  readonly identity: Identity;
  readonly tensors: readonly {
    readonly of: "state" | "best";
    readonly name: string;
    readonly dtype: Dtype;
    readonly dims: readonly number[];
  }[];
}

const aligned = (at: number): number => Math.ceil(at / ALIGN) * ALIGN;

export function encodeCheckpoint(identity: Identity, { progressed, state, best }: Checkpoint): Uint8Array {
  const parts = [
    ...Object.entries(state).map(([name, t]) => ({ of: "state" as const, name, t })),
    ...Object.entries(best).map(([name, t]) => ({ of: "best" as const, name, t })),
  ];
  const tensors = parts.map(({ of, name, t: { dtype, dims } }) => ({ of, name, dtype, dims }));
  const header: Header = { ...progressed, identity, tensors };
  const text = new TextEncoder().encode(JSON.stringify(header, plain));
  const length = parts.reduce((at, { t }) => aligned(at) + t.data.byteLength, HEADER + text.length);
  const bytes = new Uint8Array(length + DIGEST);
  bytes.set(new TextEncoder().encode(MAGIC));
  new DataView(bytes.buffer).setUint32(MAGIC.length, text.length, true);
  bytes.set(text, HEADER);
  let at = HEADER + text.length;
  for (const { t } of parts) {
    at = aligned(at);
    bytes.set(toBytes(t.data), at);
    at += t.data.byteLength;
  }
  bytes.set(createHash("sha256").update(bytes.subarray(0, length)).digest(), length);
  return bytes;
}

/** Errors: L0955 bytes that are no whole check-point, L0956 one of another training. */
export function decodeCheckpoint(bytes: Uint8Array, identity: Identity): Checkpoint {
  const header = headerOf(bytes);
  for (const [what, name] of [
    ["environment", "what is trained, or how,"],
    ["data", "the data"],
    ["seed", "the seed"],
  ] as const)
    if (header.identity[what] !== identity[what]) fail("L0956", { what: name });
  const found: { [of in "state" | "best"]: { [name: string]: Tensor } } = { state: {}, best: {} };
  let at = header.end;
  for (const { of, name, dtype, dims } of header.tensors) {
    at = aligned(at);
    const size = sizeOf(dims) * itemSize[dtype];
    found[of][name] = { dtype, dims, data: fromBytes(dtype, bytes.subarray(at, at + size)) };
    at += size;
  }
  const { epoch, batch, sums, history, best_epoch, best_loss } = header;
  return { progressed: { epoch, batch, sums, history, best_epoch, best_loss }, ...found };
}

function headerOf(bytes: Uint8Array): Header & { readonly end: number } {
  const refuse = (reason: string): never => fail("L0955", { reason });
  if (bytes.length < HEADER + DIGEST) refuse("it is too short");
  if (new TextDecoder().decode(bytes.subarray(0, MAGIC.length)) !== MAGIC) refuse("it does not begin as one");
  const length = bytes.length - DIGEST;
  const digest = createHash("sha256").update(bytes.subarray(0, length)).digest();
  if (!digest.equals(bytes.subarray(length))) refuse("its digest does not hold: it was cut off or changed");
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(MAGIC.length, true);
  if (size > MAX_HEADER || HEADER + size > length) refuse("its header is longer than it");
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(HEADER, HEADER + size)), revived) as Header;
  return { ...header, end: HEADER + size };
}
