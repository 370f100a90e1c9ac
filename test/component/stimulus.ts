/** Seeded inputs for any component: irregular times, stale and missing values, numbers that are none. */
import type { Component, Context, Inputs, Instance, Outputs, Params, Setup } from "../../src/component/component.js";
import { type Rng, rng } from "../../src/component/rng.js";
import type { TypedTrigger } from "../../src/graph/typed.js";
import { fieldsOf, kindOf } from "../../src/message/kind.js";
import { ARRAYS, tensorType } from "../../src/message/tensor.js";
import type { Json, Message, MessageSchema } from "../../src/message/type.js";
import { memory } from "../support/graphs.js";

export interface Case {
  readonly params?: { readonly [name: string]: Json };
  /** Of the connected inputs; the rest are as the signature has them. */
  readonly types?: { readonly [port: string]: MessageSchema };
  /** Optional inputs that are left unconnected. */
  readonly without?: readonly string[];
  /** A clock, in Hz. */
  readonly rate?: number;
  /** How messages of a port are drawn, where any number will not do. */
  readonly draw?: { readonly [port: string]: (random: Rng) => Message };
  /** Share of messages with a NaN in them. */
  readonly nan?: number;
  /** How far the component may be off its own trace, where both are written: 0 unless told. */
  readonly apart?: number;
  /** Firings; 200 unless told. */
  readonly count?: number;
  /** How far ONNX Runtime may be off, by the size of a value above 1; 1e-12 unless told. */
  readonly precision?: number;
}

export interface Stimulus {
  readonly setup: Setup;
  readonly firings: readonly { readonly inputs: Inputs; readonly ctx: Context }[];
}

/** Firings of a component, the same for the same seed. */
export function stimulusOf(component: Component, c: Case, { count = c.count ?? 200, seed = 1 } = {}): Stimulus {
  const random = rng(seed);
  const first = component.signature((c.params ?? {}) as Params, c.types ?? {});
  const types = Object.fromEntries(
    Object.entries(first.inputs).map(([port, { type }]) => [port, c.types?.[port] ?? type]),
  );
  for (const port of c.without ?? []) delete types[port];
  const signature = component.signature((c.params ?? {}) as Params, types);
  const trigger: TypedTrigger | undefined =
    c.rate === undefined ? undefined : { kind: "clock", period_ns: 1e9 / c.rate, phase_ns: 0 };
  const kinds = Object.fromEntries(Object.entries(signature.inputs).map(([port, { kind }]) => [port, kind]));
  const setup: Setup = {
    node: "node",
    params: signature.params,
    signature,
    inputs: types,
    kinds,
    ...(trigger === undefined ? {} : { trigger }),
    rng: random,
    services: memory(),
    wake: () => {},
  };
  const held: { [port: string]: { message: Message; stamp_ns: number } } = {};
  let last_ns: number | undefined;
  let time_ns = 0;
  const firings = Array.from({ length: count }, (_, k) => {
    if (k > 0) time_ns += c.rate === undefined ? gap(random) : Math.round(1e9 / c.rate);
    const news = new Set<string>();
    for (const [port, { type, optional }] of Object.entries(signature.inputs)) {
      if (types[port] === undefined) continue;
      const absent = held[port] === undefined;
      if (absent ? optional === true && random.uniform() < 0.7 : random.uniform() < 0.3) continue;
      const message = c.draw?.[port]?.(random) ?? messageOf(types[port] ?? type, random);
      const spoilt = random.uniform() < (c.nan ?? 0.03) ? spoil(message) : message;
      held[port] = { message: spoilt, stamp_ns: Math.max(0, time_ns - Math.round(random.uniform() * 1e6)) };
      news.add(port);
    }
    const now_ns = time_ns;
    const stamps = Object.fromEntries(Object.entries(held).map(([port, { stamp_ns }]) => [port, stamp_ns]));
    const ctx: Context = {
      time: now_ns / 1e9,
      time_ns: now_ns,
      microstep: 0,
      dt: last_ns === undefined ? 0 : (now_ns - last_ns) / 1e9,
      fresh: (port) => news.has(port),
      age: (port) => (stamps[port] === undefined ? Number.POSITIVE_INFINITY : (now_ns - stamps[port]) / 1e9),
      stamp: (port) => stamps[port] ?? Number.NaN,
      params: signature.params,
      rng: random,
    };
    last_ns = now_ns;
    return { inputs: Object.fromEntries(Object.entries(held).map(([port, { message }]) => [port, message])), ctx };
  });
  return { setup, firings };
}

/** What a component says to them. */
export function responseTo(component: Component, { setup, firings }: Stimulus): Outputs[] {
  const instance = component.instantiate(setup) as Instance;
  return firings.map(({ inputs, ctx }) => instance.fire!(inputs, ctx) as Outputs);
}

/** Nothing, a moment, a usual time or a long one, in ns. */
const gap = (random: Rng): number =>
  Math.round([0, 1e3, 1e7, 1e7, 3e7, 2e8][Math.floor(random.uniform() * 6)]! * (0.5 + random.uniform()));

/** A message of a type. */
export function messageOf(type: MessageSchema, random: Rng): Message {
  const number = (): number => {
    const {
      minimum = -Infinity,
      maximum = Infinity,
      exclusiveMinimum = -Infinity,
    } = type as { [bound: string]: number } & MessageSchema;
    const drawn = type.wraps === true ? random.between(-Math.PI, Math.PI) : 2 * random.normal();
    return Math.min(maximum, Math.max(minimum, exclusiveMinimum, drawn));
  };
  switch (kindOf(type)) {
    case "number":
      return number();
    case "integer":
      return Math.floor(random.between(0, 5));
    case "boolean":
      return random.uniform() < 0.5;
    case "enum":
      return type.enum![Math.floor(random.uniform() * type.enum!.length)] as Message;
    case "tensor": {
      const { dtype, length } = tensorType(type)!;
      const data = new ARRAYS[dtype](length);
      for (let i = 0; i < length; i++) data[i] = number();
      return data as Message;
    }
    case "object":
      return Object.fromEntries(fieldsOf(type).map(({ name, schema }) => [name, messageOf(schema, random)]));
    case "array":
      return Array.from({ length: type.minItems ?? 0 }, () => messageOf(type.items!, random)) as Message;
    case "string":
      return "text";
  }
}

/** The message with its first floating-point number, or all of a tensor's first elements, not a number. */
function spoil(message: Message): Message {
  if (typeof message === "number") return Number.NaN;
  if (message instanceof Float64Array || message instanceof Float32Array)
    return message.map((x, i) => (i === 0 ? Number.NaN : x)) as Message;
  if (typeof message !== "object" || ArrayBuffer.isView(message) || Array.isArray(message)) return message;
  const [[name, value]] = Object.entries(message as { [field: string]: Message }) as [[string, Message]];
  return { ...(message as object), [name]: spoil(value) } as Message;
}
