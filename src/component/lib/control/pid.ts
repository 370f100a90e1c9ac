/** PID control of each element of a value by itself. */
import Type from "typebox";
import { fail } from "../../../problem/problem.js";
import { signal } from "../../ports.js";
import { genericStep } from "../../step.js";
import { wrap } from "../angle.js";
import { at, checkEach, eachOrAll, elementsOf, like, numericType, widthOf, withUnit } from "../elementwise.js";
import { finitely } from "../finite.js";

interface State {
  readonly wraps: boolean;
  /** What the integral term adds to the output. */
  readonly integral: Float64Array;
  /** The filtered rate of the measurement. */
  readonly rate: Float64Array;
  readonly error: Float64Array | undefined;
  readonly measured: Float64Array;
  /** What the limits took off the last output. */
  readonly excess: Float64Array;
}

export default genericStep({
  doc: "output = kp·(weight·setpoint − measurement) + ki·∫error − kd·(filtered rate of the measurement) + feed_forward, limited to [low, high]; on a setpoint that jumps the derivative does not kick. Against wind-up the integral stands still while it would push further into a limit (`clamping`), or is drawn back at the rate excess/tracking_time (`back-calculation`). A fresh value at `track` sets the integral so that the output goes on from there without a bump: the hand-over from manual or from another controller. Errors of angles that wrap are taken the short way round. Source: Åström & Hägglund, Advanced PID Control, chapter 3.",
  params: Type.Object({
    kp: eachOrAll({ description: "proportional gain, output per measurement", examples: [1] }),
    ki: eachOrAll({ default: 0, minimum: 0, description: "integral gain, output per measurement and second" }),
    kd: eachOrAll({ default: 0, description: "derivative gain, output per measurement per second" }),
    weight: Type.Number({
      default: 1,
      minimum: 0,
      maximum: 1,
      description: "of the setpoint in the proportional term; 1 where angles wrap",
    }),
    filter: Type.Number({
      default: 0.01,
      minimum: 0,
      unit: "s",
      description: "time constant of the derivative's low-pass",
    }),
    low: Type.Optional(eachOrAll({ description: "lowest output" })),
    high: Type.Optional(eachOrAll({ description: "highest output" })),
    anti_windup: Type.Enum(["clamping", "back-calculation"], { default: "clamping" }),
    tracking_time: Type.Number({
      default: 1,
      exclusiveMinimum: 0,
      unit: "s",
      description: "time constant of back-calculation; not shorter than the period of the clock",
    }),
    unit: Type.Optional(Type.String({ description: "unit of the output, `N·m` say" })),
  }),
  ports({ kp, ki, kd, weight, low, high, unit }, { setpoint, measurement }) {
    const like = measurement ?? setpoint;
    for (const [name, param] of Object.entries({ kp, ki, kd, low, high }))
      checkEach(name, param, like === undefined ? Number.NaN : widthOf(like));
    const width = Math.max(...[low, high].map((bound) => (Array.isArray(bound) ? bound.length : 1)));
    for (let i = 0; i < width; i++)
      if (low !== undefined && high !== undefined && !(at(low, i) < at(high, i)))
        fail(
          "L0416",
          { reason: `\`low\` (${at(low, i)}) is not below \`high\` (${at(high, i)})`, help: "Exchange them." },
          { path: "/params/low" },
        );
    if (like?.wraps === true && weight !== 1)
      fail(
        "L0416",
        {
          reason: "a part of an angle that wraps means nothing, and `weight` is one of the setpoint",
          help: "Leave `weight` out.",
        },
        { path: "/params/weight" },
      );
    const type = numericType("control/pid", like ?? { type: "number" });
    const output = withUnit(type, unit);
    return {
      inputs: {
        setpoint: signal(type, { doc: "what the measurement shall be" }),
        measurement: signal(type),
        feed_forward: signal(output, { optional: true, doc: "added to the output" }),
        track: signal(output, { optional: true, doc: "an output that somebody else applied" }),
      },
      outputs: like === undefined ? {} : { output },
    };
  },
  state(_, { measurement }): State {
    const zero = () => new Float64Array(widthOf(measurement ?? {}));
    return {
      wraps: measurement?.wraps === true,
      integral: zero(),
      rate: zero(),
      error: undefined,
      measured: zero(),
      excess: zero(),
    };
  },
  step(inputs, state, { dt, fresh, params }) {
    const { kp, ki, kd, weight, filter, low = -Infinity, high = Infinity, anti_windup, tracking_time } = params;
    const setpoint = elementsOf(inputs.setpoint);
    const measured = elementsOf(inputs.measurement);
    const added = inputs.feed_forward === undefined ? undefined : elementsOf(inputs.feed_forward);
    const track = inputs.track !== undefined && fresh("track") ? elementsOf(inputs.track) : undefined;
    const difference = (a: number, b: number) => (state.wraps ? wrap(a - b) : a - b);
    const error = setpoint.map((goal, i) => difference(goal, measured[i]!));
    const moves = state.error !== undefined && dt > 0;
    const blend = filter === 0 ? 1 : -Math.expm1(-dt / filter);
    const rate = state.rate.map((r, i) =>
      moves ? r + blend * (difference(measured[i]!, state.measured[i]!) / dt - r) : r,
    );
    const integral = new Float64Array(error.length);
    const excess = new Float64Array(error.length);
    const output = error.map((e, i) => {
      const [lowest, highest] = [at(low, i), at(high, i)];
      const rest = at(kp, i) * (e + (weight - 1) * setpoint[i]!) - at(kd, i) * rate[i]! + (added?.[i] ?? 0);
      let sum = state.integral[i]!;
      if (track !== undefined) sum = Math.min(highest, Math.max(lowest, track[i]!)) - rest;
      else if (moves) {
        const growth = (at(ki, i) * dt * (e + state.error![i]!)) / 2;
        if (anti_windup === "back-calculation") sum += growth - state.excess[i]! * Math.min(1, dt / tracking_time);
        else if (growth > 0) sum += Math.min(growth, Math.max(0, highest - rest - sum));
        else sum += Math.max(growth, Math.min(0, lowest - rest - sum));
      }
      const wanted = rest + sum;
      const limited = Math.min(highest, Math.max(lowest, wanted));
      integral[i] = sum;
      excess[i] = wanted - limited;
      return limited;
    });
    return finitely({
      outputs: { output: like(inputs.measurement, output) },
      state: { wraps: state.wraps, integral, rate, error, measured, excess },
    });
  },
});
