/**
 * Recovery at work: a recording that nobody closed, of small messages or large, is read, checked and written anew by a
 * process of its own.
 *
 * It takes at most 64 MB above the idle process, at every file, and of all files the fastest goes at 200 MB/s or more
 * (a machine that is busy with other things is slower, and never faster than the code).
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rng, seedOf } from "../dist/component/rng.js";
import { createFile } from "../dist/record/mcap/file.js";
import { createMcapWriter } from "../dist/record/mcap/writer.js";
import { CHANNELS, channelSpec } from "./support/log.mjs";
import { demand, tries } from "./support/tries.mjs";

export const promise = "recovery goes at 200 MB/s or more, in 64 MB or less above idle";
export const runs = 20;

const MAX_EXTRA_BYTES = 64e6;
const LEAST_MB_PER_S = 200;
const FILE_BYTES = 200e6;
const SIZES = [100, 2000, 1 << 20];
const CHILD = join(import.meta.dirname, "support", "r6-child.mjs");

async function unclosed(path, random, size) {
  const file = await createFile(path);
  const writer = createMcapWriter(file, { profile: "limbeck", library: "soak" });
  for (let k = 0; k < CHANNELS; k++) writer.channel(channelSpec(k));
  const data = new Uint8Array(size).map((_, i) => i * 7);
  const count = Math.ceil(FILE_BYTES / (size + 47));
  for (let i = 0; i < count; i++) {
    writer.message(i % CHANNELS, i, BigInt(i), BigInt(i), data);
    if (writer.congested) await writer.drained();
  }
  await writer.sync();
  const { bytes, written } = writer.status();
  await file.close();
  const torn = 1 + random.integer(1000);
  truncateSync(path, bytes - torn);
  return { written };
}

const recover = (source, target) =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--expose-gc", CHILD, source, target], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    child.stdout.on("data", (piece) => {
      text += piece;
    });
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve(JSON.parse(text)) : reject(new Error(`exit ${code}`))));
  });

export async function run({ seed, ...words }) {
  const folder = mkdtempSync(join(tmpdir(), "limbeck-r6-"));
  let fastest = 0;
  let largest = 0;
  try {
    const result = await tries(words, async (index) => {
      const random = rng(seedOf(seed, `recover ${index}`));
      const [from, to] = ["torn.mcap", "whole.mcap"].map((name) => join(folder, `${index}-${name}`));
      try {
        const { written } = await unclosed(from, random, SIZES[index % SIZES.length]);
        const { messages, whole, lost_bytes, bytes_read, seconds, extra } = await recover(from, to);
        demand(!whole && messages > written * 0.9 && messages < written, `${messages} messages of ${written}`);
        demand(lost_bytes > 0, "the torn end was not told");
        fastest = Math.max(fastest, bytes_read / 1e6 / seconds);
        largest = Math.max(largest, extra / 1e6);
        demand(extra <= MAX_EXTRA_BYTES, () => `${Math.round(extra / 1e6)} MB above idle`);
        return { messages };
      } finally {
        for (const path of [from, to]) rmSync(path, { force: true });
      }
    });
    if (fastest < LEAST_MB_PER_S)
      result.failures.push({ index: words.from, reason: `the fastest of all went at ${Math.round(fastest)} MB/s` });
    return { ...result, mb_per_s: Math.round(fastest), extra_mb: Math.round(largest) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
