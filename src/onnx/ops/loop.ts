/**
 * Loop: a body again and again, up to a count and while its condition holds, carrying values and stacking what each turn
 * gives. It has no gradient: how often it runs is known only when it runs. `Scan` has one.
 */
import { loop as counted } from "../control.js";
import { UNKNOWN } from "../dims.js";
import { less, reduceMax, where } from "../functions.js";
import type { Graph, Tensor } from "../ir.js";
import { allocate, numbers, scalar, sizeOf } from "../tensor.js";
import type { Info, Value } from "../value.js";
import { aligned, spread } from "./batching.js";
import { either } from "./branches.js";
import { type BatchInput, type InferContext, info, type NodeContext, type Op, VARIADIC } from "./op.js";

/** Turns that reference evaluation makes at most. */
export const MAX_TURNS = 1_000_000;

function plan(c: NodeContext & { readonly inputs: readonly unknown[] }): { body: Graph; carried: number } {
  const body = c.graph("body") ?? c.refuse("it has no body");
  const carried = c.inputs.length - 2;
  if (body.inputs.length !== carried + 2)
    c.refuse(`its body has ${body.inputs.length} inputs; with ${carried} carried values it has ${carried + 2}`);
  if (body.outputs.length !== c.node.outputs.length + 1)
    c.refuse(`its body has ${body.outputs.length} outputs, the op has ${c.node.outputs.length} and a condition`);
  return { body, carried };
}

/** What the carried values are at any turn: sizes that a turn changes are open. */
function settled(c: InferContext, body: Graph, first: readonly Info[]): Info[] {
  let carried = first;
  // each round opens at least one size, so this ends
  for (;;) {
    const after = c.inferBody(body, [info("int64", []), info("bool", []), ...carried]);
    const next = carried.map((v, i) => either(c, v, after[i + 1], `carried value ${i + 1}`));
    if (next.every((v, i) => v.shape.every((d, k) => d === carried[i].shape[k])))
      return [...next, ...after.slice(carried.length + 1).map((v) => info(v.dtype, [UNKNOWN, ...v.shape]))];
    carried = next;
  }
}

function stacked(turns: readonly Tensor[], like: Info | undefined, c: NodeContext): Tensor {
  if (turns.length === 0) {
    // of no turns at all it is known only what the body declares
    const dims = like?.shape.map((d) => (typeof d === "number" ? d : 0)) ?? [];
    const dtype = like?.dtype ?? c.refuse("it made no turn, and its body does not say what a turn gives");
    return { dtype, dims: [0, ...dims], data: allocate(dtype, 0) };
  }
  const { dtype, dims } = turns[0];
  const size = sizeOf(dims);
  const data = allocate(dtype, turns.length * size) as Float64Array;
  turns.forEach((t, i) => {
    if (t.dims.join() !== dims.join()) c.refuse(`its turns give shapes [${dims}] and [${t.dims}], which do not stack`);
    data.set(t.data as Float64Array, i * size);
  });
  return { dtype, dims: [turns.length, ...dims], data };
}

