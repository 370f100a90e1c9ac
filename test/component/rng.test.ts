/** Seeded randomness: repeatable, and random from the first number on, whatever the seed. */
import { expect, it } from "vitest";
import { rng, seedOf } from "../../src/component/rng.js";

const seeds = Array.from({ length: 2000 }, (_, seed) => seed);

/** χ² of counts in ten equal bins; 9 degrees of freedom exceed 33.7 once in 10,000. */
function chiSquare(values: readonly number[]): number {
  const counts = new Array<number>(10).fill(0);
  for (const value of values) counts[Math.floor(10 * value)]!++;
  const expected = values.length / 10;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

it("gives the same numbers for the same seed, and others for another", () => {
  const draw = (seed: number) => {
    const r = rng(seed);
    return [r.uniform(), r.between(3, 4), r.normal(), r.integer(9)];
  };
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
  expect(seedOf(7, "arm")).not.toBe(seedOf(7, "operator"));
});

it("is uniform over small seeds already in its first and second number, and they do not depend on each other", () => {
  const first = seeds.map((seed) => rng(seed).uniform());
  const second = seeds.map((seed) => {
    const r = rng(seed);
    r.uniform();
    return r.uniform();
  });
  expect(chiSquare(first)).toBeLessThan(33.7);
  expect(chiSquare(second)).toBeLessThan(33.7);
  const product = first.reduce((sum, u, i) => sum + (u - 0.5) * (second[i]! - 0.5), 0) / seeds.length;
  // standard deviation of the mean product: 1/12 / √n
  expect(Math.abs(product)).toBeLessThan(4 / 12 / Math.sqrt(seeds.length));
});

it("has normals of mean 0, variance 1 and kurtosis 3", () => {
  const { normal } = rng(1);
  const values = Array.from({ length: 20_000 }, normal);
  const moment = (k: number) => values.reduce((sum, v) => sum + v ** k, 0) / values.length;
  expect(Math.abs(moment(1))).toBeLessThan(0.03);
  expect(Math.abs(moment(2) - 1)).toBeLessThan(0.04);
  expect(Math.abs(moment(4) - 3)).toBeLessThan(0.3);
});

it("draws integers below n, each as often", () => {
  const { integer } = rng(3);
  const counts = new Array<number>(7).fill(0);
  for (let i = 0; i < 14_000; i++) counts[integer(7)]!++;
  for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(200);
});
