/** Recovers argv[2] into argv[3] and prints how long it took and how far memory rose above what an idle process takes. */
import { createFile, openFile } from "../../dist/record/mcap/file.js";
import { recoverRecording } from "../../dist/record/mcap/recover.js";

const [torn, target] = process.argv.slice(2);
globalThis.gc();
const idle = process.memoryUsage().rss;
const source = await openFile(torn);
const start = process.hrtime.bigint();
const { messages } = await recoverRecording(source, () => createFile(target));
const seconds = Number(process.hrtime.bigint() - start) / 1e9;
await source.close();
const above_idle_bytes = process.resourceUsage().maxRSS * 1024 - idle;
process.stdout.write(JSON.stringify({ messages, seconds, above_idle_bytes }));