export const loop: Op = {
  name: "Loop",
  inputs: [2, VARIADIC],
  outputs: [1, VARIADIC],
  attributes: { body: "graph" },
  infer(c) {
    const { body, carried } = plan(c);
    const first = Array.from({ length: carried }, (_, i) => {
      const { dtype, shape } = c.input(i + 2);
      return info(dtype, shape);
    });
    return settled(c, body, first);
  },
  evaluate(c) {
    const { body, carried } = plan(c);
    const most = c.inputs[0] === undefined ? Number.POSITIVE_INFINITY : numbers(c.inputs[0])[0];
    let going = c.inputs[1] === undefined || Number(c.inputs[1].data[0]) !== 0;
    let values = Array.from({ length: carried }, (_, i) => c.input(i + 2));
    const turns = body.outputs.slice(carried + 1).map((): Tensor[] => []);
    for (let i = 0; i < most && going; i++) {
      if (i >= MAX_TURNS) c.refuse(`it makes more than ${MAX_TURNS} turns, the limit of reference evaluation`);
      const [condition, ...results] = c.evaluateBody(body, [
        scalar("int64", i),
        { dtype: "bool", dims: [], data: Uint8Array.of(1) },
        ...values,
      ]);
      going = Number(condition.data[0]) !== 0;
      values = results.slice(0, carried);
      results.slice(carried).forEach((t, k) => {
        turns[k].push(t);
      });
    }
    const declared = body.outputs.slice(carried + 1);
    return [
      ...values,
      ...turns.map((t, k) => {
        const { dtype, shape = [] } = declared[k];
        return stacked(t, dtype === undefined ? undefined : info(dtype, shape), c);
      }),
    ];
  },
  batch(c) {
    const { body, carried } = plan(c);
    const [most, going] = c.inputs;
    if (!counts(body) || most === undefined || going !== undefined || body.outputs.length > carried + 1)
      return c.fail("only a loop that counts and carries can be");
    const first = Array.from({ length: carried }, (_, i) => c.input(i + 2));
    const { scope } = c.rows;
    const one = (value: Value, batched: boolean): BatchInput => ({ dtype: value.dtype, shape: [], value, batched });
    const round = (states: readonly Value[], turn: Value, batched: readonly boolean[]): BatchInput[] =>
      c
        .batchBody(body, [
          one(turn, false),
          one(scope.constant(TRUE), false),
          ...first.map(({ dtype, shape }, i) => ({ dtype, shape, value: states[i], batched: batched[i] })),
        ])
        .slice(1);
    const start = (batched: readonly boolean[]) => first.map((x, i) => (batched[i] ? spread(c, x) : x.value));
    let batched = first.map((x) => x.batched || most.batched);
    for (let changed = true; changed; ) {
      const trial = scope.body("trial");
      const found = round(
        start(batched).map((v) => trial.parameter("state", v.dtype, v.shape)),
        trial.parameter("turn", "int64", []),
        batched,
      );
      const next = batched.map((b, i) => b || found[i].batched);
      changed = next.some((b, i) => b !== batched[i]);
      batched = next;
    }
    // rows that are through keep what they have
    const count = most.batched ? reduceMax(most.value, { axes: [0] }) : most.value;
    const { states } = counted(count, start(batched), (given, turn) => ({
      states: round(given, turn, batched).map((r, i) => {
        const value = batched[i] ? spread(c, r) : r.value;
        return most.batched
          ? where(aligned(one(less(turn, most.value), true), r.shape.length), value, given[i])
          : value;
      }),
    }));
    return states.map((value, i) => ({ value, batched: batched[i] }));
  },
  javascript(c) {
    const { body, carried } = plan(c);
    // a turn that can end the loop, or leaves something behind, has no code of its own
    const [most, going] = c.inputs;
    if (!counts(body) || most === undefined || going !== undefined || body.outputs.length > carried + 1)
      return c.refuse("JavaScript is generated for a loop that only counts and carries");
    const { code } = c;
    const values = Array.from({ length: carried }, (_, i) => c.input(i + 2));
    const bounded = (n: number): number =>
      n <= MAX_TURNS ? n : c.refuse(`it is asked for ${n} turns; at most ${MAX_TURNS} are made`);
    const count = code.element(most, 0);
    const until = code.atom(code.textOf(bounded, [count.text]), [count]).text;
    return code.loop(
      values,
      (i) => `${i} < ${until}`,
      (turn, states) => {
        const here = [code.ofAtoms("int64", [], [turn]), code.constant(TRUE)];
        return c.writeBody(body, [...here, ...states]).slice(1);
      },
    );
  },
};

const TRUE: Tensor = { dtype: "bool", dims: [], data: Uint8Array.of(1) };

/** Whether the condition that comes out of a turn is the one that went in. */
const counts = (body: Graph): boolean =>
  body.outputs[0].name === body.inputs[1].name ||
  body.nodes.some(
    ({ op, inputs, outputs }) =>
      op === "Identity" && outputs[0] === body.outputs[0].name && inputs[0] === body.inputs[1].name,
  );
