/** `replay` and `verify` as commands: equal digests, and the first message that differs. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "../support/run.js";
import { limbeck } from "./command.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "limbeck-verify-test-"));
  writeFileSync(join(folder, "package.json"), "{}");
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
    [join(folder, "none.mcap"), "error L0001: there is no file"],
    [folder, "error L0002:"],
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
  const { code, stdout } = await limbeck(["verify", "dice.graph.yaml", "--for", "1s", "--json"], { cwd: folder });
  expect(code).toBe(1);
  const { digests, equal, first_divergence } = JSON.parse(stdout);
  expect(equal).toBe(false);
  expect(new Set(digests).size).toBe(3);
  expect(first_divergence).toMatchObject({ port: "dice.value", time_ns: 5e8, microstep: 0 });
  const [a, b] = first_divergence.values;
  expect(a).not.toBe(b);
  const words = await limbeck(["verify", "dice.graph.yaml", "--for", "1s"], { cwd: folder });
  expect(words.stdout).toContain("First difference: `dice.value` at 0.5 s");
});

/** Two nodes at one instant, and nothing between them but what each module remembers. */
const rivals = `limbeck: 1
name: rivals
streams:
  in: {a: {message: number, simulate: w.value, contract: {rate: 10hz}}}
world: {w: {component: ./count.ts}}
nodes:
  left: {component: ./shared.ts, in: {value: a}}
  right: {component: ./shared.ts, in: {value: a}}
`;

test("other legal orders of an instant change nothing in a graph whose nodes hear each other through ports only", async () => {
  writeFileSync(join(folder, "rivals.graph.yaml"), rivals);
  writeFileSync(
    join(folder, "shared.ts"),
    `import { step, Type } from "limbeck";
export default step({
  doc: "Says what it hears.",
  inputs: { value: Type.Number() },
  outputs: { value: Type.Number() },
  step: ({ value }) => ({ outputs: { value } }),
});`,
  );
  const { code, stdout } = await limbeck(["verify", "rivals.graph.yaml", "--for", "1s", "--permute", "2", "--json"], {
    cwd: folder,
  });
  expect(code).toBe(0);
  const { digests, ...rest } = JSON.parse(stdout);
  expect(digests).toHaveLength(3);
  expect(rest).toEqual({ equal: true, permutations: 2, first_divergence: null });
  const words = await limbeck(["verify", "rivals.graph.yaml", "--for", "100ms", "--permute", "1"], { cwd: folder });
  expect(words.stderr).toContain("All three and 1 other order say the same.");
});

test("nodes that share a variable beside their ports repeat themselves, and do not bear another order", async () => {
  writeFileSync(join(folder, "rivals.graph.yaml"), rivals);
  writeFileSync(
    join(folder, "shared.ts"),
    `import { step, Type } from "limbeck";
let turn = 0;
export default step({
  doc: "Counts the firings of all nodes.",
  inputs: { value: Type.Number() },
  outputs: { value: Type.Number() },
  step: () => ({ outputs: { value: turn++ } }),
});`,
  );
  const verify = ["verify", "rivals.graph.yaml", "--for", "1s"];
  expect((await limbeck(verify, { cwd: folder })).code).toBe(0);
  const { code, stdout } = await limbeck([...verify, "--permute", "20", "--json"], { cwd: folder });
  expect(code).toBe(1);
  const { digests, equal, permutations, first_divergence } = JSON.parse(stdout);
  expect(new Set(digests).size).toBe(1);
  expect(equal).toBe(false);
  expect(permutations).toBeGreaterThan(0);
  expect(first_divergence).toMatchObject({ port: "left.value", microstep: 0 });
  const [a, b] = first_divergence.values;
  expect(Math.abs(a - b)).toBe(1);
  const order = ["simulate", "rivals.graph.yaml", "--for", "1s", "--json", "--permute-seed", String(permutations)];
  const again = JSON.parse((await limbeck([...order, "--home", join(folder, "order-home")], { cwd: folder })).stdout);
  expect(again.digest).not.toBe(digests[0]);
  const words = await limbeck([...verify, "--permute", "20"], { cwd: folder });
  expect(words.stdout).toContain(`order ${permutations}: ${b}`);
});

test("verify hands on what a run says of a node that gave up, with its place and exit code, and compares all the same", async () => {
  writeFileSync(
    join(folder, "dice.ts"),
    `import { step, Type } from "limbeck";
export default step({
  doc: "Fails.",
  inputs: { value: Type.Number() },
  outputs: { value: Type.Number() },
  step: () => { throw new Error("out of luck"); },
});`,
  );
  const { code, stderr, stdout } = await limbeck(["verify", "dice.graph.yaml", "--for", "1s"], { cwd: folder });
  expect(code).toBe(1);
  expect(stdout.match(/[0-9a-f]{64}/g)).toHaveLength(3);
  expect(stderr).toContain("All three say the same.");
  expect(stderr).toContain("error L0602");
  expect(stderr).toMatch(/at .*dice\.graph\.yaml:\d+:\d+/);
  expect(stderr).toContain("out of luck (dice.ts:6:");
  expect(stderr).not.toContain("bug in Limbeck");
});

test("diff names the changed part, and the first instant at which it matters", async () => {
  const home = join(folder, "diff-home");
  const changed = join(folder, "changed.graph.yaml");
  writeFileSync(
    changed,
    readFileSync(arm, "utf8")
      .replace("max_age: 1s", "max_age: 10ms")
      .replace("kp: {type: number, default: 60", "kp: {type: number, default: 61"),
  );
  const { code, stdout } = await limbeck(["diff", arm, changed, "--for", "1s", "--json", "--home", home]);
  expect(code).toBe(1);
  const { same, differences, first_divergence } = JSON.parse(stdout);
  expect(same).toBe(false);
  expect(differences).toContainEqual({ path: "/nodes/controller/params/kp", change: "changed", from: 60, to: 61 });
  expect(differences).toContainEqual({ path: "/nodes/ik/in/point/max_age", change: "changed", from: "1s", to: "10ms" });
  expect(first_divergence.port).toBe("controller.torque");
  const words = await limbeck(["diff", arm, changed, "--for", "1s", "--home", home]);
  expect(words.stdout).toMatch(/^~ \/params\/kp\/default {2}60 → 61$/m);
  expect(words.stdout).toContain("First difference: `controller.torque` at ");

  const equal = await limbeck(["diff", arm, arm, "--for", "1s", "--home", home]);
  expect(equal).toMatchObject({ code: 0, stdout: "They are the same.\n" });
});

test("diff of recordings finds where they part, and that one goes on", async () => {
  const home = join(folder, "recordings-home");
  const record = async (name: string, ...more: string[]) => {
    const trace = join(folder, name);
    await limbeck(["simulate", arm, "--trace", trace, "--home", home, ...more]);
    return trace;
  };
  const [a, b, longer] = [
    await record("a.mcap", "--for", "300ms"),
    await record("b.mcap", "--for", "300ms", "--seed", "8"),
    await record("longer.mcap", "--for", "310ms"),
  ];
  expect((await limbeck(["diff", a, a])).code).toBe(0);
  const other = JSON.parse((await limbeck(["diff", a, b, "--json"])).stdout);
  expect(other.first_divergence).toMatchObject({ time_ns: 0, port: "joints" });
  const { first_divergence } = JSON.parse((await limbeck(["diff", a, longer, "--json"])).stdout);
  expect(first_divergence.time_ns).toBeGreaterThanOrEqual(3e8);
  expect(first_divergence.values[0]).toBeNull();
});
