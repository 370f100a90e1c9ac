/**
 * What reality does to the command: files that are none, logs that are broken, disks that are full, processes that are
 * stopped or killed, bytes that rot. Each ends with a coded problem at its place, the right exit code, and nothing
 * corrupt behind.
 */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  watch,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDataset } from "../../src/dataset/open.js";
import { listModels } from "../../src/models/store.js";
import { openFile } from "../../src/record/mcap/file.js";
import { type RecordedMessage, readMessages, scanRecording } from "../../src/record/reader.js";
import { limbeck, startLimbeck } from "../cli/command.js";
import { ARM } from "./arm-file.js";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "limbeck bad input ü-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const write = (name: string, text: string): string => {
  const file = join(root, name);
  writeFileSync(file, text);
  return file;
};

const arm = () => write("arm.graph.yaml", ARM);
const ofController = ["--nodes", "controller", "--as", "reach"];

interface Shown {
  readonly code: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly message: string;
  readonly help?: string;
}

/** Of a run that ended, and of a command that was refused. */
const errorsOf = (stdout: string): Shown[] => {
  const said = JSON.parse(stdout);
  return (said.problems ?? said).filter(({ severity }: { severity: string }) => severity === "error");
};

/** Everything under a folder, by path, sorted. */
const filesUnder = (folder: string): string[] =>
  existsSync(folder) ? (readdirSync(folder, { recursive: true }) as string[]).sort() : [];

/** Every message of a recording, read to its end. */
async function messagesOf(file: string) {
  const source = await openFile(file);
  try {
    const { whole } = await scanRecording(source);
    const read: RecordedMessage[] = [];
    for await (const message of readMessages(source)) read.push(message);
    return { whole, read };
  } finally {
    await source.close();
  }
}

/** How many rows there are: they start with the first, none is lacking, and all but a cut-off last one hold every port. */
function rowsOf({ whole, read }: Awaited<ReturnType<typeof messagesOf>>, ports: readonly string[]): number {
  const rows: string[][] = [];
  for (const { port, sequence } of read) {
    if (sequence === rows.length) rows.push([]);
    expect(sequence).toBe(rows.length - 1);
    rows.at(-1)!.push(port);
  }
  if (!whole && rows.at(-1)?.length !== ports.length) rows.pop();
  for (const row of rows) expect(row).toEqual(rows[0]);
  expect(rows[0]!.toSorted()).toEqual(ports.toSorted());
  return rows.length;
}
const armPorts = ["ik.angles", "joints", "controller.torque"];

/** The command, running. */

describe("a graph file that is none: exit 3, at its place, and nothing is made", () => {
  const head = "limbeck: 1\nname: x\n";
  const files = (): readonly (readonly [string, Partial<Shown>])[] => [
    [join(root, "nowhere.graph.yaml"), { code: "L0001" }],
    [root, { code: "L0002" }],
    [write("empty.graph.yaml", ""), { code: "L0107" }],
    [write("deep.graph.yaml", "[".repeat(10_000_000)), { code: "L0101" }],
    [write("nested.graph.yaml", `${head}doc: ${"[".repeat(500_000)}`), { code: "L0102", line: 3 }],
    [write("anchors.graph.yaml", "&a ".repeat(3_400_000)), { code: "L0101" }],
    [write("many-anchors.graph.yaml", `${head}doc: ${"&a ".repeat(100_000)}`), { code: "L0103", line: 3 }],
    [write("later.graph.yaml", "limbeck: 2\nname: x\n"), { code: "L0109", line: 1, column: 10 }],
    [write("binary.graph.yaml", "\0\u0001\0"), { code: "L0104" }],
  ];

  test("check says what each of them is, all in one go", async () => {
    const expected = files();
    const { code, stdout, stderr } = await limbeck(["check", "--json", ...expected.map(([file]) => file)]);
    expect({ code, stderr }).toEqual({ code: 3, stderr: "" });
    const problems = errorsOf(stdout);
    expect(problems).toMatchObject(expected.map(([, problem]) => problem));
    for (const [i, [file]] of expected.entries())
      expect(`${problems[i]!.file} ${problems[i]!.message}`).toContain(file);
  });

  test.each([1, 2, 3, 7])("distill refuses file %i before it makes anything", async (i) => {
    const [file, expected] = files()[i]!;
    const home = join(root, "unused");
    const { code, stdout, stderr } = await limbeck(["distill", file, ...ofController, "--json", "--home", home]);
    expect({ code, stderr }).toEqual({ code: 3, stderr: "" });
    expect(errorsOf(stdout)).toMatchObject([expected]);
    expect(existsSync(home)).toBe(false);
  });
});

