/**
 * LSTM (Hochreiter & Schmidhuber 1997): what is kept, c = f·c + i·c̃, and what is given, h = o·tanh c, with gates i, o and
 * f from input and state, and from c too where there are peepholes (Gers & Schmidhuber 2000).
 */
import { add, mul, sub } from "../functions.js";
import type { Value } from "../value.js";
import { recurrent, total } from "./recurrent.js";

const [I, O, F, C] = [0, 1, 2, 3];

export const lstm = recurrent({
  name: "LSTM",
  gates: 4,
  states: 2,
  activations: ["Sigmoid", "Tanh", "Tanh"],
  attributes: { input_forget: "int" },
  step(c, { hidden, input, back, bias, peephole, activations: [f, g, out] }, [h, cell]) {
    const coupled = c.int("input_forget", 0) !== 0;
    const gate = (k: number, j: number, seen: number): number =>
      f.f(input(k, j) + back(k, j, h) + bias(k, j) + peephole(k, j) * seen);
    const next = Float64Array.from({ length: hidden }, (_, j) => {
      const i = gate(I, j, cell[j]);
      const forget = coupled ? 1 - i : gate(F, j, cell[j]);
      return forget * cell[j] + i * g.f(input(C, j) + back(C, j, h) + bias(C, j));
    });
    return [next.map((v, j) => gate(O, j, v) * out.f(v)), next];
  },
  write(c, { input, back, bias, peephole, activations: [f, g, out] }, [h, cell]) {
    const gate = (k: number, seen: Value): Value => {
      const peep = peephole(k);
      return f.write(total(input(k), back(k, h), bias(k), peep && mul(peep, seen)));
    };
    const i = gate(I, cell);
    const forget = c.int("input_forget", 0) !== 0 ? sub(1, i) : gate(F, cell);
    const next = add(mul(forget, cell), mul(i, g.write(total(input(C), back(C, h), bias(C)))));
    return [mul(gate(O, next), out.write(next)), next];
  },
});
