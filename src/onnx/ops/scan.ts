/**
 * Scan: runs a body along sequences, carrying states (opset 9 and later; sequences along their first axis).
 *
 * Gradient: the forward pass runs again and keeps the states that each step started from; a second Scan walks the
 * sequences the other way, differentiates the body at each step, and carries the gradients by the states and by what
 * the body reads from around it (back-propagation through time).
 */

import { scan as loop } from "../control.js";
import { mayEqual, sameDim, showShape } from "../dims.js";
import { add, identity, transpose } from "../functions.js";
import type { Dim, Graph, Tensor } from "../ir.js";
import type { Atom } from "../javascript/code.js";
import { allocate, isFloat, scalar, sizeOf } from "../tensor.js";
import { expandLike } from "../unbroadcast.js";
import type { Info, Value } from "../value.js";
import { spread } from "./batching.js";
import { type BatchInput, info, type NodeContext, type Op, VARIADIC } from "./op.js";
import { pick } from "./permute.js";

/** The parts of a Scan: how many states and sequences, and which way each sequence is walked. */
function plan(c: NodeContext & { readonly inputs: readonly unknown[] }) {
  const body = c.graph("body") ?? c.refuse("it has no body");
  const sequences = c.int("num_scan_inputs") ?? c.refuse("it has no num_scan_inputs");
  const states = c.inputs.length - sequences;
  const outputs = body.outputs.length - states;
  if (sequences < 1 || states < 0 || outputs < 0) c.refuse("its body does not fit the number of its inputs");
  if (body.inputs.length !== c.inputs.length)
    c.refuse(`its body has ${body.inputs.length} inputs, the op has ${c.inputs.length}`);
  for (const name of ["scan_input_axes", "scan_output_axes"])
    if (c.ints(name)?.some((axis) => axis !== 0))
      c.refuse("sequences along another axis than the first are not supported");
  const way = (name: string, count: number): readonly number[] => c.ints(name) ?? new Array<number>(count).fill(0);
  return {
    body: body as Graph,
    states,
    sequences,
    outputs,
    reads: way("scan_input_directions", sequences),
    writes: way("scan_output_directions", outputs),
  };
}

const element = (x: Tensor, index: number): Tensor => {
  const dims = x.dims.slice(1);
  const size = sizeOf(dims);
  return pick(
    x,
    dims,
    Int32Array.from({ length: size }, (_, i) => index * size + i),
  );
};

function stack(steps: readonly Tensor[], like: Tensor): Tensor {
  const size = sizeOf(like.dims);
  const data = allocate(like.dtype, steps.length * size) as Float64Array;
  steps.forEach((t, i) => {
    data.set(t.data as Float64Array, i * size);
  });
  return { dtype: like.dtype, dims: [steps.length, ...like.dims], data };
}

const way = (direction: number): 0 | 1 => (direction === 1 ? 1 : 0);

