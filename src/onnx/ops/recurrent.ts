/**
 * What RNN, GRU and LSTM share: inputs and outputs, directions, initial states, lengths of sequences, layout, and the
 * walk along time. What one step does is the cell's, once in numbers and once in ops; the gradient unrolls the second
 * as a `Scan` and differentiates that (back-propagation through time).
 */
import { scan } from "../control.js";
import { mayEqual, showShape } from "../dims.js";
import {
  add,
  concat,
  expand,
  gather,
  less,
  matmul,
  op,
  reshape,
  shapeOf,
  slice,
  squeeze,
  transpose,
  unsqueeze,
  where,
} from "../functions.js";
import type { AttributeType, Dim, Shape, Tensor } from "../ir.js";
import { allocate, int64s, readable, scalar, sizeOf, writer } from "../tensor.js";
import type { Value } from "../value.js";
import { type Activation, activationsOf } from "./activations.js";
import { rowDims, spread } from "./batching.js";
import { composed } from "./composed.js";
import { type BatchContext, type GradientContext, type InferContext, info, type NodeContext, type Op } from "./op.js";

/** One step of one row in numbers: what each gate is given, and the states before; unit by unit. */
export interface Step {
  readonly hidden: number;
  /** Input and its bias of a gate's unit: W·x + Wb. */
  input(gate: number, unit: number): number;
  /** What comes back of a vector for a gate's unit: R·h. */
  back(gate: number, unit: number, h: ArrayLike<number>): number;
  /** Its bias: Rb. */
  bias(gate: number, unit: number): number;
  /** Peephole of a gate's unit, 0 without. */
  peephole(gate: number, unit: number): number;
  readonly activations: readonly Activation[];
}

/** The same in ops, on [N, hidden] a gate. */
export interface WrittenStep {
  input(gate: number): Value;
  back(gate: number, h: Value): Value;
  bias(gate: number): Value | undefined;
  peephole(gate: number): Value | undefined;
  readonly activations: readonly Activation[];
}

export interface Cell {
  readonly name: string;
  /** Blocks of `hidden_size` rows in the weights. */
  readonly gates: number;
  /** States that are carried; the first is the output. */
  readonly states: 1 | 2;
  /** Activations of one direction. */
  readonly activations: readonly string[];
  readonly attributes: { readonly [name: string]: AttributeType };
  step(c: NodeContext, step: Step, states: readonly Float64Array[]): readonly Float64Array[];
  write(c: NodeContext, step: WrittenStep, states: readonly Value[]): Value[];
}

/** Where an input stands in the lists of inputs. */
const INPUTS = { x: 0, w: 1, r: 2, b: 3, lengths: 4, initial: 5, peepholes: 7 } as const;
const DIRECTIONS: { readonly [name: string]: readonly boolean[] } = {
  forward: [false],
  reverse: [true],
  bidirectional: [false, true],
};

type Shapes = NodeContext & { readonly inputs: readonly (unknown | undefined)[] };

function plan(c: Shapes, { gates, states, activations }: Cell, shapes: readonly (Shape | undefined)[]) {
  const direction = c.text("direction") ?? "forward";
  const backwards = Object.hasOwn(DIRECTIONS, direction)
    ? DIRECTIONS[direction]
    : c.refuse(`its direction ${direction} is not known`);
  const directions = backwards.length;
  const batchFirst = c.int("layout", 0) !== 0;
  const [x, w, r, b, lengths] = shapes;
  if (x?.length !== 3 || r?.length !== 3) return c.refuse(`it takes three axes, not ${showShape(x ?? [])}`);
  const hidden = r[2];
  if (typeof hidden !== "number") return c.refuse("its hidden size is not known");
  if ((c.int("hidden_size") ?? hidden) !== hidden) c.refuse(`hidden_size is not that of weights ${showShape(r)}`);
  const [steps, batch] = batchFirst ? [x[1], x[0]] : [x[0], x[1]];
  const perState: Shape = batchFirst ? [batch, directions, hidden] : [directions, batch, hidden];
  const expected: readonly (readonly [string, Shape | undefined, Shape])[] = [
    ["W", w, [directions, gates * hidden, x[2]]],
    ["R", r, [directions, gates * hidden, hidden]],
    ["B", b, [directions, 2 * gates * hidden]],
    ["sequence_lens", lengths, [batch]],
    ...Array.from(
      { length: states },
      (_, i) => [i === 0 ? "initial_h" : "initial_c", shapes[INPUTS.initial + i], perState] as const,
    ),
    ["P", shapes[INPUTS.peepholes], [directions, 3 * hidden]],
  ];
  for (const [name, given, wanted] of expected)
    if (given && (given.length !== wanted.length || !given.every((d, i) => mayEqual(d, wanted[i]))))
      c.refuse(`${name} is of shape ${showShape(given)}, not ${showShape(wanted)}`);
  const found = activationsOf(
    c,
    backwards.flatMap(() => activations),
  );
  return {
    hidden,
    steps,
    batch,
    batchFirst,
    perState,
    output: (batchFirst ? [batch, steps, directions, hidden] : [steps, directions, batch, hidden]) as Dim[],
    directions: backwards.map((reverse, d) => ({
      reverse,
      activations: found.slice(d * activations.length, (d + 1) * activations.length),
    })),
  };
}

