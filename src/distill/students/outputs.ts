/**
 * What is done about every student's outputs, whichever it is: a residual is added to the port that it starts from, and
 * a range is kept.
 *
 *   obs.<base> ────────────────────┐
 *   obs.* ─► student's own model ─ + ─ range ─► act.*
 */
import { graphBuilder } from "../../onnx/builder.js";
import { add } from "../../onnx/functions.js";
import type { Model } from "../../onnx/ir.js";
import { declared } from "../../onnx/shape.js";
import { fail } from "../../problem/problem.js";
import type { Matrix } from "../../train/matrix.js";
import { clipped, headsOf } from "./heads.js";
import { inputName, outputName } from "./policy.js";
import type { Fitted, Part, PortBlock, Student, StudentOptions, TrainingData } from "./student.js";

/**
 * Outputs of which the named never leave the range of their training rows. Errors: L0907 for no such output.
 *
 * @example
 * const [y] = rangesOf(data.outputs, data.train.y, ["y"]);
 * y.range!.length // 1
 * rangesOf(data.outputs, data.train.y, ["z"]) // throws L0907
 */
export function rangesOf(outputs: readonly PortBlock[], y: Matrix, bounded: readonly string[]): PortBlock[] {
  for (const port of bounded)
    if (!outputs.some((block) => block.port === port))
      fail("L0907", { what: "bounded", port, known: outputs.map((block) => block.port) });
  let column = 0;
  return outputs.map((block) => {
    const from = column;
    column += block.columns.length;
    if (!bounded.includes(block.port)) return block;
    const range = block.columns.map((_, i): readonly [number, number] => {
      let [low, high] = [Infinity, -Infinity];
      for (let r = 0; r < y.rows; r++) {
        const value = y.data[r * y.width + from + i];
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
      return [low, high];
    });
    return { ...block, range };
  });
}

/**
 * Fits a student, to what its base leaves where the data have one. Errors: those of the student.
 *
 * @example
 * const { model } = await fitStudent(ridge, data, { seed: 7, now: () => 0 });
 * model.graph.outputs.map(({ name }) => name) // ["act.y"]
 */
export async function fitStudent(student: Student, data: TrainingData, options: StudentOptions): Promise<Fitted> {
  if (data.base === undefined) return student.fit(data, options);
  const pairs = pairsOf(data, data.base);
  const { base: _, ...rest } = data;
  const fitted = await student.fit(
    {
      ...rest,
      // a difference has no choices, and another range
      outputs: data.outputs.map(({ port, columns }) => ({ port, columns })),
      train: difference(data.train, pairs),
      validation: difference(data.validation, pairs),
    },
    options,
  );
  return { ...fitted, model: summed(fitted.model, data, data.base), details: { ...fitted.details, base: data.base } };
}

/** Columns of x that columns of y start from. */
function pairsOf({ inputs, outputs }: TrainingData, base: NonNullable<TrainingData["base"]>): [y: number, x: number][] {
  const at = (blocks: readonly PortBlock[], port: string): number => {
    let column = 0;
    for (const block of blocks) {
      if (block.port === port) return column;
      column += block.columns.length;
    }
    return fail("L0907", { what: "a base", port, known: blocks.map((block) => block.port) });
  };
  const choice = headsOf(outputs).find((head) => head.kind === "choice");
  return outputs.flatMap((block) => {
    const from = base[block.port];
    if (from === undefined) return [];
    if (choice?.name?.split(":")[0] === block.port)
      fail("L0908", { output: block.port, base: from, reason: "it is a choice" });
    const [y, x] = [at(outputs, block.port), at(inputs, from)];
    return block.columns.map((_, i): [number, number] => [y + i, x + i]);
  });
}

function difference(part: Part, pairs: readonly [number, number][]): Part {
  const y = part.y.data.slice();
  for (let r = 0; r < part.y.rows; r++)
    for (const [to, from] of pairs) y[r * part.y.width + to] -= part.x.data[r * part.x.width + from];
  return { ...part, y: { ...part.y, data: y } };
}

/** a − b, element by element. */
export function differenceOf(a: Matrix, b: Matrix): Matrix {
  return { ...a, data: a.data.map((v, i) => v - b.data[i]) };
}

/** Models of the same ports as one that gives the sum of what they say, the ranges of the outputs kept. */
export function sumOf(
  name: string,
  models: readonly Model[],
  { inputs, outputs }: Pick<TrainingData, "inputs" | "outputs">,
): Model {
  const g = graphBuilder(name);
  const ports = inputs.map((b) => g.input(inputName(b.port), "float32", ["N", b.columns.length]));
  const said = models.map((model, i) => g.include(model.graph, ports, `term${i + 1}/`));
  outputs.forEach((block, o) => {
    g.output(outputName(block.port), clipped(said.map((terms) => terms[o]).reduce(add), [block]));
  });
  return g.model();
}

/** The student's model with the base added and the ranges of the outputs kept. */
function summed(model: Model, { outputs }: TrainingData, base: NonNullable<TrainingData["base"]>): Model {
  const g = graphBuilder(model.graph.name);
  const inputs = model.graph.inputs.map((input) => {
    const { dtype, shape } = declared(input);
    return g.input(input.name, dtype, shape);
  });
  const said = g.include(model.graph, inputs, "residual/");
  model.graph.outputs.forEach(({ name }, i) => {
    const block = outputs.find((b) => outputName(b.port) === name);
    const from = block && base[block.port];
    const start = from === undefined ? undefined : inputs.find((v) => v.name === inputName(from));
    const sum = start === undefined ? said[i] : add(said[i], start);
    g.output(name, block === undefined ? sum : clipped(sum, [block]));
  });
  return g.model(model.metadata);
}