describe("a broken log: exit 3, the line of the log, the node in the graph; what came before is kept", () => {
  const GRAPH = `limbeck: 1
name: log
streams:
  in:
    q: {message: Vector2, simulate: log.q}
    torque: {message: Scalar, simulate: log.torque}
world:
  log: {component: source/csv, params: {path: log.csv, time: t, ports: {q: [q1, q2], torque: tau}}}
rewrites:
  - record: {as: log, inputs: [q], outputs: [torque]}
`;
  const rows = (n: number, edit: (row: string, k: number) => string = (row) => row) =>
    Array.from({ length: n }, (_, k) => edit(`${k / 1000},${Math.sin(k)},${Math.cos(k)},${Math.sin(2 * k)}`, k));
  const log = (lines: readonly string[], header = "t,q1,q2,tau") => `${[header, ...lines].join("\n")}\n`;
  const cell = (at: number, text: string) => rows(400, (row, k) => (k === at ? row.replace(/[^,]*$/, text) : row));

  test.each<[string, string, string, number, string]>([
    ["without the time column", log(rows(400), "time,q1,q2,tau"), "L0410", 1, "no column `t`"],
    ["with text in a column", log(cell(300, "stuck")), "L0411", 302, "column `tau` holds “stuck”"],
    ["with NaN in a column", log(cell(300, "NaN")), "L0411", 302, "column `tau` holds “NaN”"],
    [
      "with stamps that go backwards",
      log(rows(400, (row, k) => (k === 300 ? `0.1${row.slice(3)}` : row))),
      "L0412",
      302,
      "comes after",
    ],
    ["without a row", "", "L0413", 0, "log.csv"],
  ])("%s", async (name, text, code, line, said) => {
    const folder = join(root, `log ${name}`);
    const ended = await limbeck(["simulate", graphOf(folder, text), "--json"], { cwd: folder });
    expect(ended.code, ended.stderr).toBe(3);
    const [fault, ...others] = JSON.parse(ended.stdout).faults;
    expect(others).toEqual([]);
    expect(fault).toMatchObject({ node: "log", outcome: "gives up", problems: [{ code }] });
    expectWords(fault.problems[0].message, line, said);
    expect(ended.stderr).toContain("  at log.graph.yaml:8:");
    const { whole, read } = await messagesOf(join(folder, ".limbeck", "recordings", "log-0001.mcap"));
    expect(whole).toBe(true);
    // line 302 is the 301st row: 300 rows of two ports
    expect(read).toHaveLength(line > 1 ? 600 : 0);
  });

  test("distill makes neither dataset nor model of it", async () => {
    const folder = join(root, "log to distil");
    const words = ["--inputs", "q", "--outputs", "torque", "--as", "torque", "--json"];
    const ended = await limbeck(["distill", graphOf(folder, log(cell(300, "NaN"))), ...words], { cwd: folder });
    expect(ended.code, ended.stderr).toBe(3);
    expectProblem(ended.stdout, "L0411", 302, "column `tau` holds “NaN”");
    expect(filesUnder(join(folder, ".limbeck"))).toEqual(["recordings", "recordings/torque-0001.mcap"]);
  });

  function graphOf(folder: string, text: string): string {
    mkdirSync(folder);
    writeFileSync(join(folder, "log.csv"), text);
    writeFileSync(join(folder, "log.graph.yaml"), GRAPH);
    return "log.graph.yaml";
  }

  function expectProblem(stdout: string, code: string, line: number, said: string) {
    const problems = errorsOf(stdout);
    expect(problems).toMatchObject([{ code, file: "log.graph.yaml", line: 8 }]);
    expectWords(problems[0]!.message, line, said);
  }

  function expectWords(message: string, line: number, said: string) {
    expect(message).toContain(said);
    if (line > 0) expect(message).toContain(`log.csv:${line}:`);
  }
});

