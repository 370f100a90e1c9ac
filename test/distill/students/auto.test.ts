/** Automatic choice among students, and a line that a net corrects. */
import { expect, test } from "vitest";
import { auto } from "../../../src/distill/students/auto.js";
import { mlp } from "../../../src/distill/students/mlp.js";
import { predict } from "../../../src/distill/students/predict.js";
import { ridge } from "../../../src/distill/students/ridge.js";
import { ridgeMlp } from "../../../src/distill/students/ridge-mlp.js";
import type { TrainingData } from "../../../src/distill/students/student.js";
import { choices, data, nmse, rows, steps } from "./teacher.js";

const common = { seed: 7, now: () => 0, worker: false };

interface Trial {
  readonly student: string;
  readonly validation_error: number;
}

test("auto takes the plainest that is as good as any, and says all that it tried", async () => {
  const { name, details, model } = await auto.fit(data(true), { ...common, trial_steps: 60, steps: 60 });
  const trials = details.trials as unknown as Trial[];
  expect(name).toBe("auto");
  expect(details.student).toBe("ridge");
  expect(new Set(trials.map((t) => t.student))).toEqual(
    new Set(["ridge", "forest", "boosted", "mlp", "ridge+mlp", "history", "gru"]),
  );
  expect(trials[0].validation_error).toBeLessThan(1e-6);
  const held = rows(200, 9, true);
  expect(nmse(await predict(model, held.x), held.y)[0]).toBeLessThan(1e-6);
});

test("auto finds trees where the teacher is steps, and never a student with memory for a teacher without", async () => {
  const { details } = await auto.fit(steps(600), { ...common, trial_steps: 60, steps: 60 });
  expect(["forest", "boosted"]).toContain(details.student);
});

test("a line that a net corrects: as good as the line far away, better than it nearby", async () => {
  const bent = (seed: number, scale: number) => {
    const held = rows(400, seed, true);
    return {
      ...held,
      y: { ...held.y, data: held.y.data.map((v, i) => v + scale * Math.sin(held.x.data[4 * Math.floor(i / 3)])) },
    };
  };
  const both: TrainingData = { ...data(true), train: bent(1, 2), validation: bent(2, 2) };
  const held = bent(3, 2);
  const size = { hidden: [24], ensemble: 1, dropout: 0, steps: 1500 };
  const of = async (fit: ReturnType<typeof ridge.fit>) => nmse(await predict((await fit).model, held.x), held.y)[0];
  const line = await of(ridge.fit(both, common));
  expect(await of(ridgeMlp.fit(both, { ...common, ...size }))).toBeLessThan(0.5 * line);
  // far outside of the rows a net alone is lost
  const away = rows(200, 5, true);
  const far = { ...away.x, data: away.x.data.map((v, i) => (i % 4 === 0 ? 100 + 10 * (v - 100) : v)) };
  const truth = far.data
    .filter((_, i) => i % 4 === 0)
    .map((x, r) => 40 + (7 * (x - 100)) / 5 - 200 * far.data[4 * r + 1]);
  const miss = async (fit: ReturnType<typeof ridge.fit>) => {
    const said = await predict((await fit).model, far);
    return truth.reduce((sum, y, r) => sum + (y - said.data[3 * r]) ** 2, 0);
  };
  expect(await miss(ridgeMlp.fit(both, { ...common, ...size }))).toBeLessThan(
    0.2 * (await miss(mlp.fit(both, { ...common, ...size }))),
  );
});

test("with a choice among the outputs it is the net alone", async () => {
  const size = { hidden: [8], ensemble: 1, dropout: 0, steps: 20 };
  const { name, details } = await ridgeMlp.fit(choices(100), { ...common, ...size });
  expect([name, details.lambda]).toEqual(["ridge+mlp", undefined]);
});
