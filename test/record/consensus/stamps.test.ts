/** What is held to join recordings by stamp has bounds. */
import { expect, test } from "vitest";
import type { Plan } from "../../../src/record/consensus/plan.js";
import { joinByStamp, type StampLimits } from "../../../src/record/consensus/stamps.js";
import { bytesSource } from "../../../src/record/mcap/file.js";
import { createRecorder } from "../../../src/record/recorder.js";
import { mcapLog } from "../../../src/record/sink.js";
import { faultyFile } from "../../support/faulty-file.js";

const schema = { tensor: [100] };
const MESSAGE_BYTES = 800;

/** 50 messages of one port; with stamps backwards, each is far from where its row is wanted. */
async function source(label: string, backwards: boolean) {
  const file = faultyFile();
  const header = { name: label, mode: "messages", graph: "g", digest: "", seed: 1 } as const;
  const recorder = createRecorder(header, [{ port: "x", role: "stream", schema }], mcapLog(file));
  for (let i = 0; i < 50; i++)
    recorder.message("x", i * 1e6, 0, (backwards ? 49 - i : i) * 1e6, new Float64Array(100).fill(i));
  await recorder.close();
  return { label, files: [bytesSource(label, file.bytes())] };
}

const port = (name: string, from: number) => ({
  port: `${name}/x`,
  role: "stream",
  source: from,
  original: "x",
  schema,
});
const plan = { ports: [port("a", 0), port("b", 1)], groups: [["a/x", "b/x"]] } as unknown as Plan;

const rows = async (backwards: boolean, limits?: StampLimits): Promise<number> => {
  const sources = [await source("a", false), await source("b", backwards)];
  let n = 0;
  const by = { direction: "nearest", tolerance_ns: 0 } as const;
  for await (const joined of joinByStamp(sources, plan, by, limits)) if ("row" in joined) n++;
  return n;
};

test("in order next to nothing is held, and backwards all of it", async () => {
  expect(await rows(false, { stamps: 100, held_bytes: 2 * MESSAGE_BYTES })).toBe(50);
  expect(await rows(true)).toBe(50);
  await expect(rows(true, { stamps: 100, held_bytes: 10 * MESSAGE_BYTES })).rejects.toThrow(
    "L0766: more than 8000 bytes would have to be held",
  );
});

test("messages are counted", async () => {
  await expect(rows(false, { stamps: 99, held_bytes: 1e9 })).rejects.toThrow(
    "L0766: more than 99 messages would have to be held",
  );
});
