/** Brownian motion, sampled. */
import Type from "typebox";
import { fail } from "../../../problem/problem.js";
import { genericStep } from "../../step.js";
import { at, eachOrAll } from "../elementwise.js";
import { everyElement, unitParam, valueType } from "./stimulus.js";

export default genericStep({
  doc: "Begins at `start` and changes by independent normal steps of standard deviation deviation·√(seconds since the last firing), so that its spread after a time does not depend on how often it fires; reflected at `low` and `high`. Numbers, or lists for a tensor. Give it a clock (`on: 10hz`).",
  params: Type.Object({
    start: eachOrAll({ default: 0 }),
    deviation: eachOrAll({ minimum: 0, description: "per square root of a second", examples: [0.1] }),
    low: Type.Optional(Type.Number()),
    high: Type.Optional(Type.Number()),
    unit: unitParam,
  }),
  ports({ start, deviation, low = -Infinity, high = Infinity, unit }) {
    const starts = typeof start === "number" ? [start] : start;
    if (!(low < high))
      fail(
        "L0416",
        { reason: `\`low\` (${low}) is not below \`high\` (${high})`, help: "Exchange them." },
        { path: "/params/low" },
      );
    if (starts.some((x) => x < low || x > high))
      fail(
        "L0416",
        { reason: "`start` lies outside of `low` and `high`", help: "Start between them." },
        { path: "/params/start" },
      );
    return { inputs: {}, outputs: { value: valueType({ start, deviation }, unit) } };
  },
  random: true,
  state: ({ start, deviation }) => everyElement([start, deviation], (i) => at(start, i)),
  step(_, last, { dt, rng, params: { start, deviation, low = -Infinity, high = Infinity } }) {
    const value = everyElement([start, deviation], (i) => {
      const x = typeof last === "number" ? last : last[i]!;
      return reflected(x + at(deviation, i) * Math.sqrt(dt) * rng.normal(), low, high);
    });
    return { outputs: { value }, state: value };
  },
});

/** Folds a value back into a range, however often it was crossed. */
function reflected(x: number, low: number, high: number): number {
  if (x >= low && x <= high) return x;
  if (high === Infinity) return 2 * low - x;
  if (low === -Infinity) return 2 * high - x;
  const span = high - low;
  const turned = (((x - low) % (2 * span)) + 2 * span) % (2 * span);
  return low + (turned > span ? 2 * span - turned : turned);
}
