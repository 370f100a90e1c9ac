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
  type Plan,
  type SlotPlan,
  STATE,
  TAG,
  VALUES_AT,
} from "../plan/plan.js";
import type { Fire } from "./engine.js";
import { type Registers, registers } from "./registers.js";

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
/** Readers of an output that are written out one by one. */
const MAX_INLINE_READERS = 4;

type Runs = readonly Stepper["run"][];
type Maker = (registers: Registers, runs: Runs) => Fire;

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
  const base = steps[0]!.rank;
  const parts = steps.map(({ rank, late, prepared, stateful }) => {
    const slots = plan.slots.slice(plan.slotStart[rank], plan.slotStart[rank + 1]);
    const outs = plan.outs.slice(plan.outStart[rank], plan.outStart[rank + 1]);
    const reads = slots.map(({ port, mode, optional, triggers, scalar, fallback }) => [
      port,
      mode,
      optional,
      triggers,
      scalar,
      fallback !== undefined,
    ]);
    const sends = outs.map((out) => [
      out.port,
      readersOf(plan, out) === 1,
      nearReaders(plan, out, rank, base, steps.length)?.map((slot) => [
        slot.value_at - plan.links[LINKS * base + VALUES_AT]!,
        slot.triggers,
        slot.scalar,
      ]),
    ]);
    return [inputsOf(plan, rank), reads, sends, late, prepared, stateful];
  });
  return JSON.stringify([watched, parts]);
}

const inputsOf = ({ vertices }: Plan, rank: number): string[] => {
  const vertex = vertices[rank]!;
  return "signature" in vertex ? Object.keys(vertex.signature.inputs) : [];
};

const readersOf = ({ readerStart }: Plan, { index }: OutPlan): number =>
  (readerStart[index + 1]! - readerStart[index]!) / 3;

/** The body of a function of `registers` and `runs` that gives back a firing. */
export function codeOf(plan: Plan, steps: readonly Written[], watched: boolean): string {
  const parts = steps.map((step, k) => partOf(plan, steps, step, k, watched));
  const many = steps.length > 1;
  const all = `${2 ** steps.length - 1}`;
  return `"use strict";
const [${steps.map((_, k) => `run${k}`).join(", ")}] = runs;
${parts.map((part) => part.inputs).join("\n")}
return (rank) => {
  const { numbers, values, links, tapped, ctx${many ? ", bits" : ""} } = registers;
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
  const o = links[${LINKS} * first + ${OUTS_AT}];
${parts.map((part) => part.body).join("\n")}
};`;
}

