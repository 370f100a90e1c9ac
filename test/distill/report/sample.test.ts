/** Thinning keeps what the eye looks for: ends, totals, extremes. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { bands, evenly, histogram } from "../../../src/distill/report/sample.js";

const values = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1, maxLength: 400 });

test("evenly: rising, within the bound, from first to last", () => {
  fc.assert(
    fc.property(fc.nat(5000), fc.integer({ min: 2, max: 300 }), (n, most) => {
      const picked = evenly(n, most);
      expect(picked.length).toBe(Math.min(n, most));
      expect(picked.every((index, i) => i === 0 || index > picked[i - 1]!)).toBe(true);
      if (n > 0) expect([picked[0], picked.at(-1)]).toEqual([0, n - 1]);
    }),
  );
});

test("histogram: every finite value is counted once", () => {
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 60 }), (list, bins) => {
      const all = histogram([...list, Number.NaN, Number.POSITIVE_INFINITY], bins);
      expect(all).toHaveLength(bins);
      expect(all.reduce((sum, bin) => sum + bin.count, 0)).toBe(list.length);
      expect(all.every((bin) => bin.from < bin.to)).toBe(true);
    }),
  );
  expect(histogram([], 5)).toEqual([]);
  // values apart by rounding, and values next to nothing
  for (const list of [[1e6, 1e6 + 1e-10, 1e6 - 1e-10], [5e-324], [0, 5e-324], [3, 3, 3]])
    expect(histogram(list, 41).every((bin) => bin.from < bin.to)).toBe(true);
  expect(histogram([0, 0, 1, 1, 1, 2], 2).map((bin) => bin.count)).toEqual([2, 4]);
});

test("bands: lowest and highest of all values survive, the mean lies between", () => {
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 50 }), (list, buckets) => {
      const all = bands(
        list.map((_, i) => i),
        list,
        buckets,
      );
      expect(all).toHaveLength(Math.min(buckets, list.length));
      expect(Math.min(...all.map((band) => band.low))).toBe(Math.min(...list));
      expect(Math.max(...all.map((band) => band.high))).toBe(Math.max(...list));
      for (const { low, mean, high } of all) {
        const slack = 1e-9 * Math.max(1, Math.abs(low), Math.abs(high));
        expect(mean).toBeGreaterThanOrEqual(low - slack);
        expect(mean).toBeLessThanOrEqual(high + slack);
      }
    }),
  );
});
