/** `replay` and `verify` as commands: equal digests, and the first message that differs. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "../support/run.js";
import { limbeck } from "./command.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "limbeck-verify-test-"));
  writeFileSync(join(folder, "package.json"), "{}");
});
afterAll(() => rmSync(folder, { recursive: true }));

const arm = join(root, "graphs", "arm-reach.graph.yaml");

test("a run's log replays to the digest of the run, and leaves the log as it was", async () => {
  const home = join(folder, "home");
  const made = JSON.parse((await limbeck(["simulate", arm, "--for", "1s", "--json", "--home", home])).stdout);
  const { code, stdout } = await limbeck(["replay", arm, made.log, "--json", "--home", home]);
  expect(code).toBe(0);
  const replayed = JSON.parse(stdout);
  expect(replayed).toMatchObject({ digest: made.digest, virtual_s: 1, log: made.log });
  expect(replayed.node_steps).toBeLessThan(made.node_steps);
  expect(readdirSync(join(home, "logs"))).toHaveLength(1);
});

test("a log that is none, or of other streams, is refused", async () => {
  const home = join(folder, "home");
  const made = JSON.parse((await limbeck(["simulate", arm, "--for", "1s", "--json", "--home", home])).stdout);
  for (const [log, code] of [
    [join(folder, "none.mcap"), "L0001"],
    [arm, "L0700"],
    [made.recordings[0], "L0724"],
  ] as const) {
    const refused = await limbeck(["replay", arm, log, "--home", home]);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain(code);
  }
});

test("verify proves a graph that repeats itself, and leaves nothing behind", async () => {
  const { code, stdout } = await limbeck(["verify", arm, "--for", "500ms", "--json"], { cwd: folder });
  expect(code).toBe(0);
  const { digests, equal, first_divergence } = JSON.parse(stdout);
  expect(equal).toBe(true);
  expect(first_divergence).toBeNull();
  expect(digests).toHaveLength(3);
  expect(new Set(digests).size).toBe(1);
  expect(readdirSync(folder)).not.toContain(".limbeck");
});

test("verify finds the first message of a component that rolls its own dice", async () => {
  writeFileSync(
    join(folder, "dice.ts"),
    `import { step, Type } from "limbeck";
let count = 0;
export default step({
  doc: "Honest five times.",
  inputs: { value: Type.Number() },
  outputs: { value: Type.Number() },
  step: ({ value }) => ({ outputs: { value: count++ < 5 ? value : Math.random() } }),
});`,
  );
  writeFileSync(
    join(folder, "dice.graph.yaml"),
    `limbeck: 1
name: dice
streams:
  in: {a: {message: number, simulate: w.value, contract: {rate: 10hz}}}
  out: {o: {message: number, from: dice.value}}
world: {w: {component: ./count.ts}}
nodes: {dice: {component: ./dice.ts, in: {value: a}}}
`,
  );
  writeFileSync(
    join(folder, "count.ts"),
    `import { step, Type } from "limbeck";
export default step({
  doc: "Counts.",
  inputs: {},
  outputs: { value: Type.Number() },
  state: () => 0,
  step: (_, n) => ({ outputs: { value: n }, state: n + 1 }),
});`,
  );
  const { code, stdout } = await limbeck(["verify", "dice.graph.yaml", "--for", "1s", "--json"], { cwd: folder });
  expect(code).toBe(1);
  const { digests, equal, first_divergence } = JSON.parse(stdout);
  expect(equal).toBe(false);
  expect(new Set(digests).size).toBe(3);
  expect(first_divergence).toMatchObject({ port: "dice.value", time_ns: 5e8, microstep: 0 });
  const [a, b] = first_divergence.values;
  expect(a).not.toBe(b);
  const { stderr } = await limbeck(["verify", "dice.graph.yaml", "--for", "1s"], { cwd: folder });
  expect(stderr).toContain("First difference: `dice.value` at 0.5 s");
});
