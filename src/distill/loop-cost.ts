/** What a lowered loop costs by the graph's metrics, as a graph of its own: to be followed, differentiated and held against runs. */
import { messageParts } from "../component/parts.js";
import type { Evaluate } from "../graph/ir.js";
import { formatRef, parseRef } from "../graph/ref.js";
import type { TypedGraph } from "../graph/typed.js";
import { follow, type Outputs } from "../lower/follow.js";
import type { LoopPort, LoweredLoop } from "../lower/loop.js";
import { parseField, selectField } from "../message/field.js";
import type { MessageSchema } from "../message/type.js";
import { graphBuilder } from "../onnx/builder.js";
import { encode } from "../onnx/codec/index.js";
import { add, and, cast, div, mul, reduceMean, reduceSum, round, square, sub, where } from "../onnx/functions.js";
import type { Tensors } from "../onnx/ir.js";
import { scalar, sizeOf } from "../onnx/tensor.js";
import type { Value } from "../onnx/value.js";
import { openSession } from "../session/session.js";
import type { Environment, StepValues } from "../train/environment.js";

/** What the metrics compare, as a run reads it: after every rewrite. */
export const pairsOf = (
  spec: Evaluate,
  { effective }: Pick<TypedGraph, "effective">,
): (readonly [string, string])[] => {
  const behind = (ref: string): string => {
    const { id, port, field } = parseRef(ref)!;
    const authored = formatRef(id, port);
    const { id: last, port: out } = parseRef(effective?.get(authored) ?? authored)!;
    return formatRef(last, out, field);
  };
  return Object.values(spec.metrics).flatMap((metric) =>
    Object.values(metric).map(([measured, against]) => [behind(measured!), behind(against!)] as const),
  );
};

/**
 * Follows a loop for some ticks and says what it costs: the mean over ticks, rows and pairs of the mean of the squared errors,
 * where there is something to compare. Angles are compared the short way round.
 */
export const costOf =
  (loop: LoweredLoop, pairs: readonly (readonly [string, string])[], ticks: number): Environment =>
  (parameters, batch) => {
    const ports = (ref: string): LoopPort => loop.outputs.find((port) => port.ref === ref)!;
    const cost = (output: Outputs): Value => {
      const errors = pairs.map(([measured, against]) => errorOf(loop, output, ports(measured), ports(against)));
      return div(
        errors.reduce((sum, error) => add(sum, error)),
        errors.length,
      );
    };
    const { outputs } = follow(loop, batch, ticks, (output) => [cast(cost(output), "float32")], parameters);
    return { loss: reduceMean(outputs[0]!) };
  };

/** Of every row. */
function errorOf({ fed }: LoweredLoop, output: Outputs, measured: LoopPort, against: LoopPort): Value {
  const wraps = measured.type.wraps === true || against.type.wraps === true;
  const leaves = numbersOf(measured.type);
  const squares = leaves.map(({ path, dims }) => {
    const [a, b] = [measured, against].map(({ name }) => cast(output(partName(name, path)), "float64")) as [
      Value,
      Value,
    ];
    const error = sub(a, b);
    const short = wraps ? sub(error, mul(round(div(error, 2 * Math.PI)), 2 * Math.PI)) : error;
    return dims.length === 0 ? square(short) : reduceSum(square(short), { axes: dims.map((_, i) => i + 1) });
  });
  const count = leaves.reduce((sum, { dims }) => sum + sizeOf(dims), 0);
  const error = div(
    squares.reduce((sum, of) => add(sum, of)),
    count,
  );
  const there = [measured, against].filter((port) => fed.some(({ name }) => name === port.name));
  const known = there.map(({ name }) => output(`${name}.there`));
  return known.length === 0
    ? error
    : where(
        known.reduce((both, one) => and(both, one)),
        error,
        0,
      );
}

export const partName = (name: string, path: string): string => (path === "" ? name : `${name}:${path}`);

/** The parts of a message that a metric compares: texts are not. */
export const numbersOf = (type: MessageSchema) =>
  messageParts(type).leaves.filter(
    ({ path }) => !selectField(type, parseField(path) ?? [])?.enum?.some((choice) => typeof choice === "string"),
  );

/** The cost under these weights, over all rows. */
export async function costAt(environment: Environment, parameters: Tensors, data: Tensors): Promise<number> {
  const g = graphBuilder("cost");
  const weights = Object.entries(parameters).map(([name, t]) => [name, g.initializer(name, t)] as const);
  const batch = Object.entries(data).map(([name, { dtype, dims }]) => [name, g.input(name, dtype, dims)] as const);
  const step: StepValues = {
    training: false,
    number: g.constant(scalar("float32", 1)),
    rate: g.constant(scalar("float32", 0)),
    dropout: (x) => x,
    set: () => {},
  };
  const outcome = environment(Object.fromEntries(weights), Object.fromEntries(batch), step);
  g.output("loss", "loss" in outcome ? outcome.loss : outcome);
  const session = await openSession(encode(g.model()));
  const read = new Set(session.inputs.map(({ name }) => name));
  const { loss } = await session.run(Object.fromEntries(Object.entries(data).filter(([name]) => read.has(name))));
  await session.close();
  return Number(loss!.data[0]);
}
