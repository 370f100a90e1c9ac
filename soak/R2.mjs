/**
 * Power cuts: a recorder in live use on a disk that keeps what was synced, and drops, zeroes or garbles what was not.
 *
 * Whenever the power fails, every *durable* message is recovered, nothing that was not recorded appears, and what is
 * missing before the last message found is counted.
 */
import { createJiti } from "jiti";
import { rng, seedOf } from "../dist/component/rng.js";
import { createMcapWriter } from "../dist/record/mcap/writer.js";
import { CHANNELS, channelSpec, demandWhole, give, recovered } from "./support/log.mjs";
import { demand, tries } from "./support/tries.mjs";

export const promise = "no durable message is lost to a power cut";
export const runs = 10_000;

const MAX_STEPS = 300;

export async function run({ seed, ...words }) {
  const { powerDisk } = await createJiti(import.meta.url).import("../test/support/disk.ts");
  return tries(words, async (index) => {
    const random = rng(seedOf(seed, `power ${index}`));
    const own = seed * 1_000_003 + index;
    const disk = powerDisk(random);
    let timer;
    const after = (_, work) => {
      timer = work;
      return () => {
        timer = undefined;
      };
    };
    const chunkBytes = 500 + random.integer(20_000);
    const writer = createMcapWriter(disk, { profile: "limbeck", library: "soak", chunkBytes, commit: { after } });
    for (let k = 0; k < CHANNELS; k++) writer.channel(channelSpec(k));
    let durable = 0;
    let written = 0;
    writer.acks.subscribe((acks) => ({ durable, written } = acks));
    let given = 0;
    for (let steps = random.integer(MAX_STEPS); steps > 0; steps--) {
      const what = random.integer(10);
      if (what < 6) give(writer, own, given++);
      else if (what < 7) fire();
      else for (let turns = random.integer(20); turns > 0; turns--) await Promise.resolve();
      if (steps === 1 && random.integer(5) === 0) void writer.close();
    }
    const said = { durable, written };
    const left = disk.cut();
    function fire() {
      const work = timer;
      timer = undefined;
      work?.();
    }
    if (left.length < 8) {
      demand(said.durable === 0, "a durable message has no file");
      return { durable: 0, cuts: 1 };
    }
    const after_cut = await recovered(left).catch((error) => {
      // of a file that never was on the disk nothing is left
      if (said.durable === 0 && error.problems?.[0]?.code === "L0700") return undefined;
      throw error;
    });
    if (after_cut === undefined) return { durable: 0, cuts: 1 };
    const { result } = after_cut;
    const found = await demandWhole(after_cut, own);
    const isKnown = found.every((n, i) => n < given && (i === 0 || n > found[i - 1]));
    demand(isKnown, "messages appear that were not recorded, or in another order");
    const lacks = Array.from({ length: said.durable }, (_, i) => i).find((i) => found[i] !== i);
    demand(lacks === undefined, () => `message ${lacks} of ${said.durable} durable ones is lost`);
    const holes = found.length === 0 ? 0 : found.at(-1) + 1 - found.length;
    demand(result.lost_messages >= holes, `${holes} messages are missing, and ${result.lost_messages} are told`);
    demand(holes === 0 || result.gaps.length > 0, "messages are missing without a gap");
    return { durable: said.durable, cuts: 1, beyond: found.length - said.durable, holes: holes > 0 ? 1 : 0 };
  });
}
