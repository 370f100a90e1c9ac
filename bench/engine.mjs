/**
 * The engine against RxJS: a chain, a diamond and a fan-out as step graphs against Observables with `share()` a port,
 * layers of random sums, and a hundred clocks against the VirtualTimeScheduler. Also what a step costs with everything
 * on, and how it grows.
 *
 * Both sides do the same arithmetic on the same number of messages and must come to the same sum.
 */
import { combineLatest, interval, map, Subject, share, VirtualAction, VirtualTimeScheduler, zip } from "rxjs";
import Type from "typebox";
import { openCatalogue } from "../dist/component/catalogue.js";
import { signal } from "../dist/component/ports.js";
import { step } from "../dist/component/step.js";
import { parseGraphFile } from "../dist/graphfile/load.js";
import { rewrite } from "../dist/rewrite/rewrite.js";
import { createRun } from "../dist/runtime/run.js";

const RUNS = 7;
/**
 * Ticks of the runs that tell how a step's cost grows with the graph. They are as many for every size, so that the first
 * firing of each node, which is dearer, weighs the same in all.
 */
const TICKS = 2000;
/** Messages of one run of RxJS there; it has no dear first firing. */
const PEER_STEPS = 2_000_000;

const number = Type.Number();
const wide = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`x${i}`, number]));
const library = {
  "bench/count": step({
    doc: "0, 1, 2, …",
    inputs: {},
    outputs: { value: number },
    state: () => 0,
    step: (_, n) => ({ outputs: { value: n }, state: n + 1 }),
  }),
  "bench/add": step({
    doc: "x + 1",
    inputs: { x: number },
    outputs: { value: number },
    step: ({ x }) => ({ outputs: { value: x + 1 } }),
  }),
  "bench/sum": step({
    doc: "a + b",
    inputs: { a: number, b: number },
    outputs: { value: number },
    step: ({ a, b }) => ({ outputs: { value: a + b } }),
  }),
  "bench/mean": step({
    doc: "(a + b) / 2",
    inputs: { a: number, b: number },
    outputs: { value: number },
    step: ({ a, b }) => ({ outputs: { value: (a + b) / 2 } }),
  }),
  "bench/sum100": step({
    doc: "The sum of a hundred.",
    inputs: wide,
    outputs: { value: number },
    step(inputs) {
      let sum = 0;
      for (let i = 0; i < 100; i++) sum += inputs[NAMES[i]];
      return { outputs: { value: sum } };
    },
  }),
  "bench/filter": step({
    doc: "A low-pass with a held set-point.",
    inputs: { x: number, target: signal(number), bias: signal(number, { optional: true }) },
    outputs: { value: number },
    state: () => ({ mean: 0 }),
    step: ({ x, target, bias = 0 }, { mean }, { dt }) => {
      const next = mean + (0.1 + dt) * (x + target + bias - mean);
      return { outputs: { value: next }, state: { mean: next } };
    },
  }),
};
const NAMES = Object.keys(wide);

export async function typedOf(nodes) {
  const { graph, problems } = parseGraphFile(`limbeck: 1\nname: bench\nnodes: ${JSON.stringify(nodes)}\n`, "bench");
  if (graph === undefined) throw new Error(problems.map((p) => p.message).join("\n"));
  const { catalogue } = await openCatalogue([], { library, resolvers: [], types: {}, rules: [], metrics: [] });
  const { typed, problems: found } = rewrite(graph, catalogue, []);
  if (typed === undefined) throw new Error(found.map((p) => p.message).join("\n"));
  return { typed, component: catalogue.component };
}

/** Time in ns of one run of `ticks` ms of virtual time, without its preparation. */
export async function ours(nodes, ticks, digest = false) {
  const { typed, component } = await typedOf(nodes);
  return async () => {
    const run = await createRun(typed, { component, services: {}, digest });
    const start = process.hrtime.bigint();
    const { node_steps } = await run.start(ticks * 1e6);
    return { ns: Number(process.hrtime.bigint() - start), steps: node_steps };
  };
}

