/**
 * Killed recorders: a child records and prints what was acknowledged, and gets SIGKILL at a drawn instant.
 *
 * Everything that it said was *written* is in the file, which our reader, McapStreamReader and recovery open; what is
 * recovered is whole for McapIndexedReader, too.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rng, seedOf } from "../dist/component/rng.js";
import { bytesSource, createFile, openFile } from "../dist/record/mcap/file.js";
import { recoverRecording } from "../dist/record/mcap/recover.js";
import { demandMessage, readAll, readIndexed, readStreamed } from "./support/log.mjs";
import { demand, tries } from "./support/tries.mjs";

export const promise = "no written message is lost to SIGKILL; every file opens";
export const runs = 1000;

const CHILD = join(import.meta.dirname, "support", "r1-child.mjs");
/** More than a child comes to before it is killed. */
const ENDLESS = 10_000_000;
const MAX_WRITTEN = 15_000;
const MAX_MS = 12;

/** Runs the child until it has said that so many are written, and so long after that; gives its whole words. */
function killed(path, seed, count, written, ms) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CHILD, path, String(seed), String(count)], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let words = "";
    let wrong = "";
    let timer;
    child.stdout.on("data", (text) => {
      words += text;
      const last = words.lastIndexOf("\n", words.lastIndexOf("\n") - 1);
      if (Number.parseInt(words.slice(last + 1), 10) >= written) timer ??= setTimeout(() => child.kill("SIGKILL"), ms);
    });
    child.stderr.on("data", (text) => {
      wrong += text;
    });
    child.on("error", reject);
    child.on("close", () => {
      clearTimeout(timer);
      if (wrong !== "") reject(new Error(wrong));
      // a line without its end was cut by the kill
      else
        resolve(
          words
            .slice(0, words.lastIndexOf("\n") + 1)
            .split("\n")
            .slice(0, -1),
        );
    });
  });
}

export async function run({ seed, ...words }) {
  const folder = mkdtempSync(join(tmpdir(), "limbeck-r1-"));
  try {
    return await tries(words, async (index) => {
      const random = rng(seedOf(seed, `kill ${index}`));
      const own = seed * 1_000_003 + index;
      // some end at about the time at which they are killed: the kill then meets the close, or comes too late
      const ends = random.integer(4) === 0;
      const written = random.integer(ends ? 1000 : MAX_WRITTEN);
      const path = join(folder, `${index}.mcap`);
      const count = ends ? written + random.integer(1000) : ENDLESS;
      const lines = await killed(path, own, count, written, random.integer(MAX_MS));
      const closed = lines.at(-1) === "closed";
      const acked = lines.filter((line) => line !== "closed").map((line) => line.split(" ").map(Number));
      const said = Math.max(0, ...acked.map(([n]) => n));
      demand(
        acked.every(([, durable]) => durable <= said),
        "durable was said before written",
      );
      const { found, streamed, whole } = await opened(path, own);
      demand(found >= said, () => `${said} were written, and ${found} were read`);
      demand(streamed >= found, () => `another reader found ${streamed} of ${found}`);
      demand(!closed || (whole && found === count), "a closed file is not whole");
      rmSync(path);
      rmSync(`${path}.recovered`, { force: true });
      return { written: said, recorded: found, killed: closed ? 0 : 1, whole: whole ? 1 : 0 };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Reads the file by every road; each has to find messages 0, 1, 2, … as they were recorded. */
async function opened(path, seed) {
  if (statSync(path).size === 0) return { found: 0, streamed: 0, whole: false };
  const bytes = readFileSync(path);
  const { messages, whole } = await readAll(bytesSource(path, bytes));
  for (const [i, message] of messages.entries()) {
    demand(message.sequence === i, () => `message ${message.sequence} stands at place ${i}`);
    demandMessage(seed, message);
  }
  const source = await openFile(path);
  const result = await recoverRecording(source, () => createFile(`${path}.recovered`)).finally(() => source.close());
  demand(result.messages === messages.length, "recovery found another number of messages");
  demand(result.whole === whole && result.gaps.length === 0, "recovery says something else of the file");
  if (messages.length > 0) {
    const indexed = await readIndexed(readFileSync(`${path}.recovered`), seed);
    demand(indexed.length === messages.length, "another reader does not read all of the recovered file");
  }
  return { found: messages.length, streamed: readStreamed(bytes, seed).length, whole };
}
