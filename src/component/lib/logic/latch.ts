/** A flip-flop: remembers that something was so. */
import Type from "typebox";
import { signal } from "../../ports.js";
import { step } from "../../step.js";

export default step({
  doc: "Set-reset latch: true from a firing with `set` on, until one with `reset`. Where both are true, `priority` decides.",
  params: Type.Object({
    initial: Type.Boolean({ default: false }),
    priority: Type.Enum(["reset", "set"], { default: "reset" }),
  }),
  inputs: { set: Type.Boolean(), reset: signal(Type.Boolean(), { optional: true }) },
  outputs: { value: Type.Boolean() },
  state: ({ initial }) => ({ value: initial }),
  step({ set, reset = false }, { value: was }, { params: { priority } }) {
    const value = set && reset ? priority === "set" : set || (was && !reset);
    return { outputs: { value }, state: { value } };
  },
});
