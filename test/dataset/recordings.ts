/** Recordings on disk for the dataset's tests. */
import { writeFile } from "node:fs/promises";
import { builtinTypes } from "../../src/message/builtin.js";
import type { Message } from "../../src/message/type.js";
import type { Mode, RecordedPort } from "../../src/record/layout.js";
import { createRecorder } from "../../src/record/recorder.js";
import { mcapLog } from "../../src/record/sink.js";
import { faultyFile } from "../support/faulty-file.js";

export const PORTS: readonly RecordedPort[] = [
  { port: "joints", role: "input", schema: builtinTypes.JointState2! },
  { port: "controller.torque", role: "output", schema: { tensor: [2], dtype: "float64", unit: "N*m" } },
];

export const joints = (i: number): Message => ({
  position: new Float64Array([i / 100, 0]),
  velocity: new Float64Array([i, -i]),
});
export const torque = (i: number): Message => new Float64Array([2 * i, i % 5]);

/** `rows` rows, 10 ms apart; row i holds `joints(i)` and `torque(i)`, unless `change` says otherwise. */
export async function recordRows(
  path: string,
  rows: number,
  options: {
    seed?: number;
    ports?: readonly RecordedPort[];
    change?: (port: string, i: number) => Message | undefined;
    cut?: number;
  } = {},
): Promise<string> {
  const { seed = 1, ports = PORTS, change, cut } = options;
  const file = faultyFile();
  const spec = { name: "r", mode: "rows" as Mode, graph: "arm", digest: "d", seed, anchor: "controller" };
  const recorder = createRecorder(spec, ports, mcapLog(file, { chunkBytes: 2000 }));
  for (let i = 0; i < rows; i++) {
    recorder.row({
      tag_ns: i * 1e7,
      microstep: 0,
      entries: ports.map(({ port }) => ({
        port,
        stamp_ns: i * 1e7,
        message: change?.(port, i) ?? (port === "joints" ? joints(i) : torque(i)),
      })),
    });
  }
  await recorder.close();
  await writeFile(path, cut === undefined ? file.bytes() : file.bytes().subarray(0, cut));
  return path;
}

export interface Sent {
  readonly port: string;
  readonly tag_ns: number;
  readonly stamp_ns: number;
  readonly message: Message;
}

/** Single messages, in this order. */
export async function recordMessages(
  path: string,
  ports: readonly RecordedPort[],
  sent: readonly Sent[],
  mode: Mode = "messages",
): Promise<string> {
  const file = faultyFile();
  const spec = { name: "r", mode, graph: "arm", digest: "d", seed: 1 };
  const recorder = createRecorder(spec, ports, mcapLog(file));
  for (const { port, tag_ns, stamp_ns, message } of sent) recorder.message(port, tag_ns, 0, stamp_ns, message);
  await recorder.close();
  await writeFile(path, file.bytes());
  return path;
}
