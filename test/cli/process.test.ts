/** The real command in a process of its own: exit codes, channels, pipes, signals. */
import { spawn } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addModel } from "../../src/models/store.js";
import { cardFacts } from "../support/card.js";
import { root, runNode, runProgram } from "../support/run.js";
import { bin, inside, limbeck } from "./command.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "limbeck-process-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const arm = join(root, "graphs", "arm-reach.graph.yaml");

describe("wrong usage: exit 2, the nearest name, nothing on stdout", () => {
  test.each([
    [["simulat", arm], "there is no verb `simulat`", "Did you mean `simulate`?"],
    [["simulate", arm, "--sed", "3"], "unknown option '--sed'", "Did you mean `--seed` or `--set`?"],
    [["simulate"], "missing required argument 'file'", "limbeck help"],
    [["graph", arm, "--format", "png"], "Allowed choices are svg, mermaid, dot, json", "limbeck help"],
    [["models", "lsit"], "there is no verb `lsit`", "Did you mean `list`?"],
    [["simulat", "--help"], "there is no verb `simulat`", "Did you mean `simulate`?"],
    [["models", "lsit", "--help"], "there is no verb `lsit`", "Did you mean `list`?"],
    [["help", "distil"], "there is no verb `distil`", "Did you mean `distill`?"],
    [["explain", "L9999"], "there is no problem with the code L9999", "explain"],
    [["models", "show", "../../etc"], "`../../etc` is no name of a model", "Write `reach`"],
  ])("%j", async (words, said, help) => {
    const { code, stdout, stderr } = await limbeck(words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(said);
    expect(stderr).toContain(help);
  });

  test("with --json the problem is data on stdout", async () => {
    const { code, stdout, stderr } = await limbeck(["simulat", "--json"]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject([
      { code: "L0004", severity: "error", message: "there is no verb `simulat`" },
    ]);
  });

  test("no verb at all: the help, as an error", async () => {
    const { code, stdout, stderr } = await limbeck([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("Usage: limbeck");
  });
});

describe("input that cannot be read: exit 3", () => {
  test.each([
    ["a missing file", () => "nowhere.graph.yaml", "L0001"],
    ["a folder", () => folder, "L0002"],
    ["a file without a character", () => write("empty.graph.yaml", ""), "L0107"],
    ["what is no YAML", () => write("torn.graph.yaml", "nodes: {a: ["), "L0105"],
    ["ten megabytes of brackets", () => write("deep.graph.yaml", "[".repeat(10_000_000)), "L0101"],
  ])("%s", async (_, file, code) => {
    const checked = await limbeck(["check", file()]);
    expect(checked.code).toBe(3);
    expect(checked.stdout).toContain(code);
    const simulated = await limbeck(["simulate", file(), "--for", "1s"], { cwd: folder });
    expect(simulated.code).toBe(3);
    expect(simulated.stderr).toContain(code);
    expect(readdirSync(folder)).not.toContain(".limbeck");
  });

  test("a pipe is read once, also where a problem is told of it", async () => {
    const check = `'${process.execPath}' '${bin}' check pipe`;
    // a writer whom nobody reads from is ended
    const words = `mkfifo pipe; echo hello >pipe & ${check}; code=$?; kill $! 2>&-; exit $code`;
    const { code, stdout } = await runProgram("bash", ["-c", words], { cwd: folder });
    expect({ code, stdout }).toEqual({ code: 3, stdout: expect.stringContaining("L0108") });
  });

  const write = (name: string, text: string) => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };
});

describe("help, version, explain", () => {
  test("help lists every verb; help VERB and VERB --help are one page", async () => {
    const { stdout } = await limbeck(["help"]);
    for (const verb of [
      "new",
      "check",
      "graph",
      "rewrite",
      "simulate",
      "distill",
      "compare",
      "models",
      "explain",
      "help",
    ])
      expect(stdout).toMatch(new RegExp(`^  ${verb} +\\w`, "m"));
    const [page, same] = await Promise.all([
      limbeck(["help", "models", "show"]),
      limbeck(["models", "show", "--help"]),
    ]);
    expect(page.stdout).toContain("limbeck models show reach@2 --json");
    expect(same).toEqual(page);
    expect(page.code).toBe(0);
  });

  test("a default is said once, and no line is wider than the terminal", async () => {
    for (const verb of ["verify", "diff", "simulate", "replay", "models promote"]) {
      const { stdout } = await inside(["help", ...verb.split(" ")], { columns: 60 });
      const options = stdout.slice(stdout.indexOf("Options:"), stdout.indexOf("Examples:"));
      expect(options).not.toMatch(/\(default[^)]*\)\s*\(default/);
      for (const line of options.split("\n")) expect(line.length, line).toBeLessThanOrEqual(60);
    }
  });

  test("--version is the package's", async () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(await limbeck(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });

  test("explain: the long form, under any spelling of the code; without one, all", async () => {
    const [a, b, list, json] = await Promise.all([
      limbeck(["explain", "L0853"]),
      limbeck(["explain", "853"]),
      limbeck(["explain"]),
      limbeck(["explain", "l0853", "--json"]),
    ]);
    expect(a).toEqual(b);
    expect(a.stdout).toContain("L0853: model file is not what its card says (error)");
    expect(list.stdout).toContain("L0853  error     model file is not what its card says");
    expect(JSON.parse(json.stdout)).toMatchObject({ code: "L0853", severity: "error", exit: 3 });
  });
});

describe("models", () => {
  let home: string;
  beforeAll(async () => {
    home = join(folder, "home");
    for (const text of ["one", "two"])
      await addModel(join(home, "models"), "reach", { onnx: new TextEncoder().encode(text), facts: cardFacts });
  });
  const run = (...words: string[]) => limbeck(["models", ...words, "--home", home]);

  test("list, show, promote, as tables and as JSON", async () => {
    expect((await run("list")).stdout.split("\n")).toEqual([
      "model  versions  champion  student  stands in for             nMSE  created",
      "reach  1 2       reach@1   mlp      controller (arm-reach)  0.0027  2026-01-02 03:04",
      "",
    ]);
    expect((await run("promote", "reach@2")).stderr).toBe("reach@champion is now reach@2\n");
    expect(JSON.parse((await run("list", "--json")).stdout)).toMatchObject([
      { name: "reach", versions: [1, 2], aliases: { champion: 2 }, champion: { version: 2, student: "mlp" } },
    ]);
    const shown = (await run("show", "reach")).stdout;
    for (const part of [
      "reach@2, mlp, opset 18",
      "controller (arm-reach)",
      "at 100hz",
      "(verified, 3 bytes)",
      "joints.velocity[1]",
    ])
      expect(shown).toContain(part);
    expect(JSON.parse((await run("show", "reach@1", "--json")).stdout)).toMatchObject({ ...cardFacts, version: 1 });
  });

  test("a corrupt byte: exit 3, both digests, the way back", async () => {
    writeFileSync(join(home, "models", "reach", "1", "model.onnx"), "onE");
    const { code, stdout, stderr } = await run("show", "reach@1");
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toContain("L0853");
    expect(stderr).toContain("7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed");
    expect(stderr).toContain("Use another version (`reach@2`)");
  });

  test("one damaged card does not hide the other models", async () => {
    await addModel(join(home, "models"), "other", { onnx: new Uint8Array(1), facts: cardFacts });
    writeFileSync(join(home, "models", "other", "1", "card.json"), "{");
    const { code, stdout, stderr } = await run("list");
    expect(code).toBe(0);
    expect(stdout).toContain("reach@2");
    expect(stderr).toContain("L0854");
  });
});

test("a disk that takes no more of the log, the recording and the trace: each is named, exit 3", async () => {
  const simulated = `simulate '${arm}' --for 5s --trace t.mcap`;
  const words = `ulimit -f 4; '${process.execPath}' '${bin}' ${simulated}`;
  const { code, stdout, stderr } = await runProgram("bash", ["-c", words], { cwd: folder });
  expect(code).toBe(3);
  for (const file of ["t.mcap", "arm-reach-0001.mcap", "reach-0001.mcap"])
    expect(stderr).toMatch(new RegExp(`^error L0702: \\S*${file} cannot be written`, "m"));
  expect(stdout).toMatch(/^digest {6}[0-9a-f]{64}$/m);
});

test("a pipe that closes early ends the command quietly", async () => {
  const child = spawn(process.execPath, [bin, "explain", "--json"], { stdio: ["ignore", "pipe", "pipe"] });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  // the reader goes away before the first byte
  child.stdout.destroy();
  const code = await new Promise((done) => child.on("close", done));
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});

test("Ctrl-C in the middle: exit 130, what was written is kept and readable", async () => {
  const words = ["simulate", arm, "--for", "100000s", "--home", join(folder, "interrupted")];
  const child = spawn(process.execPath, [bin, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  let stderr = "";
  await new Promise<void>((started) => {
    child.stderr.setEncoding("utf8").on("data", (text) => {
      stderr += text;
      // the first line of progress says that the run is under way
      if (stderr.includes("simulating")) started();
    });
  });
  child.kill("SIGINT");
  const code = await new Promise((done) => child.on("close", done));
  expect(code, stderr).toBe(130);
  expect(stderr).toContain("Interrupted. Everything that was written is kept.");
  const recordings = readdirSync(join(folder, "interrupted", "recordings"));
  expect(recordings).toHaveLength(1);
  // an MCAP file that was closed ends with its magic bytes
  const bytes = readFileSync(join(folder, "interrupted", "recordings", recordings[0]!));
  expect(bytes.subarray(-8)).toEqual(Buffer.from([0x89, ...Buffer.from("MCAP0\r\n")]));
});

test("a checkout that is not compiled says what to do", async () => {
  const bare = join(folder, "bare", "bin");
  mkdirSync(bare, { recursive: true });
  copyFileSync(bin, join(bare, "limbeck.js"));
  copyFileSync(join(root, "package.json"), join(folder, "bare", "package.json"));
  const { code, stdout, stderr } = await runNode(join(bare, "limbeck.js"), ["help"]);
  expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
  expect(stderr).toContain("run `npm run build`");
});

test("set-up compiles what changed, deletes what is gone, and is quick to see that there is nothing to do", async () => {
  const clone = join(folder, "clone");
  for (const part of ["scripts", "package.json", "package-lock.json", "tsconfig.json", "tsconfig.build.json"])
    cpSync(join(root, part), join(clone, part), { recursive: true });
  mkdirSync(join(clone, "src"));
  cpSync(join(root, "node_modules", "typescript"), join(clone, "node_modules", "typescript"), { recursive: true });
  mkdirSync(join(clone, "node_modules", "@types"));
  cpSync(join(root, "node_modules", "@types", "node"), join(clone, "node_modules", "@types", "node"), {
    recursive: true,
  });
  cpSync(join(root, "node_modules", "undici-types"), join(clone, "node_modules", "undici-types"), { recursive: true });
  writeFileSync(join(clone, "node_modules", ".package-lock.json"), "{}");
  const setup = () => runNode(join(clone, "scripts", "setup.mjs"), [], { cwd: clone });

  writeFileSync(join(clone, "src", "a.ts"), "export const a: number = 1;\n");
  writeFileSync(join(clone, "src", "b.ts"), "export const b: number = 2;\n");
  expect(await setup()).toMatchObject({ code: 0, stdout: "", stderr: "limbeck setup: compiling …\n" });
  expect(await setup()).toEqual({ code: 0, stdout: "", stderr: "" });

  rmSync(join(clone, "src", "b.ts"));
  writeFileSync(join(clone, "src", "a.ts"), "export const a: number = 10;\n");
  expect((await setup()).code).toBe(0);
  expect(readFileSync(join(clone, "dist", "a.js"), "utf8")).toContain("a = 10");
  expect(readdirSync(join(clone, "dist"))).not.toContain("b.js");

  writeFileSync(join(clone, "src", "a.ts"), 'export const a: number = "ten";\n');
  const wrong = await setup();
  expect(wrong.code).toBe(1);
  expect(wrong.stderr).toContain("not assignable to type 'number'");
  // and says so again, until it is mended
  expect((await setup()).code).toBe(1);
});
