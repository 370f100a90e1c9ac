/** Laws of the trainer: parts of a batch, groups, interruptions, streams, observers. */
import type { Observable } from "rxjs";
import { describe, expect, test } from "vitest";
import { scan } from "../../src/onnx/control.js";
import { add, cast, matmul, mul, reduceSum, square, sub, tanh } from "../../src/onnx/functions.js";
import { numbers, tensor } from "../../src/onnx/tensor.js";
import { rowsOfColumns, type Stream } from "../../src/train/data.js";
import type { Environment } from "../../src/train/environment.js";
import type { EpochEvent } from "../../src/train/events.js";
import type { Stopping } from "../../src/train/host.js";
import { huber } from "../../src/train/losses/huber.js";
import { mse } from "../../src/train/losses/mse.js";
import { adam } from "../../src/train/optimisers/adam.js";
import { adamW } from "../../src/train/optimisers/adamw.js";
import { sgd } from "../../src/train/optimisers/sgd.js";
import { cosine } from "../../src/train/schedules/cosine.js";
import { type TrainerOptions, type TrainingResult, trainer } from "../../src/train/trainer.js";
import { codeOf, columns, net, parameters } from "./problem.js";

const environment =
  (dropout = 0): Environment =>
  (model, { x, y }, step) =>
    mse.of(net(dropout)(x, model, step), y);
const options = (change: Partial<TrainerOptions> = {}): TrainerOptions => ({
  environment: environment(),
  parameters: parameters(3),
  data: { train: columns(150, 1), validation: columns(40, 2) },
  epochs: 3,
  batch: 32,
  rate: 0.01,
  seed: 7,
  worker: false,
  ...change,
});
const run = (change: Partial<TrainerOptions> = {}): Promise<TrainingResult> => trainer(options(change)).run();
const flat = (result: Pick<TrainingResult, "parameters">): number[] =>
  Object.values(result.parameters).flatMap(numbers);
const expectClose = (a: readonly number[], b: readonly number[], within: number): void => {
  expect(a.length).toBe(b.length);
  expect(Math.max(...a.map((v, i) => Math.abs(v - b[i])))).toBeLessThanOrEqual(within);
};

describe("a batch in parts is the same step as the batch at once", () => {
  // 150 rows in batches of 32 leave a batch of 22: parts of 5 leave 2 rows of either, parts of 11 leave 10 and none
  test.each([1, 5, 8, 11, 22, 31, 32, 100])("parts of %i rows", async (micro_batch) => {
    const change = { optimiser: sgd({ momentum: 0.9 }), clip_norm: 0.5, data: { train: columns(150, 1) } };
    const [whole, parts] = [await run(change), await run({ ...change, micro_batch })];
    expectClose(flat(parts), flat(whole), 1e-6);
    expectClose(
      parts.history.map((h) => h.train_loss),
      whole.history.map((h) => h.train_loss),
      1e-6,
    );
  });

  test("with dropout, a penalty on the parameters alone, and metrics", async () => {
    const change: Partial<TrainerOptions> = {
      optimiser: sgd(),
      data: { train: columns(150, 1) },
      environment: (model, { x, y }, step) => {
        const error = mse.of(net(0.3)(x, model, step), y);
        return { loss: add(error, mul(reduceSum(square(model.w1)), 0.01)), metrics: { error } };
      },
    };
    const [whole, parts] = [await run(change), await run({ ...change, micro_batch: 7 })];
    expectClose(flat(parts), flat(whole), 1e-6);
    expect(whole.history[0].train_metrics!.error).toBeLessThan(whole.history[0].train_loss);
    expect(parts.history[2].train_metrics!.error).toBeCloseTo(whole.history[2].train_metrics!.error, 6);
  });

  test("a mean over something else than rows is weighted by it", async () => {
    const data = columns(150, 1);
    // a third of the rows count, unevenly spread over the parts
    const counts = tensor(
      "bool",
      [150],
      Uint8Array.from({ length: 150 }, (_, i) => (i % 3 === 0 || i < 20 ? 1 : 0)),
    );
    const change: Partial<TrainerOptions> = {
      optimiser: sgd(),
      shuffle: false,
      data: { train: { ...data, counts } },
      environment: (model, { x, y, counts }, step) => {
        const of = cast(counts, "float32");
        const weight = reduceSum(of);
        const errors = reduceSum(square(sub(net()(x, model, step), y)), { axes: [1] });
        return { loss: mul(reduceSum(mul(errors, of)), cast(inverse(weight), "float32")), weight };
      },
    };
    const [whole, parts] = [await run(change), await run({ ...change, micro_batch: 9 })];
    expectClose(flat(parts), flat(whole), 1e-6);
  });

  test("every row of an epoch counts once, the last batch's too", async () => {
    // a rate of nearly nothing: the epoch's loss is then the loss over all rows
    const { history } = await run({
      rate: 1e-12,
      optimiser: sgd(),
      epochs: 1,
      data: { train: columns(150, 1), validation: columns(150, 1) },
    });
    expect(history[0].train_loss).toBeCloseTo(history[0].validation_loss!, 6);
    const { steps } = trainer(options({ epochs: 1, drop_last: true }));
    expect([trainer(options({ epochs: 1 })).steps, steps]).toEqual([5, 4]);
  });
});

