/** `limbeck new`: the project checks clean, compiles, runs the whole loop, without anything being installed. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runNode, runProgram } from "../support/run.js";
import { bin, limbeck } from "./command.js";

let folder: string;
let project: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "limbeck-new-"));
  project = join(folder, "my-robot");
  const { code, stderr } = await limbeck(["new", "my-robot"], { cwd: folder });
  expect(code, stderr).toBe(0);
  expect(stderr).toContain("cd my-robot\n  npx limbeck simulate robot.graph.yaml --for 10s\n  npx limbeck distill");
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A command of the project's own node_modules/.bin, as `npx` and npm scripts run it. */
const local = (name: string, words: readonly string[]) =>
  runNode(join(project, "node_modules", ".bin", name), words, { cwd: project });

test("its files, with its name in them", () => {
  expect(readdirSync(project).sort()).toEqual([
    ".gitignore",
    "README.md",
    "components",
    "node_modules",
    "package.json",
    "robot.graph.yaml",
    "tsconfig.json",
  ]);
  const read = (file: string) => readFileSync(join(project, file), "utf8");
  expect(JSON.parse(read("package.json"))).toMatchObject({
    name: "my-robot",
    type: "module",
    dependencies: { limbeck: expect.stringMatching(/^file:\.\./) },
  });
  expect(read("robot.graph.yaml")).toContain("\nname: my-robot\n");
  for (const file of ["README.md", "robot.graph.yaml", "tsconfig.json"]) expect(read(file)).not.toContain("{{");
});

test("it checks clean and compiles", async () => {
  const checked = await local("limbeck", ["check", "robot.graph.yaml"]);
  expect(checked).toEqual({ code: 0, stdout: "", stderr: "robot.graph.yaml: no problems\n" });
  const compiled = await local("tsc", []);
  expect(compiled.code, compiled.stdout).toBe(0);
});

test("what the guide says of RxJS and XState compiles", async () => {
  const file = join(project, "components", "parts.ts");
  writeFileSync(
    file,
    `import { event, stream, Type } from "limbeck";
import { debounceTime } from "rxjs";
import { setup } from "xstate";
export const machine = setup({}).createMachine({});
export default stream({
  doc: "Still for 20 ms.",
  inputs: { contact: event(Type.Boolean()) },
  outputs: { level: event(Type.Boolean()) },
  connect: ({ contact }) => ({ level: contact.pipe(debounceTime(20)) }),
});
`,
  );
  const { code, stdout } = await local("tsc", []);
  rmSync(file);
  expect(code, stdout).toBe(0);
});

test("tsc sees a mistake in the controller", async () => {
  const file = join(project, "components", "controller.ts");
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace("position[i]!", "place[i]!"));
  const { code, stdout } = await local("tsc", []);
  writeFileSync(file, text);
  expect(code).not.toBe(0);
  expect(stdout).toContain("place");
});

test("the whole loop: simulate, distil, compare, drop the model in", async () => {
  const simulated = await local("limbeck", ["simulate", "robot.graph.yaml", "--for", "2s", "--json"]);
  expect(simulated.code, simulated.stderr).toBe(0);
  const run = JSON.parse(simulated.stdout);
  expect(run.virtual_s).toBe(2);
  for (const file of [run.log, ...run.recordings]) expect(existsSync(join(project, file)), file).toBe(true);

  const short = ["--episodes", "6", "--for", "2s"];
  const distilled = await local("limbeck", [
    ...["distill", "robot.graph.yaml", "--nodes", "controller", "--as", "pilot", "--students", "ridge", "--json"],
    ...short,
  ]);
  expect(distilled.code, distilled.stdout).toBe(0);
  const result = JSON.parse(distilled.stdout);
  expect(result).toMatchObject({ model: "pilot", version: 1, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(result.students[0].test.nmse_mean).toBeLessThan(result.baselines[0].test.nmse_mean);

  const compared = await local("limbeck", ["compare", "robot.graph.yaml", "--with", "pilot", "--json", ...short]);
  expect(compared.code, compared.stderr).toBe(0);
  expect(JSON.parse(compared.stdout).students[0].name).toBe("pilot@1");

  // as step 3 of its README says
  expect(readFileSync(join(project, "README.md"), "utf8").replace(/\s+/g, " ")).toContain(
    "`component: model:controller@champion` in place of `./components/controller.ts`, without its `params`",
  );
  const graph = readFileSync(join(project, "robot.graph.yaml"), "utf8");
  writeFileSync(
    join(project, "dropped.graph.yaml"),
    graph.replace("./components/controller.ts", "model:pilot@champion").replace("    params: {kp: $kp, kd: $kd}\n", ""),
  );
  const dropped = await local("limbeck", ["simulate", "dropped.graph.yaml", "--for", "2s", "--json"]);
  expect(dropped.code, dropped.stderr).toBe(0);
  expect(JSON.parse(dropped.stdout).digest).not.toBe(run.digest);
});

describe("what is there stays there", () => {
  test("a folder that is not empty, or a file, is refused and untouched", async () => {
    const full = join(folder, "full");
    mkdirSync(full);
    writeFileSync(join(full, "mine.txt"), "mine");
    const refused = await limbeck(["new", "full"], { cwd: folder });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("L0006");
    expect(refused.stderr).toContain("it holds mine.txt");
    expect(readdirSync(full)).toEqual(["mine.txt"]);
    expect((await limbeck(["new", "full/mine.txt"], { cwd: folder })).code).toBe(2);
  });

  test("where nothing can be made, it is said", async () => {
    const refused = await limbeck(["new", "full/mine.txt/robot"], { cwd: folder });
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain("L0005");
    expect(readdirSync(join(folder, "full"))).toEqual(["mine.txt"]);
  });

  test("what cannot be made whole is not made at all", async () => {
    mkdirSync(join(folder, "given"));
    for (const name of ["given", "made"]) {
      // no file may have more than 1 KiB: the project's README has
      const words = `ulimit -f 1; '${process.execPath}' '${bin}' new ${name}`;
      const { code, stderr } = await runProgram("bash", ["-c", words], { cwd: folder });
      expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining("L0005") });
    }
    expect(readdirSync(join(folder, "given"))).toEqual([]);
    expect(existsSync(join(folder, "made"))).toBe(false);
  });

  test("an empty folder will do; a name that npm would refuse is mended", async () => {
    mkdirSync(join(folder, "2 Arms & Co"));
    const { code, stdout } = await limbeck(["new", "2 Arms & Co", "--json"], { cwd: folder });
    expect(code).toBe(0);
    expect(JSON.parse(stdout).files).toContain("robot.graph.yaml");
    expect(JSON.parse(readFileSync(join(folder, "2 Arms & Co", "package.json"), "utf8")).name).toBe("arms-co");
  });
});
