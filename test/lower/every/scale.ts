import { ops, Type, tensorStep } from "limbeck";
export default tensorStep({
  doc: "Gain.",
  params: Type.Object({ gain: Type.Number({ default: 1 }) }),
  inputs: { value: Type.Number() },
  outputs: { value: Type.Number() },
  step: ({ value }, _, { params }) => ({ outputs: { value: ops.mul(value, params.gain) } }),
});
