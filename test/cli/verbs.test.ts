/** Verbs over a stand-in for the composition root: what they ask of it, and what they print. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Api } from "../../src/cli/verb.js";
import type { Graph } from "../../src/graph/ir.js";
import type { TypedGraph } from "../../src/graph/typed.js";
import { fail, type Problem, problem } from "../../src/problem/problem.js";
import type {
  DistillOptions,
  Loaded,
  LoadOptions,
  SimulateOptions,
  SimulateResult,
} from "../../src/project/project.js";
import type { CompareResult, DistillResult } from "../../src/project/results.js";
import { notBeaten } from "../../src/project/results.js";
import { inside } from "./command.js";

const graph: Graph = {
  limbeck: 1,
  name: "arm-reach",
  seed: 7,
  params: {},
  messages: {},
  streams: { in: {}, out: {} },
  world: {},
  nodes: {},
  rewrites: [],
};
const loaded: Loaded = {
  file: "arm.graph.yaml",
  written: graph,
  authored: graph,
  graph,
  typed: { graph, vertices: [], byId: new Map(), seed: 7 } satisfies TypedGraph,
  problems: [],
  changes: [],
  refusals: [],
  sources: new Map(),
  locate: (problems) => [...problems],
  vary: () => {
    throw new Error("not asked for here");
  },
  beside: () => {
    throw new Error("not asked for here");
  },
  component: () => undefined,
};
const { typed: _typed, ...untyped } = loaded;
const warning = problem("L0122", { name: "kp" });

const distilled: DistillResult = {
  graph: "arm-reach",
  model: "reach",
  version: 2,
  sha256: "ab".repeat(32),
  warnings: [],
  winner: "mlp",
  rows: { train: 16_000, validation: 2000, test: 2000 },
  metrics: { tracking: { of: { rmse: ["arm.tip", "target"] }, unit: "m" } },
  teacher: {
    name: "controller",
    closed_loop: { tracking: { training: { mean: 0.0792, sd: 0.0104 }, outside: { mean: 0.1311, sd: 0.0472 } } },
  },
  students: [
    {
      name: "mlp",
      test: { nmse: [0.002, 0.0035], nmse_mean: 0.00275, r2_mean: 0.99725 },
      closed_loop: { tracking: { training: { mean: 0.081, sd: 0.011 }, outside: { mean: 0.142, sd: 0.05 } } },
    },
    { name: "ridge", test: { nmse: [0.2, 0.19], nmse_mean: 0.195, r2_mean: 0.805 } },
  ],
  baselines: [{ name: "mean", test: { nmse: [1, 1], nmse_mean: 1, r2_mean: 0 } }],
  does_not_beat: [],
  recording: ".limbeck/recordings/reach.mcap",
  dataset: ".limbeck/datasets/reach",
  onnx: ".limbeck/models/reach/2/model.onnx",
  component: ".limbeck/models/reach/2/reach.ts",
  report: ".limbeck/models/reach/2/report.html",
};

const simulated: SimulateResult = {
  digest: "d".repeat(64),
  ports: { "controller.torque": "e".repeat(64) },
  events: 1234,
  node_steps: 56_789,
  virtual_s: 60,
  from_s: 0,
  wall_ms: 120,
  log: ".limbeck/logs/1.mcap",
  recordings: [".limbeck/recordings/reach.mcap"],
  kept: [
    {
      name: "reach",
      file: ".limbeck/recordings/reach.mcap",
      files: [".limbeck/recordings/reach.mcap"],
      rows: 5990,
      messages: 17_970,
      incomplete: { "no target": 10 },
      dropped: 0,
      drops: {},
      deleted: 0,
      bytes: 1_000_000,
      state: "recording",
    },
  ],
  faults: [],
  problems: [],
  interrupted: false,
};

/** A stand-in that answers, and keeps what it was asked. */
function standIn(more: Partial<Api> = {}) {
  const asked: { load?: LoadOptions; simulate?: SimulateOptions; distill?: DistillOptions } = {};
  const api: Partial<Api> = {
    loadGraph: async (_file, options = {}) => {
      asked.load = options;
      return loaded;
    },
    partsOf: async () => undefined,
    distill: async (_loaded, options) => {
      asked.distill = options;
      options.onProgress({ phase: "simulating", done: 0, total: 10 });
      options.onProgress({ phase: "simulating", done: 10, total: 10 });
      options.onProgress({ phase: "training mlp", done: 1, total: 2, detail: "loss 0.1" });
      return distilled;
    },
    simulate: async (_loaded, options) => {
      asked.simulate = options;
      return simulated;
    },
    ...more,
  };
  return { api, asked };
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "limbeck-verbs-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("distill", () => {
  const words = ["distill", "arm.graph.yaml", "--nodes", "controller", "--as", "reach"];

  test("one table, the places, three commands to try", async () => {
    const { code, stdout, stderr } = await inside(words, standIn());
    expect(code).toBe(0);
    expect(stdout).toBe(`
                        nMSE        R²    tracking, training  tracking, outside
                        test      test                     m                  m
teacher (controller)       –         –       0.0792 ± 0.0104      0.131 ± 0.047
mlp                   0.0027 *  0.9972 *     0.0810 ± 0.0110      0.142 ± 0.050
ridge                 0.1950    0.8050            –                   –
mean                  1.0000    0.0000            –                   –
mlp is stored as reach@2.  * best, teacher apart

recording  .limbeck/recordings/reach.mcap
dataset    .limbeck/datasets/reach (16000 train, 2000 validation, 2000 test rows)
model      .limbeck/models/reach/2/model.onnx (reach@2, mlp)
component  .limbeck/models/reach/2/reach.ts
report     .limbeck/models/reach/2/report.html

Try next:
  npx limbeck compare arm.graph.yaml --with reach@2                 the model and its teacher, measured again
  npx limbeck models show reach@2                                   its ports, columns, origin and digest
  npx limbeck graph arm.graph.yaml --format svg --output graph.svg  the graph it was taken from
`);
    expect(stderr).toBe("simulating …\ntraining mlp …\n");
  });

  test("the commands to try are about the same graph", async () => {
    const more = ["--set", "log.path=my log.csv", "--with", "f.rewrite.yaml", "--home", "my home"];
    const { stdout } = await inside([...words, ...more], standIn());
    const same = "--set 'log.path=my log.csv' --with f.rewrite.yaml";
    expect(stdout).toContain(`npx limbeck compare arm.graph.yaml ${same} --with reach@2 --home 'my home' `);
    expect(stdout).toContain(`npx limbeck graph arm.graph.yaml ${same} --format svg --output graph.svg `);
    expect(stdout).toContain("npx limbeck models show reach@2 --home 'my home' ");
  });

  test("a student that loses to a yard-stick is said to lose", async () => {
    const [mlp, ridge] = distilled.students;
    const losing = { ...mlp!, test: { ...mlp!.test, nmse_mean: 1.2 } };
    const students = [losing, ridge!];
    const does_not_beat = notBeaten(students, distilled.baselines);
    expect(does_not_beat).toEqual([
      { student: "mlp", baseline: "ridge" },
      { student: "mlp", baseline: "mean" },
    ]);
    const result = { ...distilled, winner: "ridge", students, does_not_beat };
    const { stdout } = await inside(words, standIn({ distill: async () => result }));
    expect(stdout).toContain("mlp does not beat ridge: nMSE 1.20 against 0.195 on the test rows.");
    expect(stdout).toContain("mlp does not beat mean: nMSE 1.20 against 1.00 on the test rows.");
    expect(stdout).not.toContain("ridge does not beat");
  });

  test("a student is held against its own clone, and one that was tuned against how others drive", async () => {
    const [mlp, ridge] = distilled.students;
    const at = (name: string, nmse_mean: number, rms: number) => ({
      ...mlp!,
      name,
      test: { ...mlp!.test, nmse_mean },
      closed_loop: { tracking: { training: { mean: rms, sd: 0 } } },
    });
    const tuned = { ...at("mlp (fine-tuned)", 4.2, 0.2), tuned: true as const };
    const students = [at("mlp", 0.3, 0.5), ridge!, tuned];
    const baselines = [at("mlp (cloned)", 0.2, 0.4), at("ridge (cloned)", 0.1, 0.3), at("mean", 1, 0.1)];
    const does_not_beat = notBeaten(students, baselines);
    expect(does_not_beat).toEqual([
      { student: "mlp", baseline: "ridge" },
      { student: "mlp", baseline: "mlp (cloned)" },
      { student: "ridge", baseline: "ridge (cloned)" },
      { student: "mlp (fine-tuned)", baseline: "mean" },
    ]);
    const result = { ...distilled, students, baselines, does_not_beat };
    const { stdout } = await inside(words, standIn({ distill: async () => result }));
    expect(stdout).toContain("mlp (fine-tuned) does not beat mean: tracking, training 0.200 against 0.100.");
  });

  test("--json prints the result as it is, and nothing else on stdout", async () => {
    const { stdout } = await inside([...words, "--json"], standIn());
    expect(JSON.parse(stdout)).toEqual(distilled);
  });

  test("options arrive as they were meant", async () => {
    const { api, asked } = standIn();
    await inside(
      [
        ...words,
        "--seed",
        "3",
        "--students",
        "ridge,mlp",
        "--set",
        "kp=40",
        "--set",
        "arm.mass=2",
        "--with",
        "a.yaml",
        "--no-code",
        "--home",
        folder,
      ],
      { api },
    );
    expect(asked.load).toEqual({
      models: join(folder, "models"),
      set: ["kp=40", "arm.mass=2"],
      with: ["a.yaml"],
      noCode: true,
    });
    expect(asked.distill).toMatchObject({
      teacher: { nodes: ["controller"] },
      as: "reach",
      seed: 3,
      students: ["ridge", "mlp"],
      home: folder,
      createdAt: "2026-01-02T03:04:05.678Z",
    });
    expect(asked.distill?.command.slice(0, 4)).toEqual(["distill", "arm.graph.yaml", "--nodes", "controller"]);
    await inside(["distill", "f", "--inputs", "a, b", "--outputs", "c", "--as", "x"], { api });
    expect(asked.distill?.teacher).toEqual({ inputs: ["a", "b"], outputs: ["c"] });
    await inside(["distill", "f", "--all", "--as", "x"], { api });
    expect(asked.distill?.teacher).toEqual({ all: true });
    const said = ["ridge,mlp", "ik=gru", "gru", "pd= forest, boosted", "ik=history"];
    await inside(["distill", "f", "--all", "--as", "x", ...said.flatMap((one) => ["--students", one])], { api });
    expect(asked.distill).toMatchObject({
      students: ["ridge", "mlp", "gru"],
      studentsOf: { ik: ["gru", "history"], pd: ["forest", "boosted"] },
    });
  });

  test.each([
    [["--as", "x"], "what to distil is not said"],
    [["--as", "x", "--nodes", "a", "--all"], "exclude each other"],
    [["--as", "x", "--inputs", "a"], "a relation needs --outputs as well"],
    [["--nodes", "a"], "required option '--as <name>' not specified"],
    [["--as", "../x", "--nodes", "a"], "`../x` is no name of a model"],
    [["--as", "x", "--nodes", "a", "--seed", "-1"], "A seed is a whole number from 0."],
    [["--as", "x", "--nodes", "a", "--students", "a,b=gru"], "Write kinds, or one node and its kinds"],
    [["--as", "x", "--nodes", "a", "--students", "a="], "Names are separated by single commas."],
  ])("wrong usage before anything is loaded: %j", async (more, said) => {
    const { code, stderr } = await inside(["distill", "f", ...more]);
    expect(code).toBe(2);
    expect(stderr).toContain(said);
  });
});

