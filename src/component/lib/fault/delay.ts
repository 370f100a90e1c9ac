/** A link that is slow. */
import Type, { type Static } from "typebox";
import type { Message, MessageSchema } from "../../../message/type.js";
import { fail } from "../../../problem/problem.js";
import { type Component, type Instance, type Params, type Setup, STAMPS } from "../../component.js";
import { checkParams } from "../../params.js";
import { portSignature } from "../../ports.js";
import { active, checkDuring, during } from "./during.js";
import { kind, passing } from "./passing.js";

/** Messages that may be on their way at a time. */
export const MAX_WAITING = 1 << 16;

const delayParams = Type.Object({
  delay: Type.Number({ minimum: 0, unit: "s", examples: [0.02] }),
  jitter: Type.Number({ default: 0, minimum: 0, unit: "s", description: "up to so much more, drawn for each message" }),
  kind,
  ...during,
});
type DelayParams = Static<typeof delayParams>;
const schema = delayParams as unknown as MessageSchema;

interface State {
  readonly waiting: readonly { readonly due_ns: number; readonly stamp_ns: number; readonly message: Message }[];
}

const delay: Component = {
  doc: "Holds each message back for `delay`, and up to `jitter` more, while the fault is at work. Stamps stay, so that the message arrives old; none overtakes another. Messages of any type.",
  kind: "step",
  params: schema,
  signature(raw: Params, types) {
    const params = checkParams(schema, raw);
    checkDuring(params as unknown as DelayParams);
    const { inputs, outputs } = passing(params as unknown as DelayParams, types);
    const { value } = inputs;
    return {
      // it fires by itself too, when nothing comes
      inputs: { value: portSignature({ ...value, optional: true }) },
      outputs: Object.fromEntries(Object.entries(outputs).map(([name, port]) => [name, portSignature(port)])),
      params,
      place: "anywhere",
      source: false,
      sink: false,
      stateful: true,
      pure: false,
    };
  },
  instantiate({ node, params: given, wake }: Setup): Instance {
    const params = given as unknown as DelayParams;
    let waiting: State["waiting"][number][] = [];
    const held_ns = (time: number, jitter: () => number): number =>
      active(params, time) ? Math.round((params.delay + (params.jitter > 0 ? params.jitter * jitter() : 0)) * 1e9) : 0;
    return {
      fire({ value }, { time, time_ns, fresh, stamp, rng }) {
        if (value !== undefined && fresh("value")) {
          const due_ns = Math.max(time_ns + held_ns(time, rng.uniform), waiting.at(-1)?.due_ns ?? 0);
          if (waiting.length >= MAX_WAITING) fail("L0445", { node, limit: MAX_WAITING });
          waiting.push({ due_ns, stamp_ns: stamp("value"), message: value });
          if (due_ns > time_ns) wake(due_ns);
        }
        const first = waiting[0];
        if (first === undefined || first.due_ns > time_ns) return undefined;
        waiting.shift();
        // one message a tag: the next that is due follows a microstep later
        if (waiting[0] !== undefined && waiting[0].due_ns <= time_ns) wake(time_ns);
        return { value: first.message, [STAMPS]: { value: first.stamp_ns } };
      },
      snapshot: (): State => structuredClone({ waiting }),
      restore(saved) {
        waiting = [...structuredClone(saved as State).waiting];
        for (const { due_ns } of waiting) wake(due_ns);
      },
    };
  },
};
export default delay;
