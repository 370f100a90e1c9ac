/**
 * Runs a program on messages: JavaScript generated from its graph, from the fields of the inputs to those of the outputs.
 *
 *   const p1 = inputs["joint"]; … const v4 = Math.sin(v2); … return { outputs: { "torque": v9 }, state: [v7, v8] };
 *
 * Names of ports and fields enter the code as string literals, and nothing else that a user wrote does. The state is
 * numbers in one list, and a typed array for each large one: data that is never changed, only made anew.
 */
import type { MessageSchema } from "../../message/type.js";
import type { ValueInfo } from "../../onnx/ir.js";
import { SMALL } from "../../onnx/javascript/code.js";
import {
  arrayText,
  assemble,
  type Calling,
  type Code,
  generate,
  type Operand,
  typeOf,
} from "../../onnx/javascript/compile.js";
import { allocate, isBig, numbers, sizeOf } from "../../onnx/tensor.js";
import { fail } from "../../problem/problem.js";
import type { Stepper } from "../component.js";
import { type Layout, layoutOf } from "./leaves.js";
import type { TensorProgram, TracedPorts } from "./trace.js";

/** What the engine calls, and the state before the first firing. */
export interface Executable {
  readonly run: Stepper["run"];
  readonly initial: unknown;
}

const ARGUMENTS = ["inputs", "state", "ctx"];

/** A program as a function of messages. */
export function executable(program: TensorProgram, ports: TracedPorts): Executable {
  const state = stateOf(program);
  const reads = new Map<string, (code: Code, input: ValueInfo) => Operand>();
  for (const [port, { type, optional }] of Object.entries(ports.inputs)) {
    const message = (code: Code): string => named(code, `inputs[${JSON.stringify(port)}]`);
    const size = Object.hasOwn(program.lists, port) ? program.lists[port] : undefined;
    if (size !== undefined) readList(layoutOf("in", port, type), message, size, reads);
    else if (isTyped(type)) readLeaves(layoutOf("in", port, type), message, optional === true, reads);
    reads.set(`count.${port}`, (code, input) => scalar(code, input, `${message(code)}.length`));
    reads.set(`has.${port}`, (code, input) => scalar(code, input, `${message(code)} !== undefined`));
    reads.set(`fresh.${port}`, (code, input) => scalar(code, input, `ctx.fresh(${JSON.stringify(port)})`));
    reads.set(`age.${port}`, (code, input) => scalar(code, input, `ctx.age(${JSON.stringify(port)})`));
  }
  reads.set("dt", (code, input) => scalar(code, input, "ctx.dt"));
  reads.set("time", (code, input) => scalar(code, input, "ctx.time"));
  for (const { name, read } of state.parts) reads.set(`state.${name}`, read);

  const at = new Map(program.graph.outputs.map(({ name }, i) => [name, i]));
  const calling: Calling = {
    arguments: ARGUMENTS,
    input: (code, input) => reads.get(input.name)!(code, input),
    result(code, outputs) {
      const of = (name: string): Operand => outputs[at.get(name)!]!;
      const spoken = Object.entries(ports.outputs).flatMap(([port, { type }]) => {
        if (!program.outputs.some((leaf) => leaf.port === port)) return [];
        const text = messageText(code, layoutOf("out", port, type), of);
        const valid = program.silent.includes(port) ? code.element(of(`valid.${port}`), 0).text : "true";
        return [`${key(port)}: ${valid === "true" ? text : `${valid} ? ${text} : undefined`}`];
      });
      const next = state.parts.length === 0 ? "" : `, state: ${state.write(code, of)}`;
      return `return { outputs: { ${spoken.join(", ")} }${next} };`;
    },
  };
  return { run: assemble(generate(program.graph, calling), ARGUMENTS), initial: state.initial };
}

const isTyped = ({ type, enum: choices, tensor }: MessageSchema): boolean =>
  type !== undefined || choices !== undefined || tensor !== undefined;