const inverse = (x: Parameters<typeof square>[0]) => x.scope.emit("Reciprocal", [x])[0];

describe("groups of parameters", () => {
  test.each([sgd({ momentum: 0.9, weight_decay: 0.1 }), adam({ weight_decay: 0.1 }), adamW({ weight_decay: 0.1 })])(
    "frozen ones stay to the bit, the others move: $name",
    async (optimiser) => {
      const start = parameters(3);
      const { parameters: end } = await run({
        optimiser,
        groups: [{ parameters: ["*1"], frozen: true }],
        average: 0.9,
      });
      expect(Object.keys(end)).toEqual(Object.keys(start));
      expect(end.w1).toEqual(start.w1);
      expect(end.b1).toEqual(start.b1);
      expect(end.w2).not.toEqual(start.w2);
      expect(end.b2).not.toEqual(start.b2);
    },
  );

  test("a rate factor is the same as that rate; decay of a group holds for all of it", async () => {
    const only = (name: string) => Object.keys(parameters(3)).filter((n) => n !== name);
    const one = { epochs: 1, batch: 150, data: { train: columns(150, 1) } };
    const decayed = [
      { parameters: ["w1", "b1"], rate: 0.5, weight_decay: 0.2 },
      { parameters: ["w2"], weight_decay: 0 },
    ];
    const grouped = await run({ ...one, optimiser: adamW({ weight_decay: 0.3 }), groups: decayed });
    for (const [name, rate, weight_decay] of [
      ["w1", 0.5, 0.2],
      ["b1", 0.5, 0.2],
      ["w2", 1, 0],
      ["b2", 1, 0],
    ] as const) {
      const alone = await run({
        ...one,
        rate: 0.01 * rate,
        optimiser: adamW({ weight_decay: 0 }),
        groups: [
          { parameters: [name], weight_decay },
          { parameters: only(name), frozen: true },
        ],
      });
      expectClose(numbers(grouped.parameters[name]), numbers(alone.parameters[name]), 1e-7);
    }
  });

  test.each([
    ["a name that is none", [{ parameters: ["w9"] }]],
    ["one in two groups", [{ parameters: ["w1"] }, { parameters: ["w*"], rate: 2 }]],
    ["none left to train", [{ parameters: ["*"], frozen: true }]],
  ])("%s is refused", async (_, groups) => {
    expect(await codeOf(() => trainer(options({ groups })))).toBe("L0953");
  });

  test("integers can be frozen and not trained", async () => {
    const table = tensor("int64", [2], [1, 2]);
    const given = { ...parameters(3), table };
    expect(await codeOf(() => trainer(options({ parameters: given })))).toBe("L0953");
    const { parameters: end } = await run({ parameters: given, groups: [{ parameters: ["table"], frozen: true }] });
    expect(end.table).toEqual(table);
  });
});

