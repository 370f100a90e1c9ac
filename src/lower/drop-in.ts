/** A policy as the component that takes the place of what it was lowered from. */

import Type from "typebox";
import { type ModelSpec, model } from "../component/model.js";
import type { PolicyCall } from "../component/policy.js";
import { event, signal } from "../component/ports.js";
import type { GraphNode, Trigger } from "../graph/ir.js";
import type { Json } from "../message/type.js";
import type { PolicyFacts } from "../models/policy.js";

/** The trigger of the component: ticks alone, or messages, beside which the instance has its clock. */
export function triggerOf({ period_ns, phase_ns = 0, on }: PolicyCall): Trigger {
  if (on !== undefined || period_ns === undefined) return { each: on ?? [] };
  const clock =
    Number.isInteger(period_ns) && !Number.isInteger(1e9 / period_ns) ? `${period_ns}ns` : `${1e9 / period_ns}hz`;
  return { clock, ...(phase_ns === 0 ? {} : { phase: `${phase_ns}ns` }) };
}

/** What a model component of this policy is made with. */
export function dropInSpec(facts: PolicyFacts, reference: string): ModelSpec {
  const { call, inputs, outputs } = facts;
  const now = Object.entries(outputs).flatMap(([port, { stamp }]) => (stamp === "tag" ? [port] : []));
  const ports = (of: PolicyFacts["inputs"] | PolicyFacts["outputs"]) =>
    Object.fromEntries(
      Object.entries(of).map(([port, { type, kind }]) => {
        const schema = Type.Unsafe<unknown>(type);
        return [port, kind === "event" ? event(schema) : signal(schema)];
      }),
    );
  return {
    model: reference,
    doc: `The policy of ${facts.graph.name}: ${facts.nodes.join(", ")}.`,
    on: triggerOf(call),
    inputs: ports(inputs),
    outputs: ports(outputs),
    policy: { call, ...(now.length === 0 ? {} : { now }) },
  };
}

/** The component. */
export const dropIn = (facts: PolicyFacts, reference: string) => model(dropInSpec(facts, reference));

/** A node that is told what the policy reads, beside the nodes that it was lowered from. */
export const besideNode = (facts: PolicyFacts, component: string): GraphNode => ({
  component,
  in: Object.fromEntries(
    Object.entries(facts.inputs).map(([port, { ref, delay, initial }]) => [
      port,
      {
        from: ref,
        ...(delay === undefined ? {} : { delay }),
        ...(initial === undefined ? {} : { initial: initial as Json }),
      },
    ]),
  ),
  params: {},
});
