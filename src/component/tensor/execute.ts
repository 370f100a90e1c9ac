/** Runs a program on messages: by reference evaluation, which is slow and right. */
import type { Message, TypedArray } from "../../message/type.js";
import { evaluate } from "../../onnx/evaluate.js";
import type { Tensor, TensorData, Tensors } from "../../onnx/ir.js";
import { allocate, numbers, sizeOf, tensor } from "../../onnx/tensor.js";
import type { Context, Inputs, Stepper } from "../component.js";
import { type Layout, layoutOf } from "./leaves.js";
import { programModel, type TensorProgram, type TracedPorts } from "./trace.js";

/** What the engine calls, and the state before the first firing. */
export interface Executable {
  readonly run: Stepper["run"];
  readonly initial: unknown;
}

export function executable(program: TensorProgram, ports: TracedPorts): Executable {
  const { reads, state, silent, outputs } = program;
  const model = programModel(program);
  const inputs = Object.entries(ports.inputs).map(([port, { type }]) => [port, layoutOf("in", port, type)] as const);
  const speaking = Object.entries(ports.outputs).flatMap(([port, { type }]) =>
    outputs.some((leaf) => leaf.port === port) ? [[port, layoutOf("out", port, type)] as const] : [],
  );
  const bool = (value: boolean): Tensor => tensor("bool", [], [value ? 1 : 0]);
  const float = (value: number): Tensor => tensor("float64", [], [value]);
  const run = (messages: Inputs, before: unknown, ctx: Context) => {
    const feeds: { [name: string]: Tensor } = { ...(before as Tensors) };
    for (const [port, layout] of inputs) feed(layout, messages[port], feeds);
    for (const port of reads.has) feeds[`has.${port}`] = bool(messages[port] !== undefined);
    for (const port of reads.fresh) feeds[`fresh.${port}`] = bool(ctx.fresh(port));
    for (const port of reads.age) feeds[`age.${port}`] = float(ctx.age(port));
    if (reads.dt) feeds.dt = float(ctx.dt);
    if (reads.time) feeds.time = float(ctx.time);
    const results = evaluate(model, feeds);
    const spoken: { [port: string]: Message } = {};
    for (const [port, layout] of speaking)
      if (!silent.includes(port) || results[`valid.${port}`]!.data[0] !== 0) spoken[port] = message(layout, results);
    if (state.length === 0) return { outputs: spoken };
    return {
      outputs: spoken,
      state: Object.fromEntries(state.map(({ name }) => [`state.${name}`, results[`next.${name}`]!])),
    };
  };
  return { run, initial: Object.fromEntries(state.map(({ name, initial }) => [`state.${name}`, initial])) };
}

function feed(layout: Layout, given: unknown, feeds: { [name: string]: Tensor }): void {
  if (layout.kind === "object") {
    for (const [name, field] of layout.fields)
      feed(field, (given as { [field: string]: unknown } | undefined)?.[name], feeds);
    return;
  }
  if (layout.kind === "list") {
    layout.items.forEach((item, i) => {
      feed(item, (given as unknown[] | undefined)?.[i], feeds);
    });
    return;
  }
  const { name, dtype, dims } = layout.leaf;
  feeds[name] =
    given === undefined
      ? { dtype, dims, data: allocate(dtype, sizeOf(dims)) }
      : layout.kind === "tensor"
        ? { dtype, dims, data: given as TensorData }
        : tensor(dtype, [], [layout.kind === "choice" ? layout.choices.indexOf(given as string) : Number(given)]);
}

function message(layout: Layout, results: Tensors): Message {
  if (layout.kind === "object")
    return Object.fromEntries(layout.fields.map(([name, field]) => [name, message(field, results)]));
  if (layout.kind === "list") return layout.items.map((item) => message(item, results));
  const result = results[layout.leaf.name]!;
  if (layout.kind === "tensor") return result.data as TypedArray;
  const [value] = numbers(result);
  if (layout.kind === "boolean") return value !== 0;
  if (layout.kind === "choice") return layout.choices[value!]!;
  return value!;
}