export const scan: Op = {
  name: "Scan",
  inputs: [1, VARIADIC],
  outputs: [1, VARIADIC],
  attributes: {
    body: "graph",
    num_scan_inputs: "int",
    scan_input_directions: "ints",
    scan_output_directions: "ints",
    scan_input_axes: "ints",
    scan_output_axes: "ints",
  },
  infer(c) {
    const p = plan(c);
    const inputs = c.inputs.map((_, i) => c.input(i));
    const lengths = inputs.slice(p.states).map((i) => i.shape[0] ?? c.refuse("a sequence must have an axis to walk"));
    const length = lengths.reduce<Dim>((a, b) => {
      if (!mayEqual(a, b)) c.refuse(`its sequences differ in length: ${lengths.join(", ")}`);
      return typeof a === "number" ? a : b;
    }, lengths[0]);
    const given: Info[] = inputs.map(({ dtype, shape }, i) => info(dtype, i < p.states ? shape : shape.slice(1)));
    return c.inferBody(p.body, given).map(({ dtype, shape }, i) => {
      if (i >= p.states) return info(dtype, [length, ...shape]);
      const before = given[i];
      if (
        dtype !== before.dtype ||
        shape.length !== before.shape.length ||
        !shape.every((d, k) => mayEqual(d, before.shape[k]))
      )
        c.refuse(
          `state ${i + 1} goes in as ${before.dtype} ${showShape(before.shape)} and comes out as ${dtype} ${showShape(shape)}`,
        );
      return info(
        dtype,
        shape.map((d, k) => (sameDim(d, before.shape[k]) ? d : typeof d === "number" ? d : before.shape[k])),
      );
    });
  },
  evaluate(c) {
    const p = plan(c);
    const inputs = c.inputs.map((_, i) => c.input(i));
    let states = inputs.slice(0, p.states);
    const sequences = inputs.slice(p.states);
    const length = sequences[0].dims[0];
    if (sequences.some((s) => s.dims[0] !== length)) c.refuse("its sequences differ in length");
    if (length === 0 && p.outputs > 0) c.refuse("its sequences are empty, so the shapes of its outputs are not known");
    const collected: Tensor[][] = Array.from({ length: p.outputs }, () => []);
    for (let t = 0; t < length; t++) {
      const elements = sequences.map((s, i) => element(s, p.reads[i] === 1 ? length - 1 - t : t));
      const results = c.evaluateBody(p.body, [...states, ...elements]);
      states = results.slice(0, p.states);
      results.slice(p.states).forEach((r, i) => {
        if (p.writes[i] === 1) collected[i].unshift(r);
        else collected[i].push(r);
      });
    }
    return [...states, ...collected.map((steps) => stack(steps, steps[0]))];
  },
  batch(c) {
    const p = plan(c);
    const inputs = c.inputs.map((_, i) => c.input(i));
    // time in front of the rows, as a sequence has it, and back
    const swapped = (v: Value): Value => transpose(v, [1, 0, ...v.shape.slice(2).map((_, i) => i + 2)]);
    const sequences = inputs.slice(p.states).map((x) => (x.batched ? swapped(x.value) : x.value));
    const round = (batched: readonly boolean[], given: readonly Value[], elements: readonly Value[]): BatchInput[] =>
      c.batchBody(
        p.body,
        inputs.map(({ dtype, shape, batched: own }, i) =>
          i < p.states
            ? { dtype, shape, value: given[i], batched: batched[i] }
            : { dtype, shape: shape.slice(1), value: elements[i - p.states], batched: own },
        ),
      );
    const first = (batched: readonly boolean[]): Value[] =>
      inputs.slice(0, p.states).map((x, i) => (batched[i] ? spread(c, x) : x.value));
    // a state differs from row to row if what it starts with does, or what a body that is only tried makes of it
    let batched = inputs.slice(0, p.states).map((x) => x.batched);
    for (let changed = true; changed; ) {
      const trial = c.rows.scope.body("trial");
      const found = round(
        batched,
        first(batched).map((v) => trial.parameter("state", v.dtype, v.shape)),
        sequences.map((v) => trial.parameter("element", v.dtype, v.shape.slice(1))),
      );
      const next = batched.map((b, i) => b || found[i].batched);
      changed = next.some((b, i) => b !== batched[i]);
      batched = next;
    }
    let stacked: boolean[] = [];
    const done = loop(
      first(batched),
      sequences,
      (given, elements) => {
        const results = round(batched, given, elements);
        stacked = results.slice(p.states).map((r) => r.batched);
        return {
          states: results.slice(0, p.states).map((r, i) => (batched[i] ? spread(c, r) : r.value)),
          outputs: results.slice(p.states).map((r) => r.value),
        };
      },
      { inputs: p.reads.map(way), outputs: p.writes.map(way) },
    );
    return [
      ...done.states.map((value, i) => ({ value, batched: batched[i] })),
      ...done.outputs.map((value, i) => ({ value: stacked[i] ? swapped(value) : value, batched: stacked[i] })),
    ];
  },
  javascript(c) {
    const p = plan(c);
    const { code } = c;
    const inputs = c.inputs.map((_, i) => c.input(i));
    const sequences = inputs.slice(p.states);
    const length = sequences[0].dims[0];
    if (length === 0 && p.outputs > 0) c.refuse("its sequences are empty, so the shapes of its outputs are not known");
    const stacked = (p.outputs === 0 ? [] : c.results().slice(p.states)).map(({ dtype, dims }) => ({
      dtype,
      dims,
      array: { name: code.buffer(dtype, sizeOf(dims)), depth: code.here() },
    }));
    const round = (at: Atom, backwards: number | undefined): Atom =>
      backwards === 1 ? { text: `(${length - 1} - ${at.text})`, depth: at.depth } : at;
    const states = code.loop(
      inputs.slice(0, p.states),
      (i) => `${i} < ${length}`,
      (at, carried) => {
        const elements = sequences.map((s, i) => code.part(s, round(at, p.reads[i])));
        const results = c.writeBody(p.body, [...carried, ...elements]);
        stacked.forEach(({ array }, i) => {
          code.setPart(array.name, round(at, p.writes[i]), results[p.states + i]);
        });
        return results.slice(0, p.states);
      },
    );
    return [...states, ...stacked];
  },
  gradient(c) {
    const p = plan(c);
    const inputs = c.inputs.map((_, i) => c.input(i));
    const [initial, sequences] = [inputs.slice(0, p.states), inputs.slice(p.states)];
    const forwards = p.reads.map((d) => (d === 1 ? 1 : 0));
    const history = loop(
      initial,
      sequences,
      (states, elements, body) => ({
        states: body.inline(p.body, [...states, ...elements]).slice(0, p.states),
        outputs: states.map(identity),
      }),
      { inputs: forwards },
    ).outputs;

    const zeros = (like: Value): Value => expandLike(like.scope.constant(scalar(like.dtype, 0)), like);
    const carried = initial.flatMap((s, i) => (isFloat(s.dtype) ? [i] : []));
    const seeded = p.writes.flatMap((_, i) => (c.gradients[p.states + i] === undefined ? [] : [i]));
    const wanted = sequences.flatMap((_, i) => (c.wants(p.states + i) ? [i] : []));
    const backwards = (directions: readonly number[]) => directions.map((d) => (d === 1 ? 0 : 1) as 0 | 1);

    const reverse = loop(
      [...carried.map((i) => c.gradients[i] ?? zeros(initial[i])), ...c.captured.map(zeros)],
      [...history, ...sequences, ...seeded.map((i) => c.gradients[p.states + i]!)],
      (states, elements, body) => {
        const at = elements.slice(0, inputs.length);
        const outputs = body.inline(p.body, at);
        const seeds: (Value | undefined)[] = outputs.map(() => undefined);
        carried.forEach((i, k) => {
          seeds[i] = states[k];
        });
        seeded.forEach((i, k) => {
          seeds[p.states + i] = elements[inputs.length + k];
        });
        const found = c.differentiate(body, outputs, seeds, [...at, ...c.captured]);
        const by = (value: Value, k: number): Value => found[k] ?? zeros(value);
        return {
          states: [
            ...carried.map((i) => by(at[i], i)),
            ...c.captured.map((_, k) => {
              const more = found[inputs.length + k];
              const sum = states[carried.length + k];
              return more === undefined ? sum : add(sum, more);
            }),
          ],
          outputs: wanted.map((i) => by(at[p.states + i], p.states + i)),
        };
      },
      {
        inputs: backwards([...history.map(() => 0), ...p.reads, ...seeded.map((i) => p.writes[i])]),
        outputs: backwards(wanted.map((i) => p.reads[i])),
      },
    );
    c.captured.forEach((value, k) => {
      c.contribute(value, reverse.states[carried.length + k]);
    });
    return inputs.map((_, i) =>
      i < p.states
        ? carried.includes(i)
          ? reverse.states[carried.indexOf(i)]
          : undefined
        : wanted.includes(i - p.states)
          ? reverse.outputs[wanted.indexOf(i - p.states)]
          : undefined,
    );
  },
};