export const recurrent = (cell: Cell): Op => ({
  name: cell.name,
  inputs: [3, cell.name === "LSTM" ? 8 : 6],
  outputs: [0, 1 + cell.states],
  attributes: {
    activation_alpha: "floats",
    activation_beta: "floats",
    activations: "strings",
    clip: "float",
    direction: "string",
    hidden_size: "int",
    layout: "int",
    ...cell.attributes,
  },
  infer(c) {
    const { dtype } = c.input(0);
    checkDtypes(c);
    const p = plan(
      c,
      cell,
      c.inputs.map((i) => i?.shape),
    );
    const state = info(dtype, p.perState);
    return [info(dtype, p.output), state, state].slice(0, c.node.outputs.length);
  },
  batch: (c) => batchedSequences(c, cell.states),
  evaluate(c) {
    const p = plan(
      c,
      cell,
      c.inputs.map((i) => i?.dims),
    );
    return run(c, cell, p).slice(0, c.node.outputs.length);
  },
  gradient: composed((c, inputs) => written(c, cell, inputs)),
});

/** More sequences at once: rows are laid into the axis of sequences, and taken out of it again. */
function batchedSequences(c: BatchContext, states: number): Value[] {
  const batchFirst = c.int("layout", 0) !== 0;
  const merged = c.inputs.map((x, i) => {
    if (x === undefined) return undefined;
    const isSequence = i === INPUTS.x || i === INPUTS.lengths || (i >= INPUTS.initial && i < INPUTS.initial + states);
    if (!isSequence) return x.batched ? c.fail(`its weights (input ${i + 1}) differ from row to row`) : x.value;
    const at = i === INPUTS.lengths || batchFirst ? 0 : 1;
    const dims = rowDims(c, x);
    const order = dims.map((_, axis) => axis + 1);
    const moved = transpose(spread(c, x), order.toSpliced(at, 0, 0));
    return reshape(moved, [...dims.slice(0, at), -1, ...dims.slice(at + 1)]);
  });
  return c.emit(merged).map((y, i) => {
    const dims = rowDims(c, c.results[i]!);
    const at = batchFirst ? 0 : i === 0 ? 2 : 1;
    const apart = reshape(y, dims.toSpliced(at, 0, -1));
    const rest = Array.from({ length: dims.length + 1 }, (_, axis) => axis).filter((axis) => axis !== at);
    return transpose(apart, [at, ...rest]);
  });
}

function checkDtypes(c: InferContext): void {
  const { dtype } = c.input(0);
  if (dtype !== "float32" && dtype !== "float64") c.refuse(`it takes float values, not ${dtype}`);
  c.inputs.forEach((input, i) => {
    const wanted = i === INPUTS.lengths ? "int32" : dtype;
    if (input !== undefined && input.dtype !== wanted) c.refuse(`input ${i + 1} must be ${wanted}, not ${input.dtype}`);
  });
}

function run(
  c: NodeContext & { readonly inputs: readonly (Tensor | undefined)[] },
  cell: Cell,
  p: ReturnType<typeof plan>,
) {
  const x = c.inputs[INPUTS.x]!;
  const read = (i: number) => c.inputs[i] && readable(c.inputs[i]);
  const [xs, w, r, b] = [read(INPUTS.x)!, read(INPUTS.w)!, read(INPUTS.r)!, read(INPUTS.b)];
  const [lengths, peepholes] = [read(INPUTS.lengths), read(INPUTS.peepholes)];
  const [steps, batch, hidden, width] = [p.steps as number, p.batch as number, p.hidden, x.dims[2]];
  const [rows, count] = [cell.gates * hidden, p.directions.length];
  const shapes = [p.output, ...Array.from({ length: cell.states }, () => p.perState)] as number[][];
  const outputs = shapes.map((dims) => ({ dtype: x.dtype, dims, data: allocate(x.dtype, sizeOf(dims)) }));
  const writes = outputs.map(({ dtype, data }) => writer(dtype, data));
  const stateAt = (d: number, n: number): number => (p.batchFirst ? n * count + d : d * batch + n) * hidden;
  p.directions.forEach(({ reverse, activations }, d) => {
    for (let n = 0; n < batch; n++) {
      let states: readonly Float64Array[] = Array.from({ length: cell.states }, (_, s) => {
        const initial = read(INPUTS.initial + s);
        return Float64Array.from({ length: hidden }, (_, j) => initial?.[stateAt(d, n) + j] ?? 0);
      });
      const length = lengths?.[n] ?? steps;
      for (let i = 0; i < steps; i++) {
        const t = reverse ? steps - 1 - i : i;
        if (t >= length) continue;
        const from = (p.batchFirst ? n * steps + t : t * batch + n) * width;
        const gate = (g: number, j: number): number => d * rows + g * hidden + j;
        states = cell.step(
          c,
          {
            hidden,
            activations,
            input(g, j) {
              let sum = b?.[d * 2 * rows + g * hidden + j] ?? 0;
              for (let k = 0; k < width; k++) sum += xs[from + k] * w[gate(g, j) * width + k];
              return sum;
            },
            back(g, j, h) {
              let sum = 0;
              for (let k = 0; k < hidden; k++) sum += h[k] * r[gate(g, j) * hidden + k];
              return sum;
            },
            bias: (g, j) => b?.[(d * 2 + 1) * rows + g * hidden + j] ?? 0,
            peephole: (g, j) => peepholes?.[(d * 3 + g) * hidden + j] ?? 0,
          },
          states,
        );
        const to = (p.batchFirst ? (n * steps + t) * count + d : (t * count + d) * batch + n) * hidden;
        states[0].forEach((v, j) => {
          writes[0](to + j, v);
        });
      }
      states.forEach((state, s) => {
        state.forEach((v, j) => {
          writes[1 + s](stateAt(d, n) + j, v);
        });
      });
    }
  });
  return outputs;
}