test("compare: the same table, models by reference", async () => {
  const asked: unknown[] = [];
  const compare: Api["compare"] = async (_loaded, { models }) => {
    asked.push(models);
    const { model, version, sha256, graph, rows, metrics, teacher, students, baselines, does_not_beat } = distilled;
    const measured = { rows, metrics, ...(teacher && { teacher }), students, baselines, does_not_beat };
    return { model, version, sha256, graph, ...measured } satisfies CompareResult;
  };
  const { code, stdout } = await inside(
    ["compare", "f", "--with", "reach@1,reach@2", "--with", "other"],
    standIn({ compare }),
  );
  expect(code).toBe(0);
  expect(asked).toEqual([["reach@1", "reach@2", "other"]]);
  expect(stdout).toContain("teacher (controller)");
  expect((await inside(["compare", "f", "--with", "reach@0"])).code).toBe(2);
});

describe("simulate", () => {
  const words = ["simulate", "arm.graph.yaml", "--for", "1.5s"];

  test("--json prints exactly the promised keys", async () => {
    const { api, asked } = standIn();
    const { stdout } = await inside([...words, "--json"], { api });
    expect(Object.keys(JSON.parse(stdout))).toEqual([
      "digest",
      "events",
      "node_steps",
      "virtual_s",
      "wall_ms",
      "log",
      "recordings",
      "kept",
      "faults",
      "problems",
    ]);
    expect(asked.simulate).toMatchObject({ for_ns: 1_500_000_000, ideal: false, home: ".limbeck" });
    expect(asked.simulate).not.toHaveProperty("seed");
  });

  test("in words: how long, how fast, where", async () => {
    const { stdout } = await inside(words, standIn());
    expect(stdout).toContain("60 s in 0.12 s (500 × real time)");
    expect(stdout).toContain("recordings  .limbeck/recordings/reach.mcap (5,990 rows; 10 incomplete (no target))");
  });

  test.each(["60", "0s", "-1s", "1 fortnight"])("--for %s is wrong usage", async (text) => {
    const { code, stderr } = await inside(["simulate", "f", `--for=${text}`]);
    expect(code).toBe(2);
    expect(stderr).toContain(`'${text}' is invalid`);
  });
});

