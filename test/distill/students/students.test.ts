/** Students: what they learn, what they export, and what they cannot be led to. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { Command } from "commander";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { distill } from "../../../src/cli/verbs/distill.js";
import { rng } from "../../../src/component/rng.js";
import { cholesky, solve } from "../../../src/distill/students/cholesky.js";
import { factored, product } from "../../../src/distill/students/gram.js";
import { students } from "../../../src/distill/students/index.js";
import { mean } from "../../../src/distill/students/mean.js";
import { type MlpOptions, mlp } from "../../../src/distill/students/mlp.js";
import { netsModel } from "../../../src/distill/students/net.js";
import { perceptron } from "../../../src/distill/students/perceptron.js";
import { predict } from "../../../src/distill/students/predict.js";
import { ridge } from "../../../src/distill/students/ridge.js";
import { normalised, statistics } from "../../../src/distill/students/statistics.js";
import type { StudentProgress, TrainingData } from "../../../src/distill/students/student.js";
import { checkModel } from "../../../src/onnx/check.js";
import { decode, encode } from "../../../src/onnx/codec/index.js";
import { evaluate } from "../../../src/onnx/evaluate.js";
import type { Model, Tensor } from "../../../src/onnx/ir.js";
import { numbers, tensor } from "../../../src/onnx/tensor.js";
import { LimbeckError } from "../../../src/problem/problem.js";
import { openSession } from "../../../src/session/session.js";
import type { Matrix } from "../../../src/train/matrix.js";
import { digest } from "./fit.js";
import { data, nmse, ports, rows, SEEN, seen, seenPorts, seenRows } from "./teacher.js";

const common = { seed: 7, now: () => 0 };
/** Small and in this thread: quick, and the same in every way that matters. */
const small: Partial<MlpOptions> = { hidden: [32, 32], steps: 3000, worker: false };
const held = rows(500, 3);
const [plainHeld, plainPorts] = [held, ports];

