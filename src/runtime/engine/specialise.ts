/**
 * Firings written out as code: one function for neighbours in rank order, and for all that are wired like them.
 *
 *   a ──► b ──► c      →      if (a is ready) { inputsA.x = values[v + 1]; result = runA(inputsA, …); values[v + 3] = result.outputs.y; … }
 *                             if (b is ready) { inputsB.x = values[v + 3]; … }
 *                             if (c is ready) …
 *
 * A general loop over ports reads every one of them by a computed name, and calls every step through a pointer, which
 * costs more than most steps do. Here names and neighbours are constants, and a small step is one that the compiler
 * can inline. Places are relative to the first of the neighbours, so that one text serves wherever the same wiring comes
 * again. Nothing that a user wrote enters the code but names of ports, as string literals.
 */
import type { Stepper } from "../../component/component.js";
import {
  ARRIVED,
  EVENTS,
  FIRED,
  FIRED_NS,
  FIRINGS,
  LINKS,
  NOW_NS,
  NUMBER,
  NUMBERS_AT,
  OUTS_AT,
  type OutPlan,
  type Place,
  type Plan,
  SLOTS_AT,
  type SlotPlan,
  STATE,
  TAG,
  VALUES_AT,
} from "../plan/plan.js";
import type { Fire } from "./engine.js";
import { registers } from "./registers.js";

/** A step as code takes it. */
export interface Written {
  readonly rank: number;
  readonly run: Stepper["run"];
  /** Its outputs land later than it fires. */
  readonly late: boolean;
  /** It takes what was prepared of its params. */
  readonly prepared: boolean;
  /** It has a state; of the others, none is looked for. */
  readonly stateful: boolean;
}

/** Neighbours in one function: their readiness is the bits of one number. */
export const MAX_NEIGHBOURS = 32;

type Runs = readonly Stepper["run"][];
type Maker = (loaded: typeof registers, runs: Runs) => Fire;

/** Code outlives a run: it is written, and made fast by the compiler below us, once for all runs of the components. */
const firings = new WeakMap<Stepper["run"], Map<string, { readonly runs: Runs; readonly fire: Fire }[]>>();

/**
 * The firing of neighbours in rank order, called with the first of them that is ready. It works on the run that is
 * advancing. `watched`: it says which of them fires.
 */
export function specialise(plan: Plan, steps: readonly Written[], watched: boolean): Fire {
  const key = keyOf(plan, steps, watched);
  const runs = steps.map((step) => step.run);
  let known = firings.get(runs[0]!);
  if (known === undefined) firings.set(runs[0]!, (known = new Map()));
  let same = known.get(key);
  if (same === undefined) known.set(key, (same = []));
  const found = same.find((one) => one.runs.every((run, i) => run === runs[i]));
  if (found !== undefined) return found.fire;
  const code = codeOf(plan, steps, watched);
  const fire = (new Function("registers", "runs", code) as Maker)(registers, runs);
  same.push({ runs, fire });
  return fire;
}

/** All that the code hangs on, in short: in a large graph most of it was written before. */
export function keyOf(plan: Plan, steps: readonly Written[], watched: boolean): string {
  const { slots, slotStart, outs, outStart } = plan;
  const near = new Neighbourhood(plan, steps);
  let key = `${watched}`;
  for (const { rank, late, prepared, stateful } of steps) {
    key += `;${late} ${prepared} ${stateful} ${inputsOf(plan, rank).join()}`;
    for (let i = slotStart[rank]!; i < slotStart[rank + 1]!; i++) {
      const slot = slots[i]!;
      const { port, mode, optional, triggers, scalar, fallback } = slot;
      key += `|${port} ${mode} ${optional} ${triggers} ${scalar} ${fallback !== undefined}`;
      if (near.has(slot)) key += ` ${near.stamp(slot)}`;
    }
    for (let i = outStart[rank]!; i < outStart[rank + 1]!; i++) {
      const out = outs[i]!;
      key += `>${out.port} ${out.scalar} ${near.bits(out)} ${near.others(out)}`;
    }
  }
  return key;
}

const inputsOf = ({ vertices }: Plan, rank: number): string[] => {
  const vertex = vertices[rank]!;
  return "signature" in vertex ? Object.keys(vertex.signature.inputs) : [];
};

/** What lies among the neighbours, as seen from the first of them. */
class Neighbourhood {
  readonly #plan: Plan;
  readonly #base: number;
  readonly #end: number;

  constructor(plan: Plan, steps: readonly Written[]) {
    this.#plan = plan;
    this.#base = steps[0]!.rank;
    this.#end = this.#base + steps.length;
  }

