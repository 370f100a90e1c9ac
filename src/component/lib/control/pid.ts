/** PID control of each element of a value by itself. */
import Type from "typebox";
import { and, cast, where } from "../../../onnx/functions.js";
import { fail } from "../../../problem/problem.js";
import { signal } from "../../ports.js";
import { genericTensorStep } from "../../tensor/tensor.js";
import { differenceOf } from "../angle.js";
import { add, between, choose, div, expm1, greater, max, min, mul, type Num, neg, sub } from "../arithmetic.js";
import {
  as,
  at,
  checkEach,
  type EachOrAll,
  eachOf,
  eachOrAll,
  numericType,
  widthOf,
  withUnit,
  zerosOf,
} from "../elementwise.js";
import { finitely } from "../finite.js";
import { spanOf } from "../time.js";

export default genericTensorStep({
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
  prepare: (_, { measurement }) => ({ wraps: measurement?.wraps === true }),
  // what the integral adds to the output, the filtered rate of the measurement, and what the limits took off
  state(_, { measurement }) {
    const zeros = zerosOf(measurement);
    return { integral: zeros, rate: zeros, error: zeros, measured: zeros, excess: zeros, started: false };
  },
  step(inputs, before, ctx, { wraps }) {
    const { dt, fresh, has, params } = ctx;
    const { weight, filter, anti_windup, tracking_time } = params;
    const float = (port: string) => cast(inputs[port], "float64");
    const each = (param: EachOrAll) => eachOf(ctx, param, inputs.measurement);
    const [kp, ki, kd] = [each(params.kp), each(params.ki), each(params.kd)];
    const [low, high] = [each(params.low ?? -Infinity), each(params.high ?? Infinity)];
    const [setpoint, measured] = [float("setpoint"), float("measurement")];
    const difference = differenceOf(wraps);

    const error = difference(setpoint, measured);
    const moves = and(before.started, greater(dt, 0));
    const blend = filter === 0 ? 1 : neg(expm1(div(neg(dt), filter)));
    const slope = div(difference(measured, before.measured), spanOf(dt));
    const rate = where(moves, add(before.rate, mul<Num>(blend, sub(slope, before.rate))), before.rate);

    const added = inputs.feed_forward === undefined ? 0 : float("feed_forward");
    const rest = add(sub(mul(kp, add(error, mul(weight - 1, setpoint))), mul(kd, rate)), added);
    const growth = div(mul(mul(ki, dt), add(error, before.error)), 2);
    const back = mul(before.excess, min(1, div(dt, tracking_time)));
    const room = (bound: Num) => sub(sub(bound, rest), before.integral);
    const up = high === Infinity ? growth : min(growth, max(0, room(high)));
    const down = low === -Infinity ? growth : max(growth, min(0, room(low)));
    const change = anti_windup === "back-calculation" ? sub(growth, back) : choose(greater(growth, 0), up, down);
    const grown = where(moves, add(before.integral, change), before.integral);
    const integral =
      inputs.track === undefined
        ? grown
        : where(and(fresh("track"), has("track")), sub(between(low, float("track"), high), rest), grown);

    const wanted = add(rest, integral);
    const output = between(low, wanted, high);
    const state = { integral, rate, error, measured, excess: sub(wanted, output), started: true };
    return { outputs: { output: as(inputs.measurement, output) }, state: finitely(state, before) };
  },
});
