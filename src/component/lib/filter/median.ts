/** The running median: takes single outliers out and leaves edges standing. */
import Type from "typebox";
import {
  and,
  cast,
  concat,
  equal,
  gather,
  isNan,
  lessOrEqual,
  not,
  slice,
  split,
  topK,
  unsqueeze,
  where,
} from "../../../onnx/functions.js";
import type { Value } from "../../../onnx/value.js";
import { add, floor, max, min, mul, sub } from "../arithmetic.js";
import { elementwise } from "../elementwise.js";

/** Windows of up to so many samples are sorted by comparisons that are written out. */
const MAX_EXCHANGED = 9;

export default elementwise({
  name: "filter/median",
  doc: "Median of the last `samples` values, of those that there are until then; of an even number of values the mean of the middle two. Removes outliers that last for less than half the window, and delays by half of it. Source: Tukey, Exploratory Data Analysis, chapter 7.",
  params: Type.Object({
    samples: Type.Integer({ minimum: 1, maximum: 1001, default: 5, description: "length of the window" }),
  }),
  unwraps: true,
  state: ({ samples }, { dims, data }) => ({
    past: { dims: [samples - 1, ...dims], data: new Float64Array((samples - 1) * data.length) },
    count: 0,
  }),
  step(x, { past, count }, { constant, params: { samples } }) {
    if (samples === 1) return { value: x };
    const window = concat([past, unsqueeze(x, [0])], 0);
    const n = min(add(count, 1), samples);
    // what is not there yet, or is no number, comes last
    const age = constant({
      dims: [samples, ...x.shape.map(() => 1)],
      data: Float64Array.from({ length: samples }, (_, i) => samples - i),
    });
    const there = and(lessOrEqual(age, n), not(isNan(window)));
    const sorted = rising(where(there, window, Number.POSITIVE_INFINITY), samples);
    const lower = floor(mul(sub(n, 1), 0.5));
    const upper = floor(mul(n, 0.5));
    const at = (place: Value): Value => gather(sorted, cast(place, "int64"));
    const middle = mul(add(at(lower), at(upper)), 0.5);
    const value = where(and(isNan(x), equal(upper, sub(n, 1))), x, middle);
    return { value, state: { past: slice(window, [1], [samples], [0]), count: n } };
  },
});

/** The first axis in rising order: of few by exchange of neighbours, as many times as there are of them. */
function rising(rows: Value, count: number): Value {
  if (count > MAX_EXCHANGED) return topK(rows, count, { axis: 0, largest: 0 }).values;
  const all = split(rows, new Array<number>(count).fill(1), 0);
  for (let round = 0; round < count; round++)
    for (let i = round % 2; i + 1 < count; i += 2) {
      const [a, b] = [all[i]!, all[i + 1]!];
      [all[i], all[i + 1]] = [min(a, b), max(a, b)];
    }
  return concat(all, 0);
}
