import { ops, signal, Type, tensorStep } from "limbeck";

const n = Type.Number();
export default tensorStep({
  doc: "a/2 + b/3 + c.",
  inputs: { a: n, b: signal(n, { optional: true }), c: signal(n, { optional: true }) },
  outputs: { value: n },
  step: ({ a, b, c }) => ({
    outputs: { value: ops.add(ops.mul(a, 0.5), ops.add(b === undefined ? 0 : ops.div(b, 3), c ?? 0)) },
  }),
});
