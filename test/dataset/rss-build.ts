/**
 * `jiti rss-build.ts FOLDER write` writes two recordings; `jiti rss-build.ts FOLDER NAME` builds a dataset of one under
 * a limit of a tenth, and prints how far resident memory rose: another process, which has freed nothing large before.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildDataset } from "../../src/dataset/build.js";
import type { RecordedPort } from "../../src/record/layout.js";
import { createFile } from "../../src/record/mcap/file.js";
import { createRecorder } from "../../src/record/recorder.js";
import { mcapLog } from "../../src/record/sink.js";

const [ROWS, WIDTH] = [100_000, 240];
const LIMIT = 8 * 2 ** 20;

const [folder, mode] = [process.argv[2]!, process.argv[3]!];
const PORTS: readonly RecordedPort[] = [
  { port: "a", role: "input", schema: { tensor: [WIDTH], dtype: "float32" } },
  { port: "y", role: "output", schema: { tensor: [4], dtype: "float32" } },
];

/** Row i holds i at its start; its columns differ. */
const messagesOf = (i: number) => ({
  a: new Float32Array(WIDTH).map((_, c) => (c === 0 ? i : Math.sin(i * (c + 1)))),
  y: Float32Array.of(i, -i, i % 7, 1),
});

async function write(name: string, kind: "rows" | "messages"): Promise<void> {
  const spec = { name, mode: kind, graph: "g", digest: "d", seed: 1, anchor: "y" };
  const recorder = createRecorder(spec, PORTS, mcapLog(await createFile(join(folder, `${name}.mcap`))));
  for (let i = 0; i < ROWS; i++) {
    const messages = messagesOf(i);
    const tag_ns = i * 1e6;
    if (kind === "rows") {
      const entries = PORTS.map(({ port }) => ({ port, stamp_ns: tag_ns, message: messages[port as "a" | "y"] }));
      recorder.row({ tag_ns, microstep: 0, entries });
    } else for (const { port } of PORTS) recorder.message(port, tag_ns, 0, tag_ns, messages[port as "a" | "y"]);
    if (recorder.congested) await recorder.drained();
  }
  await recorder.close();
}

/** What belongs to this process alone; pages of files that the kernel keeps are not counted. */
const resident = (): number => 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))![1]);

async function build(name: string): Promise<void> {
  const recordings = [join(folder, `${name}.mcap`)];
  const options = { recordings, memory_bytes: LIMIT } as const;
  // code and buffers are there before it is looked at
  await buildDataset({ ...options, inputs: ["y"], outputs: ["a"], anchor: "a", out: join(folder, `${name}-warm`) });
  globalThis.gc!();
  const idle = resident();
  let most = idle;
  const look = setInterval(() => {
    most = Math.max(most, resident());
  }, 20);
  const { rows, inputs, outputs } = await buildDataset({ ...options, out: join(folder, name) });
  clearInterval(look);
  const [a, y] = [inputs[0]!.statistics, outputs[0]!.statistics];
  const found = { rows, mean: a.mean[0], median: a.quantiles["0.5"]![0], max: y.max[0] };
  const bytes = 4 * ROWS * (WIDTH + 4);
  process.stdout.write(JSON.stringify({ ...found, bytes, limit: LIMIT, above: most - idle }));
}

if (mode === "write") {
  await write("rows-large", "rows");
  await write("stamps-large", "messages");
} else await build(mode);