describe("a disk that is full while recording", () => {
  /** A disk of 512 KiB, or why there is none. */
  function smallDisk(name: string): { readonly folder: string } | { readonly reason: string } {
    const folder = join(root, name);
    mkdirSync(folder);
    const { status, stderr, error } = spawnSync("mount", ["-t", "tmpfs", "-o", "size=512k", "limbeck-test", folder]);
    if (status !== 0)
      return { reason: `no small disk can be mounted here: ${error?.message ?? String(stderr).trim()}` };
    return { folder };
  }
  const unmount = (folder: string) => expect(spawnSync("umount", [folder]).status).toBe(0);

  test("simulate runs on to its digest, says L0702 with the file, exits 3, and leaves a readable prefix", async (context) => {
    const disk = smallDisk("simulate");
    if ("reason" in disk) return context.skip(disk.reason);
    try {
      const words = ["simulate", arm(), "--for", "200s"];
      const roomy = await limbeck([...words, "--json", "--home", join(root, "roomy")]);
      expect(roomy.code).toBe(0);
      const full = await limbeck([...words, "--json", "--home", disk.folder]);
      expect(full.code).toBe(3);
      expect(full.stderr).toContain("error L0702");
      expect(full.stderr).toContain("no space left");
      expect(JSON.parse(full.stdout).digest).toBe(JSON.parse(roomy.stdout).digest);

      const [recording] = filesUnder(join(disk.folder, "recordings"));
      const prefix = await messagesOf(join(disk.folder, "recordings", recording!));
      const all = await messagesOf(join(root, "roomy", "recordings", recording!));
      expect(prefix.whole).toBe(false);
      expect(rowsOf(prefix, armPorts)).toBeGreaterThan(100);
      expect(prefix.read).toEqual(all.read.slice(0, prefix.read.length));
    } finally {
      unmount(disk.folder);
    }
  });

  test("distill ends with L0702, exit 3; no dataset, no model; the prefix can be distilled elsewhere", async (context) => {
    const disk = smallDisk("distill");
    if ("reason" in disk) return context.skip(disk.reason);
    try {
      const full = await limbeck(["distill", arm(), ...ofController, "--for", "200s", "--json", "--home", disk.folder]);
      expect(full.code).toBe(3);
      expect(errorsOf(full.stdout).map(({ code }) => code)).toEqual(["L0702"]);
      expect(filesUnder(join(disk.folder, "datasets"))).toEqual([]);
      expect(listModels(join(disk.folder, "models"))).toEqual([]);

      const [recording] = filesUnder(join(disk.folder, "recordings"));
      const from = join(disk.folder, "recordings", recording!);
      const words = ["distill", arm(), ...ofController, "--students", "ridge", "--from", from];
      const again = await limbeck([...words, "--json", "--home", join(root, "elsewhere")]);
      expect(again.code, again.stderr).toBe(0);
      const { rows } = JSON.parse(again.stdout);
      expect(rows.train + rows.validation + rows.test).toBe(rowsOf(await messagesOf(from), armPorts));
    } finally {
      unmount(disk.folder);
    }
  });
});

