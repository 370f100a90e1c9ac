/**
 * The last rows beside each other, newest first, for students that look back: the same for the rows of a dataset and,
 * as a state of the policy, where the model runs. Before an episode's first row stands that row again.
 */
import { graphBuilder } from "../../onnx/builder.js";
import { concat, slice, unsqueeze, where } from "../../onnx/functions.js";
import type { Model } from "../../onnx/ir.js";
import { declared } from "../../onnx/shape.js";
import type { Value } from "../../onnx/value.js";
import type { Matrix } from "../../train/matrix.js";
import { inputName } from "./policy.js";
import type { Part, PortBlock, Stretch, TrainingData } from "./student.js";

/** The one input of a model that sees `taps` rows at once. */
const WINDOW = "window";

/**
 * The data as a student sees them that is shown the last `taps` rows.
 *
 * @example
 * const { train, inputs } = tapped(data, 3);
 * inputs.map(({ port, columns }) => [port, columns.length]) // [["window", 3]]
 * train.x.width // 3
 */
export function tapped(data: TrainingData, taps: number): TrainingData {
  const columns = data.inputs.flatMap((b) => b.columns);
  const window: PortBlock = {
    port: WINDOW,
    columns: Array.from({ length: taps }, (_, t) => columns.map((c) => ({ ...c, name: `${c.name}@-${t}` }))).flat(),
  };
  return {
    ...data,
    inputs: [window],
    train: tappedPart(data.train, taps),
    validation: tappedPart(data.validation, taps),
  };
}

function tappedPart(part: Part, taps: number): Part {
  const { rows, width } = part.x;
  const x = { rows, width: width * taps, data: new Float32Array(rows * width * taps) };
  const stretches = (part.stretches ?? [{ from: 0, to: rows }]).map(({ from, to, lead }): Stretch => {
    const before = lead?.rows ?? 0;
    const row = (at: number): Float32Array => {
      const [m, r]: [Matrix, number] = at < before ? [lead!, at] : [part.x, from + at - before];
      return m.data.subarray(r * width, (r + 1) * width);
    };
    const write = (to: Matrix, r: number, at: number): void => {
      for (let t = 0; t < taps; t++) to.data.set(row(Math.max(0, at - t)), r * to.width + t * width);
    };
    for (let r = from; r < to; r++) write(x, r, before + r - from);
    if (lead === undefined) return { from, to };
    const own = { rows: before, width: width * taps, data: new Float32Array(before * width * taps) };
    for (let r = 0; r < before; r++) write(own, r, r);
    return { from, to, lead: own };
  });
  return { ...part, x, stretches };
}

/** The model of a student that was fitted on tapped data, as one that remembers the rows itself. */
export function remembering(model: Model, { inputs }: Pick<TrainingData, "inputs">, taps: number): Model {
  const g = graphBuilder(model.graph.name);
  const ports = inputs.map((b) => g.input(inputName(b.port), "float32", ["N", b.columns.length]));
  const row = ports.length === 1 ? ports[0] : concat(ports, 1);
  const width = inputs.reduce((n, b) => n + b.columns.length, 0);
  const rest = new Map<string, Value>();
  for (const input of model.graph.inputs) {
    if (input.name === inputName(WINDOW)) continue;
    const { dtype, shape } = declared(input);
    rest.set(input.name, g.input(input.name, dtype, shape));
  }
  const carried = g.input("state_in.window", "float32", ["N", width * (taps - 1)]);
  const reset = rest.get("reset") ?? g.input("reset", "bool", ["N"]);
  const first = concat(new Array<Value>(taps - 1).fill(row), 1);
  const before = where(unsqueeze(reset, [1]), first, carried);
  const window = concat([row, before], 1);
  const said = g.include(
    model.graph,
    model.graph.inputs.map(({ name }) => (name === inputName(WINDOW) ? window : rest.get(name)!)),
    "of-window/",
  );
  model.graph.outputs.forEach(({ name }, i) => {
    g.output(name, said[i]);
  });
  g.output("state_out.window", slice(window, [0], [width * (taps - 1)], [1]));
  return g.model(model.metadata);
}
