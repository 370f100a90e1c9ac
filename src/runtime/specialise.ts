/**
 * Firings written out as code: one function for all nodes of a component that are wired alike.
 *
 *   held x, aged y of `bench/filter`      →      const v0 = values[s]; if (v0 === undefined) return missing(rank, s);
 *                                                let v1 = values[s + 1]; if (… too old) …
 *                                                inputs.x = v0; inputs.y = v1;
 *                                                const result = run(inputs, states[rank], ctx, prepared[rank]); …
 *
 * A general loop over ports reads every one of them by a computed name, which costs more than most steps do; here the
 * names are constants and the step itself is one the compiler can inline. Nothing that a user wrote enters the code
 * but names of ports, as string literals.
 */
import type { Context, Outputs, Stepper } from "../component/component.js";
import type { Engine, Fire } from "./engine.js";
import type { SlotPlan } from "./plan.js";

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

export interface Shape {
  readonly slots: readonly SlotPlan[];
  /** Every input of the signature, connected or not. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Outputs land later than the firing. */
  readonly late: boolean;
}

type Maker = (shared: Shared, run: Stepper["run"]) => Fire;

/** Code outlives a run: it is compiled, and made fast by the engine below us, once for many runs of a component. */
const makers = new WeakMap<Stepper["run"], Map<string, Maker>>();

/** Gives each shape of a run its firing. */
export function specialiser(shared: Shared): (run: Stepper["run"], shape: Shape) => Fire {
  const made = new Map<Maker, Fire>();
  return (run, shape) => {
    const code = codeOf(shape);
    let known = makers.get(run);
    if (known === undefined) makers.set(run, (known = new Map()));
    let maker = known.get(code);
    if (maker === undefined) known.set(code, (maker = new Function("shared", "run", code) as Maker));
    let fire = made.get(maker);
    if (fire === undefined) made.set(maker, (fire = maker(shared, run)));
    return fire;
  };
}

/** The body of a function of `shared` and `run` that gives back a firing. */
export function codeOf({ slots, inputs, outputs, late }: Shape): string {
  const name = (port: string) => JSON.stringify(port);
  const reads = slots.flatMap(({ mode, optional }, i) => {
    const slot = i === 0 ? "s" : `s + ${i}`;
    const lines =
      mode === "held"
        ? [`const v${i} = values[${slot}];`]
        : mode === "event"
          ? [`const v${i} = arrived[${slot}] === engine.tag ? values[${slot}] : slots[${slot}].fallback;`]
          : [
              `let v${i} = values[${slot}];`,
              `if (v${i} === undefined || engine.time_ns - stamps[${slot}] > max_ages_ns[${slot}]) v${i} = slots[${slot}].fallback;`,
            ];
    return optional ? lines : [...lines, `if (v${i} === undefined) return missing(rank, ${slot});`];
  });
  const oldest = slots.flatMap(({ triggers }, i) =>
    triggers ? [`if (arrived[s + ${i}] === tag && stamps[s + ${i}] < stamp) stamp = stamps[s + ${i}];`] : [],
  );
  const said = outputs.map((port, i) => `const m${i} = outputs[${name(port)}];`);
  const silent = outputs.map((_, i) => `m${i} === undefined`).join(" || ") || "true";
  const sends = outputs.map(
    (port, i) =>
      `if (m${i} !== undefined) emit(o + ${i}, m${i}, declared === undefined ? stamp : (declared[${name(port)}] ?? stamp));`,
  );
  return `"use strict";
const { engine, ctx, prepared, missing, audit, crash, later, noOutputs } = shared;
const { emit, plan, memory } = engine;
const { slots, slotStart, outStart, max_ages_ns } = plan;
const { values, stamps, arrived, fired, fired_ns, firings, states } = memory;
const inputs = { ${inputs.map((port) => `${name(port)}: undefined`).join(", ")} };
return (rank) => {
  const s = slotStart[rank];
  ${reads.join("\n  ")}
  ${slots.map(({ port }, i) => `inputs[${name(port)}] = v${i};`).join("\n  ")}
  const tag = engine.tag;
  let stamp = engine.time_ns;
  ctx.node = rank;
  ctx.firedBefore = fired[rank];
  ctx.firedBefore_ns = fired_ns[rank];
  fired[rank] = tag;
  fired_ns[rank] = stamp;
  const count = ++firings[rank];
  try {
    const result = run(inputs, states[rank], ctx, prepared[rank]);
    const outputs = result === undefined ? undefined : result.outputs;
    if (outputs === undefined) noOutputs();
    const { state, stamps: declared } = result;
    if (state !== undefined) states[rank] = state;
    ${oldest.join("\n    ")}
    ${said.join("\n    ")}
    if (count === 1 || ${silent}) audit(rank, outputs);
    ${late ? "later(rank, outputs, stamp, declared);" : `const o = outStart[rank];\n    ${sends.join("\n    ")}`}
  } catch (error) {
    return crash(rank, error);
  }
};`;
}