describe("an interrupted training, resumed, gives the bytes of one that was not", () => {
  const change = { environment: environment(0.2), average: 0.9, clip_norm: 1, schedule: cosine(), patience: 3 };
  const stoppedAt = async (k: number, worker = false): Promise<TrainingResult> => {
    const training = trainer(options({ ...change, worker }));
    training.before.step.subscribe(({ step, stop }) => {
      if (step > k) stop();
    });
    return training.run();
  };
  const same = (a: TrainingResult, b: TrainingResult): void => {
    const { steps_per_s: _, ...left } = a;
    const { steps_per_s: __, ...right } = b;
    expect(left).toEqual(right);
  };

  test("at every step", async () => {
    const whole = await run(change);
    expect(whole.steps).toBe(15);
    for (let k = 0; k < 15; k++) {
      const part = await stoppedAt(k);
      expect([part.ended, part.steps]).toEqual(["interrupted", k]);
      same(await run({ ...change, resume: part.checkpoint! }), { ...whole, resumed: k } as TrainingResult);
    }
  });

  test("before a validation, and in a worker", async () => {
    const whole = await run(change);
    const training = trainer(options({ ...change, worker: true }));
    training.before.validation.subscribe(({ epoch, stop }) => {
      if (epoch === 2) stop();
    });
    const part = await training.run();
    expect([part.ended, part.steps, part.history.length]).toEqual(["interrupted", 10, 1]);
    same(await run({ ...change, worker: true, resume: part.checkpoint! }), { ...whole, resumed: 10 } as TrainingResult);
  });

  test("from every check-point that is saved on the way, of epochs and of steps", async () => {
    const whole = await run(change);
    for (const cadence of [{ every_epochs: 1 }, { every_steps: 4 }]) {
      const saved: Uint8Array[] = [];
      same(await run({ ...change, checkpoint: { ...cadence, save: (bytes) => void saved.push(bytes) } }), whole);
      expect(saved.length).toBe(3);
      for (const [i, resume] of saved.entries()) {
        const resumed = "every_epochs" in cadence ? 5 * (i + 1) : 4 * (i + 1);
        same(await run({ ...change, resume }), { ...whole, resumed } as TrainingResult);
      }
    }
  });

  test("one that is of another training is refused, and so are damaged bytes", async () => {
    const resume = (await stoppedAt(7)).checkpoint!;
    const refused = (other: Partial<TrainerOptions>) => codeOf(() => run({ ...change, resume, ...other }));
    expect(await refused({ seed: 8 })).toBe("L0956");
    expect(await refused({ rate: 0.02 })).toBe("L0956");
    expect(await refused({ epochs: 4 })).toBe("L0956");
    expect(await refused({ environment: environment(0.1) })).toBe("L0956");
    expect(await refused({ optimiser: sgd() })).toBe("L0956");
    expect(await refused({ parameters: parameters(4) })).toBe("L0956");
    expect(await refused({ data: { train: columns(150, 3), validation: columns(40, 2) } })).toBe("L0956");
    expect(await refused({ resume: resume.slice(0, -1) })).toBe("L0955");
    expect(await refused({ resume: Uint8Array.of(1, 2, 3) })).toBe("L0955");
    const turned = resume.slice();
    turned[turned.length >> 1] ^= 1;
    expect(await refused({ resume: turned })).toBe("L0955");
    expect(await refused({ threads: 2, patience: 5 })).toBe("none");
  });
});

describe("a stream of batches", () => {
  const [train, validation] = [columns(150, 1), columns(40, 2)];
  /** Rows in their order, in batches, epoch after epoch. */
  const streamOf = (data: typeof train, batch: number, opened: object[] = []): Stream => ({
    rows: data.x.dims[0],
    batch,
    columns: Object.entries(data).map(([name, { dtype, dims }]) => ({ name, dtype, dims: dims.slice(1) })),
    digest: "rows",
    async *open(start) {
      opened.push(start);
      const perEpoch = Math.ceil(data.x.dims[0] / batch);
      for (let n = start.epoch * perEpoch + start.batch; ; n++) {
        const from = (n % perEpoch) * batch;
        yield rowsOfColumns(data, from, Math.min(from + batch, data.x.dims[0]));
      }
    },
  });

  test.each([false, true])("trains as columns in the same order do; in a worker: %s", async (worker) => {
    const inMemory = await run({ shuffle: false, data: { train } });
    const opened: object[] = [];
    const streamed = await run({ worker, data: { train: streamOf(train, 32, opened) } });
    expect(streamed.parameters).toEqual(inMemory.parameters);
    expect(opened).toEqual([{ epoch: 0, batch: 0 }]);
    const validated = await run({ worker, data: { train: streamOf(train, 32), validation: streamOf(validation, 13) } });
    const known = await run({ shuffle: false, data: { train, validation } });
    expect(validated.history[2].validation_loss).toBeCloseTo(known.history[2].validation_loss!, 6);
  });

  test("resumes where it was", async () => {
    const opened: object[] = [];
    const data = { train: streamOf(train, 32, opened) };
    const training = trainer(options({ data }));
    training.before.step.subscribe(({ step, stop }) => step > 7 && stop());
    const { checkpoint } = await training.run();
    const resumed = await run({ data, resume: checkpoint! });
    expect(opened).toEqual([
      { epoch: 0, batch: 0 },
      { epoch: 1, batch: 2 },
    ]);
    expect(resumed.parameters).toEqual((await run({ data })).parameters);
  });

  test("that gives another batch than it says is refused", async () => {
    const stream = streamOf(train, 32);
    const short: Stream = { ...stream, async *open() {} };
    const wide: Stream = { ...stream, columns: [stream.columns[0], { ...stream.columns[1], dims: [3] }] };
    expect(await codeOf(() => run({ data: { train: short } }))).toBe("L0951");
    expect(
      await codeOf(() =>
        run({
          environment: (m, { x }, step) => mse.of(net()(x, m, step), x.scope.emit("Identity", [x])[0]),
          data: { train: wide },
        }),
      ),
    ).not.toBe("none");
    const failing: Stream = {
      ...stream,
      // biome-ignore lint/correctness/useYield: it fails before its first batch
      async *open() {
        throw new RangeError("the disk is gone");
      },
    };
    for (const worker of [false, true])
      await expect(run({ worker, data: { train: failing } })).rejects.toThrow("the disk is gone");
  });
});

