/** A stored model as a component: its ports, types and trigger are those of its card. */
import Type from "typebox";
import type { Component } from "../component/component.js";
import { model } from "../component/model.js";
import { event, signal } from "../component/ports.js";
import { fail } from "../problem/problem.js";
import type { Card } from "./card.js";
import { findModel } from "./store.js";

/**
 * The reference in `model:reach@champion`; undefined for other names.
 *
 * @example
 * modelReference("model:reach@champion") // "reach@champion"
 * modelReference("control/pd") // undefined
 */
export const modelReference = (name: string): string | undefined =>
  name.startsWith("model:") ? name.slice("model:".length) : undefined;

/**
 * The component that a reference into the store stands for. It is pinned to the content that the card names, so that
 * what was checked is what runs.
 *
 * @throws LimbeckError L0850 to L0854
 * @example
 * export default await modelComponent("models", "reach@1");
 */
export async function modelComponent(store: string, reference: string): Promise<Component> {
  const { card } = findModel(store, reference);
  return model({
    model: `${card.name}@${card.version}`,
    sha256: card.sha256,
    doc: `${card.name}@${card.version}, ${card.policy === undefined ? "distilled" : "lowered"} from ${card.teacher.graph}.`,
    ...portsOf(card),
  });
}

/**
 * Ports, trigger and memory of a card, as a component declares them.
 *
 * @example
 * portsOf(facts).on // { clock: "100hz" }
 */
export function portsOf(card: Pick<Card, "inputs" | "outputs" | "trigger" | "remembers" | "transforms" | "policy">) {
  const types = (ports: Card["inputs"]) =>
    Object.fromEntries(
      Object.entries(ports).map(([port, { type, kind }]) => {
        const schema = Type.Unsafe<unknown>(type);
        return [port, kind === "event" ? event(schema) : signal(schema)];
      }),
    );
  if (Object.keys(card.outputs).length === 0) fail("L0854", { file: "card.json", reason: "it has no outputs" });
  return {
    on: card.trigger,
    inputs: types(card.inputs),
    outputs: types(card.outputs),
    ...(card.remembers === undefined ? {} : { remembers: card.remembers }),
    ...(card.transforms === undefined ? {} : { transforms: card.transforms }),
    ...(card.policy === undefined ? {} : { policy: card.policy }),
  };
}