describe.each(students.map((s) => [s.name, s] as const))("%s", (_, student) => {
  // what a student does not know it leaves alone
  const own = {
    ...common,
    ...small,
    steps: 300,
    ensemble: 2,
    trees: 8,
    rounds: 20,
    state: 6,
    whole: 64,
    unroll: 64,
    window: 3,
  };
  // what looks at images has one beside the vectors
  const looks = student.check !== undefined;
  const images = { hidden: 8, steps: 20, filters: [4], points: 2 };
  const fitted = student.fit(looks ? seen() : data(), looks ? { ...own, ...images } : own);
  const ports = looks ? seenPorts : plainPorts;
  const held = looks ? seenRows(500, 3) : plainHeld;
  const width = held.x.width;

  test("exports a model that keeps the convention", async () => {
    const { model } = await fitted;
    expect(checkModel(model)).toEqual([]);
    expect(model.opset).toBe(18);
    const carried = model.graph.inputs.filter(({ name }) => name.startsWith("state_in."));
    const states = carried.map(({ name, ...rest }) => ({ ...rest, name: name.replace("_in.", "_out.") }));
    const reset = states.length === 0 ? [] : [{ name: "reset", dtype: "bool", shape: ["N"] }];
    const observed = model.graph.inputs.filter((i) => !carried.includes(i) && i.name !== "reset");
    expect(model.graph.inputs).toHaveLength(observed.length + carried.length + reset.length);
    expect(model.graph.inputs.filter(({ name }) => name === "reset")).toEqual(reset);
    expect(observed).toEqual(
      ports.inputs.map((b) => ({ name: `obs.${b.port}`, dtype: "float32", shape: ["N", b.columns.length] })),
    );
    const said = ports.outputs.map((b) => ({
      name: `act.${b.port}`,
      dtype: "float32",
      shape: ["N", b.columns.length],
    }));
    expect(model.graph.outputs).toHaveLength(said.length + states.length);
    expect(model.graph.outputs).toEqual(expect.arrayContaining([...said, ...states]));
    expect(decode(encode(model))).toEqual(model);
  });

  test("reference evaluation and ONNX Runtime agree to 1e-5 of each output's size, at batch 1 and batch N", async () => {
    const { model } = await fitted;
    const session = await openSession(encode(model));
    for (const count of [1, 37]) {
      const part = (from: number, own: number) =>
        tensor(
          "float32",
          [count, own],
          Array.from({ length: count * own }, (_, i) => held.x.data[Math.floor(i / own) * width + from + (i % own)]),
        );
      const feeds: { [name: string]: Tensor } = {};
      for (const { name, shape } of model.graph.inputs) {
        const width = (shape![1] ?? 1) as number;
        if (name.startsWith("state_in."))
          feeds[name] = tensor(
            "float32",
            [count, width],
            Array.from({ length: count * width }, (_, i) => Math.sin(i)),
          );
        if (name === "reset")
          feeds[name] = tensor(
            "bool",
            [count],
            Array.from({ length: count }, (_, i) => i % 2),
          );
      }
      feeds["obs.joints"] = part(0, 2);
      feeds["obs.controller#rail.target"] = part(2, 2);
      if (looks) feeds["obs.camera"] = part(4, SEEN);
      const [ours, theirs] = [evaluate(model, feeds), await session.run(feeds)];
      for (const { name } of model.graph.outputs) {
        expect(theirs[name].dims).toEqual(ours[name].dims);
        numbers(ours[name]).forEach((v, i) => {
          expect(Math.abs(v - numbers(theirs[name])[i])).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(v)));
        });
      }
    }
    await session.close();
  });

  test("a constant output is that constant, and a constant input that moves later changes nothing", async () => {
    const { model } = await fitted;
    const moved: Matrix = { ...held.x, data: held.x.data.map((v, i) => (i % width === 2 ? v + 1000 : v)) };
    const [before, after] = [await predict(model, held.x), await predict(model, moved)];
    expect(after).toEqual(before);
    for (let r = 0; r < before.rows; r++) expect(before.data[r * 3 + 2]).toBe(2.5);
  });

  test("predicting changes neither the model nor its history", async () => {
    const { model, history } = await fitted;
    const [bytes, kept] = [encode(model), structuredClone(history)];
    await predict(model, held.x);
    expect(Buffer.compare(encode(model), bytes)).toBe(0);
    expect(history).toEqual(kept);
  });

  test.each([
    [
      "a value that is not finite, by its column",
      (d: TrainingData) => ({
        ...d,
        train: { ...d.train, x: { ...d.train.x, data: d.train.x.data.with(5, Number.NaN) } },
      }),
      /joints:\[1\] of the train split is NaN in row 2/,
    ],
    ["no rows", (d: TrainingData) => ({ ...d, validation: rows(0, 1) }), /validation split has no rows/],
    [
      "rows that do not match",
      (d: TrainingData) => ({ ...d, train: { x: d.train.x, y: rows(5, 1).y } }),
      /2000 input rows and 5 output rows/,
    ],
    ["columns that are not named", (d: TrainingData) => ({ ...d, inputs: ports.outputs }), /3 columns are named/],
  ])("refuses %s", async (_title, spoil, message) => {
    const attempt = student.fit(spoil(data()), common);
    await expect(attempt).rejects.toThrow(LimbeckError);
    await expect(attempt).rejects.toThrow(message);
  });
});

test("the mean is the mean of the training rows", async () => {
  const { model } = await mean.fit(data(), common);
  const { mean: expected } = statistics(data().train.y);
  const { data: predicted } = await predict(model, held.x);
  for (let i = 0; i < predicted.length; i++) expect(predicted[i]).toBeCloseTo(expected[i % 3], 5);
});

test("ridge finds a linear teacher, and says which λ it took", async () => {
  const { model, details } = await ridge.fit(data(true), common);
  const test = rows(500, 3, true);
  for (const error of nmse(await predict(model, test.x), test.y).slice(0, 2)) expect(error).toBeLessThan(1e-8);
  expect(details.lambda).toBe(1e-6);
});

