/** Blocked cross-validation: folds, scaled errors, and the one-standard-error rule. */
import { expect, it } from "vitest";
import { foldsOf, geometricMean, mostRestrained, scaledError } from "../../../src/distill/students/cross-validate.js";

const column = (...values: number[]) => ({ rows: values.length, width: 1, data: Float32Array.from(values) });
const counted = (from: number, to: number) => column(...Array.from({ length: to - from }, (_, i) => from + i));

it("holds out contiguous stretches, each row once, and never trains on a row that it holds out", () => {
  const data = {
    inputs: [],
    outputs: [],
    train: { x: counted(0, 70), y: counted(0, 70) },
    validation: { x: counted(70, 100), y: counted(70, 100) },
  };
  const folds = foldsOf(data, 5)!;
  expect(folds.flatMap((fold) => [...fold.held.x.data])).toEqual([...counted(0, 100).data]);
  for (const { data: own, held } of folds) {
    const seen = [...own.train.x.data, ...own.validation.x.data];
    expect(seen).toHaveLength(80);
    expect(seen.filter((row) => held.x.data.includes(row))).toEqual([]);
    expect(own.train.x.rows).toBe(68);
    expect(own.train.y.data).toEqual(own.train.x.data);
  }
  expect(foldsOf({ ...data, train: { x: counted(0, 10), y: counted(0, 10) } }, 5)).toBeUndefined();
});

it("scales errors by the spread of the training rows; constant columns do not count", () => {
  const training = column(-2, 2, -2, 2);
  expect(scaledError(column(0, 0), column(2, -2), training)).toBeCloseTo(1, 6);
  expect(scaledError(column(1, 1), column(1, 5), column(3, 3))).toBe(0);
});

it("takes the most restrained setting that is as good as any, within one standard error of the difference", () => {
  expect(geometricMean([1, 4])).toBeCloseTo(2, 12);
  // clearly worse in every fold: the freest
  expect(
    mostRestrained([
      [1, 4, 2],
      [2, 8, 4],
      [3, 12, 6],
    ]),
  ).toBe(0);
  // better here, worse there: as good as any
  expect(
    mostRestrained([
      [1, 4, 2],
      [1.1, 3.6, 2.1],
      [3, 12, 6],
    ]),
  ).toBe(1);
  // the best itself
  expect(
    mostRestrained([
      [2, 8, 4],
      [1.5, 6, 3],
      [1, 4, 2],
    ]),
  ).toBe(2);
});
