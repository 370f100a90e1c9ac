/**
 * What a model reads at a firing: each input flattened, and transformed as in training, from rows that are remembered.
 *
 *     message ─ flatten ─► row ─ memory of the last rows ─ transforms ─► the columns that the model was trained on
 */
import type { Trigger } from "../graph/ir.js";
import { parseClock } from "../graph/quantity.js";
import type { TypedTrigger } from "../graph/typed.js";
import { compileFlatten } from "../message/flatten.js";
import { createMemory, type MemoryState } from "../message/transforms/memory.js";
import { compileTransforms, type Transforms } from "../message/transforms/transforms.js";
import type { Message, MessageSchema } from "../message/type.js";
import { fail } from "../problem/problem.js";
import type { Context, Inputs, Setup } from "./component.js";

export interface ModelInputs {
  /** The rows of a firing by port; undefined while there is not enough history. */
  rows(values: Inputs, ctx: Context): { readonly [port: string]: Float32Array } | undefined;
  snapshot(): unknown;
  restore(state: unknown): void;
}

/** Clocks of rates that are no whole number of ns differ by less. */
const SAME_STEP = 1e-6;

/**
 * @throws LimbeckError L0770 for transforms that do not fit the types, L0771 for a clock under which a row before means
 * another time than in training, L0775 for a node that does not see every message of a port whose messages it remembers
 */
export function modelInputs(
  model: string,
  types: { readonly [port: string]: MessageSchema },
  transforms: Transforms | undefined,
  { node, trigger }: Pick<Setup, "node" | "trigger">,
): ModelInputs {
  const overRows = transforms?.over !== "messages";
  const reads = Object.entries(types).map(([port, type]) => {
    const flat = compileFlatten(type);
    const raw = new Float32Array(flat.width);
    if (!transforms?.steps.some((step) => step.port === port)) return { port, flat, raw, row: raw };
    const plain = compileTransforms(port, transforms.steps, flat.columns);
    if (plain.depth > 0 && !overRows) checkMessages(model, node, port, trigger);
    const stride = plain.depth > 0 && overRows ? firingsARow(model, node, transforms, trigger) : 1;
    const taps = stride === 1 ? plain : compileTransforms(port, transforms.steps, flat.columns, stride);
    return { port, flat, raw, row: new Float32Array(taps.columns.length), memory: createMemory(taps, transforms) };
  });
  const rows = Object.fromEntries(reads.map(({ port, row }) => [port, row]));
  return {
    rows(values, ctx) {
      let enough = true;
      for (const { port, flat, raw, row, memory } of reads) {
        // one message of a port is remembered once, however often it is read
        if (memory === undefined || overRows || ctx.fresh(port)) {
          flat.flatten(values[port] as Message, raw);
          if (memory !== undefined && !memory.push(raw, overRows ? ctx.time_ns : ctx.stamp(port), row)) enough = false;
        } else if (!memory.again(row)) enough = false;
      }
      return enough ? rows : undefined;
    },
    snapshot: () =>
      Object.fromEntries(reads.flatMap(({ port, memory }) => (memory ? [[port, memory.snapshot()]] : []))),
    restore(state) {
      const saved = state as { readonly [port: string]: MemoryState };
      for (const { port, memory } of reads) memory?.restore(saved[port]!);
    },
  };
}

/** How many firings of this node are as long as a row was in training. Rows of a node that has no clock are its firings. */
export function firingsARow(model: string, node: string, { step_ns }: Transforms, trigger?: TypedTrigger): number {
  if (trigger?.kind !== "clock") return 1;
  const { period_ns } = trigger;
  const firings = Math.round((step_ns ?? 0) / period_ns);
  if (step_ns === undefined || firings === 0 || Math.abs(step_ns / period_ns - firings) > SAME_STEP * firings)
    return fail("L0771", { node, model, step_ns, period_ns });
  return firings;
}

/**
 * A model that carries state from firing to firing fires at the clock that it was trained under.
 *
 * @throws LimbeckError L0771
 */
export function checkClock(
  model: string,
  trained: Trigger | undefined,
  { node, trigger }: Pick<Setup, "node" | "trigger">,
): void {
  if (trained === undefined || !("clock" in trained) || trigger?.kind !== "clock") return;
  const { value: step_ns } = parseClock(trained.clock);
  const { period_ns } = trigger;
  if (step_ns === undefined || Math.abs(step_ns / period_ns - 1) <= SAME_STEP) return;
  fail("L0771", { node, model, step_ns, period_ns, carries: true });
}

/** What remembers messages must see each of them. */
export function checkMessages(model: string, node: string, port: string, trigger?: TypedTrigger): void {
  if (trigger?.kind !== "each" || !trigger.ports.includes(port)) fail("L0775", { node, model, port });
}
