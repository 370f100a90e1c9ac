/** The real command with nodes that hang: inline, in workers and processes; and nothing that outlives it. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openFile } from "../../src/record/mcap/file.js";
import { readMessages } from "../../src/record/reader.js";
import { root } from "../support/run.js";
import { bin, limbeck } from "./command.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "limbeck-hang-"));
  mkdirSync(join(folder, ".git"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const component = (body: string) => `import { execSync } from "node:child_process";
import { writeSync } from "node:fs";
import { step, Type } from "limbeck";
export default step({
  doc: "Passes on, and then does not.",
  inputs: { value: Type.Number() },
  outputs: { value: Type.Number() },
  step: ({ value }, _, { time }) => {
    ${body}
    return { outputs: { value } };
  },
});
`;

/** A graph of one component file, with what the node says beside. */
function write(body: string, node = ""): void {
  writeFileSync(join(folder, "node.ts"), component(body));
  writeFileSync(
    join(folder, "node.graph.yaml"),
    `limbeck: 1
name: node
streams:
  in:
    x: {message: Scalar, simulate: w.value, contract: {rate: 100hz}}
  out:
    y: {message: Scalar, from: bad.value}
world:
  w: {component: source/constant, params: {value: 1}}
nodes:
  bad: {component: ./node.ts, in: {value: x}${node}}
rewrites:
  - record: {as: kept, inputs: [x], outputs: [bad.value]}
`,
  );
}

/** What a port said, from a trace. */
async function spoken(file: string, port: string) {
  const source = await openFile(join(folder, file));
  const found = [];
  for await (const { tag_ns, message } of readMessages(source, new Set([port]))) found.push({ tag_ns, message });
  await source.close();
  return found;
}

const simulate = (...words: string[]) =>
  limbeck(["simulate", "node.graph.yaml", "--for", "3s", "--hang-after", "1s", ...words], { cwd: folder });

describe("an inline node that hangs", () => {
  const HANG = "if (time > 1) for (;;) Math.sqrt(value);";

  test("ends the run by name, place and line, with exit code 1, and what came before is in the files", async () => {
    write(HANG);
    const { code, stdout, stderr } = await simulate();
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("error L0625: `bad` hangs: its firing at 1.01 s took longer than 1 s (node.ts:9:");
    expect(stderr).toMatch(/^ *at .*node\.graph\.yaml:11:\d+$/m);
    const info = readFileSync(join(folder, ".limbeck", "recordings", "kept-0001.mcap"));
    // the summary at the end of a file that was closed
    expect(info.subarray(-8).toString("latin1")).toBe("\x89MCAP0\r\n");
    expect(readdirSync(join(folder, ".limbeck", "logs"))).toEqual(["node-0001.mcap"]);
  });

  test("as data with --json", async () => {
    write(HANG);
    const { code, stdout } = await simulate("--json");
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject([
      { code: "L0625", file: "node.graph.yaml", line: 11, path: "/nodes/bad" },
    ]);
  });

  test("a hang that nothing can interrupt is told before the process is killed", async () => {
    write('if (time > 1) execSync("sleep 20", { stdio: "ignore" });');
    const { code, stderr } = await simulate();
    expect(code).toBeNull();
    expect(stderr).toContain("error L0625: `bad` hangs: its firing at 1.01 s took longer than 1 s\n");
    expect(readdirSync(join(folder, ".limbeck", "recordings"))).toEqual(["kept-0001.mcap"]);
  });

  test("a node that takes its time, but less, is left alone", async () => {
    write("for (const until = Date.now() + (time === 1 ? 500 : 0); Date.now() < until; );");
    expect((await simulate("--hang-after", "60s")).code).toBe(0);
  });
});