describe("a process that is ended", () => {
  test("Ctrl-C while training: exit 130, nothing stored, recording and dataset whole and of use again", async () => {
    const home = join(root, "interrupted");
    const run = startLimbeck(["distill", arm(), ...ofController, "--for", "100s", "--home", home]);
    await run.said("training mlp");
    run.child.kill("SIGINT");
    const { code, stdout, stderr } = await run.ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
    expect(stderr).toContain("error L0905: interrupted while training; nothing was stored");
    expect(stderr).toContain("reach-0001");

    expect(listModels(join(home, "models"))).toEqual([]);
    expect(filesUnder(join(home, "models"))).toEqual([]);
    const recording = join(home, "recordings", "reach-0001.mcap");
    const recorded = await messagesOf(recording);
    expect(recorded.whole).toBe(true);
    const rows = rowsOf(recorded, armPorts);
    expect(readdirSync(join(home, "datasets"))).toEqual(["reach-0001"]);
    const { manifest } = await openDataset(join(home, "datasets", "reach-0001"));
    expect(manifest.rows).toBe(rows);

    const words = ["distill", arm(), ...ofController, "--students", "ridge", "--from", recording];
    const again = await limbeck([...words, "--json", "--home", home]);
    expect(again.code, again.stderr).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ model: "reach", version: 1, winner: "ridge" });
    const card = JSON.parse(readFileSync(join(home, "models", "reach", "1", "card.json"), "utf8"));
    expect(card.dataset.digest).toBe(manifest.digest);
  });

  test("SIGKILL while recording: every whole chunk is read, row by row, and can be distilled", async () => {
    const home = join(root, "killed");
    const folder = join(home, "recordings");
    mkdirSync(folder, { recursive: true });
    const run = startLimbeck(["simulate", arm(), "--for", "1000000s", "--home", home]);
    const changes = watch(folder);
    const recording = join(folder, "arm-0001.mcap");
    while (!existsSync(recording) || statSync(recording).size < 3_000_000) await once(changes, "change");
    changes.close();
    run.child.kill("SIGKILL");
    expect((await run.ended).code).toBe(null);

    const recorded = await messagesOf(recording);
    expect(recorded.whole).toBe(false);
    const rows = rowsOf(recorded, armPorts);
    expect(rows).toBeGreaterThan(1000);
    const words = ["distill", arm(), ...ofController, "--students", "ridge", "--from", recording];
    const again = await limbeck([...words, "--json", "--home", home]);
    expect(again.code, again.stderr).toBe(0);
    const counts = JSON.parse(again.stdout).rows;
    expect(counts.train + counts.validation + counts.test).toBe(rows);
  });
});

test("a corrupt byte in model.onnx: L0853 where the graph names the model, exit 3, the file as it was", async () => {
  const home = join(root, "rotten");
  const words = ["distill", arm(), ...ofController, "--students", "ridge", "--for", "10s", "--home", home];
  expect((await limbeck(words)).code).toBe(0);
  const onnx = join(home, "models", "reach", "1", "model.onnx");
  const laid = write("reach.rewrite.yaml", "- substitute: {nodes: [controller], with: model:reach@1}\n");
  const drive = () => limbeck(["simulate", arm(), "--with", laid, "--for", "1s", "--json", "--home", home]);
  expect((await drive()).code).toBe(0);

  const bytes = readFileSync(onnx);
  bytes[bytes.length >> 1]! ^= 4;
  writeFileSync(onnx, bytes);
  const { code, stdout } = await drive();
  expect(code).toBe(3);
  const [problem, ...others] = errorsOf(stdout);
  expect(others).toEqual([]);
  expect(problem).toMatchObject({ code: "L0853", file: laid, line: 1 });
  expect(problem!.message).toContain("model.onnx is not the file that was stored");
  expect((await limbeck(["compare", arm(), "--with", "reach@1", "--home", home])).code).toBe(3);
  expect(readFileSync(onnx)).toEqual(bytes);
});
