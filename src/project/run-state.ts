/**
 * The state of a run as a file, from which another run goes on.
 *
 *     "LIMBECK\0" · version (1 byte) · SHA-256 of the rest (32 bytes) · { ideal, snapshot } in V8's serialisation
 */
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { deserialize, serialize } from "node:v8";
import { fail, LimbeckError } from "../problem/problem.js";
import type { Snapshot } from "../runtime/run.js";
import { writeWhole } from "./write.js";

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

/** Writes a state whole or not at all; what was there before is replaced. @throws LimbeckError L0002, L0005 */
export function writeState(file: string, state: RunState): void {
  const payload = serialize(state);
  writeWhole(file, Buffer.concat([MAGIC, Buffer.of(VERSION), sha256(payload), payload]));
}

/** @throws LimbeckError L0001, L0002, L0003 for a file that cannot be read, or holds no whole state */
export async function readState(file: string): Promise<RunState> {
  const bytes = await contentOf(file);
  const refuse = (reason: string): never => fail("L0003", { file, reason });
  if (bytes.length < HEAD_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC))
    return refuse("it is no state of a run, as `--save-state` writes it");
  const version = bytes[MAGIC.length]!;
  if (version !== VERSION) return refuse(`it is written in version ${version}, and this program reads ${VERSION}`);
  const payload = bytes.subarray(HEAD_BYTES);
  if (!sha256(payload).equals(bytes.subarray(MAGIC.length + 1, HEAD_BYTES))) return refuse("it is damaged");
  return deserialize(payload) as RunState;
}

async function contentOf(file: string): Promise<Buffer> {
  try {
    const info = await stat(file);
    if (info.isDirectory()) fail("L0002", { file, expected: "the state of a run" });
    if (info.size > MAX_STATE_BYTES)
      fail("L0003", { file, reason: `it has ${info.size} bytes, and at most ${MAX_STATE_BYTES} are read` });
    return await readFile(file);
  } catch (error) {
    if (error instanceof LimbeckError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return fail("L0001", { file }, {}, { cause: error });
    return fail("L0003", { file, reason: message }, {}, { cause: error });
  }
}