describe.each(["worker", "process"])("a node in a %s", (place) => {
  test("that hangs is ended by its timeout, by name", async () => {
    write("if (time > 1) for (;;) Math.sqrt(value);", `, place: ${place}, timeout: 300ms`);
    const { code, stderr } = await simulate();
    expect(code).toBe(1);
    expect(stderr).toContain(`error L0620: \`bad\` took longer than 0.3 s for firing, and its ${place} was ended`);
  });

  test("that hangs is started again within its budget, while all others go on to the end", async () => {
    write(
      "if (time === 1 || time === 2) for (;;) Math.sqrt(value);",
      `, place: ${place}, timeout: 300ms, safe: {value: -1}, restart: {budget: 2, within: 10s, after: 50ms}`,
    );
    const { code, stdout, stderr } = await simulate("--json", "--trace", "t.mcap");
    expect(code).toBe(0);
    expect(stderr).toMatch(/^warning L0613 .*`bad` faulted 2 times and was started again/m);
    const { virtual_s, faults } = JSON.parse(stdout);
    expect(virtual_s).toBe(3);
    expect(faults).toMatchObject([
      { node: "bad", time_ns: 1e9, outcome: "restarts", problems: [{ code: "L0620" }] },
      { node: "bad", time_ns: 2e9, outcome: "restarts", problems: [{ code: "L0620" }] },
    ]);
    expect(await spoken("t.mcap", "x")).toHaveLength(300);
    // silent while it is down, but for its safe values
    const said = await spoken("t.mcap", "bad.value");
    expect(said.filter(({ message }) => message === -1).map(({ tag_ns }) => tag_ns / 1e9)).toEqual([1, 2]);
    expect(said.filter(({ tag_ns }) => tag_ns > 1e9 && tag_ns < 1.05e9)).toEqual([]);
    // the instant of a new start is spent on it
    expect(said).toHaveLength(300 - 2 * 5);
  });

  test("that throws is told as an inline one, with its line", async () => {
    const THROW = 'if (time > 1) throw new Error("no more");';
    write(THROW);
    const inline = await simulate();
    write(THROW, `, place: ${place}`);
    const there = await simulate();
    expect(inline.stderr).toContain("`bad` failed at 1.01 s: no more (node.ts:9:");
    const said = (stderr: string) => stderr.split("\n").find((line) => line.startsWith("error"));
    expect(there.code).toBe(1);
    expect(said(there.stderr)).toBe(said(inline.stderr));
  });

  test("says the same as inline: one digest of arm-reach", async () => {
    const text = readFileSync(join(root, "graphs", "arm-reach.graph.yaml"), "utf8");
    const digests = [];
    for (const where of ["inline", place]) {
      writeFileSync(
        join(folder, "arm.graph.yaml"),
        text.replace("    on: 100hz\n", `    on: 100hz\n    place: ${where}\n`),
      );
      const { stdout } = await limbeck(["simulate", "arm.graph.yaml", "--for", "1s", "--json"], { cwd: folder });
      digests.push(JSON.parse(stdout).digest);
    }
    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(digests[1]).toBe(digests[0]);
  });
});

/** Starts a simulation of the folder's graph, and waits until it hangs and has said its process id. */
async function hanging() {
  const parent = spawn(process.execPath, [bin, ...HANGING], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  const pid = await new Promise<number>((found) => {
    parent.stderr.setEncoding("utf8").on("data", (text) => {
      said += text;
      const [, pid] = /child (\d+)\n/.exec(said) ?? [];
      if (pid !== undefined) found(Number(pid));
    });
  });
  // the pipe is closed once nobody who has it is left: neither parent nor child
  const ended = new Promise<number | null>((closed) => parent.on("close", closed));
  return { parent, pid, ended, said: () => said };
}

const HANGING = ["simulate", "node.graph.yaml", "--for", "3s", "--trace", "t.mcap", "--save-state", "s.state"];
const SAY_AND_HANG = 'if (time > 1) { writeSync(2, "child " + process.pid + "\\n"); for (;;) Math.sqrt(value); }';

test.each(["SIGKILL", "SIGINT"] as const)("a process that hangs does not outlive its parent (%s)", async (signal) => {
  write(SAY_AND_HANG, ", place: process, timeout: 1h");
  const { parent, pid, ended } = await hanging();
  expect(pid).not.toBe(parent.pid);
  parent.kill(signal);
  await ended;
  // a process that ends closes its files first
  while (runs(pid)) await new Promise(setImmediate);
  expect(runs(pid)).toBe(false);
});

test.each(["worker", "process"])(
  "one Ctrl-C ends a run while a node in a %s hangs: no fault, no state, and what was said is kept",
  async (place) => {
    write(SAY_AND_HANG, `, place: ${place}, timeout: 1h, safe: {value: -1}, restart: 3`);
    const { parent, ended, said } = await hanging();
    parent.kill("SIGINT");
    expect(await ended).toBe(130);
    expect(said()).toContain(
      "error L0614: the state of `bad` cannot be kept in a snapshot: the run was stopped in the middle of its firing",
    );
    expect(said()).not.toContain("L0613");
    expect(readdirSync(folder)).not.toContain("s.state");
    expect((await spoken("t.mcap", "bad.value")).map(({ message }) => message)).toEqual(Array(101).fill(1));
  },
);

/** Whether a process still runs; one that nobody has asked for its exit code yet does not. */
function runs(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
