/** Graph files as components of graph files: three deep, in nodes and in the world, and every mistake in its own file. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findTeacher } from "../../src/distill/teacher.js";
import { digestOf } from "../../src/graph/digest.js";
import type { Message } from "../../src/message/type.js";
import { printProblems } from "../../src/problem/print.js";
import type { LimbeckError } from "../../src/problem/problem.js";
import { checked, type Loaded, type LoadOptions, loadGraph } from "../../src/project/load.js";
import { openRun } from "../../src/project/open-run.js";
import { printGraph } from "../../src/project/project.js";
import { memory } from "../support/graphs.js";

const root = mkdtempSync(join(tmpdir(), "limbeck-sub-graphs-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

type Files = { readonly [path: string]: string };
let count = 0;

/** A project with these files. `limbeck: 1` and a name are written above each graph. */
function project(files: Files): (path: string) => string {
  const folder = join(root, String(count++));
  for (const [path, text] of Object.entries({ "package.json": "{}", ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(
      join(folder, path),
      path.includes(".graph.") ? `limbeck: 1\nname: ${/[\w-]+/.exec(path)![0]}\n${text}` : text,
    );
  }
  return (path) => join(folder, path);
}

const load = (files: Files, options: LoadOptions = {}, main = "arm.graph.yaml"): Promise<Loaded> =>
  loadGraph(project(files)(main), options);

/** What it says of these files, with paths as a user in the project's folder sees them. */
async function said(files: Files, options: LoadOptions = {}): Promise<string> {
  const at = project(files);
  const { problems, sources } = await loadGraph(at("arm.graph.yaml"), options);
  const text = printProblems(problems, { readText: (file) => sources.get(file), color: false });
  return text.replaceAll(`${at(".")}/`, "").replaceAll(at("."), "FOLDER");
}

async function ran(loaded: Loaded, ports: readonly string[], for_ms: number) {
  const run = await openRun(loaded);
  const heard = new Map<string, [number, Message][]>(ports.map((port) => [port, []]));
  for (const port of ports) run.port(port).subscribe((m) => heard.get(port)!.push([m.time_ns / 1e6, m.message]));
  return { ...(await run.start(for_ms * 1e6)), heard: (port: string) => heard.get(port)! };
}

const GAIN = `import { step, Type } from "limbeck";
export default step({
  doc: "Times gain.",
  params: Type.Object({ gain: Type.Number() }),
  inputs: { value: Type.Number() },
  outputs: { value: Type.Number() },
  step({ value }, _, { params }) {
    if (value > 20_000) throw new Error("too much");
    return { outputs: { value: params.gain * value } };
  },
});
`;

/** arm uses two robots, a robot a leg, a leg two gains; the world is a graph too. */
const NESTED: Files = {
  "arm.graph.yaml": `
params: {gain: {type: number, default: 2}}
streams:
  in: {x: {message: number, simulate: plant.y, contract: {rate: 10hz}}}
  out: {u: {message: number, from: first.out, initial: 0}}
world: {plant: {component: ./parts/plant.graph.yaml, in: {u: u}, params: {start: 5}}}
nodes:
  first: {component: ./parts/robot.graph.yaml, in: {in: x}, params: {gain: $gain}, tags: [robot]}
  second: {component: ./parts/robot.graph.yaml, in: {in: first.out}}
evaluate:
  metrics: {m: {rmse: [second.out, plant.y]}}
  starts: {some: {first.gain: {uniform: [1, 2]}, second/leg.gain: 4}}
`,
  "parts/robot.graph.yaml": `
params: {gain: {type: number, default: 3}, rate: {type: number, default: 1}}
messages: {Pose: {value: number}}
streams:
  in: {in: {message: number, live: "udp://0.0.0.0:1", simulate: ghost.value}}
  out: {out: {message: number, from: leg.tenfold}}
world: {ghost: {component: ./not-there.ts, params: {rate: $rate}}}
nodes: {leg: {component: ./leg/leg.graph.json, in: {value: in}, params: {gain: $gain}}}
`,
  "parts/leg/leg.graph.json": `
params: {gain: {type: number, default: 1}}
streams:
  in: {value: {message: number}}
  out: {tenfold: {message: number, from: b.value}}
nodes:
  a: {component: ../gain.ts, in: [value], params: {gain: $gain}}
  b: {component: ../gain.ts, in: [a.value], params: {gain: 10}}
`,
  "parts/gain.ts": GAIN,
  "parts/plant.graph.yaml": `
params: {start: {type: number, default: 0}}
streams:
  in: {u: {message: number}}
  out: {y: {message: number, from: bias.value}}
nodes: {bias: {component: fault/bias, in: {value: u}, params: {offset: $start}}}
`,
};

describe("graphs in graphs", () => {
  it("run as one, each with its own params, three files deep", async () => {
    const loaded = await load(NESTED);
    expect(printProblems(loaded.problems, { readText: () => undefined, color: false })).toBe("");
    const ports = ["x", "first.out", "second.out", "second/leg.tenfold", "second/leg/a.value", "plant.y"];
    const { heard } = await ran(loaded, ports, 150);
    expect(heard("x")[0]).toEqual([0, 5]);
    expect(heard("first.out")[0]).toEqual([0, 5 * 2 * 10]);
    expect(heard("second/leg/a.value")[0]).toEqual([0, 100 * 3]);
    expect(heard("second/leg.tenfold")).toEqual(heard("second.out"));
    expect(heard("second.out")[0]).toEqual([0, 3000]);
    // the world's graph fires at the rate of the stream that it feeds
    expect(heard("plant.y").map(([ms]) => ms)).toEqual([0, 100]);
    expect(heard("plant.y")[1]).toEqual([100, 105]);
  });

  it("take their params from --set and from evaluate.starts, at any depth", async () => {
    const loaded = await load(NESTED, { set: ["second.gain=4", "first/leg/a.gain=7", "gain=5"] });
    const { heard } = await ran(loaded, ["first.out", "second/leg/a.value"], 50);
    expect(heard("first.out")).toEqual([[0, 5 * 7 * 10]]);
    expect(heard("second/leg/a.value")).toEqual([[0, 350 * 4]]);
    const { typed } = loaded.vary({ set: { "first.gain": 1, "second/leg.gain": 6 } });
    expect(typed.graph.nodes["second/leg/a"]!.params).toEqual({ gain: 6 });
    expect(typed.graph.params["first.gain"]).toMatchObject({ default: 1 });
  });

  it("keep what is set wrongly out of the file", async () => {
    const { problems } = await load(NESTED, { set: ["second.gian=4", "first/leg/c.gain=7"] });
    expect(problems.map(({ message, place }) => [message, place])).toEqual([
      ["`first/leg/c.gain` can not be set: the graph has no such param or node", undefined],
      ["--set second.gian: the component has no parameter `gian`", undefined],
    ]);
  });

  it("print to one graph file that says the same", async () => {
    const at = project(NESTED);
    const loaded = await loadGraph(at("arm.graph.yaml"));
    writeFileSync(at("flat.graph.yaml"), printGraph(loaded.graph, { applied: true }));
    const flat = await loadGraph(at("flat.graph.yaml"));
    expect(flat.problems).toEqual([]);
    const ports = ["u"];
    expect((await ran(flat, ports, 150)).digest).toBe((await ran(loaded, ports, 150)).digest);
  });

  it("are one graph in the digest: an edit inside changes it", async () => {
    const one = await load(NESTED);
    const other = await load({
      ...NESTED,
      "parts/gain.ts": GAIN,
      "parts/robot.graph.yaml": NESTED["parts/robot.graph.yaml"]!.replace("default: 3", "default: 4"),
    });
    expect(digestOf((await load(NESTED)).authored)).toBe(digestOf(one.authored));
    expect(digestOf(other.authored)).not.toBe(digestOf(one.authored));
  });

  it("hand their tags to the nodes inside, and give regions by their names", async () => {
    const typed = checked(await load(NESTED));
    const tagged = Object.entries(typed.graph.nodes).filter(([, { tags }]) => tags?.includes("robot"));
    expect(tagged.map(([id]) => id)).toEqual(["first/leg/a", "first/leg/b"]);
    const relation = findTeacher(typed, { inputs: ["first.out"], outputs: ["second/leg.tenfold"] });
    expect(relation.inputs).toMatchObject([{ port: "out", ref: "first/out.out" }]);
    expect(relation.outputs).toMatchObject([{ port: "tenfold", ref: "second/leg/tenfold.out" }]);
  });
});

it("data files are relative to the graph file that names them", async () => {
  const loaded = await load({
    "arm.graph.yaml": `
streams: {in: {x: {message: number, simulate: own.v}, y: {message: number, simulate: given.v}, z: {message: number, simulate: plain.v}}}
world:
  own: {component: ./logs/log.graph.yaml}
  given: {component: ./logs/log.graph.yaml, params: {log: two.csv}}
  plain: {component: ./logs/plain.graph.yaml}
nodes: {s: {component: test/none, in: [x, y, z]}}
`,
    "logs/log.graph.yaml": `
params: {log: {type: string, default: one.csv}}
streams: {out: {v: {message: number, from: csv.v}}}
nodes: {csv: {component: source/csv, params: {path: $log, ports: {v: v}}}}
`,
    "logs/plain.graph.yaml": `
streams: {out: {v: {message: number, from: csv.v}}}
nodes: {csv: {component: source/csv, params: {path: ../one.csv, ports: {v: v}}}}
`,
  });
  const paths = Object.values(loaded.authored.world).map(({ params }) => params.path);
  expect(paths.filter((path) => path !== undefined)).toEqual(["logs/one.csv", "two.csv", "one.csv"]);
});

it("a sub-graph is a region: its nodes, with its ports as the region's", async () => {
  const typed = checked(
    await load({
      "arm.graph.yaml": `
streams: {in: {x: {message: number, simulate: w.value, contract: {rate: 10hz}}}, out: {y: {message: number, from: leg.out}}}
world: {w: {component: source/constant, params: {value: 2}}}
nodes: {leg: {component: ./leg.graph.yaml, in: {value: x}}}
`,
      "leg.graph.yaml": `
streams: {in: {value: {message: number}}, out: {out: {message: number, from: b.value}}}
nodes:
  a: {component: math/polynomial, in: [value], params: {coefficients: [0, 3]}}
  b: {component: math/polynomial, on: 10hz, in: {value: a.value}, params: {coefficients: [0, 3]}}
`,
    }),
  );
  const shown = ({ nodes, inputs, outputs, on }: ReturnType<typeof findTeacher>) => ({
    nodes,
    inputs: inputs.map(({ port, ref }) => `${port}: ${ref}`),
    outputs: outputs.map(({ port, ref }) => `${port}: ${ref}`),
    on,
  });
  expect(shown(findTeacher(typed, { nodes: ["leg"] }))).toEqual({
    nodes: ["leg/a", "leg/b"],
    inputs: ["value: leg/value.out"],
    outputs: ["value: leg/b.value"],
    on: { clock: "10hz" },
  });
  expect(shown(findTeacher(typed, { all: true }))).toEqual({
    nodes: ["leg/value", "leg/a", "leg/b", "leg/out"],
    inputs: ["x: x"],
    outputs: ["out: leg/out.out"],
    on: { clock: "10hz" },
  });
});

it("blames the node deep inside for what does not fit the stream outside, and its safe values go out", async () => {
  const files: Files = {
    "arm.graph.yaml": `
streams: {out: {u: {message: number, from: "leg.out:level"}}}
nodes: {leg: {component: ./leg.graph.yaml}}`,
    "leg.graph.yaml": `
messages: {Level: {level: number}}
streams: {out: {out: {message: Level, from: knee.out}}}
nodes: {knee: {component: ./knee.graph.yaml}}`,
    "knee.graph.yaml": `
messages: {Level: {level: number}}
streams: {out: {out: {message: Level, from: bad.value}}}
nodes: {bad: {component: ./bad.ts, on: 10ms, safe: {value: {level: -1}}, restart: {budget: 1, after: 5ms}}}`,
    "bad.ts": `import { step, Type } from "limbeck";
export default step({
  doc: "Counts its firings, and says NaN for the third.",
  inputs: {},
  outputs: { value: Type.Object({ level: Type.Number() }) },
  state: () => 0,
  step: (_, n) => ({ outputs: { value: { level: n === 2 ? Number.NaN : n } }, state: n + 1 }),
});
`,
  };
  const run = await openRun(await load(files), { faults: "isolate" });
  const heard: [number, Message][] = [];
  run.port("u").subscribe(({ time_ns, message }) => heard.push([time_ns / 1e6, message]));
  const { faults } = await run.start(6e7);
  expect(heard).toEqual([
    [0, 0],
    [10, 1],
    [20, -1],
    [30, 0],
    [40, 1],
    [50, -1],
  ]);
  expect(faults).toMatchObject([
    { node: "leg/knee/bad", time_ns: 2e7, outcome: "restarts" },
    { node: "leg/knee/bad", time_ns: 5e7, outcome: "gives up" },
  ]);
});

describe("the rewrites of a file that is used", () => {
  const FILES: Files = {
    "arm.graph.yaml": `
streams: {in: {x: {message: number, simulate: w.value, contract: {rate: 10hz}}}}
world: {w: {component: source/constant, params: {value: 2}}}
nodes:
  one: {component: ./filter.graph.yaml, in: {raw: x}}
  two: {component: ./filter.graph.yaml, in: {raw: one.smooth}}
rewrites: [{record: {as: outer, inputs: [x, two/f.value], outputs: [two.smooth]}}]
`,
    "filter.graph.yaml": `
streams: {in: {raw: {message: number}}, out: {smooth: {message: number, from: f.value}}}
nodes: {f: {component: filter/ema, in: {value: raw}, params: {alpha: 0.5}}}
rewrites:
  - record: {as: inner, inputs: [raw], outputs: [f.value]}
  - substitute: {nodes: [f], with: math/polynomial, params: {coefficients: [0, 3]}}
`,
  };

  it("apply inside, before it is written out, and are told", async () => {
    const loaded = await load(FILES);
    expect(loaded.changes.map(({ rule, path }) => `${rule} ${path}`)).toEqual([
      "substitute /nodes/one~1f",
      "record /nodes/one~1record#inner",
      "substitute /nodes/two~1f",
      "record /nodes/two~1record#inner",
      "record /nodes/record#outer",
    ]);
    expect(loaded.changes[0]!.message).toBe("in `one`: replaces `f` by `math/polynomial`");
    const services = memory();
    expect(loaded.problems).toEqual([]);
    const run = await openRun(loaded, { recordings: services.recordings });
    const { ports } = await run.start(0.25e9);
    // the last of the two recorders of one name; in files they are numbered
    expect(services.kept.inner!.rows.map(({ values }) => values)).toEqual(Array(3).fill({ raw: 6, "f.value": 18 }));
    expect(services.kept.outer!.rows.map(({ values }) => values["two/smooth.out"])).toEqual([18, 18, 18]);
    expect(Object.keys(ports)).toContain("one/f.value");
  });

  it("say where they would not, in their own file", async () => {
    const filter = FILES["filter.graph.yaml"]!.replace("outputs: [f.value]", "outputs: [f.valeu]");
    await expect(await said({ ...FILES, "filter.graph.yaml": filter })).toMatchFileSnapshot(
      "sub-graphs.rewrite.golden.txt",
    );
  });
});

it("a message that is wrong in a run is told in the inner file", async () => {
  const loaded = await load(NESTED, { set: ["gain=9000"] });
  const run = await openRun(loaded);
  const error = await run.start(1e9).catch((e: unknown) => e);
  const [met] = loaded.locate((error as LimbeckError).problems);
  expect(met).toMatchObject({ code: "L0602", place: { line: 10 } });
  expect(met!.message).toContain("`first/leg/b`");
  expect(met!.place!.file).toMatch(/parts\/leg\/leg\.graph\.json$/);
  expect(met!.related!.map(({ message, place }) => [message, place!.line])).toEqual([
    ["used by `leg`", 10],
    ["used by `first`", 10],
  ]);
});

describe("what is wrong", () => {
  const WORLD = `
streams: {in: {x: {message: number, simulate: w.value, contract: {rate: 10hz}}}}
world: {w: {component: source/constant, params: {value: 2}}}
`;
  const LEG = `
params: {gain: {type: number, minimum: 0, default: 1}, must: {type: string}}
streams:
  in: {x: {message: number}, y: {message: Pose, initial: {u: 1}}}
  out: {value: {message: number, from: a.value, initial: text}, odd: {message: Pose, from: a.value}}
messages: {Pose: {u: number}}
nodes: {a: {component: filter/ema, in: {value: "y:u"}, params: {alpha: $gain}}}
`;

  it("with what a node says of a graph", async () => {
    const arm = `${WORLD}
nodes:
  leg:
    component: ./leg.graph.yaml
    on: 10hz
    place: worker
    in: {xx: x, more: x}
    params: {gain: -1, gian: 3}
    initial: {vale: 3}
  other: {component: filter/ema, in: {value: leg.valu}, params: {alpha: 1}}
  third: {component: filter/ema, in: {value: leg}, params: {alpha: 1}}
  open: {component: ./leg.graph.yaml, params: {must: a}}
`;
    await expect(await said({ "arm.graph.yaml": arm, "leg.graph.yaml": LEG })).toMatchFileSnapshot(
      "sub-graphs.node.golden.txt",
    );
  });

  it("inside of a graph that is used twice, once", async () => {
    const arm = `${WORLD}
nodes:
  one: {component: ./leg.graph.yaml, in: {x: x, y: x}, params: {must: a}}
  two: {component: ./leg.graph.yaml, in: {x: {from: x, max_age: 10 ms}}, params: {must: a}, initial: {value: 0}}
`;
    await expect(await said({ "arm.graph.yaml": arm, "leg.graph.yaml": LEG })).toMatchFileSnapshot(
      "sub-graphs.inside.golden.txt",
    );
  });

  it("with the files themselves", async () => {
    const arm = `${WORLD}
nodes:
  loop: {component: ./loop.graph.yaml}
  gone: {component: ./lag.graph.yaml}
  outside: {component: ../../outside.graph.yaml}
  bad: {component: ./bad.graph.json}
  same: {component: ./same.graph.yaml, in: {x: x}}
  leg: {component: ./leg.graph.yaml, in: {x: x}, params: {must: a}}
  leg/a: {component: filter/ema, in: {value: x}, params: {alpha: 1}}
rewrites: [{substitute: {nodes: [leg/a], with: ./leg.graph.yaml}}]
`;
    const files = {
      "arm.graph.yaml": arm,
      "leg.graph.yaml": LEG,
      "loop.graph.yaml": "nodes: {a: {component: ./loop2.graph.yaml}}\n",
      "loop2.graph.yaml": "nodes: {a: {component: ./loop.graph.yaml}}\n",
      "bad.graph.json": "nodez: {}\n",
      "same.graph.yaml": "streams: {in: {x: {message: number}}, out: {x: {message: Nmber, from: x}}}\n",
    };
    await expect(await said(files)).toMatchFileSnapshot("sub-graphs.files.golden.txt");
  });

  it("with how deep and how many they are", async () => {
    const chain = (levels: number): Files =>
      Object.fromEntries(
        Array.from({ length: levels }, (_, i) => [
          i === 0 ? "arm.graph.yaml" : `g${i}.graph.yaml`,
          i === levels - 1 ? "nodes: {}\n" : `nodes: {a: {component: ./g${i + 1}.graph.yaml}}\n`,
        ]),
      );
    expect((await load(chain(16))).problems).toEqual([]);
    const [deep, ...others] = (await load(chain(17))).problems;
    expect(others).toEqual([]);
    expect(deep).toMatchObject({ code: "L0142", place: { line: 3 } });
    expect(deep!.place!.file).toMatch(/g15\.graph\.yaml$/);

    const tenfold = (next: string) =>
      `nodes:\n${Array.from({ length: 10 }, (_, i) => `  n${i}: {component: ${next}}\n`).join("")}`;
    const many: Files = {
      "arm.graph.yaml": tenfold("./a.graph.yaml"),
      "a.graph.yaml": tenfold("./b.graph.yaml"),
      "b.graph.yaml": tenfold("./c.graph.yaml"),
      "c.graph.yaml": tenfold("./d.graph.yaml"),
      "d.graph.yaml": "nodes: {}\n",
    };
    expect((await load(many)).problems).toMatchObject([{ code: "L0143", place: { line: 4 } }]);
  });
});
