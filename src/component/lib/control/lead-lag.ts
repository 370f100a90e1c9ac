/** A lead-lag compensator for each element of a value. */
import Type from "typebox";
import { elementwise } from "../elementwise.js";

export default elementwise({
  name: "control/lead-lag",
  doc: "gain · (1 + lead·s)/(1 + lag·s): lead > lag brings phase forward, lead < lag raises the gain at low frequencies. Solved exactly for an input that is straight between firings; starts at rest on its first input. Source: Franklin, Powell, Emami-Naeini, Feedback Control of Dynamic Systems, section 6.7.",
  params: Type.Object({
    lead: Type.Number({ minimum: 0, unit: "s", description: "time constant of the zero", examples: [0.1] }),
    lag: Type.Number({ exclusiveMinimum: 0, unit: "s", description: "time constant of the pole", examples: [0.01] }),
    gain: Type.Number({ default: 1, description: "at low frequencies" }),
  }),
  state: () => ({ last: undefined as Float64Array | undefined, slow: new Float64Array() }),
  step(x, { last, slow }, { dt, params: { lead, lag, gain } }) {
    const decay = Math.exp(-dt / lag);
    const next = x.map((v, i) => {
      if (last === undefined) return v;
      if (!(dt > 0)) return slow[i]!;
      const behind = (lag * (v - last[i]!)) / dt;
      return v - behind + (slow[i]! - last[i]! + behind) * decay;
    });
    const ratio = lead / lag;
    return {
      value: x.map((v, i) => gain * (ratio * v + (1 - ratio) * next[i]!)),
      state: { last: x, slow: next },
    };
  },
});