export const chain = (n) =>
  Object.fromEntries([
    ["n0", { component: "bench/count", on: "1khz" }],
    ...Array.from({ length: n - 1 }, (_, i) => [`n${i + 1}`, { component: "bench/add", in: { x: `n${i}.value` } }]),
  ]);
const diamond = {
  n: { component: "bench/count", on: "1khz" },
  left: { component: "bench/add", in: { x: "n.value" } },
  right: { component: "bench/add", in: { x: "n.value" } },
  join: { component: "bench/sum", in: { a: "left.value", b: "right.value" } },
};
const fan = {
  n: { component: "bench/count", on: "1khz" },
  ...Object.fromEntries(NAMES.map((name) => [name, { component: "bench/add", in: { x: "n.value" } }])),
  join: { component: "bench/sum100", in: Object.fromEntries(NAMES.map((name) => [name, `${name}.value`])) },
};

/** Layers of up to 100 sums of two nodes of the layer before, chosen by a seed; every node speaks once a tick. */
export function layered(n) {
  let seed = 1;
  const random = (below) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const width = Math.min(100, Math.round(Math.sqrt(n)));
  const picks = [];
  for (let i = width; i < n; i++) {
    const layer = Math.floor(i / width);
    picks.push([(layer - 1) * width + random(width), (layer - 1) * width + random(width)]);
  }
  return { n, width, picks };
}
export const layeredNodes = ({ width, picks }) =>
  Object.fromEntries([
    ["s", { component: "bench/count", on: "1khz" }],
    ...Array.from({ length: width }, (_, i) => [`n${i}`, { component: "bench/add", in: { x: "s.value" } }]),
    ...picks.map(([a, b], i) => [
      `n${i + width}`,
      { component: "bench/mean", in: { a: `n${a}.value`, b: `n${b}.value` } },
    ]),
  ]);
/** `zip`, since `combineLatest` would send twice as many messages in every further layer. */
const rxLayered =
  ({ width, picks }) =>
  (x$) => {
    const ports = Array.from({ length: width }, () => add(x$));
    for (const [a, b] of picks)
      ports.push(
        zip([ports[a], ports[b]]).pipe(
          map(([x, y]) => (x + y) / 2),
          share(),
        ),
      );
    return zip(ports.slice(-width)).pipe(map((values) => values[0]));
  };

/** Time in ns of `ticks` messages pushed into a subject, through what `build` makes of it. */
const theirs = (ticks, build) => () => {
  const source = new Subject();
  let last;
  const subscription = build(source.pipe(share())).subscribe((value) => {
    last = value;
  });
  const start = process.hrtime.bigint();
  for (let i = 0; i < ticks; i++) source.next(i);
  const ns = Number(process.hrtime.bigint() - start);
  subscription.unsubscribe();
  if (last === undefined) throw new Error("nothing came through");
  return { ns };
};

const add = (x$) =>
  x$.pipe(
    map((x) => x + 1),
    share(),
  );
const rxChain = (n) => (x$) => {
  let port = x$;
  for (let i = 1; i < n; i++) port = add(port);
  return port;
};
const rxDiamond = (x$) =>
  combineLatest([add(x$), add(x$)]).pipe(
    map(([a, b]) => a + b),
    share(),
  );
const rxFan = (x$) =>
  combineLatest(NAMES.map(() => add(x$))).pipe(
    map((values) => values.reduce((sum, x) => sum + x, 0)),
    share(),
  );

/** Alternates the two sides, so that both meet the same machine, and takes the best of each. */
async function compare(name, unit, per, our, their, peer_name) {
  const runs = { ours: [], peer: [] };
  for (let i = 0; i < RUNS; i++) {
    runs.ours.push((await our()).ns / per);
    if (their !== undefined) runs.peer.push((await their()).ns / per);
  }
  const best = Math.min(...runs.ours);
  const peer = their === undefined ? undefined : Math.min(...runs.peer);
  return { name, unit, ours: best, peer, peer_name, ratio: peer === undefined ? undefined : peer / best, runs };
}

