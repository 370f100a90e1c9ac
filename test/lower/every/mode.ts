import { ops, signal, Type, tensorStep, when } from "limbeck";
import { change, Mode } from "./change.js";

export default tensorStep({
  doc: "Picks a mode, tells changes.",
  inputs: { value: Type.Number(), hint: signal(Type.Number(), { optional: true }) },
  outputs: {
    mode: Mode,
    changed: change,
  },
  state: () => ({ last: 0n, n: 0n }),
  step: ({ value, hint }, { last, n }, ctx) => {
    const hinted = hint === undefined ? value : ops.where(ctx.has("hint"), ops.sub(value, ops.mul(hint, 0.25)), value);
    const level = ops.abs(ops.where(ctx.fresh("hint"), hinted, value));
    const mode = ops.where(
      ops.less(level, 0.3),
      ctx.constant(0, "int64"),
      ops.where(ops.less(level, 1), ctx.constant(1, "int64"), ctx.constant(2, "int64")),
    );
    const changed = ops.not(ops.equal(mode, last));
    const count = ops.add(n, ops.cast(changed, "int64"));
    const two = ops.cast(ops.concat([ops.unsqueeze(value, [0]), ops.unsqueeze(ctx.time, [0])], 0), "float32");
    return {
      outputs: { mode, changed: when(changed, { from: last, to: mode, at: ctx.time, n: count, pair: two }) },
      state: { last: mode, n: count },
    };
  },
});
