/** Records to a live log until the disk takes no more, and says as JSON what became of it. */
import { createLiveLog } from "../../src/project/live-log/log.js";
import { createRecorder } from "../../src/record/recorder.js";

const header = { name: "full", mode: "messages", graph: "g", digest: "", seed: 1 } as const;
const recorder = createRecorder(
  header,
  [{ port: "text", role: "stream", schema: { type: "string" } }],
  await createLiveLog(process.argv[2]!),
);
let state = "armed";
recorder.life.subscribe((life) => {
  state = life.state;
});
let given = 0;
for (; given < 20_000 && state !== "full" && state !== "failed"; given++) {
  recorder.message("text", given * 1000, 0, given * 1000, "y".repeat(1000));
  if (given % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
}
const { messages, dropped } = await recorder.close();
process.stdout.write(JSON.stringify({ state, written: messages, dropped, given }));