function written(c: GradientContext, cell: Cell, inputs: readonly (Value | undefined)[]): Value[] {
  const p = plan(
    c,
    cell,
    inputs.map((i) => i?.shape),
  );
  const { hidden, batchFirst } = p;
  const swap = (v: Value): Value => (batchFirst ? transpose(v, [1, 0, 2]) : v);
  const x = swap(inputs[INPUTS.x]!);
  const [w, r, b, lengths] = inputs.slice(1, 5);
  const rows = cell.gates * hidden;
  const ofDirection = (v: Value, d: number): Value =>
    v.shape[0] === 1 ? squeeze(v, [0]) : squeeze(slice(v, [d], [d + 1], [0]), [0]);
  const cut = (v: Value, block: number, axis: number): Value =>
    slice(v, [block * hidden], [(block + 1) * hidden], [axis]);
  const ints = (values: readonly number[]): Value => x.scope.constant(int64s(values));
  const size = (axis: number): Value => gather(shapeOf(x), ints([axis]));
  const zeros = (): Value => expand(x.scope.constant(scalar(x.dtype, 0)), concat([size(1), ints([hidden])], 0));
  const times =
    lengths &&
    op(
      "Range",
      [0, size(0), 1].map((v) => (typeof v === "number" ? x.scope.constant(scalar("int64", v)) : squeeze(v, [0]))),
    );

  const walks = p.directions.map(({ reverse, activations }, d) => {
    const biases = b && ofDirection(b, d);
    const fromInput = matmul(x, transpose(ofDirection(w!, d)));
    const given = biases ? add(fromInput, slice(biases, [0], [rows], [0])) : fromInput;
    const backs = ofDirection(r!, d);
    const returning = Array.from({ length: cell.gates }, (_, g) => transpose(cut(backs, g, 0)));
    const bias = Array.from({ length: cell.gates }, (_, g) => biases && cut(biases, cell.gates + g, 0));
    const seen = inputs[INPUTS.peepholes];
    const peepholes = seen && ofDirection(seen, d);
    const peep = [0, 1, 2].map((g) => peepholes && cut(peepholes, g, 0));
    const initial = Array.from({ length: cell.states }, (_, s) => {
      const states = inputs[INPUTS.initial + s];
      return states ? ofDirection(swap(states), d) : zeros();
    });
    const way = reverse ? 1 : 0;
    return scan(
      initial,
      times ? [given, times] : [given],
      (states, [now, time]) => {
        const next = cell.write(
          c,
          {
            activations,
            input: (g) => cut(now, g, 1),
            back: (g, h) => matmul(h, returning[g]),
            bias: (g) => bias[g],
            peephole: (g) => peep[g],
          },
          states,
        );
        if (lengths === undefined) return { states: next, outputs: [next[0]] };
        const lasts = reshape(less(time!, op("Cast", [lengths], { to: 7 })), [-1, 1]);
        return {
          states: next.map((v, s) => where(lasts, v, states[s])),
          outputs: [where(lasts, next[0], 0)],
        };
      },
      { inputs: times ? [way, way] : [way], outputs: [way] },
    );
  });
  const joined = (parts: readonly Value[], axis: number): Value =>
    parts.length === 1
      ? unsqueeze(parts[0], [axis])
      : concat(
          parts.map((v) => unsqueeze(v, [axis])),
          axis,
        );
  const y = joined(
    walks.map((o) => o.outputs[0]),
    1,
  );
  return [
    batchFirst ? transpose(y, [2, 0, 1, 3]) : y,
    ...Array.from({ length: cell.states }, (_, s) =>
      swap(
        joined(
          walks.map((o) => o.states[s]),
          0,
        ),
      ),
    ),
  ];
}

/** A sum in which some terms may be missing. */
export const total = (first: Value, ...more: readonly (Value | undefined)[]): Value =>
  more.reduce<Value>((sum, v) => (v === undefined ? sum : add(sum, v)), first);
