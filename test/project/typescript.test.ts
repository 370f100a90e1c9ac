/** Graphs in TypeScript from disk: every problem at its line, sub-graphs both ways, and what is refused. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { digestOf } from "../../src/graph/digest.js";
import { printProblems } from "../../src/problem/print.js";
import { LimbeckError, type Problem } from "../../src/problem/problem.js";
import { type LoadOptions, loadGraph } from "../../src/project/load.js";

const home = realpathSync(mkdtempSync(join(tmpdir(), "limbeck-graph-ts-")));
afterAll(() => rmSync(home, { recursive: true, force: true }));

let folder = home;
let count = 0;
beforeEach(() => {
  folder = join(home, String(count++));
  write("package.json", '{ "type": "module" }');
});

function write(name: string, text: string): string {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const IMPORTS = 'import { graph, message, step, tensor, Type, Scalar, Vector2 } from "limbeck";\n';

/** A graph file with this body, and its problems: those of the graph, or those that reading it throws. */
async function problemsOf(body: string, options: LoadOptions = {}): Promise<readonly Problem[]> {
  const file = write("a.graph.ts", `${IMPORTS}${body}`);
  try {
    return (await loadGraph(file, options)).problems;
  } catch (error) {
    if (error instanceof LimbeckError) return error.problems;
    throw error;
  }
}

/** What a problem points at, as `code line: text`. */
async function pointed(body: string): Promise<string[]> {
  const lines = `${IMPORTS}${body}`.split("\n");
  return (await problemsOf(body)).map(({ code, place }) => {
    const line = lines[place!.line - 1]!;
    return `${code} ${place!.line}: ${line.slice(place!.column - 1, place!.endLine === place!.line ? place!.endColumn - 1 : undefined)}`;
  });
}

const wired = (lines: string): string => `export default graph("x", (g) => {
  const s = g.in("s", Vector2, { live: "udp://x" });
${lines}
});
`;

describe("problems stand where they are written", () => {
  it("at the word within the call", async () => {
    const body = wired(`  const ema = g.node("smooth", "filter/ema", {
    doc: "Smooth.",
    in: {
      value: g.ref("nowhere.value"), // a comment, with "quotes" and (brackets
    },
    params: { time_constant: 0.1, alhpa: 2 } as object,
  });
  g.out("o", Vector2, { from: ema.value });`);
    expect(await pointed(body)).toEqual(['L0203 7: g.ref("nowhere.value")', "L0401 9: 2"]);
  });

  it("in a helper of the graph, in the helper's file", async () => {
    write(
      "axis.ts",
      `import type { GraphBuilder, Port } from "limbeck";
export function axis(g: GraphBuilder, side: string, s: Port<any>) {
  // both axes are alike
  return g.node(\`\${side}-axis\`, "filter/emma" as "filter/ema", { in: { value: s } });
}
`,
    );
    const problems = await problemsOf(
      `import { axis } from "./axis.js";\n${wired('  g.out("o", Vector2, { from: axis(g, "left", s).value });')}`,
    );
    expect(problems.map(({ code, place }) => [code, place!.file, place!.line])).toEqual([
      ["L0202", join(folder, "axis.ts"), 4],
    ]);
  });

  it("with a code frame", async () => {
    const file = write("a.graph.ts", `${IMPORTS}${wired('  g.out("o", Vector2, { from: g.ref("smooth.value") });')}`);
    const { problems, sources } = await loadGraph(file);
    expect(printProblems(problems, { color: false, readText: (name) => sources.get(name) })).toContain(
      `> 4 |   g.out("o", Vector2, { from: g.ref("smooth.value") });`,
    );
  });

  it("said twice, with the first place beside it", async () => {
    const problems = await problemsOf(wired('  g.in("s", Scalar);'));
    const twice = problems.find(({ code }) => code === "L0110");
    expect(twice).toMatchObject({ place: { line: 4 }, related: [{ place: { line: 3 } }] });
  });
});