describe("observers", () => {
  test.each([false, true])("see each moment, before and after; in a worker: %s", async (worker) => {
    const training = trainer(options({ epochs: 2, worker }));
    const seen: string[] = [];
    for (const side of ["before", "after"] as const)
      for (const at of ["step", "epoch", "validation", "end"] as const)
        (training[side][at] as Observable<EpochEvent>).subscribe((e) =>
          seen.push(`${side} ${e.at} ${e.epoch}.${e.step}`),
        );
    await training.run();
    const epoch = (n: number) => [
      `before epoch ${n}.${5 * (n - 1)}`,
      ...[1, 2, 3, 4, 5].flatMap((k) => ["before", "after"].map((side) => `${side} step ${n}.${5 * (n - 1) + k}`)),
      ...["after epoch", "before validation", "after validation"].map((what) => `${what} ${n}.${5 * n}`),
    ];
    expect(seen).toEqual([...epoch(1), ...epoch(2), "before end 2.10", "after end 2.10"]);
  });

  test("watching changes nothing; losses of steps add up to the epoch's", async () => {
    const training = trainer(options());
    const losses: number[] = [];
    const validated: { loss: number; w1: number[] }[] = [];
    training.after.step.subscribe(({ loss }) => losses.push(loss!));
    training.before.step.subscribe(() => {});
    training.after.validation.subscribe(({ record, parameters }) =>
      validated.push({ loss: record!.validation_loss!, w1: numbers(parameters!.w1) }),
    );
    const watched = await training.run();
    const alone = await run();
    expect(watched.parameters).toEqual(alone.parameters);
    expect(watched.history).toEqual(alone.history);
    const sizes = [32, 32, 32, 32, 22];
    const mean = sizes.reduce((sum, n, i) => sum + n * losses[i], 0) / 150;
    expect(mean).toBeCloseTo(alone.history[0].train_loss, 6);
    expect(validated[alone.best_epoch - 1].w1).toEqual(numbers(alone.parameters.w1));
  });

  test.each(["before", "after"] as const)("may stop it, %s each moment", async (side) => {
    for (const [at, steps] of [
      ["epoch", side === "before" ? 0 : 5],
      ["validation", 5],
      ["step", side === "before" ? 0 : 1],
    ] as const) {
      const training = trainer(options());
      (training[side][at] as Observable<Stopping>).subscribe(({ stop }) => stop());
      if (at === "step") training.before.step.subscribe(() => {});
      const { ended, steps: done } = await training.run();
      expect([at, ended, done]).toEqual([at, "interrupted", steps]);
    }
  });

  test("an observer that throws, and a save that fails, end the training with their error", async () => {
    for (const worker of [false, true]) {
      const save = () => Promise.reject(new RangeError("the disk is full"));
      await expect(run({ worker, checkpoint: { every_epochs: 1, save } })).rejects.toThrow("the disk is full");
    }
  });
});