/** A key of an object that is written out; `__proto__` would be something else. */
const key = (name: string): string => (name === "__proto__" ? `["__proto__"]` : JSON.stringify(name));

/** An expression of the caller's, by a name; the same for the same text. */
function named(code: Code, text: string): string {
  return code.atom(text, []).text;
}

/** A scalar input by the text that reads it. */
function scalar(code: Code, input: ValueInfo, text: string): Operand {
  const { dtype, dims } = typeOf(input);
  return code.ofAtoms(dtype, dims, [code.atom(text, [])]);
}

/** How each leaf of a message is read; fields of one that is absent are zeros. */
function readLeaves(
  layout: Layout,
  place: (code: Code) => string,
  optional: boolean,
  reads: Map<string, (code: Code, input: ValueInfo) => Operand>,
): void {
  const inside = (step: string) => (code: Code) => {
    const outer = place(code);
    return named(code, optional ? `${outer} === undefined ? undefined : ${outer}[${step}]` : `${outer}[${step}]`);
  };
  if (layout.kind === "object") {
    for (const [name, field] of layout.fields) readLeaves(field, inside(JSON.stringify(name)), optional, reads);
    return;
  }
  if (layout.kind === "list") {
    layout.items.forEach((item, i) => {
      readLeaves(item, inside(String(i)), optional, reads);
    });
    return;
  }
  const { name, dtype, dims } = layout.leaf;
  const otherwise = (code: Code, text: string, zero: string): string =>
    optional ? `${place(code)} === undefined ? ${zero} : ${text}` : text;
  if (layout.kind === "tensor") {
    const zeros = allocate(dtype, sizeOf(dims));
    reads.set(name, (code) => {
      const array = optional ? named(code, otherwise(code, place(code), code.bind(zeros))) : place(code);
      return code.ofArray(dtype, dims, array, 0);
    });
    return;
  }
  if (layout.kind === "choice") {
    const index = indexIn(layout.choices, name);
    reads.set(name, (code, input) =>
      scalar(code, input, otherwise(code, `${code.bind(index, "f")}(${place(code)})`, "0")),
    );
    return;
  }
  reads.set(name, (code, input) =>
    optional
      ? scalar(code, input, otherwise(code, place(code), layout.kind === "boolean" ? "false" : "0"))
      : code.ofAtoms(dtype, dims, [{ text: place(code), depth: 0 }]),
  );
}

/** How each leaf of a list of messages is read: those that there are, and zeros behind them. */
function readList(
  layout: Layout,
  list: (code: Code) => string,
  size: number,
  reads: Map<string, (code: Code, input: ValueInfo) => Operand>,
  // biome-ignore lint/suspicious/noExplicitAny: typed by the port's schema
  part: (message: any) => any = (message) => message,
): void {
  if (layout.kind === "object") {
    for (const [name, field] of layout.fields) readList(field, list, size, reads, (message) => part(message)[name]);
    return;
  }
  if (layout.kind === "list") {
    layout.items.forEach((item, i) => {
      readList(item, list, size, reads, (message) => part(message)[i]);
    });
    return;
  }
  const { name, dtype, dims } = layout.leaf;
  const width = sizeOf(dims);
  const place = layout.kind === "choice" ? indexIn(layout.choices, name) : Number;
  const collect = (messages: readonly unknown[]) => {
    const data = isBig(dtype) ? new Float64Array(size * width) : allocate(dtype, size * width);
    messages.forEach((message, k) => {
      if (layout.kind === "tensor") (data as Float64Array).set(part(message), k * width);
      else data[k] = place(part(message));
    });
    return data;
  };
  reads.set(name, (code) =>
    code.ofArray(dtype, [size, ...dims], named(code, `${code.bind(collect, "f")}(${list(code)})`), 0),
  );
}

