/**
 * The state of a run as a file, from which another run goes on.
 *
 *     "LIMBECK\0" · version (1 byte) · SHA-256 of the rest (32 bytes) · { ideal, snapshot } in V8's serialisation
 */
import { createHash, randomUUID } from "node:crypto";
import { readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { deserialize, serialize } from "node:v8";
import { fail } from "../problem/problem.js";
import type { Snapshot } from "../runtime/run.js";

/** What a run must be told again to go on as it was. */
export interface RunState {
  readonly ideal: boolean;
  readonly snapshot: Snapshot;
}

const MAGIC = Buffer.from("LIMBECK\0", "latin1");
const VERSION = 1;
const DIGEST_BYTES = 32;
const HEAD_BYTES = MAGIC.length + 1 + DIGEST_BYTES;
/** Larger files are not read. */
export const MAX_STATE_BYTES = 1 << 30;

const sha256 = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();

/** Writes a state whole or not at all; what was there before is replaced. @throws LimbeckError L0005 */
export async function writeState(file: string, state: RunState): Promise<void> {
  const payload = serialize(state);
  const partial = `${file}.${randomUUID()}.partial`;
  try {
    await writeFile(partial, Buffer.concat([MAGIC, Buffer.of(VERSION), sha256(payload), payload]));
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    fail("L0005", { file, reason: (error as Error).message }, {}, { cause: error });
  }
}

/** @throws LimbeckError L0001, L0003 unreadable, L0616 for a file that holds no state, or a damaged one */
export async function readState(file: string): Promise<RunState> {
  const bytes = await contentOf(file);
  const refuse = (reason: string): never => fail("L0616", { reason: `${file} ${reason}` });
  if (bytes.length < HEAD_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC))
    return refuse("is no state of a run, as `--save-state` writes it");
  const version = bytes[MAGIC.length]!;
  if (version !== VERSION) return refuse(`is written in version ${version}, and this program reads ${VERSION}`);
  const payload = bytes.subarray(HEAD_BYTES);
  if (!sha256(payload).equals(bytes.subarray(MAGIC.length + 1, HEAD_BYTES))) return refuse("is damaged");
  return deserialize(payload) as RunState;
}

async function contentOf(file: string): Promise<Buffer> {
  const size = await read(file, async () => (await stat(file)).size);
  if (size > MAX_STATE_BYTES)
    return fail("L0616", { reason: `${file} has ${size} bytes, and at most ${MAX_STATE_BYTES} are read` });
  return read(file, () => readFile(file));
}

async function read<T>(file: string, how: () => Promise<T>): Promise<T> {
  try {
    return await how();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return fail("L0001", { file }, {}, { cause: error });
    return fail("L0003", { file, reason: message }, {}, { cause: error });
  }
}
