/** RNN: h = f(W·x + R·h + b), Elman's net. */
import { recurrent, total } from "./recurrent.js";

export const rnn = recurrent({
  name: "RNN",
  gates: 1,
  states: 1,
  activations: ["Tanh"],
  attributes: {},
  step: (_, { hidden, input, back, bias, activations: [f] }, [h]) => [
    Float64Array.from({ length: hidden }, (_, j) => f.f(input(0, j) + back(0, j, h) + bias(0, j))),
  ],
  write: (_, { input, back, bias, activations: [f] }, [h]) => [f.write(total(input(0), back(0, h), bias(0)))],
});
