import { arrived, ops, Type, tensor, tensorStep } from "limbeck";
import { change } from "./change.js";

export default tensorStep({
  doc: "Counts changes into fast, and sums pairs.",
  inputs: {
    changed: change,
  },
  outputs: { fast: Type.Integer(), sum: tensor([2], { dtype: "float32" }), came: Type.Boolean() },
  state: () => ({ fast: 0n }),
  step: ({ changed }, { fast }) => {
    const { messages, there, count } = arrived(changed);
    const hits = ops.reduceSum(ops.cast(ops.and(there, ops.equal(messages.to, 2)), "int64"));
    return {
      outputs: {
        fast: ops.add(fast, hits),
        sum: ops.reduceSum(messages.pair, { axes: [0] }),
        came: ops.greater(count, 0),
      },
      state: { fast: ops.add(fast, hits) },
    };
  },
});
