/** The parts that the type tests wire together, and nothing else. */
import { event, message, model, type Port, signal, source, step, Type, tensor } from "limbeck";

export const half = step({
  doc: "Half of a number.",
  params: Type.Object({ gain: Type.Number(), mode: Type.Enum(["a", "b"]), list: Type.Array(Type.Number()) }),
  inputs: { value: Type.Number(), bias: signal(Type.Number(), { optional: true }) },
  outputs: { value: Type.Number(), count: Type.Integer(), done: event(Type.Boolean()) },
  step: ({ value, bias = 0 }) => ({ outputs: { value: value / 2 + bias, count: 1 } }),
});

export const lenient = step({
  doc: "A type that is optional makes a port that is.",
  inputs: { value: Type.Number(), bias: Type.Optional(Type.Number()) },
  outputs: { value: Type.Number() },
  // @ts-expect-error `bias` may be undefined
  step: ({ value, bias }) => ({ outputs: { value: value + bias } }),
});

export const bare = step({
  doc: "No param.",
  inputs: {},
  outputs: { one: Type.Number() },
  step: () => ({ outputs: { one: 1 } }),
});

export const log = source({
  doc: "A number now and then.",
  outputs: () => ({ number: Type.Number() }),
  *open() {
    yield { time_ns: 0, port: "number", message: 1 };
  },
});

export interface Inputs {
  readonly joints: { readonly position: Float64Array; readonly velocity: Float64Array };
}
export interface Outputs {
  readonly torque: Float64Array;
  readonly mode: "on" | "off";
}
export const dropIn = model<Inputs, Outputs>({ model: "reach@1", inputs: {}, outputs: {} });

export const Grip = message("Grip", { force: Type.Number({ unit: "N" }), slips: Type.Optional(Type.Boolean()) });
export const Image = message("Image", tensor([4, 3], { dtype: "uint8" }));

/** Compiles where the port carries exactly `T`. */
export const carries = <T>(_port: Port<T>): void => {};
