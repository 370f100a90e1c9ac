/** Records at full speed and prints what is acknowledged, until it is killed or has recorded `count`. Args: file, seed, count. */
import { writeSync } from "node:fs";
import { createFile } from "../../dist/record/mcap/file.js";
import { createMcapWriter } from "../../dist/record/mcap/writer.js";
import { CHANNELS, channelSpec, give } from "./log.mjs";

const [path, seed, count] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const after = (ms, work) => {
  const timer = setTimeout(work, ms);
  return () => clearTimeout(timer);
};
const writer = createMcapWriter(await createFile(path), { profile: "limbeck", library: "soak", commit: { after } });
for (let k = 0; k < CHANNELS; k++) writer.channel(channelSpec(k));
writer.acks.subscribe(({ written, durable }) => writeSync(1, `${written} ${durable}\n`));
const BATCH = 50;
for (let i = 0; i < count; i++) {
  give(writer, seed, i);
  if (i % BATCH === 0) await new Promise(setImmediate);
}
await writer.close();
writeSync(1, "closed\n");
