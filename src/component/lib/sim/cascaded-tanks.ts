/** Two tanks, one above the other, that may overflow. */
import Type from "typebox";
import type { Value } from "../../../onnx/value.js";
import { signal } from "../../ports.js";
import { add, div, max, mul, root, sub } from "../arithmetic.js";
import { above0, atLeast0, gravity, step as longest } from "./common.js";
import { integrated, plant } from "./plant.js";

export default plant({
  doc: "A pump fills the upper tank, which drains into the lower one, which drains away: area·ḣ = inflow − outlet·√(2·g·h) (Torricelli). What rises above the rim of the upper tank spills, and the share `caught` of it falls into the lower one; what rises above the rim of the lower one is lost. `overflow` is the volume lost over either rim so far. Integrated by RK4 from its last firing to now under the held inflow, spilling after each step, so that no water appears or vanishes. Source: Schoukens & Noël, Three benchmarks addressing open challenges in nonlinear system identification, IFAC 2017.",
  params: Type.Object({
    area: above0("m^2", 0.01, "of each tank"),
    outlet: above0("m^2", 5e-5, "of each tank"),
    height: above0("m", 0.3, "of each tank's rim"),
    caught: Type.Number({ default: 0.5, minimum: 0, maximum: 1, description: "share of the upper overflow" }),
    gravity: Type.Number({ ...gravity, exclusiveMinimum: 0 }),
    upper0: atLeast0("m", 0, "level at the start"),
    lower0: atLeast0("m", 0, "level at the start"),
    step: { ...longest, default: 0.05 },
  }),
  inputs: { inflow: signal(Type.Number({ unit: "m^3/s", minimum: 0 }), { optional: true, doc: "0 without it" }) },
  outputs: {
    tanks: Type.Object({
      upper: Type.Number({ unit: "m" }),
      lower: Type.Number({ unit: "m" }),
      drained: Type.Number({ unit: "m^3" }),
      overflow: Type.Number({ unit: "m^3" }),
    }),
  },
  state: ({ upper0, lower0 }) => ({ upper: upper0, lower: lower0, drained: 0, overflow: 0 }),
  step({ inflow = 0 }, before, { dt, period, params }) {
    const { area, outlet, height, caught, gravity, step: longest } = params;
    const flow = (level: Value) => mul(outlet, root(mul(2 * gravity, level)));
    const state = integrated(
      { dt, period },
      {
        state: before,
        longest,
        derivative({ upper, lower }) {
          const between = flow(upper);
          const out = flow(lower);
          return {
            upper: div(sub(inflow, between), area),
            lower: div(sub(between, out), area),
            drained: out,
            overflow: 0,
          };
        },
        afterwards({ upper, lower, drained, overflow }) {
          const over = max(0, sub(upper, height));
          const filled = add(lower, mul(caught, over));
          const lost = max(0, sub(filled, height));
          return {
            upper: sub(upper, over),
            lower: sub(filled, lost),
            drained,
            overflow: add(overflow, mul(add(mul(1 - caught, over), lost), area)),
          };
        },
      },
    );
    const tanks = { ...state, upper: max(0, state.upper), lower: max(0, state.lower) };
    return { outputs: { tanks }, state };
  },
});