const indexIn = (choices: readonly string[], port: string) => {
  const places = new Map(choices.map((choice, i) => [choice, i]));
  return (choice: string): number =>
    places.get(choice) ??
    fail("L0835", { what: `choice of \`${port}\``, name: String(choice), known: choices, nearest: undefined });
};
const choiceAt =
  (choices: readonly string[], port: string) =>
  (index: number): string =>
    choices[index] ??
    fail("L0835", { what: `choice of \`${port}\``, name: String(index), known: choices, nearest: undefined });

/** A message as an expression. */
function messageText(code: Code, layout: Layout, of: (name: string) => Operand): string {
  if (layout.kind === "object")
    return `{ ${layout.fields.map(([name, field]) => `${key(name)}: ${messageText(code, field, of)}`).join(", ")} }`;
  if (layout.kind === "list") return `[${layout.items.map((item) => messageText(code, item, of)).join(", ")}]`;
  const value = of(layout.leaf.name);
  if (layout.kind === "tensor") return arrayOut(code, value);
  const { text } = code.element(value, 0);
  if (layout.kind === "choice") return `${code.bind(choiceAt(layout.choices, layout.leaf.name), "f")}(${text})`;
  // an integer has one zero
  return layout.kind === "integer" ? `${text} + 0` : text;
}

function arrayOut(code: Code, value: Operand): string {
  if (value.atoms !== undefined) return arrayText(code, value);
  const { name } = code.arrayOf(value);
  code.escape(name);
  return name;
}

interface StatePart {
  readonly name: string;
  read(code: Code, input: ValueInfo): Operand;
}

interface StateLayout {
  readonly initial: unknown;
  readonly parts: readonly StatePart[];
  write(code: Code, of: (name: string) => Operand): string;
}

/** The state before the first firing, as `run` takes it. */
export const initialOf = (state: TensorProgram["state"]): unknown => stateOf({ state }).initial;

/** Where each state lies: numbers of small ones in one list, large ones as arrays behind it. */
function stateOf({ state }: Pick<TensorProgram, "state">): StateLayout {
  const small = state.filter(({ dims }) => sizeOf(dims) <= SMALL);
  const large = state.filter(({ dims }) => sizeOf(dims) > SMALL);
  // a list made of a fraction holds numbers of any kind from the start
  const list = [0.5];
  list.pop();
  const starts = new Map<string, number>();
  for (const { name, initial } of small) {
    starts.set(name, list.length);
    for (const x of numbers(initial)) list.push(x);
  }
  const numbersAt = large.length === 0 ? "state" : "state[0]";
  const parts = state.map(({ name, dtype, dims }): StatePart => {
    const start = starts.get(name);
    if (start === undefined) {
      const place = `state[${1 + large.findIndex((s) => s.name === name)}]`;
      return { name, read: (code) => code.ofArray(dtype, dims, named(code, place), 0) };
    }
    const numberAt = (i: number) => `${numbersAt}[${start + i}]${dtype === "bool" ? " !== 0" : ""}`;
    return {
      name,
      read: (code) =>
        code.ofAtoms(
          dtype,
          dims,
          Array.from({ length: sizeOf(dims) }, (_, i) => code.atom(numberAt(i), [])),
        ),
    };
  });
  return {
    parts,
    initial:
      large.length === 0
        ? list
        : [
            list,
            ...large.map(({ initial }) => (isBig(initial.dtype) ? Float64Array.from(numbers(initial)) : initial.data)),
          ],
    write(code, of) {
      const elements = small.flatMap(({ name, dtype, dims }) =>
        Array.from({ length: sizeOf(dims) }, (_, i) => code.asNumber(code.element(of(`next.${name}`), i), dtype)),
      );
      const text = `[${elements.join(", ")}]`;
      return large.length === 0
        ? text
        : `[${[text, ...large.map(({ name }) => arrayOut(code, of(`next.${name}`)))].join(", ")}]`;
    },
  };
}