test("the MLP learns what ridge cannot", async () => {
  const errors = async (model: Model) => nmse(await predict(model, held.x), held.y).slice(0, 2);
  expect((await errors((await ridge.fit(data(), common)).model))[0]).toBeGreaterThan(0.9);
  const { model } = await mlp.fit(data(), { ...common, ...small, ensemble: 1 });
  for (const error of await errors(model)) expect(error).toBeLessThan(0.02);
});

// squared error is convex: the mean of several predictions is never worse than they are on average
test("the model of an ensemble is the mean of its members", async () => {
  const { train } = data();
  const { model } = await mlp.fit(data(), { ...common, ...small, dropout: 0, steps: 500, ensemble: 3 });
  const net = perceptron("mlp", {
    widths: [train.x.width, 32, 32, train.y.width],
    activation: "tanh",
    dropout: 0,
  });
  const normal = { x: statistics(train.x), y: statistics(train.y) };
  const members = [1, 2, 3].map((i) => {
    const own = Object.entries(model.graph.initializers).filter(([name]) => name.startsWith(`net${i}/`));
    const parameters = Object.fromEntries(own.map(([name, value]) => [name.slice(`net${i}/`.length), value]));
    return netsModel(net, ports, normal, [{ parameters }]);
  });
  const together = await predict(model, held.x);
  const alone: Matrix[] = [];
  for (const member of members) alone.push(await predict(member, held.x));
  together.data.forEach((value, i) => {
    expect(value).toBeCloseTo((alone[0]!.data[i]! + alone[1]!.data[i]! + alone[2]!.data[i]!) / 3, 4);
  });
  const total = (m: Matrix) => nmse(m, held.y)[0]!;
  expect(total(together)).toBeLessThan((total(alone[0]!) + total(alone[1]!) + total(alone[2]!)) / 3);
});

// by chance a column of 2,000 shuffled rows may seem to carry a few hundredths of the variance; the true labels give 0.98
test("shuffled labels leave nothing to learn: R² about zero or below", async () => {
  const { train, validation } = data();
  const shuffled = (split: { x: Matrix; y: Matrix }, seed: number) => {
    const draws = rng(seed);
    const y = split.y.data.slice();
    for (let i = split.y.rows - 1; i > 0; i--) {
      const j = draws.integer(i + 1);
      const row = y.slice(i * 3, i * 3 + 3);
      y.copyWithin(i * 3, j * 3, j * 3 + 3);
      y.set(row, j * 3);
    }
    return { x: split.x, y: { ...split.y, data: y } };
  };
  const fake = { ...ports, train: shuffled(train, 1), validation: shuffled(validation, 2) };
  for (const student of [ridge, mlp]) {
    const { model } = await student.fit(fake, { ...common, ...small });
    for (const error of nmse(await predict(model, held.x), held.y).slice(0, 2)) expect(1 - error).toBeLessThan(0.1);
  }
});

test("normalisation comes from the training split alone", async () => {
  const { model } = await mlp.fit({ ...data(), validation: rows(400, 2, true) }, { ...common, ...small, steps: 60 });
  expect(model.graph.initializers["input.mean"].data).toEqual(statistics(data().train.x).mean);
  const back = normalised(data().train.x, statistics(data().train.x));
  const { mean: centre, deviation } = statistics(back);
  centre.forEach((v) => {
    expect(Math.abs(v)).toBeLessThan(1e-4);
  });
  expect([...deviation].map((d) => Math.round(d * 1e4) / 1e4)).toEqual([1, 1, 0, 1]);
});

test("the same seed gives the same file in two processes, another seed another file", async () => {
  const require = createRequire(import.meta.url);
  const jiti = join(dirname(require.resolve("jiti/package.json")), "lib", "jiti-cli.mjs");
  const script = join(import.meta.dirname, "print.ts");
  const other = await promisify(execFile)(process.execPath, [jiti, script, "7"]);
  expect(other.stdout.trim()).toBe(await digest(7));
  expect(await digest(8)).not.toBe(await digest(7));
});

