/** A small catalogue for tests of graphs: one component of every shape that the checker tells apart. */
import type { Catalogue, PortSignature, Signature } from "../../src/graph/catalogue.js";
import { builtinTypes } from "../../src/message/builtin.js";
import type { Json, MessageSchema } from "../../src/message/type.js";
import { LimbeckError, problem } from "../../src/problem/problem.js";

type Ports = { readonly [port: string]: PortSignature };
type Inputs = { readonly [port: string]: MessageSchema | undefined };

const type = (name: string): MessageSchema => builtinTypes[name]!;
const signal = (name: string, rest: Partial<PortSignature> = {}): PortSignature => ({
  type: { ...type(name), title: name },
  kind: "signal",
  ...rest,
});
const signature = (inputs: Ports, outputs: Ports, rest: Partial<Signature> = {}): Signature => ({
  inputs,
  outputs,
  params: {},
  source: false,
  place: "anywhere",
  pure: true,
  stateful: false,
  sink: false,
  ...rest,
});

/** Gives out what it is given. */
const same = (inputs: Inputs): Signature => {
  const given = inputs.value;
  if (given === undefined) return signature({}, {});
  return signature({ value: { type: given, kind: "signal" } }, { value: { type: given, kind: "signal" } });
};

const components: { readonly [name: string]: (params: { readonly [p: string]: Json }, inputs: Inputs) => Signature } = {
  "control/pd": (params) => {
    for (const name of Object.keys(params))
      if (!["kp", "kd"].includes(name))
        throw new LimbeckError([
          problem(
            "L0205",
            { node: "", component: "control/pd", port: name, ports: ["kp", "kd"] },
            { path: `/params/${name}` },
          ),
        ]);
    return signature(
      { target: signal("Vector2"), joints: signal("JointState2") },
      { torque: signal("Vector2") },
      { params: { kp: 10, kd: 1, ...params } },
    );
  },
  "sim/waypoints": () =>
    signature(
      {},
      { target: signal("Vector2") },
      {
        pure: false,
        params: {
          box: [
            [-1, -1],
            [1, 1],
          ],
        },
      },
    ),
  "sim/two-link-arm": (params) =>
    signature(
      { torque: signal("Vector2") },
      { joints: signal("JointState2"), tip: signal("Vector2") },
      { stateful: true, pure: false, params: { mass: 1, q0: [0, 0], ...params } },
    ),
  "source/csv": () => signature({}, { row: signal("Vector2") }, { source: true, place: "world" }),
  "filter/derivative": (_, inputs) => same(inputs),
  "filter/low-pass": (_, inputs) => same(inputs),
  "test/clocked": () =>
    signature(
      { value: signal("Scalar", { optional: true }) },
      { value: signal("Scalar") },
      { trigger: { clock: "50hz" } },
    ),
  "test/event": () =>
    signature(
      { press: signal("Scalar", { kind: "event" }), held: signal("Scalar", { optional: true }) },
      { value: signal("Scalar") },
    ),
  "test/events": () =>
    signature(
      {
        left: signal("Scalar", { kind: "event" }),
        right: signal("Scalar", { kind: "event", optional: true }),
        held: signal("Scalar", { optional: true }),
      },
      { value: signal("Scalar") },
    ),
  "test/aligned": () =>
    signature(
      { left: signal("Scalar"), right: signal("Scalar"), more: signal("Scalar", { optional: true }) },
      { value: signal("Scalar") },
      { trigger: { aligned: { ports: ["left", "right", "more"], within: "5ms" } } },
    ),
  "test/window": () =>
    signature(
      { left: signal("Scalar", { kind: "event", optional: true }), right: signal("Scalar", { kind: "event" }) },
      { value: signal("Scalar") },
      { trigger: { window: { port: "left", count: 3 } } },
    ),
  "test/both": () =>
    signature(
      { left: signal("Scalar", { kind: "event" }), right: signal("Scalar", { kind: "event" }) },
      { value: signal("Scalar") },
    ),
  "test/vector": () => signature({ value: signal("Vector2", { kind: "event" }) }, { value: signal("Scalar") }),
  "test/scalar": () => signature({ value: signal("Scalar") }, { value: signal("Scalar") }),
  "test/sink": () => signature({ value: signal("Scalar") }, { written: signal("Scalar") }, { sink: true }),
};

export const testCatalogue: Catalogue = {
  components: () => Object.keys(components),
  signature: (name, params, inputs) =>
    Object.hasOwn(components, name) ? components[name]!(params, inputs) : undefined,
  message: (name) => (Object.hasOwn(builtinTypes, name) ? builtinTypes[name] : undefined),
  messages: () => Object.keys(builtinTypes),
  rules: () => ["record", "substitute"],
  metrics: () => ["rmse", "max"],
};
