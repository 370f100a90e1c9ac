/** The running median: takes single outliers out and leaves edges standing. */
import Type from "typebox";
import { elementwise } from "../elementwise.js";

export default elementwise({
  name: "filter/median",
  doc: "Median of the last `samples` values, of those that there are until then; of an even number of values the mean of the middle two. Removes outliers that last for less than half the window, and delays by half of it. Source: Tukey, Exploratory Data Analysis, chapter 7.",
  params: Type.Object({
    samples: Type.Integer({ minimum: 1, maximum: 1001, default: 5, description: "length of the window" }),
  }),
  unwraps: true,
  state: () => ({ window: [] as readonly Float64Array[] }),
  step(x, state, { params: { samples } }) {
    const window = [...state.window.slice(Math.max(0, state.window.length + 1 - samples)), x];
    const upper = window.length >> 1;
    const lower = (window.length - 1) >> 1;
    const value = x.map((_, i) => {
      const sorted = Float64Array.from(window, (past) => past[i]!).sort();
      return (sorted[lower]! + sorted[upper]!) / 2;
    });
    return { value, state: { window } };
  },
});
