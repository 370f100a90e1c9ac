/** nMSE and R² against sums done by hand. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { openLoop } from "../../src/distill/score.js";

const rows = (width: number, ...data: number[]) => ({ rows: data.length / width, width, data });

it("scores the mean 1, the truth 0, and each column for itself", () => {
  expect(openLoop(rows(1, 1, 3), rows(1, 2, 2))).toEqual({ nmse: [1], nmse_mean: 1, r2_mean: 0 });
  expect(openLoop(rows(2, 1, 5, 3, 9), rows(2, 1, 5, 3, 9)).nmse).toEqual([0, 0]);
  // second column: errors 2 and 0, variance 4
  expect(openLoop(rows(2, 1, 5, 3, 9), rows(2, 1, 7, 3, 9)).nmse).toEqual([0, 0.5]);
});

it("does not change when a column is shifted or scaled", () => {
  const value = fc.double({ min: -10, max: 10, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(value, value), { minLength: 3, maxLength: 9 }), (pairs) => {
      const [y, p] = [pairs.map((a) => a[0]), pairs.map((a) => a[1])];
      fc.pre(Math.max(...y) - Math.min(...y) > 0.1);
      const change = (v: number) => 3 * v - 7;
      const before = openLoop(rows(1, ...y), rows(1, ...p)).nmse_mean;
      const after = openLoop(rows(1, ...y.map(change)), rows(1, ...p.map(change))).nmse_mean;
      expect(after).toBeCloseTo(before, 6);
    }),
  );
});

it("scores a column that never varies 0 when met and 1 when missed, and keeps it out of the mean of those that do", () => {
  expect(openLoop(rows(1, 5, 5), rows(1, 5, 5)).nmse).toEqual([0]);
  expect(openLoop(rows(1, 0.1, 0.1, 0.1), rows(1, 0.1, 0.1, 0.1 + 1e-9)).nmse).toEqual([0]);
  // and says that no share of nothing is explained
  expect(openLoop(rows(1, 5, 5), rows(1, 5, 5.1))).toEqual({ nmse: [1], nmse_mean: 1, r2_mean: 0, constant: true });
  expect(openLoop(rows(1, 0, 0), rows(1, 0, 1e-3)).nmse).toEqual([1]);
  const mixed = openLoop(rows(2, 1, 0, 3, 0), rows(2, 1.5, 0.01, 3, 0));
  expect(mixed).toEqual({ nmse: [0.125, 1], nmse_mean: 0.125, r2_mean: 0.875 });
});

it("takes what is small beside the training rows for a column that does not vary", () => {
  const [truth, near] = [rows(1, 1e-9, -1e-9), rows(1, 2e-9, 3e-9)];
  expect(openLoop(truth, near).nmse_mean).toBeGreaterThan(1);
  expect(openLoop(truth, near, [], [24]).nmse).toEqual([0]);
  expect(openLoop(truth, rows(1, 0.1, 0), [], [24]).nmse).toEqual([1]);
});

it("counts right answers: the likeliest of a choice, truth values cut where models cut them", () => {
  const truth = rows(4, 1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0);
  const said = rows(4, 0.6, 0.4, 0, 0.5, 0.3, 0.4, 0.3, 0.49, 0.9, 0.05, 0.05, 0.4, 0.4, 0.3, 0.3, 0.1);
  const choices = [
    { name: "mode", from: 0, width: 3 },
    { name: "alarm", from: 3, width: 1, truths: true as const },
  ];
  expect(openLoop(truth, said, choices).accuracy).toEqual({ mode: 0.75, alarm: 0.75 });
  // several truth values of one port, each by itself
  const flags = [{ name: "flags", from: 0, width: 4, truths: true as const }];
  expect(openLoop(rows(4, 1, 0, 0, 1), rows(4, 1, 0, 0.7, 1), flags).accuracy).toEqual({ flags: 0.75 });
});