/** A hundred clocks of 11 to 110 ms and a counter behind each. */
const clocks = Array.from({ length: 100 }, (_, i) => 11 + i);
const clockEvents = (ms) => clocks.reduce((n, period) => n + Math.ceil(ms / period), 0);
const clockNodes = Object.fromEntries(clocks.map((ms) => [`c${ms}`, { component: "bench/count", on: `${ms}ms` }]));

function rxClocks(ms) {
  return () => {
    const scheduler = new VirtualTimeScheduler(VirtualAction, ms);
    let events = 0;
    for (const period of clocks)
      interval(period, scheduler)
        .pipe(share())
        .subscribe(() => events++);
    const start = process.hrtime.bigint();
    scheduler.flush();
    const ns = Number(process.hrtime.bigint() - start);
    if (Math.abs(events - clockEvents(ms)) > clocks.length) throw new Error(`${events} events`);
    return { ns };
  };
}

/** Held inputs, `max_age`, state and digest, all on. */
const full = (n) =>
  Object.fromEntries([
    ["target", { component: "bench/count", on: "10hz" }],
    ["bias", { component: "bench/count", on: "25hz" }],
    ["n0", { component: "bench/count", on: "1khz" }],
    ...Array.from({ length: n }, (_, i) => [
      `n${i + 1}`,
      {
        component: "bench/filter",
        on: { each: ["x"] },
        in: {
          x: `n${i}.value`,
          target: { from: "target.value", max_age: "1s" },
          bias: { from: "bias.value", max_age: "1s" },
        },
      },
    ]),
  ]);

export const name = "engine";

export async function run() {
  const results = [];
  const rx = "RxJS 7.8 with share() a port";
  const shape = async (name, nodes, steps, ticks, build) =>
    results.push(await compare(name, "ns/step", ticks * steps, await ours(nodes, ticks), theirs(ticks, build), rx));
  await shape("engine/chain-10", chain(10), 10, 40_000, rxChain(10));
  await shape("engine/chain-100", chain(100), 100, 4000, rxChain(100));
  await shape("engine/diamond", diamond, 4, 80_000, rxDiamond);
  await shape("engine/fan-out-100", fan, 102, 3_000, rxFan);

  const ms = 175_000;
  const events = clockEvents(ms);
  const timers = await ours(clockNodes, ms);
  results.push(
    await compare(
      "engine/timers-100",
      "ns/event",
      events,
      timers,
      rxClocks(ms),
      `RxJS VirtualTimeScheduler, ${events} events`,
    ),
  );
  for (const [name, digest] of [
    ["engine/step-all-on", true],
    ["engine/step-all-on-no-digest", false],
  ])
    results.push(
      await compare(name, "ns/step", 20_000 * 10, await ours(full(10), 20_000, digest), undefined, "none: bar 1000 ns"),
    );
  for (const n of [100, 1000, 9999]) {
    const graph = layered(n);
    const our = await ours(layeredNodes(graph), TICKS);
    const peerTicks = Math.min(TICKS, Math.ceil(PEER_STEPS / n));
    const their = theirs(peerTicks, rxLayered(graph));
    const perStep = async (side, ticks) => ({ ns: (await side()).ns / (ticks * (n + 1)) });
    results.push(
      await compare(
        `engine/layered-${n}`,
        "ns/step",
        1,
        () => perStep(our, TICKS),
        () => perStep(their, peerTicks),
        `${rx}, ${peerTicks} ticks`,
      ),
    );
  }
  for (const n of [1000, 9999]) {
    const none = "none: flat from 10² to 10⁴";
    results.push(
      await compare(`engine/chain-${n}`, "ns/step", TICKS * n, await ours(chain(n), TICKS), undefined, none),
    );
  }
  return results;
}

export default run;
