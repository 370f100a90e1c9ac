/**
 * Firings written out as code: one function for all nodes of a component that are wired alike.
 *
 *   held x, aged y of `bench/filter`      →      const v0 = values[v + 1]; if (v0 === undefined) return missing(rank, 0);
 *                                                let v1 = values[v + 2]; if (… too old) …
 *                                                inputs.x = v0; inputs.y = v1;
 *                                                const result = run(inputs, values[v], ctx, ${prepared ? "prepared[rank]" : "undefined"}); …
 *
 * A general loop over ports reads every one of them by a computed name, which costs more than most steps do; here the
 * names are constants and the step itself is one that the compiler can inline. Nothing that a user wrote enters the
 * code but names of ports, as string literals.
 */
import type { Context, Outputs, Stepper } from "../component/component.js";
import type { Engine, Fire } from "./engine.js";
import {
  EVENTS,
  FIRED,
  FIRED_NS,
  FIRINGS,
  LINKS,
  MANY,
  NOW_NS,
  NUMBERS_AT,
  OUTS_AT,
  type Plan,
  READER,
  STATE,
  TAG,
  VALUES_AT,
} from "./plan.js";

/** What specialised code calls when a firing is not the usual one. */
export interface Unusual {
  /** Cancels the firing for want of a value. */
  missing(rank: number, slot: number): void;
  /** The first firing of a node, and one that left a port silent: is every port that spoke declared? @throws L0605 */
  audit(rank: number, outputs: Outputs): void;
  crash(rank: number, error: unknown): void;
  /** Sends what a node says that takes its time. */
  later(rank: number, outputs: Outputs, stamp_ns: number, stamps: unknown): void;
  /** @throws TypeError */
  noOutputs(): never;
}

/** What specialised firings of one run share. */
export interface Shared extends Unusual {
  readonly engine: Engine;
  readonly ctx: Context;
  /** By rank. */
  readonly prepared: unknown[];
}

type Maker = (shared: Shared, run: Stepper["run"]) => Fire;

/** Code outlives a run: it is compiled, and made fast by the engine below us, once for many runs of a component. */
const makers = new WeakMap<Stepper["run"], Map<string, Maker>>();

export interface Writing {
  /** Its outputs land later than it fires. */
  readonly late: boolean;
  /** Its step takes what was prepared of its params. */
  readonly prepared: boolean;
}

/** Gives each node of a run the firing for its shape. */
export function specialiser(shared: Shared): (run: Stepper["run"], rank: number, options: Writing) => Fire {
  const made = new Map<Maker, Fire>();
  return (run, rank, options) => {
    const code = codeOf(shared.engine.plan, rank, options);
    let known = makers.get(run);
    if (known === undefined) makers.set(run, (known = new Map()));
    let maker = known.get(code);
    if (maker === undefined) known.set(code, (maker = new Function("shared", "run", code) as Maker));
    let fire = made.get(maker);
    if (fire === undefined) made.set(maker, (fire = maker(shared, run)));
    return fire;
  };
}