test("simulate that goes on says what counts from 0 and what from there", async () => {
  const api = { loadGraph: async () => loaded, simulate: async () => ({ ...simulated, from_s: 3.99 }) };
  const { stdout } = await inside(["simulate", "arm.graph.yaml", "--from-state", "s"], { api });
  expect(stdout).toContain(`simulated   3.99 s to ${simulated.virtual_s} s in `);
  expect(stdout).toMatch(/^node steps {2}[\d,]+ \(since 0 s\)$/m);
  expect(stdout).toMatch(/^events {6}[\d,]+ \(since 0 s\)$/m);
  expect(stdout).toMatch(/^digest {6}d{64} \(of what came after 3\.99 s\)$/m);
});

describe("problems", () => {
  const file = () => join(folder, "arm.graph.yaml");
  const place = () => ({ file: file(), line: 2, column: 7, endLine: 2, endColumn: 12 });
  const text = "limbeck: 1\nname: wrong\nnodes: {}\n";
  const wrong = (): Problem =>
    problem(
      "L0111",
      { key: "nmae", of: "a graph", known: ["name"], nearest: "name" },
      {
        place: place(),
        origins: [{ rule: "consensus", path: "/rewrites/0" }],
        related: [{ message: "declared here", path: "/name" }],
      },
    );
  const loading = (problems: readonly Problem[]) =>
    standIn({
      loadGraph: async () => ({ ...(problems.some((p) => p.severity === "error") ? untyped : loaded), problems }),
    });

  test("check prints all of them with code frame, chain and fix; the exit code is the worst error's", async () => {
    writeFileSync(file(), text);
    const { code, stdout, stderr } = await inside(["check", file()], loading([wrong(), warning]));
    expect(code).toBe(3);
    expect(stdout).toBe(`\
error L0111: a graph has no key \`nmae\`
  at ${file()}:2:7
    1 | limbeck: 1
  > 2 | name: wrong
      |       ^^^^^
    3 | nodes: {}
  at /name  declared here
  help Did you mean \`name\`?

warning L0122: nothing uses param \`kp\`
  help Write \`$kp\` where its value belongs, or remove it.

1 error, 1 warning
`);
    expect(stderr).toBe("");
  });

  test("check --json prints the promised keys, for files that load and files that do not", async () => {
    const { api } = standIn({
      loadGraph: async (name) =>
        name === "missing" ? fail("L0001", { file: name }) : { ...loaded, problems: [wrong()] },
    });
    const { code, stdout } = await inside(["check", "missing", "there", "--json"], { api });
    expect(code).toBe(3);
    const [first, second] = JSON.parse(stdout);
    expect(first).toMatchObject({ code: "L0001", severity: "error", message: "there is no file missing" });
    expect(second).toMatchObject({ code: "L0111", severity: "error", ...place(), help: "Did you mean `name`?" });
  });

  test("check: warnings alone exit 0", async () => {
    const { code } = await inside(["check", "f"], loading([warning]));
    expect(code).toBe(0);
  });

  test("other verbs: a line a warning, with its place, and the number of those that are left to check", async () => {
    writeFileSync(file(), text);
    const placed = problem("L0122", { name: "kp" }, { place: { ...place() } });
    const line = `warning L0122 ${file()}:2: nothing uses param \`kp\`\n`;
    const words = ["simulate", "f", "--for", "1s"];
    for (const [count, shown, rest] of [
      [1, 1, ""],
      [4, 4, ""],
      [5, 3, "… and 2 more (limbeck check f)\n"],
    ] as const) {
      const { stderr } = await inside(words, loading(Array.from({ length: count }, () => placed)));
      expect(stderr).toBe(`${line.repeat(shown)}${rest}`);
    }
  });

  test("other verbs: warnings are said and work goes on, errors end the command", async () => {
    const words = ["simulate", "f", "--for", "1s"];
    const warned = await inside(words, loading([warning]));
    expect(warned.code).toBe(0);
    expect(warned.stderr).toContain("warning L0122: nothing uses param `kp`\n");
    expect(warned.stderr).not.toContain("help");
    const failed = await inside(words, loading([wrong(), warning]));
    expect(failed).toMatchObject({ code: 3, stdout: "" });
    expect(failed.stderr).toContain("error L0111");
    const json = await inside([...words, "--json"], loading([wrong()]));
    expect(JSON.parse(json.stdout)).toMatchObject([{ code: "L0111" }]);
  });

  test("simulate: what a run warns of is a line each, its errors are shown whole", async () => {
    writeFileSync(file(), text);
    const warned = problem("L0122", { name: "kp" }, { place: { ...place() } });
    const simulate = (problems: SimulateResult["problems"]) => async () => ({ ...simulated, problems });
    const words = ["simulate", "f", "--for", "1s"];
    const line = `warning L0122 ${file()}:2: nothing uses param \`kp\`\n`;
    expect(await inside(words, standIn({ simulate: simulate([warned]) }))).toMatchObject({ code: 0, stderr: line });
    const failed = await inside(words, standIn({ simulate: simulate([warned, wrong()]) }));
    expect(failed.code).toBe(3);
    expect(failed.stderr.startsWith(`${line}error L0111: `)).toBe(true);
    expect(failed.stderr).toContain("1 error\n");
  });

  test("an unexpected exception is a bug of ours: exit 70, with the stack", async () => {
    const api = { loadGraph: () => Promise.reject(new TypeError("x is not a function")) };
    const { code, stdout, stderr } = await inside(["check", "f"], { api });
    expect({ code, stdout }).toEqual({ code: 70, stdout: "" });
    expect(stderr).toMatch(/This is a bug in Limbeck \d[\s\S]*TypeError: x is not a function\n\s+at /);
  });

  test("interruption: exit 130 and a word about what is kept; problems found on the way still show", async () => {
    const aborted = new AbortController();
    aborted.abort();
    const api = { loadGraph: () => Promise.reject(aborted.signal.reason) };
    const { code, stderr } = await inside(["check", "f"], { api, signal: aborted.signal });
    expect(code).toBe(130);
    expect(stderr).toContain("Interrupted. Everything that was written is kept.");
  });
});

