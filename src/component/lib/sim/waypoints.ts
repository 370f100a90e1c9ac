/** An operator who points at one place after the other. */
import Type, { type Static } from "typebox";
import { fail } from "../../../problem/problem.js";
import { tensor } from "../../ports.js";
import { genericStep } from "../../step.js";
import { refuse } from "../refuse.js";
import { unitParam } from "../source/stimulus.js";

const point = Type.Array(Type.Number(), { minItems: 1 });

const Params = Type.Object({
  points: Type.Optional(
    Type.Array(point, { minItems: 1, maxItems: 10_000, description: "the way-points, one after the other" }),
  ),
  repeat: Type.Boolean({
    default: false,
    description: "begins again after the last of `points`, and else stays there",
  }),
  box: Type.Optional(
    Type.Array(point, {
      minItems: 2,
      maxItems: 2,
      description: "lowest and highest corner, to draw way-points from",
      examples: [
        [
          [-1, -1],
          [1, 1],
        ],
      ],
    }),
  ),
  hold: Type.Number({ default: 2, exclusiveMinimum: 0, unit: "s" }),
  unit: unitParam,
});

export default genericStep({
  doc: "Way-points, each held for `hold` seconds and sent at every firing: those of `points` in their order, or drawn uniformly from `box`. Give it a clock (`on: 10hz`).",
  params: Params,
  ports: (params) => ({
    inputs: {},
    outputs: { target: tensor([widthOf(params)], params.unit === undefined ? {} : { unit: params.unit }) },
  }),
  random: true,
  state: () => ({ point: undefined as Float64Array | undefined, leg: -1 }),
  step(_, state, { time, params: { points, repeat, box, hold }, rng }) {
    const leg = Math.floor(time / hold + 1e-9);
    if (points !== undefined) {
      const at = repeat ? leg % points.length : Math.min(leg, points.length - 1);
      return { outputs: { target: Float64Array.from(points[at]!) } };
    }
    if (leg === state.leg) return { outputs: { target: state.point } };
    const [low, high] = box as [number[], number[]];
    const drawn = Float64Array.from(low, (from, i) => rng.between(from, high[i]!));
    return { outputs: { target: drawn }, state: { point: drawn, leg } };
  },
});

/** Numbers of a way-point. */
function widthOf({ points, box }: Static<typeof Params>): number {
  if ((points === undefined) === (box === undefined))
    refuse(
      points === undefined ? undefined : "box",
      `\`sim/waypoints\` takes either \`points\` or \`box\`, and ${points === undefined ? "neither is" : "both are"} given`,
      "Give `points: [[0, 0], [1, 1]]`, or the corners to draw them from: `box: [[-1, -1], [1, 1]]`.",
    );
  if (points !== undefined) {
    const width = points[0]!.length;
    const other = points.findIndex((each) => each.length !== width);
    if (other > 0)
      refuse(
        `points/${other}`,
        `way-point ${other + 1} has ${points[other]!.length} numbers, and the first ${width}`,
        "Give all of them as many.",
      );
    return width;
  }
  const [low, high] = box as [number[], number[]];
  if (low.length !== high.length || low.some((from, i) => from > high[i]!))
    fail("L0414", {
      reason: "the corners of `box` make no box",
      help: "Give the lowest corner, then the highest, with as many numbers each: `box: [[-1, -1], [1, 1]]`.",
    });
  return low.length;
}
