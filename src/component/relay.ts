/** The ports of sub-graphs: what stands in a flattened graph where a stream of the inner graph was. */
import Type from "typebox";
import { RELAY } from "../graph/inline.js";
import { parseDuration, parseRate, parseShare } from "../graph/quantity.js";
import type { MessageSchema } from "../message/type.js";
import { LimbeckError } from "../problem/problem.js";
import type { Component } from "./component.js";
import { event, signal } from "./ports.js";
import { genericStep } from "./step.js";

const step = genericStep({
  doc: "A port of a sub-graph: passes every message on, with its stamp.",
  params: Type.Object({
    type: Type.Any({ description: "the message type, in its canonical form" }),
    kind: Type.Enum(["signal", "event"], { default: "signal" }),
    // what the inner graph promises or expects of the port: its contract, which is checked and not acted out
    rate: Type.Optional(Type.String()),
    jitter: Type.Optional(Type.String()),
    latency: Type.Optional(Type.String()),
    loss: Type.Optional(Type.Union([Type.String(), Type.Number()])),
    range: Type.Optional(Type.Array(Type.Number(), { minItems: 2, maxItems: 2 })),
  }),
  on: { each: ["in"] },
  ports({ type, kind, rate, jitter, latency, loss }) {
    const problems = [
      rate === undefined ? undefined : parseRate(rate, "/params/rate").problem,
      jitter === undefined ? undefined : parseDuration(jitter, "/params/jitter").problem,
      latency === undefined ? undefined : parseDuration(latency, "/params/latency").problem,
      loss === undefined ? undefined : parseShare(loss, "/params/loss").problem,
    ].filter((problem) => problem !== undefined);
    if (problems.length > 0) throw new LimbeckError(problems);
    const schema = Type.Unsafe<unknown>(type as MessageSchema);
    const port = kind === "event" ? event : signal;
    return { inputs: { in: port(schema, { optional: true }) }, outputs: { out: port(schema) } };
  },
  step: ({ in: message }) => (message === undefined ? SILENT : { outputs: { out: message } }),
});

const SILENT = { outputs: {} };

/** The component, under the name that inlining gives it. */
export const relays: { readonly [name: string]: Component } = {
  [RELAY]: {
    ...step,
    signature: (params, inputs) => ({ ...step.signature(params, inputs), relay: true }),
  },
};
