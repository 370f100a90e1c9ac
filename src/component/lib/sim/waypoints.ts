/** An operator who points at one place after the other. */
import Type from "typebox";
import { fail } from "../../../problem/problem.js";
import { tensor } from "../../ports.js";
import { genericStep } from "../../step.js";

export default genericStep({
  doc: "Way-points drawn uniformly from a box, each held for `hold` seconds and sent at every firing.",
  params: Type.Object({
    box: Type.Array(Type.Array(Type.Number(), { minItems: 1 }), {
      minItems: 2,
      maxItems: 2,
      description: "lowest and highest corner",
      examples: [
        [
          [-1, -1],
          [1, 1],
        ],
      ],
    }),
    hold: Type.Number({ default: 2, exclusiveMinimum: 0, unit: "s" }),
  }),
  ports({ box: [low, high] }) {
    if (low!.length !== high!.length || low!.some((from, i) => from > high![i]!))
      fail("L0414", {
        reason: "the corners of `box` make no box",
        help: "Give the lowest corner, then the highest, with as many numbers each: `box: [[-1, -1], [1, 1]]`.",
      });
    return { inputs: {}, outputs: { target: tensor([low!.length]) } };
  },
  random: true,
  state: () => ({ point: undefined as Float64Array | undefined, leg: -1 }),
  step(_, state, { time, params: { box, hold }, rng }) {
    const leg = Math.floor(time / hold + 1e-9);
    if (leg === state.leg) return { outputs: { target: state.point } };
    const [low, high] = box as [number[], number[]];
    const point = Float64Array.from(low, (from, i) => rng.between(from, high[i]!));
    return { outputs: { target: point }, state: { point, leg } };
  },
});