describe("environments", () => {
  test("a recurrent net written with Scan learns to remember", async () => {
    // the target is the first number of a sequence of five
    const x = tensor(
      "float32",
      [256, 5, 1],
      Float32Array.from({ length: 1280 }, (_, i) => Math.sin(i * 12.9898)),
    );
    const y = tensor(
      "float32",
      [256, 1],
      Float32Array.from({ length: 256 }, (_, i) => x.data[5 * i] as number),
    );
    const start = {
      wx: tensor("float32", [1, 8], [0.5, -0.3, 0.2, 0.1, -0.4, 0.3, -0.1, 0.2]),
      wh: tensor(
        "float32",
        [8, 8],
        Float32Array.from({ length: 64 }, (_, i) => (i % 9 === 0 ? 0.9 : 0.02 * Math.sin(i))),
      ),
      wo: tensor("float32", [8, 1], [0.3, -0.2, 0.1, 0.2, -0.3, 0.1, 0.2, -0.1]),
    };
    const { history } = await run({
      parameters: start,
      data: { train: { x, y }, validation: { x, y } },
      epochs: 60,
      rate: 0.02,
      environment: ({ wx, wh, wo }, { x, y }) => {
        const steps = x.scope.emit("Transpose", [x], { perm: [1, 0, 2] })[0];
        const rowsOf = x.shape[0] as number;
        const zero = x.scope.constant(tensor("float32", [rowsOf, 8], new Float32Array(rowsOf * 8)));
        const { states } = scan([zero], [steps], ([h], [now]) => ({
          states: [tanh(add(matmul(now, wx), matmul(h, wh)))],
        }));
        return mse.of(matmul(states[0], wo), y);
      },
    });
    expect(history.at(-1)!.validation_loss).toBeLessThan(0.05 * history[0].train_loss);
  });

  test("are told the number and the rate of the step", async () => {
    const w = tensor("float32", [], [0]);
    const { history } = await run({
      parameters: { w },
      epochs: 2,
      schedule: cosine(),
      environment: ({ w }, { x }, { number, rate }) => ({
        loss: square(sub(w, reduceSum(mul(x, 0)))),
        metrics: { number, rate },
      }),
    });
    expect(history.map((h) => h.train_metrics!.number)).toEqual([(32 * 10 + 22 * 5) / 150, (32 * 30 + 22 * 10) / 150]);
    expect(history.map((h) => h.validation_metrics!.number)).toEqual([5, 10]);
    expect(history[0].validation_metrics!.rate).toBeCloseTo(history[0].rate, 8);
  });

  test("float64 parameters, and both kinds at once", async () => {
    const start = { ...parameters(3), b2: tensor("float64", [2], [0.1, -0.2]) };
    const mixed = await run({
      parameters: start,
      clip_norm: 0.5,
      environment: (model, { x, y }, step) =>
        huber().of(net()(x, { ...model, b2: cast(model.b2, "float32") }, step), y),
    });
    expect(mixed.parameters.b2.dtype).toBe("float64");
    expect(mixed.parameters.b2).not.toEqual(start.b2);
    expect(mixed.history[2].validation_loss).toBeLessThan(mixed.history[0].validation_loss!);
  });

  test.each<[string, Environment]>([
    ["a loss that is no scalar", (m, { x, y }, s) => square(sub(net()(x, m, s), y))],
    ["a metric that is no scalar", (m, { x, y }, s) => ({ loss: mse.of(net()(x, m, s), y), metrics: { y } })],
    ["dropout over another axis", (m, { x, y }, s) => mse.of(net()(x, { ...m, w1: s.dropout(m.w1, 0.5) }, s), y)],
    ["a number", () => 3 as never],
    ["a column that is not there", (m, { x, label }, s) => mse.of(net()(x, m, s), label!)],
    ["a parameter that is not there", ({ w9, ...m }, { x, y }, s) => mse.of(add(net()(x, m, s), w9!), y)],
    ["dropout of everything", (m, { x, y }, s) => mse.of(net(1)(x, m, s), y)],
  ])("%s is refused", async (_, wrong) => {
    expect(await codeOf(() => trainer(options({ environment: wrong })))).toBe("L0954");
  });

  test.each<[keyof TrainerOptions, number]>([
    ["epochs", 0],
    ["batch", 1.5],
    ["micro_batch", 0],
    ["rate", Number.NaN],
    ["clip_norm", -1],
    ["average", 1],
    ["patience", 0],
  ])("%s of %d is refused", async (option, value) => {
    expect(await codeOf(() => trainer(options({ [option]: value })))).toBe("L0957");
  });

  test.each([
    ["epochs", undefined, "L0957: `epochs` is missing"],
    ["seed", undefined, "L0957: `seed` is missing"],
    ["optimiser", "adam", 'L0957: `optimiser` is the text "adam"'],
    ["schedule", cosine, "L0957: `schedule` is a function that was not called"],
    ["optimizer", sgd(), "L0958: a training has no setting `optimizer` Did you mean `optimiser`?"],
    ["callbacks", [], "L0958: a training has no setting `callbacks` There is `environment`, "],
  ])("%s of %o is refused in words", (option, value, words) => {
    const given = { ...options(), [option]: value } as unknown as TrainerOptions;
    expect(() => trainer(given)).toThrow(words);
  });

  test("a training runs once", async () => {
    const training = trainer(options({ epochs: 1 }));
    await training.run();
    expect(await codeOf(() => training.run())).toBe("L0957");
  });
});
