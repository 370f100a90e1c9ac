/**
 * A policy as a node: an ONNX graph that remembers, called as the nodes that it was lowered from fire.
 *
 *     messages ─► obs.<port>[:part], .fresh, .age ─► policy ─► act.<port>[:part], .valid, .age ─► messages
 *                                      state_in.* ◄─────────── state_out.*
 *
 * It has no logic of its own: what a policy needs to be told is what its file takes.
 */
import type { Message, MessageSchema } from "../message/type.js";
import type { Tensor, TensorData } from "../onnx/ir.js";
import { scalar } from "../onnx/tensor.js";
import { fail } from "../problem/problem.js";
import type { Context, Inputs, Instance, PolicySession, Setup } from "./component.js";
import { STAMPS } from "./component.js";
import { messageParts } from "./parts.js";

/** When a policy is called: at every tick of a clock, at every message of these ports, or both. */
export interface PolicyCall {
  /** 10⁹ / rate; tick k is at phase + round(k · period). */
  readonly period_ns?: number;
  readonly phase_ns?: number;
  readonly on?: readonly string[];
}

export interface PolicySpec {
  readonly call: PolicyCall;
  /** Outputs whose messages are of the time of the call, whatever made it. */
  readonly now?: readonly string[];
}

type Ports = { readonly [port: string]: MessageSchema };

/** One row of a tensor. */
const row = ({ dtype, dims, data }: Tensor): Tensor => ({ dtype, dims: [1, ...dims], data });
const flag = (value: boolean): Tensor => row(scalar("bool", value ? 1 : 0));
const seconds = (value: number): Tensor => row(scalar("float64", value));

/** The instance of a node. @throws LimbeckError L0870 for a file that takes or gives something else */
export async function policyInstance(
  model: string,
  { call, now = [] }: PolicySpec,
  ports: { readonly inputs: Ports; readonly outputs: Ports },
  { services, kinds }: Setup,
  sha256: string | undefined,
): Promise<Instance> {
  const session = await services.models.policy(model, sha256);
  const feeders = session.inputs.map((name) => [name, feeder(model, name, ports.inputs, kinds)] as const);
  const speakers = Object.entries(ports.outputs).map(([port, type]) =>
    speaker(model, port, type, session.outputs, now),
  );
  return {
    ...(call.period_ns === undefined || call.on === undefined
      ? {}
      : { clock: { period_ns: call.period_ns, phase_ns: call.phase_ns ?? 0 } }),
    async fire(values, ctx) {
      const feeds: { [name: string]: Tensor } = {};
      for (const [name, feed] of feeders) feeds[name] = feed(values, ctx);
      const said = await session.step(feeds);
      const outputs: { [port: string]: Message | undefined } = {};
      const stamps: { [port: string]: number | undefined } = {};
      for (const speak of speakers) speak(said, ctx.time_ns, outputs, stamps);
      return Object.assign(outputs, { [STAMPS]: stamps });
    },
    snapshot: () => session.snapshot(),
    restore: (state) => session.restore(state as ReturnType<PolicySession["snapshot"]>),
    close: () => session.close(),
  };
}

type Feed = (values: Inputs, ctx: Context) => Tensor;

function feeder(model: string, name: string, types: Ports, kinds: Setup["kinds"]): Feed {
  if (name === "dt") return (_, ctx) => seconds(ctx.dt);
  if (name === "time") return (_, ctx) => seconds(ctx.time);
  const [, port = "", what, path = ""] = /^obs\.([^.:]+)(?:\.(fresh|age)|:(.*))?$/s.exec(name) ?? [];
  const type = Object.hasOwn(types, port) ? types[port] : undefined;
  if (type === undefined) return fail("L0870", { file: model, reason: `it takes \`${name}\`, which is no port of it` });
  if (what === "age") return (_, ctx) => seconds(ctx.age(port));
  if (what === "fresh")
    return kinds[port] === "event" ? (values) => flag(values[port] !== undefined) : (_, ctx) => flag(ctx.fresh(port));
  const parts = messageParts(type, port);
  const part = parts.leaves.findIndex((leaf) => leaf.path === path);
  if (part < 0) return fail("L0870", { file: model, reason: `it takes \`${name}\`, which its port does not have` });
  const zero = row(parts.zeros()[part]!);
  return (values) => (values[port] === undefined ? zero : row(parts.tensors(values[port])[part]!));
}

function speaker(model: string, port: string, type: MessageSchema, given: readonly string[], now: readonly string[]) {
  const parts = messageParts(type, port);
  const names = parts.leaves.map(({ path }) => (path === "" ? `act.${port}` : `act.${port}:${path}`));
  for (const name of names)
    if (!given.includes(name)) fail("L0870", { file: model, reason: `it does not give \`${name}\`` });
  const has = (name: string) => (given.includes(name) ? name : undefined);
  const valid = has(`act.${port}.valid`);
  const age = has(`act.${port}.age`);
  return (
    said: { readonly [name: string]: Tensor },
    time_ns: number,
    outputs: { [port: string]: Message | undefined },
    stamps: { [port: string]: number | undefined },
  ): void => {
    if (valid !== undefined && said[valid]!.data[0] === 0) return;
    outputs[port] = parts.message(names.map((name): TensorData => said[name]!.data));
    if (age !== undefined) stamps[port] = time_ns - Math.round(Number(said[age]!.data[0]) * 1e9);
    else if (now.includes(port)) stamps[port] = time_ns;
  };
}
