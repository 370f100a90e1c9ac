/**
 * GRU (Cho et al. 2014): update z and reset r from input and state, h̃ from the input and the reset state, and
 * h = (1 − z)·h̃ + z·h. With `linear_before_reset` the reset acts after the state's weights, as cuDNN and PyTorch do it.
 */
import { add, mul, sub } from "../functions.js";
import { recurrent, total } from "./recurrent.js";

const [Z, R, H] = [0, 1, 2];

export const gru = recurrent({
  name: "GRU",
  gates: 3,
  states: 1,
  activations: ["Sigmoid", "Tanh"],
  attributes: { linear_before_reset: "int" },
  step(c, { hidden, input, back, bias, activations: [f, g] }, [h]) {
    const gate = (k: number) =>
      Float64Array.from({ length: hidden }, (_, j) => f.f(input(k, j) + back(k, j, h) + bias(k, j)));
    const [update, reset] = [gate(Z), gate(R)];
    const before = c.int("linear_before_reset", 0) !== 0;
    const held = h.map((v, j) => v * reset[j]);
    return [
      Float64Array.from({ length: hidden }, (_, j) => {
        const returned = before ? reset[j] * (back(H, j, h) + bias(H, j)) : back(H, j, held) + bias(H, j);
        return (1 - update[j]) * g.f(input(H, j) + returned) + update[j] * h[j];
      }),
    ];
  },
  write(c, { input, back, bias, activations: [f, g] }, [h]) {
    const gate = (k: number) => f.write(total(input(k), back(k, h), bias(k)));
    const [update, reset] = [gate(Z), gate(R)];
    const returned =
      c.int("linear_before_reset", 0) !== 0
        ? mul(reset, total(back(H, h), bias(H)))
        : total(back(H, mul(reset, h)), bias(H));
    return [add(mul(sub(1, update), g.write(add(input(H), returned))), mul(update, h))];
  },
});