  has({ stamp_at }: Place): boolean {
    const { links } = this.#plan;
    return stamp_at >= links[LINKS * this.#base + NUMBERS_AT]! && stamp_at < links[LINKS * this.#end + NUMBERS_AT]!;
  }

  /** Where that begins which is of a kind and belongs to a neighbour. */
  begin(rank: number, kind: number): number {
    return this.#plan.links[LINKS * rank + kind]! - this.#plan.links[LINKS * this.#base + kind]!;
  }

  stamp({ stamp_at }: Place): number {
    return stamp_at - this.#plan.links[LINKS * this.#base + NUMBERS_AT]!;
  }

  value({ value_at }: Place): number {
    return value_at - this.#plan.links[LINKS * this.#base + VALUES_AT]!;
  }

  slot({ index }: SlotPlan): number {
    return index - this.#plan.slotStart[this.#base]!;
  }

  out({ index }: OutPlan): number {
    return index - this.#plan.outStart[this.#base]!;
  }

  /** The bits of the neighbours that a message wakes. */
  bits({ index }: OutPlan): number {
    const { readers, readerStart } = this.#plan;
    let bits = 0;
    for (let i = readerStart[index]!; i < readerStart[index + 1]! && readers[i]! < this.#end; i++)
      bits += 2 ** (readers[i]! - this.#base);
    return bits;
  }

  /** Whether a message wakes anybody further on: readers stand in rank order. */
  others({ index }: OutPlan): boolean {
    const { readers, readerStart } = this.#plan;
    const last = readerStart[index + 1]! - 1;
    return last >= readerStart[index]! && readers[last]! >= this.#end;
  }
}

/** The body of a function of `registers` and `runs` that gives back a firing. */
export function codeOf(plan: Plan, steps: readonly Written[], watched: boolean): string {
  const parts = steps.map((step, k) => partOf(plan, steps, step, k, watched));
  const many = steps.length > 1;
  const all = `${2 ** steps.length - 1}`;
  return `"use strict";
const [${steps.map((_, k) => `run${k}`).join(", ")}] = runs;
${parts.map((part) => part.inputs).join("\n")}
return (rank) => {
  const { numbers, values, links, tapped, stamps_at, ctx${many ? ", bits" : ""} } = registers;
  const tag = numbers[${TAG}];
  const now = numbers[${NOW_NS}];
${
  many
    ? `  const word = registers.first[rank] >>> 5;
  const shift = registers.first[rank] & 31;
  const first = registers.first[rank];
  let ready = (1 << (rank - first)) | ((bits[word] >>> shift) & ${all});
  bits[word] &= ~(${all} << shift);`
    : "  const first = rank;"
}
  const n = links[${LINKS} * first + ${NUMBERS_AT}];
  const v = links[${LINKS} * first + ${VALUES_AT}];
  const s = links[${LINKS} * first + ${SLOTS_AT}];
  const o = links[${LINKS} * first + ${OUTS_AT}];
${parts.map((part) => part.body).join("\n")}
};`;
}

/** One node's part of the code. */
function partOf(plan: Plan, steps: readonly Written[], step: Written, k: number, watched: boolean) {
  const { rank, late, prepared, stateful } = step;
  const many = steps.length > 1;
  const near = new Neighbourhood(plan, steps);
  const n = near.begin(rank, NUMBERS_AT);
  const v = near.begin(rank, VALUES_AT);
  const own = plan.slots.slice(plan.slotStart[rank], plan.slotStart[rank + 1]);
  const ports = plan.outs.slice(plan.outStart[rank], plan.outStart[rank + 1]);
  const names = inputsOf(plan, rank);
  const me = k === 0 ? "first" : `first + ${k}`;
  const index = (slot: SlotPlan) => `s + ${near.slot(slot)}`;
  const slotPlan = (slot: SlotPlan) => `registers.own.plan.slots[${index(slot)}]`;
  const maxAge = (slot: SlotPlan) => `registers.own.plan.max_ages_ns[${index(slot)}]`;
  const value = (slot: SlotPlan) =>
    near.has(slot) ? `values[v + ${near.value(slot)}]` : `values[registers.own.values_at[${index(slot)}]]`;
  const stamp = (slot: SlotPlan, next = 0) =>
    near.has(slot) ? `numbers[n + ${near.stamp(slot) + next}]` : `numbers[at${near.slot(slot)} + ${next}]`;
  const places = own.flatMap((slot) =>
    near.has(slot) ? [] : [`const at${near.slot(slot)} = stamps_at[${index(slot)}];`],
  );
  // a bare number is there from the time on that it has a stamp
  const there = (slot: SlotPlan) => `${stamp(slot)} === ${stamp(slot)}`;
  const number = (slot: SlotPlan, i: number, cancel: string) => {
    const fallback = slot.fallback === undefined ? "undefined" : `${slotPlan(slot)}.fallback`;
    const found =
      slot.mode === "held"
        ? there(slot)
        : slot.mode === "event"
          ? `${stamp(slot, ARRIVED)} === tag`
          : `now - ${stamp(slot)} <= ${maxAge(slot)}`;
    if (slot.optional || slot.fallback !== undefined)
      return [`const v${i} = ${found} ? ${stamp(slot, NUMBER)} : ${fallback};`];
    return [`if (!(${found})) ${cancel}`, `const v${i} = ${stamp(slot, NUMBER)};`];
  };
  const read = (slot: SlotPlan, i: number) => {
    const cancel = `{ registers.own.unusual.missing(${me}, ${index(slot)}); ${collect} break node${k}; }`;
    if (slot.scalar) return number(slot, i, cancel);
    const lines =
      slot.mode === "held"
        ? [`const v${i} = ${value(slot)};`]
        : slot.mode === "event"
          ? [`const v${i} = ${stamp(slot, ARRIVED)} === tag ? ${value(slot)} : ${slotPlan(slot)}.fallback;`]
          : [
              `let v${i} = ${value(slot)};`,
              `if (v${i} === undefined || now - ${stamp(slot)} > ${maxAge(slot)}) v${i} = ${slotPlan(slot)}.fallback;`,
            ];
    if (slot.optional) return lines;
    return [...lines, `if (v${i} === undefined) ${cancel}`];
  };
  // whatever is not written out here may have made neighbours ready
  const all = `${2 ** steps.length - 1}`;
  const collect = many ? `ready |= (bits[word] >>> shift) & ${all}; bits[word] &= ~(${all} << shift);` : "";
  const oldest = own.flatMap((slot) =>
    slot.triggers ? [`if (${stamp(slot, ARRIVED)} === tag && ${stamp(slot)} < stamp) stamp = ${stamp(slot)};`] : [],
  );
  const said = ports.map(({ port }, i) => `const m${i} = outputs[${JSON.stringify(port)}];`);
  const silent = ports.map((_, i) => `m${i} === undefined`).join(" || ") || "true";
  const send = (out: OutPlan, i: number) => {
    const place = `o + ${near.out(out)}`;
    const left = `numbers[n + ${near.stamp(out)}`;
    const bits = near.bits(out);
    const others = near.others(out);
    const wake = others
      ? `registers.own.wakeReaders(${place});${bits === 0 ? "" : ` ${collect}`}`
      : bits === 0
        ? ""
        : `ready |= ${bits};`;
    return `if (m${i} !== undefined) {
        const sent = declared === undefined ? stamp : (declared[${JSON.stringify(out.port)}] ?? stamp);
        if (tapped[${place}] !== 0) { registers.own.emit(${place}, m${i}, sent); ${collect} } else {
          numbers[${EVENTS}]++;
          ${out.scalar ? `${left} + ${NUMBER}] = ${numberOf(place, `m${i}`)}` : `values[v + ${near.value(out)}] = m${i}`};
          ${left}] = sent;
          ${left} + ${ARRIVED}] = tag;
          ${wake}
        }
      }`;
  };
  const fired = `numbers[n + ${n + FIRED}]`;
  return {
    inputs: `const inputs${k} = { ${names.map((port) => `${JSON.stringify(port)}: ${own.some((slot) => slot.port === port && isBare(slot)) ? "0.5" : "undefined"}`).join(", ")} };`,
    body: `  ${many ? `if ((ready & ${2 ** k}) !== 0) ` : ""}node${k}: {
    ${places.join(" ")}
    ${own.flatMap(read).join("\n    ")}
    ${own.map(({ port }, i) => `inputs${k}[${JSON.stringify(port)}] = v${i};`).join("\n    ")}
    let stamp = now;
    ctx.node = ${me};${watched ? `\n    registers.own.beat[0] = ${me};\n    registers.own.beat[1]++;` : ""}
    try {
      const result = run${k}(inputs${k}, ${stateful ? `values[v + ${v + STATE}]` : "undefined"}, ctx, ${prepared ? `registers.own.prepared[${me}]` : "undefined"});
      const outputs = result === undefined ? undefined : result.outputs;
      if (outputs === undefined) registers.own.unusual.noOutputs();
      const { state, stamps: declared } = result;
      if (state !== undefined) ${stateful ? `values[v + ${v + STATE}] = state` : "registers.own.unusual.noState()"};
      ${fired} = tag;
      numbers[n + ${n + FIRED_NS}] = now;
      const count = ++numbers[n + ${n + FIRINGS}];
      ${oldest.join("\n      ")}
      ${said.join("\n      ")}
      if (count === 1 || ${silent}) registers.own.unusual.audit(${me}, outputs);
      ${late ? `registers.own.unusual.later(${me}, outputs, stamp, declared); ${collect}` : ports.map(send).join("\n      ")}
    } catch (error) {
      if (${fired} !== tag) registers.own.note(${me});
      registers.own.unusual.crash(${me}, error);
      ${collect}
    }
  }`,
  };
}

/** A slot that always gives a number: its place in the inputs is made for one, and takes it without a box. */
const isBare = (slot: SlotPlan): boolean => slot.scalar && !slot.optional;

/** A message as the bare number that it must be. */
const numberOf = (place: string, message: string): string =>
  `typeof ${message} === "number" ? ${message} : registers.own.unusual.noNumber(registers.own.plan.outs[${place}].name, ${message})`;