describe("what only TypeScript can get wrong", () => {
  const cases: readonly [string, string, string][] = [
    [
      "two types of one name",
      'g.in("a", message("A", tensor([2])));\n g.in("b", message("A", tensor([3])));',
      'L0153 5: message("A", tensor([3]))',
    ],
    [
      "a part of another graph",
      'graph("y", (h) => g.out("o", Vector2, { from: h.in("t", Vector2) }));',
      'L0154 4: h.in("t", Vector2)',
    ],
    [
      "a function as a value",
      'g.node("n", "filter/ema", { in: { value: s }, params: { alpha: (() => 1) as never } });',
      "L0155 4: (() => 1) as never",
    ],
    ["a number that is none", 'g.out("o", Vector2, { from: s, initial: [0, Number.NaN] });', "L0155 4: Number.NaN"],
    [
      "a port that was never told",
      'const p = g.later(Vector2);\n  g.out("o", Vector2, { from: p });',
      "L0156 4: const p = g.later(Vector2);",
    ],
    ["a stream under another name", "return { o: s };", 'L0158 2: graph("x"'],
    ["a name that objects have", 'g.in("constructor", Vector2);', 'L0114 4: "constructor"'],
  ];
  it.each(cases)("%s", async (_, line, expected) => {
    expect(await pointed(wired(`  ${line}`))).toContain(expected);
  });

  it("a module that throws, at the line that does", async () => {
    const body = 'const gains: number[] = JSON.parse("[1");\nexport default graph("x", () => gains);\n';
    const [problem] = await problemsOf(body);
    expect(problem).toMatchObject({ code: "L0150", place: { line: 2, column: 1 } });
  });

  it("a module that is no TypeScript, at the place", async () => {
    const [problem] = await problemsOf("const a = ;\n");
    expect(problem).toMatchObject({ code: "L0150", place: { line: 2 } });
  });

  it("no graph, and a function that is async", async () => {
    expect((await problemsOf("export const x = 1;")).map((p) => p.code)).toEqual(["L0151"]);
    expect((await problemsOf('export default graph("x", async () => {});')).map((p) => p.code)).toEqual(["L0157"]);
  });

  it("--no-code refuses the file, and runs nothing of it", async () => {
    const flag = "limbeck-test-that-code-ran";
    const body = `(globalThis as never as Record<string, number>)["${flag}"] = 1;\n${wired("")}`;
    expect((await problemsOf(body, { noCode: true })).map((p) => p.code)).toEqual(["L0159"]);
    expect(flag in globalThis).toBe(false);
  });
});

describe("sub-graphs", () => {
  const LEG_TS = `${IMPORTS}export default graph("leg", (g) => {
  const angle = g.in("angle", Scalar);
  const smooth = g.node("smooth", "filter/ema", { in: { value: angle }, params: { alpha: 0.5 } });
  const out = g.out("out", Scalar, { from: smooth.value });
  return { angle, out };
});
`;
  const LEG_YAML = `limbeck: 1
name: leg
streams:
  in: {angle: {message: Scalar}}
  out: {out: {message: Scalar, from: smooth.value}}
nodes:
  smooth: {component: filter/ema, in: {value: angle}, params: {alpha: 0.5}}
`;
  const user = (component: string) => `limbeck: 1
name: robot
streams:
  in: {a: {message: Scalar, live: "udp://x"}}
  out: {b: {message: Scalar, from: leg.out}}
nodes:
  leg: {component: ${component}, in: {angle: a}}
`;

  it("of either kind in graphs of either kind are one graph", async () => {
    write("leg.graph.ts", LEG_TS);
    write("leg.graph.yaml", LEG_YAML);
    const typed = write(
      "robot.graph.ts",
      `${IMPORTS}import leg from "./leg.graph.js";
export default graph("robot", (g) => {
  const a = g.in("a", Scalar, { live: "udp://x" });
  const b = g.out("b", Scalar);
  b.from(g.node("leg", g.file("./leg.graph.ts", leg), { in: { angle: a } }).out);
});
`,
    );
    const loose = write(
      "loose.graph.ts",
      `${IMPORTS}export default graph("robot", (g) => {
  const leg = g.node("leg", "./leg.graph.yaml", { in: { angle: g.in("a", Scalar, { live: "udp://x" }) } });
  g.out("b", Scalar, { from: leg.out });
});
`,
    );
    const files = [
      write("r1.graph.yaml", user("./leg.graph.yaml")),
      write("r2.graph.yaml", user("./leg.graph.ts")),
      typed,
      loose,
    ];
    const graphs = await Promise.all(files.map((file) => loadGraph(file)));
    expect(graphs.map(({ problems }) => problems)).toEqual([[], [], [], []]);
    expect(new Set(graphs.map(({ graph }) => digestOf(graph))).size).toBe(1);
  });

  it("in TypeScript are problems at their own lines, with who uses them", async () => {
    write("leg.graph.ts", LEG_TS.replace('"filter/ema"', '"filter/emma" as "filter/ema"'));
    const { problems } = await loadGraph(write("robot.graph.yaml", user("./leg.graph.ts")));
    expect(problems[0]).toMatchObject({
      code: "L0202",
      place: { file: join(folder, "leg.graph.ts"), line: 4 },
      related: [{ message: "used by `leg`", place: { file: join(folder, "robot.graph.yaml") } }],
    });
  });
});