describe("graph and rewrite", () => {
  const formats: string[] = [];
  const picture: Api["picture"] = async (_loaded, format) => {
    formats.push(format);
    return `<${format}>`;
  };

  test("graph: Mermaid, or JSON with --json, or what --format says; --output writes a file", async () => {
    formats.length = 0;
    const { api } = standIn({ picture });
    expect((await inside(["graph", "f"], { api })).stdout).toBe("<mermaid>\n");
    expect((await inside(["graph", "f", "--json"], { api })).stdout).toBe("<json>\n");
    const file = join(folder, "arm.svg");
    const { stdout, stderr } = await inside(["graph", "f", "--format", "svg", "--output", file], { api });
    expect({ stdout, stderr }).toEqual({ stdout: "", stderr: `Wrote ${file}\n` });
    expect(readFileSync(file, "utf8")).toBe("<svg>");
    expect(formats).toEqual(["mermaid", "json", "svg"]);
    const nowhere = await inside(["graph", "f", "--output", join(folder, "no", "such", "place.svg")], { api });
    expect(nowhere.code).toBe(3);
    expect(nowhere.stderr).toContain("L0005");
  });

  test("rewrite: the graph on stdout, each change on stderr; a refusal exits 1", async () => {
    const changes = [{ rule: "record", path: "/rewrites/0", message: "inserted `record#reach`" }];
    const refusals = [{ rule: "substitute", path: "/rewrites/1", reason: "there is no node `pilot`" }];
    const printGraph = () => "limbeck: 1\n";
    const load = (result: Partial<Loaded>) =>
      standIn({ printGraph, loadGraph: async () => ({ ...loaded, ...result }) });
    const done = await inside(["rewrite", "f"], load({ changes }));
    expect(done).toEqual({ code: 0, stdout: "limbeck: 1\n", stderr: "record: inserted `record#reach`\n" });
    const refused = await inside(["rewrite", "f", "--json"], load({ changes, refusals }));
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.stdout)).toEqual({ graph, changes, refusals });
    const file = join(folder, "out.graph.yaml");
    await inside(["rewrite", "f", "--output", file], load({ changes }));
    expect(readFileSync(file, "utf8")).toBe("limbeck: 1\n");
    expect(existsSync(`${file}.partial`)).toBe(false);
  });

  test("rewrite: YAML or TypeScript by the ending or --format; --as-written leaves params and rewrites in place", async () => {
    const seen: unknown[] = [];
    const written = { ...graph, name: "written" };
    const printed = (language: string) => (printed: typeof graph, options?: { applied?: boolean }) => {
      seen.push([language, printed.name, options]);
      return `${language}\n`;
    };
    const { api } = standIn({
      printGraph: printed("yaml"),
      printTypescript: printed("ts"),
      loadGraph: async () => ({ ...loaded, written }),
    });
    const file = join(folder, "out.graph.ts");
    await inside(["rewrite", "f", "--output", file], { api });
    expect(readFileSync(file, "utf8")).toBe("ts\n");
    expect((await inside(["rewrite", "f", "--format", "ts"], { api })).stdout).toBe("ts\n");
    const same = await inside(["rewrite", "f", "--as-written"], { api });
    expect(same).toEqual({ code: 0, stdout: "yaml\n", stderr: "" });
    expect(seen).toEqual([
      ["ts", graph.name, { applied: true }],
      ["ts", graph.name, { applied: true }],
      ["yaml", "written", { applied: false }],
    ]);
  });
});

describe("on a terminal", () => {
  const esc = String.fromCharCode(27);
  const words = ["distill", "f", "--all", "--as", "x"];

  test("colours and a progress bar; none of them with NO_COLOR or in a pipe", async () => {
    const terminal = await inside(words, { ...standIn(), tty: true });
    expect(terminal.stdout).toContain(`${esc}[1m`);
    expect(terminal.stderr).toContain("training mlp");
    expect(terminal.stderr).toContain("50%");
    const bare = await inside(words, { ...standIn(), tty: true, env: { NO_COLOR: "1" } });
    expect(bare.stdout).not.toContain(esc);
    const piped = await inside(words, standIn());
    expect(piped.stdout + piped.stderr).not.toContain(esc);
  });
});
