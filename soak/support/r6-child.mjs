/** Recovers a file once, and prints what it took. Args: source, target. Started with the collector in reach. */
import { createFile, openFile } from "../../dist/record/mcap/file.js";
import { recoverRecording } from "../../dist/record/mcap/recover.js";

const [from, to] = process.argv.slice(2);
const source = await openFile(from);
globalThis.gc?.();
const idle = process.memoryUsage.rss();
let most = idle;
const started = performance.now();
const onProgress = () => {
  most = Math.max(most, process.memoryUsage.rss());
};
const { problems, gaps, ...result } = await recoverRecording(source, () => createFile(to), { onProgress });
const seconds = (performance.now() - started) / 1e3;
await source.close();
process.stdout.write(JSON.stringify({ ...result, seconds, bytes_read: source.size, extra: most - idle }));
