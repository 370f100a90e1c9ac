/** A function given by points. */
import Type from "typebox";
import { elementwise } from "../elementwise.js";
import { refuse } from "../refuse.js";

export default elementwise({
  name: "math/lookup-table",
  doc: "y(x) on straight lines between the points (`x`, `y`). Beyond the first and the last point `outside` says what holds: `clamp` keeps the end's value, `extend` goes on straight, `fault` stops the run.",
  params: Type.Object({
    x: Type.Array(Type.Number(), {
      minItems: 2,
      maxItems: 10_000,
      description: "break-points, rising, in units of the input",
      examples: [[0, 1]],
    }),
    y: Type.Array(Type.Number(), {
      minItems: 2,
      maxItems: 10_000,
      description: "the values at them",
      examples: [[0, 1]],
    }),
    outside: Type.Enum(["clamp", "extend", "fault"], { examples: ["clamp"] }),
    unit: Type.Optional(Type.String({ description: "unit of the result" })),
  }),
  check({ x, y }) {
    if (x.length !== y.length)
      refuse("y", `\`x\` has ${x.length} points, and \`y\` ${y.length}`, "Give one value of `y` for each `x`.");
    const bad = x.findIndex((v, i) => i > 0 && !(v > x[i - 1]!));
    if (bad > 0)
      refuse(
        "x",
        `\`x\` does not rise from ${x[bad - 1]} to ${x[bad]} (point ${bad + 1})`,
        "Sort the points by `x`, each once.",
      );
  },
  unit: ({ unit }) => unit,
  step: (value, _, { params: { x, y, outside } }) => ({
    value: value.map((v) => {
      const last = x.length - 1;
      if (v < x[0]! || v > x[last]!) {
        if (outside === "fault") throw new RangeError(`${v} is outside of the table, ${x[0]} to ${x[last]}`);
        if (outside === "clamp") return v < x[0]! ? y[0]! : y[last]!;
      }
      const i = segment(x, v);
      const share = (v - x[i]!) / (x[i + 1]! - x[i]!);
      return (1 - share) * y[i]! + share * y[i + 1]!;
    }),
  }),
});

/** The interval of break-points that holds v, the first or last where none does. */
function segment(x: readonly number[], v: number): number {
  let low = 0;
  let high = x.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (v >= x[middle]!) low = middle;
    else high = middle;
  }
  return low;
}
