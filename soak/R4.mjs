/**
 * Flipped bits: every bit of a file that was closed, and of one that was not, opcodes and lengths included.
 *
 * Each is found (the file is refused as damaged, or said to end early) or harmless (everything reads the same): never
 * is a message another one, or missing without a word. Recovery keeps what is right, and counts what is not.
 */
import { bytesSource } from "../dist/record/mcap/file.js";
import { demandWhole, logOf, readAll, recovered } from "./support/log.mjs";
import { demand, strideOf, tries } from "./support/tries.mjs";

export const promise = "a flipped bit is detected or harmless, never a silent gap";
/** Twice all bits of a file of some 20 kB: closed, and not closed. */
export const runs = 330_000;

const SIZE = 15_000;
const CHUNK_BYTES = 2000;
const REFUSALS = new Set(["L0700", "L0701", "L0705", "L0707"]);

const printed = (value) => JSON.stringify(value, (_, v) => (typeof v === "bigint" ? String(v) : v));

export async function run({ seed, ...words }) {
  const { bytes, writes } = await logOf(seed, SIZE, CHUNK_BYTES);
  const open = bytes.subarray(0, bytes.length - writes.at(-1));
  const files = await Promise.all(
    [bytes, open].map(async (file) => {
      const { messages, metadata, ...end } = await readAll(bytesSource("f", file));
      const sound = { messages, text: printed({ messages, metadata, end }), told: printed({ metadata }) };
      return { file, bits: file.length * 8, stride: strideOf(file.length * 8), ...sound };
    }),
  );
  return tries(words, async (index) => {
    const { file, bits, stride, messages, text, told } = files[index % 2];
    const bit = (Math.floor(index / 2) * stride) % bits;
    const flipped = file.slice();
    flipped[bit >> 3] ^= 1 << (bit & 7);
    const where = `bit ${bit & 7} of byte ${bit >> 3} of ${file.length}`;
    const outcome = await readAll(bytesSource("flipped.mcap", flipped)).then(
      ({ messages: found, metadata, ...end }) => {
        if (printed({ messages: found, metadata, end }) === text) return "harmless";
        demand(!end.whole && end.lost_bytes > 0, () => `${where}: a change that nobody is told of`);
        demand(printed(found) === printed(messages.slice(0, found.length)), () => `${where}: messages changed`);
        return "cut";
      },
      (error) => {
        demand(REFUSALS.has(error.problems?.[0]?.code), () => `${where}: ${error.stack}`);
        return "refused";
      },
    );
    const again = await recovered(flipped, "flipped.mcap");
    const { result } = again;
    const found = await demandWhole(again, seed);
    const missing = messages.length - found.length;
    demand(
      found.every((n, i) => n < messages.length && (i === 0 || n > found[i - 1])),
      () => `${where}: recovery brings what was not there`,
    );
    demand(missing === 0 || (!result.whole && result.lost_bytes > 0), () => `${where}: ${missing} lost without a word`);
    // only of the last frame nobody knows how much it held
    const silent = missing - result.lost_messages;
    const isTail = found.length > 0 && found.length === found.at(-1) + 1;
    demand(silent === 0 || (silent > 0 && isTail), () => `${where}: ${missing} lost, ${result.lost_messages} told`);
    if (result.whole) {
      const { metadata } = await readAll(bytesSource("recovered.mcap", again.bytes));
      demand(printed({ metadata }) === told, () => `${where}: metadata changed`);
    }
    return { [outcome]: 1, messages: found.length, missing };
  });
}