/** The body of a function of `shared` and `run` that gives back the firing of a node and of all that are wired like it. */
export function codeOf(
  { vertices, slots, slotStart, outs, outStart }: Plan,
  rank: number,
  { late, prepared }: Writing,
): string {
  const vertex = vertices[rank]!;
  const own = slots.slice(slotStart[rank], slotStart[rank + 1]);
  const ports = outs.slice(outStart[rank], outStart[rank + 1]);
  const name = (port: string) => JSON.stringify(port);
  const firstSlot = "slotStart[rank]";
  const reads = own.flatMap(({ mode, optional, stamp_at, value_at }, i) => {
    const { value, stamp } = at(value_at - own[0]!.value_at + 1, stamp_at - own[0]!.stamp_at + FIRINGS + 1);
    const lines =
      mode === "held"
        ? [`const v${i} = ${value};`]
        : mode === "event"
          ? [
              `const v${i} = numbers[${stamp} + 1] === numbers[${TAG}] ? ${value} : slots[${firstSlot} + ${i}].fallback;`,
            ]
          : [
              `let v${i} = ${value};`,
              `if (v${i} === undefined || numbers[${NOW_NS}] - numbers[${stamp}] > max_ages_ns[${firstSlot} + ${i}]) v${i} = slots[${firstSlot} + ${i}].fallback;`,
            ];
    return optional ? lines : [...lines, `if (v${i} === undefined) return missing(rank, ${firstSlot} + ${i});`];
  });
  const oldest = own.flatMap(({ triggers, stamp_at }) => {
    const { stamp } = at(0, stamp_at - own[0]!.stamp_at + FIRINGS + 1);
    return triggers
      ? [`if (numbers[${stamp} + 1] === tag && numbers[${stamp}] < stamp) stamp = numbers[${stamp}];`]
      : [];
  });
  const said = ports.map(({ port }, i) => `const m${i} = outputs[${name(port)}];`);
  const silent = ports.map((_, i) => `m${i} === undefined`).join(" || ") || "true";
  const sends = ports.map(({ port }, i) => {
    const lines = [`const sent = declared === undefined ? stamp : (declared[${name(port)}] ?? stamp);`];
    const emit = `emit(links[at + ${OUTS_AT}] + ${i}, m${i}, sent);`;
    return `if (m${i} !== undefined) {
      ${[...lines, i === 0 ? first(emit) : emit].join("\n      ")}
    }`;
  });
  const inputs = vertex.place === "nodes" || vertex.place === "world" ? Object.keys(vertex.signature.inputs) : [];
  return `"use strict";
const { engine, ctx, prepared, missing, audit, crash, later, noOutputs } = shared;
const { emit, plan, memory, ready } = engine;
const { slots, slotStart, max_ages_ns } = plan;
const { numbers, values, links } = memory;
const { bits } = ready;
const inputs = { ${inputs.map((port) => `${name(port)}: undefined`).join(", ")} };
return (rank) => {
  const at = ${LINKS} * rank;
  const n = links[at + ${NUMBERS_AT}];
  const v = links[at + ${VALUES_AT}];
  ${reads.join("\n  ")}
  ${own.map(({ port }, i) => `inputs[${name(port)}] = v${i};`).join("\n  ")}
  const tag = numbers[${TAG}];
  const now = numbers[${NOW_NS}];
  let stamp = now;
  ctx.node = rank;
  try {
    const result = run(inputs, values[v + ${STATE}], ctx, ${prepared ? "prepared[rank]" : "undefined"});
    const outputs = result === undefined ? undefined : result.outputs;
    if (outputs === undefined) noOutputs();
    const { state, stamps: declared } = result;
    if (state !== undefined) values[v + ${STATE}] = state;
    numbers[n + ${FIRED}] = tag;
    numbers[n + ${FIRED_NS}] = now;
    const count = ++numbers[n + ${FIRINGS}];
    ${oldest.join("\n    ")}
    ${said.join("\n    ")}
    if (count === 1 || ${silent}) audit(rank, outputs);
    ${late ? "later(rank, outputs, stamp, declared);" : sends.join("\n    ")}
  } catch (error) {
    if (numbers[n + ${FIRED}] !== tag) engine.note(rank);
    return crash(rank, error);
  }
};`;
}

/** Where a value and a stamp of a slot lie, as code. */
const at = (value: number, stamp: number) => ({ value: `values[v + ${value}]`, stamp: `n + ${stamp}` });

/** The first output of most nodes has one reader: then all that it takes to reach it lies in the node's links. */
const first = (emit: string): string => `if (links[at + ${MANY}] !== 0) ${emit}
      else {
        numbers[${EVENTS}]++;
        values[links[at + ${READER}]] = m0;
        const s = links[at + ${READER + 1}];
        numbers[s] = sent;
        numbers[s + 1] = tag;
        const reader = links[at + ${READER + 2}];
        if (reader >= 0) {
          const word = reader >>> 5;
          bits[word] |= 1 << (reader & 31);
          if (word > ready.last) ready.last = word;
        }
      }`;
