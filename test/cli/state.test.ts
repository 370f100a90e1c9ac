/** The real command, saved and gone on from, with nodes that are not plain steps here: models, and every kind in a worker or process. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addModel } from "../../src/models/store.js";
import { graphBuilder } from "../../src/onnx/builder.js";
import { encode } from "../../src/onnx/codec/index.js";
import { mul, tanh } from "../../src/onnx/functions.js";
import { openFile } from "../../src/record/mcap/file.js";
import { readMessages } from "../../src/record/reader.js";
import { cardFacts } from "../support/card.js";
import { limbeck } from "./command.js";

const FILES = {
  "drawn.ts": `import { event, source, Type } from "limbeck";
export default source({
  doc: "Numbers at random times.",
  outputs: () => ({ value: event(Type.Number()) }),
  *open(_, __, rng) {
    for (let t = 0; ; t += 1e6 * (3 + rng.integer(15))) yield { time_ns: t, port: "value", message: rng.integer(40) };
  },
});
`,
  "timed.ts": `import { event, stream, Type } from "limbeck";
import { bufferTime, debounceTime, delay, filter, interval, map, switchMap, take } from "rxjs";
const number = event(Type.Number());
export default stream({
  doc: "Operators of time.",
  inputs: { value: number },
  outputs: { still: number, count: number, late: number, ticks: number },
  connect: ({ value }) => ({
    still: value.pipe(debounceTime(12)),
    count: value.pipe(bufferTime(50), map((all) => all.length)),
    late: value.pipe(delay(17)),
    ticks: value.pipe(filter((n) => n > 30), switchMap((n) => interval(6).pipe(take(4), map((k) => 10 * n + k)))),
  }),
});
`,
  "lamp.js": `import { event, machine, Type } from "limbeck";
import { setup } from "xstate";
export default machine({
  doc: "Red and green in turn; some numbers shorten green.",
  inputs: { value: event(Type.Number()) },
  outputs: { colour: Type.Enum(["red", "green"]) },
  state: "colour",
  machine: setup({}).createMachine({
    initial: "red",
    states: {
      red: { after: { 31: "green" } },
      green: { after: { 47.5: "red" }, on: { value: { guard: ({ event }) => event.value % 5 === 0, target: "red" } } },
    },
  }),
});
`,
  "sum.js": `import { event, step, Type } from "limbeck";
export default step({
  doc: "Sum of all, and a draw.",
  inputs: { value: event(Type.Number()) },
  outputs: { sum: Type.Number() },
  state: () => ({ sum: 0, last: new Float64Array(2) }),
  random: true,
  step: ({ value }, { sum, last }, { dt, rng }) => ({
    outputs: { sum: sum + last[0] + dt * rng.normal() },
    state: { sum: sum + value, last: Float64Array.of(value, last[0]) },
  }),
});
`,
};

type Places = readonly [string, string];

const graph = ([one, other]: Places) => `limbeck: 1
name: state
seed: 11
streams:
  in: {x: {message: number, kind: event, simulate: w.value, contract: {latency: 2ms, jitter: 4ms, loss: 10%}}}
  out: {y: {message: Vector2, from: policy.torque}}
world: {w: {component: ./drawn.ts}}
nodes:
  timed: {component: ./timed.ts, in: {value: x}, place: ${one}}
  lamp: {component: ./lamp.js, in: {value: x}, place: ${other}, restart: 2}
  sum: {component: ./sum.js, in: {value: x}, latency: {normal: [5ms, 2ms]}, place: ${other}}
  target: {component: source/constant, on: 50hz, params: {value: [0.3, -0.4], unit: rad}}
  policy: {component: model:policy@1, on: 50hz, in: {target: target.value}, place: ${one}}
`;

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "limbeck-state-"));
  mkdirSync(join(folder, ".git"));
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
  const g = graphBuilder("policy");
  g.output("act.torque", tanh(mul(g.input("obs.target", "float32", ["N", 2]), 3)));
  const { target } = cardFacts.inputs;
  await addModel(join(folder, ".limbeck", "models"), "policy", {
    onnx: encode(g.model()),
    facts: { ...cardFacts, inputs: { target: target! }, trigger: { clock: "50hz" } },
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Every message of a trace; where it stands in its file is the file's own. */
async function messages(file: string) {
  const source = await openFile(join(folder, file));
  const found = [];
  for await (const { sequence: _, ...message } of readMessages(source)) found.push(message);
  await source.close();
  return found;
}

const hosts: readonly Places[] = [
  ["inline", "inline"],
  ["process", "worker"],
];

describe.each(hosts)("every kind of node, and a model, %s and %s", (...places) => {
  test("say in two parts what they say in one", async () => {
    const [place] = places;
    writeFileSync(join(folder, `${place}.graph.yaml`), graph(places));
    const simulate = async (...words: string[]) => {
      const { code, stderr } = await limbeck(["simulate", `${place}.graph.yaml`, ...words], { cwd: folder });
      expect(code, stderr).toBe(0);
    };
    const [first, rest, whole] = ["first", "rest", "whole"].map((part) => `${place}-${part}.mcap`);
    await simulate("--for", "400ms", "--trace", whole!);
    await simulate("--for", "173ms", "--trace", first!, "--save-state", `${place}.state`);
    await simulate("--for", "400ms", "--trace", rest!, "--from-state", `${place}.state`);
    const [early, late, all] = [await messages(first!), await messages(rest!), await messages(whole!)];
    expect(early.length).toBeGreaterThan(60);
    expect(late.length).toBeGreaterThan(60);
    expect(new Set(late.map(({ port }) => port)).size).toBe(10);
    expect([...early, ...late]).toEqual(all);
    // and what they say is the same wherever they run
    if (readdirSync(folder).includes("inline-whole.mcap")) expect(all).toEqual(await messages("inline-whole.mcap"));
  });
});
