/** Two tanks, one above the other, that may overflow. */
import Type from "typebox";
import { signal } from "../../ports.js";
import { step } from "../../step.js";
import { rk4 } from "../integrate.js";
import { above0, atLeast0, gravity, step as longest } from "./common.js";

/** Steps that one firing may take, as for every integrator. */
const MAX_STEPS = 1_000_000;

export default step({
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
  state: ({ upper0, lower0 }) => [upper0, lower0, 0, 0] as [number, number, number, number],
  step({ inflow = 0 }, last, { dt, params: { area, outlet, height, caught, gravity, step } }) {
    const flow = (level: number) => outlet * Math.sqrt(2 * gravity * Math.max(0, level));
    const rates = ([upper, lower]: typeof last) => {
      const between = flow(upper);
      const out = flow(lower);
      return [(inflow - between) / area, (between - out) / area, out, 0];
    };
    let state = last;
    const steps = Math.ceil(dt / step - 1e-9);
    if (steps > MAX_STEPS) throw new RangeError(`${steps} integrator steps in one firing; at most ${MAX_STEPS}`);
    for (let n = 0; n < steps; n++) {
      const [upper, lower, drained, overflow] = rk4(state, dt / steps, dt / steps, rates);
      const over = Math.max(0, upper - height);
      const filled = lower + caught * over;
      const lost = Math.max(0, filled - height);
      state = [upper - over, filled - lost, drained, overflow + ((1 - caught) * over + lost) * area];
    }
    const [upper, lower, drained, overflow] = state;
    return { outputs: { tanks: { upper: Math.max(0, upper), lower: Math.max(0, lower), drained, overflow } }, state };
  },
});