test("progress covers the whole ensemble and ends at one", async () => {
  const seen: StudentProgress[] = [];
  await mlp.fit(data(), { ...common, hidden: [8], epochs: 4, ensemble: 3, onProgress: (p) => seen.push(p) });
  expect(seen.at(-1)!.fraction).toBeCloseTo(1, 12);
  seen.forEach((p, i) => {
    expect(p.student).toBe("mlp");
    if (i > 0) expect(p.fraction).toBeGreaterThanOrEqual(seen[i - 1].fraction);
  });
});

test("an abort keeps what was best so far, and says so", async () => {
  const controller = new AbortController();
  const fitted = await mlp.fit(data(), {
    ...common,
    hidden: [8],
    dropout: 0,
    epochs: 5_000,
    patience: 5_000,
    signal: controller.signal,
    onProgress: (p) => {
      if (p.epoch === 3) controller.abort();
    },
  });
  expect(fitted.interrupted).toBe(true);
  expect(fitted.history.length).toBeGreaterThanOrEqual(2);
  expect(checkModel(fitted.model)).toEqual([]);
});

test("an abort while the dropout is being chosen ends every training to come", async () => {
  const controller = new AbortController();
  const fitted = await mlp.fit(data(), {
    ...common,
    hidden: [8],
    epochs: 20,
    ensemble: 2,
    worker: false,
    signal: controller.signal,
    onProgress: () => controller.abort(),
  });
  expect(fitted.interrupted).toBe(true);
  expect(fitted.history).toEqual([]);
  // nets that were not trained differ by nothing but their seed, which is the fold's
  const errors = fitted.details.cross_validation as readonly { readonly error: number }[];
  expect(errors[2]!.error).toBe(errors[1]!.error);
});

test("L·Lᵀ·X = B for random positive definite matrices; what is not positive definite is refused", () => {
  const square = fc
    .integer({ min: 1, max: 5 })
    .chain((n) =>
      fc
        .array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: n * n + n, maxLength: n * n + n })
        .map((v) => ({ n, v })),
    );
  fc.assert(
    fc.property(square, ({ n, v }) => {
      const a = new Float64Array(n * n);
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++)
          for (let k = 0; k < n; k++) a[i * n + j] += v[i * n + k] * v[j * n + k] + (i === j && k === 0 ? 1 : 0);
      const b = Float64Array.from(v.slice(n * n));
      const x = solve(cholesky(a, n), n, b, 1);
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (let j = 0; j < n; j++) sum += a[i * n + j] * x[j];
        expect(sum).toBeCloseTo(b[i], 8);
      }
    }),
  );
  expect(() => cholesky(Float64Array.from([1, 2, 2, 1]), 2)).toThrow(RangeError);
});

test("large products and factors are those of small ones, to rounding", async () => {
  const draws = rng(5);
  const [count, width] = [600, 520];
  const x = { rows: count, width, data: Float32Array.from({ length: count * width }, () => draws.between(-1, 1)) };
  const gram = await product(x, x);
  for (const [i, j] of [
    [0, 0],
    [3, 519],
    [519, 3],
    [300, 299],
  ] as const) {
    let sum = 0;
    for (let r = 0; r < count; r++) sum += (x.data[r * width + i]! * x.data[r * width + j]!) / count;
    expect(gram[i * width + j]).toBeCloseTo(sum, 12);
  }
  for (let i = 0; i < width; i++) gram[i * width + i]! += 1e-3;
  const [whole, blocks] = [cholesky(gram, width), await factored(gram, width)];
  whole.forEach((v, i) => {
    expect(Math.abs(v - blocks[i]!)).toBeLessThan(1e-12);
  });
  await expect(
    factored(
      gram.map((v) => -v),
      width,
    ),
  ).rejects.toThrow(RangeError);
});

test("the reference and the help of the command name every student", () => {
  const reference = readFileSync(join(import.meta.dirname, "../../../docs/reference/students.md"), "utf8");
  const command = new Command();
  distill.declare(command);
  const help = command.helpInformation().replaceAll(/\s+/g, " ");
  for (const { name } of students) expect(reference).toContain(`| \`${name}\` |`);
  // what others have to beat is always there
  for (const { name } of students.filter((s) => s !== mean)) expect(help).toContain(name);
});
