/** Students on real data, as `npm run bench -- data` has them, on a small budget: the bars are met, and what is simpler is beaten. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { mlp } from "../../../src/distill/students/mlp.js";
import { predict } from "../../../src/distill/students/predict.js";
import { ridge } from "../../../src/distill/students/ridge.js";
import { root } from "../../support/run.js";

const common = { seed: 1, now: () => 0 };

function dataOf(path: string) {
  const file = join(root, "../shared/data", path);
  const here = existsSync(file) || process.env.CI === "true";
  if (!here) console.warn(`skipped: the real data ../shared/data/${path} are not here`);
  return { here, file: pathToFileURL(file) };
}
const support = (name: string) => import(join(root, "bench/support", name));

const image = dataOf("hyper_jasper/jasperRidge2_R198.mat");
it.skipIf(!image.here)("three bands of an image tell the other 195 better than a line and a parabola do", async () => {
  const { jasper } = await support("jasper.mjs");
  const { data, held, score, quadratic, labels } = jasper(image.file);
  const error = async (of: { readonly model: Parameters<typeof predict>[0] }, x = held.x) =>
    score(await predict(of.model, x), held.y);
  const linear = await error(await ridge.fit(data, common));
  const square = await error(await ridge.fit(quadratic(data), common), quadratic(held).x);
  const small = { hidden: [64, 64], ensemble: 1, dropout: 0, steps: 600, worker: false };
  const net = await mlp.fit(data, { ...common, ...small });
  expect(square).toBeLessThan(0.4);
  expect(linear).toBeGreaterThan(square);
  expect(await error(net)).toBeLessThan(0.9 * square);
  const [fromCube, fromBands] = [await labels(held.y), await labels(await predict(net.model, held.x))];
  expect(fromCube).toBeGreaterThan(0.8);
  expect(fromBands).toBeGreaterThan(0.6);
});

const record = dataOf("sysid_cascaded_tanks/dataBenchmark.csv");
it.skipIf(!record.here)("two tanks, trained on one record, run freely through the other within 0.40 V", async () => {
  const { tanks, twoTanks } = await support("tanks.mjs");
  const { data, rmse } = tanks(record.file);
  const { model } = await twoTanks.fit(data, { ...common, steps: 20 });
  expect(model.graph.inputs.map(({ name }: { name: string }) => name)).toEqual([
    "obs.valve",
    "state_in.upper",
    "state_in.lower",
    "reset",
  ]);
  expect(await rmse(model)).toBeLessThan(0.4);
  // without training, the structure alone is further off
  const { model: untrained } = await twoTanks.fit(data, { ...common, steps: 1 });
  expect(await rmse(untrained)).toBeGreaterThan(await rmse(model));
});
