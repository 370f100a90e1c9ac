/** Stream and machine components in files of the user's, from the file to the run. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Type from "typebox";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MAX_JOURNAL } from "../../src/component/journal.js";
import { stream } from "../../src/component/stream.js";
import { printProblems } from "../../src/problem/print.js";
import { LimbeckError, type Problem } from "../../src/problem/problem.js";
import { loadGraph } from "../../src/project/load.js";
import { simulate } from "../../src/project/simulate.js";
import { solo } from "../../src/testing/solo.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "limbeck-kinds-"));
  mkdirSync(join(folder, ".git"));
});
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

const ticks = `
import { event, stream, Type } from "limbeck";
import { interval } from "rxjs";
export default stream({
  doc: "Counts.",
  inputs: {},
  outputs: { count: event(Type.Integer()) },
  connect: () => ({ count: interval(100) }),
});`;

const graph = (component: string, more = "") => `
limbeck: 1
name: kinds
streams:
  in: {count: {message: Whole, kind: event, simulate: ticks.count}}
  out: {out: {message: Said, from: node.out}}
messages: {Whole: {type: integer}, Said: {type: integer}}
world: {ticks: {component: ./ticks.ts}}
nodes: {node: {component: ${component}, in: [count]${more}}}
`;

async function run(component: string, text: string, more = "", world = ticks) {
  write("ticks.ts", world);
  write(component, text);
  write("kinds.graph.yaml", graph(`./${component}`, more));
  const file = join(folder, "kinds.graph.yaml");
  const loaded = await loadGraph(file);
  const { signal } = new AbortController();
  const options = { home: join(folder, "home"), signal, onProgress: () => {}, now: () => 0, for_ns: 1e9, ideal: false };
  const told = (problems: readonly Problem[]) =>
    problems.length === 0
      ? ""
      : printProblems(problems, { readText: (name) => loaded.sources.get(name)!, color: false }).replaceAll(
          `${folder}/`,
          "",
        );
  try {
    const { digest, ports, faults } = await simulate(loaded, options);
    return {
      digest,
      ports,
      problems: loaded.problems,
      told: told(faults.flatMap(({ problems }) => loaded.locate(problems))),
    };
  } catch (error) {
    if (!(error instanceof LimbeckError)) throw error;
    return { digest: "", ports: {}, problems: loaded.problems, told: told(loaded.locate(error.problems)) };
  }
}

const connecting = (connect: string, head = "") => `
import { event, stream, Type } from "limbeck";
import * as rx from "rxjs";
import { map } from "rxjs/operators";
${head}
export default stream({
  doc: "Under test.",
  inputs: { count: event(Type.Integer()) },
  outputs: { out: event(Type.Integer()) },
  connect: ({ count }) => (${connect}),
});`;

const machining = (config: string, more = "") => `
import { event, machine, Type } from "limbeck";
import { createMachine, emit } from "xstate";
export default machine({
  doc: "Under test.",
  inputs: { count: event(Type.Integer()) },
  outputs: { out: event(Type.Integer()) },
  machine: createMachine({ id: "m", initial: "a", states: { a: ${config} } }),
  ${more}
});`;

test.each([
  ["stream.ts", connecting("{ out: count.pipe(rx.bufferTime(250), map((all) => all.length)) }")],
  ["stream.mjs", connecting("{ out: count.pipe(rx.delay(33), map((x) => 2 * x)) }")],
  ["stream.js", connecting("{ out: rx.merge(count, rx.interval(70)) }")],
  [
    "machine.ts",
    machining('{ on: { count: { actions: emit(({ event }: any) => ({ type: "out", value: event.value })) } } }'),
  ],
  [
    "machine.js",
    machining('{ after: { 30: { target: "a", reenter: true, actions: emit({ type: "out", value: 1 }) } } }'),
  ],
])("%s beside the graph loads, speaks, and repeats", async (name, text) => {
  const first = await run(name, text);
  expect(first).toMatchObject({ problems: [], told: "" });
  expect((await run(name, text)).ports).toEqual(first.ports);
  const silent = await run("silent.ts", connecting("{ out: rx.NEVER }"));
  expect(first.ports.out).not.toBe(silent.ports.out);
});

test("a clocked stream hears each event of its queue", async () => {
  const each = await run("each.ts", connecting("{ out: count.pipe(rx.scan((sum, x) => sum + x, 0)) }"), ", on: 4hz");
  const all = await run(
    "all.ts",
    `import { event, step, Type } from "limbeck";
export default step({ doc: "", inputs: { count: event(Type.Integer()) }, outputs: { out: Type.Integer() }, step: () => ({ outputs: {} }) });`,
    ", on: 4hz",
  );
  expect(each.told).toBe("");
  expect(each.ports.out).not.toBe(all.ports.out);
});

test("what goes wrong reads as the golden says", async () => {
  const told: string[] = [];
  for (const connect of [
    "{ out: count.pipe(rx.mergeMap(async (x) => x)) }",
    "{ out: count.pipe(rx.tap(() => setTimeout(() => {}, 1))) }",
    "{ out: count.pipe(rx.mergeMap(() => rx.range(0, 5000))) }",
    "count",
    "{ uot: count }",
    "{ out: count.pipe(map((x) => { if (x === 3) throw new Error('three'); return x; })) }",
  ])
    told.push((await run("wrong.ts", connecting(connect))).told);
  // a subject that two nodes share through the process
  const shared = "const shared = ((globalThis as any).limbeckKindsTest ??= new rx.Subject<number>());";
  const sharing = ticks.replace("interval(100)", "interval(100).pipe(rx.tap(shared))");
  const outside = connecting("{ out: shared }", shared);
  told.push((await run("outside.ts", outside, "", `import * as rx from "rxjs"; ${shared} ${sharing}`)).told);
  for (const [config, more] of [
    ["{ entry: () => {} }", ""],
    ["{ entry: emit({ type: 'uot', value: 1 } as never) }", ""],
    ["{}", "state: 'out',"],
  ] as const)
    told.push((await run("wrong.ts", machining(config, more))).told);
  told.push(printProblems([tooLong()], { readText: () => "", color: false }));
  await expect(told.join("\n――――\n\n")).toMatchFileSnapshot("kinds.golden.txt");
});

/** The refusal of a snapshot past the journal's bound. */
function tooLong() {
  const node = solo(
    stream({ doc: "", inputs: { a: Type.Number() }, outputs: { a: Type.Number() }, connect: (inputs) => inputs }),
  );
  node.play(
    Array.from({ length: MAX_JOURNAL + 1 }, (_, time_ns) => ({ port: "a", time_ns, message: 0 })),
    1e9,
  );
  try {
    node.snapshot();
  } catch (error) {
    if (error instanceof LimbeckError) return error.problems[0]!;
  }
  throw new Error("it was not refused");
}