/** One node's part of the code. */
function partOf(plan: Plan, steps: readonly Written[], step: Written, k: number, watched: boolean) {
  const { rank, late, prepared, stateful } = step;
  const base = steps[0]!.rank;
  const many = steps.length > 1;
  const at = (index: number, kind: number) => index - plan.links[LINKS * base + kind]!;
  const n = at(plan.links[LINKS * rank + NUMBERS_AT]!, NUMBERS_AT);
  const v = at(plan.links[LINKS * rank + VALUES_AT]!, VALUES_AT);
  const own = plan.slots.slice(plan.slotStart[rank], plan.slotStart[rank + 1]);
  const ports = plan.outs.slice(plan.outStart[rank], plan.outStart[rank + 1]);
  const names = inputsOf(plan, rank);
  const me = k === 0 ? "first" : `first + ${k}`;
  const value = (slot: SlotPlan) => `values[v + ${at(slot.value_at, VALUES_AT)}]`;
  const stamp = (slot: SlotPlan, next = 0) => `numbers[n + ${at(slot.stamp_at, NUMBERS_AT) + next}]`;
  const slotPlan = (i: number) => `registers.plan.slots[registers.plan.slotStart[${me}] + ${i}]`;
  // a bare number is there from the time on that it has a stamp
  const there = (slot: SlotPlan) => `${stamp(slot)} === ${stamp(slot)}`;
  const number = (slot: SlotPlan, i: number, cancel: string) => {
    const fallback = slot.fallback === undefined ? "undefined" : `${slotPlan(i)}.fallback`;
    const found =
      slot.mode === "held"
        ? there(slot)
        : slot.mode === "event"
          ? `${stamp(slot, ARRIVED)} === tag`
          : `now - ${stamp(slot)} <= registers.plan.max_ages_ns[registers.plan.slotStart[${me}] + ${i}]`;
    if (slot.optional || slot.fallback !== undefined)
      return [`const v${i} = ${found} ? ${stamp(slot, NUMBER)} : ${fallback};`];
    return [`if (!(${found})) ${cancel}`, `const v${i} = ${stamp(slot, NUMBER)};`];
  };
  const read = (slot: SlotPlan, i: number) => {
    const cancel = `{ registers.unusual.missing(${me}, registers.plan.slotStart[${me}] + ${i}); ${collect} break node${k}; }`;
    if (slot.scalar) return number(slot, i, cancel);
    const lines =
      slot.mode === "held"
        ? [`const v${i} = ${value(slot)};`]
        : slot.mode === "event"
          ? [`const v${i} = ${stamp(slot, 1)} === tag ? ${value(slot)} : ${slotPlan(i)}.fallback;`]
          : [
              `let v${i} = ${value(slot)};`,
              `if (v${i} === undefined || now - ${stamp(slot)} > registers.plan.max_ages_ns[registers.plan.slotStart[${me}] + ${i}]) v${i} = ${slotPlan(i)}.fallback;`,
            ];
    if (slot.optional) return lines;
    return [...lines, `if (v${i} === undefined) ${cancel}`];
  };
  // whatever is not written out here may have made neighbours ready
  const all = `${2 ** steps.length - 1}`;
  const collect = many ? `ready |= (bits[word] >>> shift) & ${all}; bits[word] &= ~(${all} << shift);` : "";
  const oldest = own.flatMap((slot) =>
    slot.triggers ? [`if (${stamp(slot, 1)} === tag && ${stamp(slot)} < stamp) stamp = ${stamp(slot)};`] : [],
  );
  const said = ports.map(({ port }, i) => `const m${i} = outputs[${JSON.stringify(port)}];`);
  const silent = ports.map((_, i) => `m${i} === undefined`).join(" || ") || "true";
  const send = (out: OutPlan, i: number) => {
    const place = `o + ${at(out.index, OUTS_AT)}`;
    const emit = `registers.emit(${place}, m${i}, sent); ${collect}`;
    const near = nearReaders(plan, out, rank, base, steps.length);
    const one = readersOf(plan, out) === 1;
    const body =
      near === undefined
        ? one
          ? `if (tapped[${place}] !== 0) { ${emit} } else { ${far(place, `m${i}`)} }`
          : emit
        : `if (tapped[${place}] !== 0) { ${emit} } else {
          numbers[${EVENTS}]++;
          ${near
            .map(
              (slot) =>
                `${slot.scalar ? `${stamp(slot, NUMBER)} = ${numberOf(place, `m${i}`)}` : `${value(slot)} = m${i}`}; ${stamp(slot)} = sent; ${stamp(slot, 1)} = tag;${slot.triggers ? ` ready |= ${2 ** (slot.rank - base)};` : ""}`,
            )
            .join("\n          ")}
        }`;
    return `if (m${i} !== undefined) {
        const sent = declared === undefined ? stamp : (declared[${JSON.stringify(out.port)}] ?? stamp);
        ${body}
      }`;
  };
  const fired = `numbers[n + ${n + FIRED}]`;
  return {
    inputs: `const inputs${k} = { ${names.map((port) => `${JSON.stringify(port)}: ${own.some((slot) => slot.port === port && isBare(slot)) ? "0.5" : "undefined"}`).join(", ")} };`,
    body: `  ${many ? `if ((ready & ${2 ** k}) !== 0) ` : ""}node${k}: {
    ${own.flatMap(read).join("\n    ")}
    ${own.map(({ port }, i) => `inputs${k}[${JSON.stringify(port)}] = v${i};`).join("\n    ")}
    let stamp = now;
    ctx.node = ${me};${watched ? `\n    registers.beat[0] = ${me};\n    registers.beat[1]++;` : ""}
    try {
      const result = run${k}(inputs${k}, ${stateful ? `values[v + ${v + STATE}]` : "undefined"}, ctx, ${prepared ? `registers.prepared[${me}]` : "undefined"});
      const outputs = result === undefined ? undefined : result.outputs;
      if (outputs === undefined) registers.unusual.noOutputs();
      const { state, stamps: declared } = result;
      if (state !== undefined) ${stateful ? `values[v + ${v + STATE}] = state` : "registers.unusual.noState()"};
      ${fired} = tag;
      numbers[n + ${n + FIRED_NS}] = now;
      const count = ++numbers[n + ${n + FIRINGS}];
      ${oldest.join("\n      ")}
      ${said.join("\n      ")}
      if (count === 1 || ${silent}) registers.unusual.audit(${me}, outputs);
      ${late ? `registers.unusual.later(${me}, outputs, stamp, declared); ${collect}` : ports.map(send).join("\n      ")}
    } catch (error) {
      if (${fired} !== tag) registers.note(${me});
      registers.unusual.crash(${me}, error);
      ${collect}
    }
  }`,
  };
}

/** A slot that always gives a number: its place in the inputs is made for one, and takes it without a box. */
const isBare = (slot: SlotPlan): boolean => slot.scalar && !slot.optional;

/** A message as the bare number that it must be. */
const numberOf = (place: string, message: string): string =>
  `typeof ${message} === "number" ? ${message} : registers.unusual.noNumber(registers.plan.outs[${place}].name, ${message})`;

/** Sends to one reader that stands further on. */
const far = (place: string, message: string): string => `
          numbers[${EVENTS}]++;
          const { readers } = registers;
          const reader = registers.readerStart[${place}];
          const value = readers[reader];
          const held = readers[reader + 1];
          if (value >= 0) values[value] = ${message};
          else numbers[held + ${NUMBER}] = ${numberOf(place, message)};
          numbers[held] = sent;
          numbers[held + 1] = tag;
          const woken = readers[reader + 2];
          if (woken >= 0) {
            const { marks } = registers;
            marks.bits[woken >>> 5] |= 1 << (woken & 31);
            if (woken >>> 5 > marks.last) marks.last = woken >>> 5;
          }`;

/** The readers of an output, if they are few and all of them stand among the neighbours behind it. */
function nearReaders(plan: Plan, out: OutPlan, rank: number, base: number, count: number): SlotPlan[] | undefined {
  const near: SlotPlan[] = [];
  for (let i = plan.readerStart[out.index]!; i < plan.readerStart[out.index + 1]!; i += 3) {
    const slot = plan.slotAt.get(plan.readers[i]!)!;
    if (slot.rank <= rank || slot.rank >= base + count) return undefined;
    near.push(slot);
  }
  return near.length > MAX_INLINE_READERS ? undefined : near;
}
