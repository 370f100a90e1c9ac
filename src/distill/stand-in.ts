/** A fitted student, or a stored model, as the component that takes its teacher's place. */
import Type from "typebox";
import type { Component, Models } from "../component/component.js";
import { model } from "../component/model.js";
import { event, signal } from "../component/ports.js";
import type { Transforms } from "../message/transforms/transforms.js";
import { runPolicy } from "../models/policy.js";
import { openPolicy } from "../models/sessions.js";
import type { Teacher } from "./teacher.js";

/** The component: the teacher's ports, types and trigger. */
export function standIn({ inputs, outputs, on }: Teacher, reference: string, transforms?: Transforms): Component {
  const types = (ports: Teacher["inputs"]) =>
    Object.fromEntries(
      ports.map(({ port, type, kind }) => {
        const schema = Type.Unsafe<unknown>(type);
        return [port, kind === "event" ? event(schema) : signal(schema)];
      }),
    );
  const more = transforms === undefined ? {} : { transforms };
  return model({ model: reference, on, inputs: types(inputs), outputs: types(outputs), ...more });
}

/** Models that are not in the store yet, beside those that are. */
export const withCandidates = (models: Models, candidates: ReadonlyMap<string, Uint8Array>): Models => ({
  open(reference, sha256) {
    const bytes = candidates.get(reference);
    return bytes === undefined ? models.open(reference, sha256) : openPolicy(bytes);
  },
  policy(reference, sha256) {
    const bytes = candidates.get(reference);
    return bytes === undefined ? models.policy(reference, sha256) : runPolicy(bytes);
  },
});
