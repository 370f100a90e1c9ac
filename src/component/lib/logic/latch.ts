/** A flip-flop: remembers that something was so. */
import Type from "typebox";
import { and, not, or } from "../../../onnx/functions.js";
import { signal } from "../../ports.js";
import { tensorStep } from "../../tensor/tensor.js";

export default tensorStep({
  doc: "Set-reset latch: true from a firing with `set` on, until one with `reset`. Where both are true, `priority` decides.",
  params: Type.Object({
    initial: Type.Boolean({ default: false }),
    priority: Type.Enum(["reset", "set"], { default: "reset" }),
  }),
  inputs: { set: Type.Boolean(), reset: signal(Type.Boolean(), { optional: true }) },
  outputs: { value: Type.Boolean() },
  state: ({ initial }) => ({ value: initial }),
  step({ set, reset }, { value: was }, { params: { priority } }) {
    const either = or(set, was);
    const clear = reset === undefined ? undefined : not(reset);
    const value = clear === undefined ? either : priority === "reset" ? and(either, clear) : or(set, and(was, clear));
    return { outputs: { value }, state: { value } };
  },
});
