/** A run that is saved, and gone on from, in files: the messages of one long run, and refusals that say why. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Loaded, loadGraph } from "../../src/project/load.js";
import { replay, type SimulateOptions, simulate } from "../../src/project/simulate.js";
import { openFile } from "../../src/record/mcap/file.js";
import { readMessages } from "../../src/record/reader.js";
import { problemsOf } from "../support/graphs.js";
import { root } from "../support/run.js";

const home = mkdtempSync(join(tmpdir(), "limbeck-state-"));
afterAll(() => rmSync(home, { recursive: true }));

const at = (name: string) => join(home, name);
const run = (loaded: Loaded, for_ns: number, more: Partial<SimulateOptions> = {}) =>
  simulate(loaded, {
    home,
    signal: new AbortController().signal,
    onProgress: () => {},
    now: () => 0,
    ideal: false,
    for_ns,
    ...more,
  });

/** Every message of a trace from a time on; where it stands in its file is the file's own. */
async function messages(file: string, from_ns: number) {
  const source = await openFile(file);
  const found: unknown[] = [];
  for await (const { sequence: _, ...message } of readMessages(source))
    if (message.tag_ns >= from_ns) found.push(message);
  await source.close();
  return found;
}

const FILES = ["arm-reach", "mode-manager", "two-axes"] as const;
let loaded: { [name: string]: Loaded };
beforeAll(async () => {
  const all = FILES.map(async (name) => [name, await loadGraph(join(root, "graphs", `${name}.graph.yaml`))] as const);
  loaded = Object.fromEntries(await Promise.all(all));
});

test.each(FILES)("%s: the first part and the rest are the whole", async (name) => {
  const graph = loaded[name]!;
  const [cut, end] = [4e8, 1e9];
  await run(graph, end, { trace: at(`${name}-whole.mcap`) });
  const first = await run(graph, cut, { trace: at(`${name}-first.mcap`), saveState: at(`${name}.state`) });
  const rest = await run(graph, end, { trace: at(`${name}-rest.mcap`), fromState: at(`${name}.state`) });
  expect([first.virtual_s, rest.virtual_s]).toEqual([0.4, 1]);
  expect(rest.from_s).toBeLessThan(0.4);
  const late = await messages(at(`${name}-rest.mcap`), 0);
  expect(late.length).toBeGreaterThan(15);
  expect(late).toEqual(await messages(at(`${name}-whole.mcap`), cut));
  expect(await messages(at(`${name}-first.mcap`), cut)).toEqual([]);
});

test("a run that is saved says what it says otherwise, and ends as it does", async () => {
  const graph = loaded["arm-reach"]!;
  const { digest, events } = await run(graph, 3e8);
  expect(await run(graph, 3e8, { saveState: at("same.state") })).toMatchObject({ digest, events, virtual_s: 0.3 });
});

test("what it cannot go on from is refused, and says why", async () => {
  const graph = loaded["arm-reach"]!;
  await run(graph, 3e8, { saveState: at("one.state") });
  const refused = async (more: Partial<SimulateOptions>, on = graph, for_ns = 1e9) => {
    const [problem] = await problemsOf(run(on, for_ns, { fromState: at("one.state"), ...more }));
    return `${problem!.code} ${problem!.message.replaceAll(home, "")}`;
  };
  const why = "L0616 the run cannot go on from this snapshot: ";
  expect(await refused({}, loaded["two-axes"])).toBe(`${why}it was taken of another graph`);
  expect(await refused({ seed: 99 })).toMatch(/its seed is \d+, and this run's is 99$/);
  expect(await refused({ ideal: true })).toBe(`${why}it was taken without \`--ideal\`, and this run is with it`);
  expect(await refused({}, graph, 2e8)).toMatch(
    /it was taken at 0\.29\d* s and this run ends at 0\.2 s; `--for` counts/,
  );

  const bytes = readFileSync(at("one.state"));
  const broken = async (content: Uint8Array) => {
    writeFileSync(at("broken.state"), content);
    return refused({ fromState: at("broken.state") });
  };
  const unreadable = "L0003 /broken.state cannot be read: ";
  const flipped = Buffer.from(bytes);
  flipped[bytes.length >> 1]! ^= 1;
  expect(await broken(flipped)).toBe(`${unreadable}it is damaged`);
  expect(await broken(bytes.subarray(0, bytes.length - 1))).toBe(`${unreadable}it is damaged`);
  for (const cut of [0, 7, 8, 9, 40])
    expect(await broken(bytes.subarray(0, cut))).toContain(`${unreadable}it is no state of a run`);
  const later = Buffer.from(bytes);
  later[8] = 2;
  expect(await broken(later)).toContain(`${unreadable}it is written in version 2, and this program reads 1`);
  expect(await refused({ fromState: at("none.state") })).toMatch(/^L0001 /);
  expect(await refused({ fromState: home })).toMatch(/^L0002 /);
});

test("a state that cannot be written is told, and the run is written all the same", async () => {
  const [problem] = await problemsOf(run(loaded["arm-reach"]!, 1e8, { saveState: at("no-folder/x.state") }));
  expect(problem!.code).toBe("L0005");
  expect(problem!.message).not.toContain("partial");
});

test("a trace that cannot be made is told, and none is written over", async () => {
  const graph = loaded["arm-reach"]!;
  writeFileSync(at("mine.mcap"), "mine");
  for (const trace of [at("no-folder/t.mcap"), at("mine.mcap")]) {
    const [problem] = await problemsOf(run(graph, 1e8, { trace }));
    expect(problem).toMatchObject({ code: "L0005", message: expect.stringContaining(trace) });
  }
  expect(readFileSync(at("mine.mcap"), "utf8")).toBe("mine");
});

test("the log of a run that went on is no log of a run from its start", async () => {
  const graph = loaded["arm-reach"]!;
  await run(graph, 3e8, { saveState: at("log.state") });
  const { log } = await run(graph, 5e8, { fromState: at("log.state") });
  const options = { home, signal: new AbortController().signal, onProgress: () => {}, now: () => 0 };
  const [problem] = await problemsOf(replay(graph, log, options));
  expect(problem).toMatchObject({ code: "L0724" });
  expect(problem!.message).toContain("with a run that went on from a saved state");
});
