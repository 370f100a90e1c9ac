/**
 * Torn tails: a file of 64 kB, cut at every byte in turn.
 *
 * What is read is exactly what the whole frames before the cut hold, by our reader and after recovery; no byte of the
 * rest is taken for a message, and how many bytes it has is told.
 */
import { bytesSource } from "../dist/record/mcap/file.js";
import { demandMessage, demandWhole, logOf, readAll, readIndexed, readStreamed, recovered } from "./support/log.mjs";
import { demand, strideOf, tries } from "./support/tries.mjs";

export const promise = "a torn tail leaves a valid prefix";
export const runs = 70_000;

const SIZE = 60_000;
const CHUNK_BYTES = 3000;
const MAGIC_BYTES = 8;
/** One cut in so many is looked at by other readers, too. */
const OTHERS = 64;

export async function run({ seed, ...words }) {
  const { bytes, writes } = await logOf(seed, SIZE, CHUNK_BYTES);
  // the last write is the end of the data and the summary
  const ends = writes.map(
    (
      (at) => (length) =>
        (at += length)
    )(0),
  );
  const frames = ends.slice(0, -1);
  const counts = new Map([[0, 0]]);
  for (const end of frames) counts.set(end, (await readAll(bytesSource("f", bytes.subarray(0, end)))).messages.length);
  const stride = strideOf(bytes.length);
  return tries(words, async (index) => {
    const size = (index * stride) % bytes.length;
    const cut = bytes.subarray(0, size);
    if (size < MAGIC_BYTES) {
      const code = await readAll(bytesSource("cut.mcap", cut)).then(
        () => "read",
        (error) => error.problems[0].code,
      );
      demand(code === "L0700", () => `${size} bytes: ${code}`);
      return { cuts: 1 };
    }
    const kept = frames.findLast((end) => end <= size) ?? 0;
    const { messages, whole, lost_bytes } = await readAll(bytesSource("cut.mcap", cut));
    demand(!whole, "a file that was cut is called whole");
    demand(messages.length === counts.get(kept), () => `${messages.length} messages of ${counts.get(kept)}`);
    // before the first seal the header alone counts as read
    if (kept > 0)
      demand(lost_bytes === size - kept, () => `${lost_bytes} bytes were told, and ${size - kept} are lost`);
    if (messages.length > 0) demandMessage(seed, messages.at(-1));
    demand(
      messages.every(({ sequence }, i) => sequence === i),
      "messages are missing or out of order",
    );
    if (index % OTHERS > 0) return { cuts: 1, messages: messages.length };
    const again = await recovered(cut);
    const found = await demandWhole(again, seed);
    demand(found.length === messages.length, "recovery found another number of messages");
    if (found.length > 0) {
      const indexed = await readIndexed(again.bytes, seed);
      demand(indexed.length === found.length, "another reader finds another number in the recovered file");
    }
    const streamed = readStreamed(cut, seed);
    demand(streamed.length >= found.length, () => `another reader of the cut file finds ${streamed.length}`);
    return { cuts: 1, messages: messages.length, looked_at_by_others: 1 };
  });
}
