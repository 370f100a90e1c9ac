/**
 * Students on real data (`../shared/data`), five seeds each: what they were chosen by is a validation part cut from the
 * training part, and the test part is looked at once, here.
 *
 *   panda    joint state → torque, first 80 % of the log → last 20 %; mean nMSE of seven torques
 *   jasper   RGB → 198 bands by pixel, left 70 columns → right 30; relative error, and labels from both
 *   tanks    free-run simulation of the validation record, RMSE in volts
 *   columns  700 rows, 800 columns of noise and four that say all; outputs normalised or not
 *   corner   the top-left key-point of handwritten digits; outputs normalised or not
 *
 * Numbers are errors: the ratio is that of the peer's error to ours.
 */
import { existsSync } from "node:fs";
import { conv } from "../dist/distill/students/conv.js";
import { keypoints } from "../dist/distill/students/keypoints.js";
import { mlp } from "../dist/distill/students/mlp.js";
import { predict } from "../dist/distill/students/predict.js";
import { ridge } from "../dist/distill/students/ridge.js";
import { ridgeMlp } from "../dist/distill/students/ridge-mlp.js";
import { columnsTask } from "./support/columns-task.mjs";
import { digitsCorner } from "./support/digits-corner.mjs";
import { jasper } from "./support/jasper.mjs";
import { panda } from "./support/panda.mjs";
import { tanks, twoTanks } from "./support/tanks.mjs";

const DATA = new URL("../../shared/data/", import.meta.url);
const SEEDS = [1, 2, 3, 4, 5];

const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
const spread = (values) => Math.sqrt(mean(values.map((v) => (v - mean(values)) ** 2)));

/** One error a seed, as a result of the runner. */
async function figure(name, unit, peer, peer_name, of) {
  const runs = [];
  for (const seed of SEEDS) {
    runs.push(await of(seed));
    process.stderr.write(`  ${name} seed ${seed}: ${runs.at(-1).toPrecision(4)}\n`);
  }
  const [ours, sd] = [mean(runs), spread(runs)];
  return {
    name: `data/${name}`,
    unit: `${unit} ± ${sd.toPrecision(2)}`,
    ours,
    sd,
    peer,
    peer_name,
    ratio: peer / ours,
    runs: { ours: runs, peer: [peer] },
  };
}

const options = (seed) => ({ seed, now: () => performance.now() });

async function pandaFigures() {
  const { data, held, score } = panda(new URL("panda_gaz/panda_exciting_traj.csv.gz", DATA));
  const of = async (fitted) => score(await predict((await fitted).model, held.x), held.y);
  const line = await of(ridge.fit(data, options(1)));
  return [
    await figure("panda-torque", "nMSE", line, "ridge on the same columns", (seed) =>
      of(ridgeMlp.fit(data, { ...options(seed), ensemble: 3, dropout: 0.1, steps: 2000 })),
    ),
  ];
}

async function jasperFigures() {
  const { data, held, score, quadratic, labels } = jasper(new URL("hyper_jasper/jasperRidge2_R198.mat", DATA));
  const linear = score(await predict((await ridge.fit(data, options(1))).model, held.x), held.y);
  const square = score(await predict((await ridge.fit(quadratic(data), options(1))).model, quadratic(held).x), held.y);
  const cube = await labels(held.y);
  const fits = new Map();
  const cubeOf = async (seed) => {
    if (!fits.has(seed))
      fits.set(
        seed,
        await predict(
          (await mlp.fit(data, { ...options(seed), hidden: [64, 64], ensemble: 3, dropout: 0, steps: 3000 })).model,
          held.x,
        ),
      );
    return fits.get(seed);
  };
  return [
    await figure("jasper-bands", "relative error", linear, "linear", async (seed) => score(await cubeOf(seed), held.y)),
    await figure("jasper-bands", "relative error", square, "quadratic", async (seed) =>
      score(await cubeOf(seed), held.y),
    ),
    await figure(
      "jasper-labels",
      "share wrong",
      1 - cube,
      "labels from the cube itself",
      async (seed) => 1 - (await labels(await cubeOf(seed))),
    ),
  ];
}

async function tanksFigures() {
  const { data, rmse } = tanks(new URL("sysid_cascaded_tanks/dataBenchmark.csv", DATA));
  return [
    await figure("tanks-free-run", "V", 0.45, "PNLSS (published)", async (seed) =>
      rmse((await twoTanks.fit(data, options(seed))).model),
    ),
  ];
}

/** A student with its outputs normalised beside the same without, on the same seeds. */
async function normalised(name, student, { data, held, score }, size) {
  const of = async (seed, raw_outputs) =>
    score(await predict((await student.fit(data, { ...options(seed), ...size, raw_outputs })).model, held.x), held.y);
  const without = [];
  for (const seed of SEEDS) without.push(await of(seed, true));
  const peer_name = `outputs not normalised (± ${spread(without).toPrecision(2)})`;
  const found = await figure(`${name}-${student.name}`, "nMSE", mean(without), peer_name, (seed) => of(seed, false));
  return { ...found, runs: { ...found.runs, peer: without } };
}

const columnsFigures = async () => [
  await normalised("superfluous-columns", mlp, columnsTask(), { hidden: [32], ensemble: 1, dropout: 0, steps: 600 }),
];

async function cornerFigures() {
  const task = await digitsCorner(new URL("digits/mnist10k.npz", DATA));
  return [
    await normalised("digits-corner", keypoints, task, { steps: 400 }),
    await normalised("digits-corner", conv, task, { steps: 1000 }),
  ];
}

export const name = "data";

export async function run() {
  const results = await columnsFigures();
  if (!existsSync(DATA)) {
    process.stderr.write("  ../shared/data is not there: real data are left out\n");
    return results;
  }
  // both halves of what normalising outputs is worth stand below each other
  results.push(...(await cornerFigures()));
  return [...results, ...(await pandaFigures()), ...(await jasperFigures()), ...(await tanksFigures())];
}

export default run;
