/** Students that look at images: which inputs are some, what is learned from them, and what key-points are. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openLoop } from "../../../src/distill/score.js";
import { auto } from "../../../src/distill/students/auto.js";
import { conv } from "../../../src/distill/students/conv.js";
import { scaledError } from "../../../src/distill/students/cross-validate.js";
import { besides, imageStatistics, imagesOf, planes, sizeOf } from "../../../src/distill/students/images.js";
import { students } from "../../../src/distill/students/index.js";
import { keypoints } from "../../../src/distill/students/keypoints.js";
import { keypointsArgmax } from "../../../src/distill/students/keypoints-argmax.js";
import { fitStudent, rangesOf } from "../../../src/distill/students/outputs.js";
import { predict } from "../../../src/distill/students/predict.js";
import { ridge } from "../../../src/distill/students/ridge.js";
import type { Fitted, Student, TrainingData } from "../../../src/distill/students/student.js";
import { compileFlatten } from "../../../src/message/flatten.js";
import type { MessageSchema } from "../../../src/message/type.js";
import { graphBuilder } from "../../../src/onnx/builder.js";
import { encode } from "../../../src/onnx/codec/index.js";
import { evaluate } from "../../../src/onnx/evaluate.js";
import { numbers, tensor } from "../../../src/onnx/tensor.js";
import { rowsOf } from "../../../src/train/matrix.js";
import { block, data, nmse, pictures, rows, type Spot, spots } from "./teacher.js";

const common = { seed: 7, now: () => 0, worker: false };
const size = { steps: 200, dropout: 0, batch: 32 };
const small = { ...size, filters: [8], points: 4 };
/** Students of which a test is about all. */
const looking = [
  ["conv", conv],
  ["keypoints", keypoints],
  ["keypoints-argmax", keypointsArgmax],
] as const;
const camera = (type: MessageSchema) => ({ port: "camera", type, columns: compileFlatten(type).columns });

describe("images among the inputs", () => {
  test.each([
    [
      [28, 28],
      [1, 28, 28],
    ],
    [
      [64, 2],
      [1, 64, 2],
    ],
    [
      [48, 64, 3],
      [3, 48, 64],
    ],
    [
      [3, 48, 64],
      [3, 48, 64],
    ],
    [
      [28, 28, 1],
      [1, 28, 28],
    ],
    [
      [2, 16, 1024],
      [2, 16, 1024],
    ],
    [
      [16, 1024, 2],
      [2, 16, 1024],
    ],
    [
      [7, 7, 512],
      [512, 7, 7],
    ],
    [
      [512, 7, 7],
      [512, 7, 7],
    ],
    [
      [4, 48, 64, 3],
      [12, 48, 64],
    ],
    [
      [2, 3, 48, 64],
      [6, 48, 64],
    ],
  ])("%j is [channels, height, width] %j", (shape, expected) => {
    expect(imagesOf([camera({ tensor: shape })]).map(sizeOf)).toEqual([expected]);
  });

  test("are found in fields, beside vectors, optional or not, and by their first column", () => {
    const type: MessageSchema = {
      type: "object",
      properties: {
        depth: { tensor: [4, 5], dtype: "float32" },
        gain: { type: "number" },
        pair: { type: "object", properties: { left: { tensor: [4, 5, 3] } }, required: ["left"] },
      },
      required: ["gain", "pair"],
    };
    const found = imagesOf([block("joints", 2), camera(type)]);
    expect(found.map(({ name, from }) => [name, from])).toEqual([
      ["camera:depth", 2 + 1],
      ["camera:pair.left", 2 + 1 + 20 + 1],
    ]);
    // the names of the columns say the same
    const { columns } = compileFlatten(type);
    expect(found.map(({ from }) => columns[from - 2]!.name)).toEqual(["depth[0][0]", "pair.left[0][0][0]"]);
  });

  test("are none of: vectors, single elements, and columns that were made of an image", () => {
    expect(imagesOf([camera({ tensor: [9] }), camera({ tensor: [1, 1, 3] }), block("made", 64)])).toEqual([]);
  });

  const shape = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 4 });
  const typed = fc.record({ dims: shape, wraps: fc.boolean(), before: fc.nat(3), after: fc.nat(3) });

  test("planes and the rest of the columns are every column once; a channel's pixels share mean and spread", () => {
    fc.assert(
      fc.property(typed, ({ dims, wraps, before, after }) => {
        const type: MessageSchema = { tensor: dims, ...(wraps ? { wraps } : {}) };
        const images = imagesOf([block("a", before), camera(type), block("b", after)]);
        fc.pre(images.length === 1);
        const [image] = images;
        const width = before + after + compileFlatten(type).width;
        const row = Float32Array.from({ length: 3 * width }, (_, i) => i);
        const g = graphBuilder("planes");
        const x = g.input("x", "float32", ["N", width]);
        const rest = besides(x, images);
        g.output("planes", planes(x, image));
        if (rest !== undefined) g.output("rest", rest);
        const said = evaluate(g.model(), { x: tensor("float32", [3, width], row) });
        const [channels, height, across] = sizeOf(image);
        expect(said.planes.dims).toEqual([3, channels, height, across]);
        const all = [...numbers(said.planes), ...(rest === undefined ? [] : numbers(said.rest))];
        expect(all.sort((p, q) => p - q)).toEqual([...row]);

        const { mean, scale } = imageStatistics({ rows: 3, width, data: row }, images);
        const pixels = numbers(said.planes);
        const shared = (values: Float32Array) =>
          Array.from(
            { length: channels },
            (_, c) =>
              new Set(pixels.slice(c * height * across, (c + 1) * height * across).map((column) => values[column]))
                .size,
          );
        expect(shared(mean)).toEqual(new Array(channels).fill(1));
        expect(shared(scale)).toEqual(new Array(channels).fill(1));
        // normalised, a channel has mean 0 and variance 1 over rows and pixels
        const plane = height * across;
        for (let c = 0; c < channels; c++) {
          const values = [0, 1, 2].flatMap((r) =>
            pixels.slice(c * plane, (c + 1) * plane).map((at) => (row[r * width + at] - mean[at]) * scale[at]),
          );
          const middle = values.reduce((a, b) => a + b, 0) / values.length;
          expect(middle).toBeCloseTo(0, 3);
          expect(values.reduce((a, b) => a + b * b, 0) / values.length).toBeCloseTo(1, 3);
        }
      }),
    );
  });

  test("the same picture with channels first, last, or as frames lies in the same planes", () => {
    const [h, w, c] = [5, 6, 2];
    const at = (y: number, x: number, k: number) => 100 * y + 10 * x + k;
    const row = (dims: readonly number[], value: (at: readonly number[]) => number): Float32Array => {
      let all: number[][] = [[]];
      for (const d of dims) all = all.flatMap((head) => Array.from({ length: d }, (_, i) => [...head, i]));
      return Float32Array.from(all, value);
    };
    const said = (dims: readonly number[], values: Float32Array) => {
      const g = graphBuilder("planes");
      const x = g.input("x", "float32", ["N", values.length]);
      g.output("y", planes(x, imagesOf([camera({ tensor: dims })])[0]));
      return numbers(evaluate(g.model(), { x: tensor("float32", [1, values.length], values) }).y);
    };
    const expected = [...row([c, h, w], ([k, y, x]) => at(y!, x!, k!))];
    expect(
      said(
        [h, w, c],
        row([h, w, c], ([y, x, k]) => at(y!, x!, k!)),
      ),
    ).toEqual(expected);
    expect(
      said(
        [c, h, w],
        row([c, h, w], ([k, y, x]) => at(y!, x!, k!)),
      ),
    ).toEqual(expected);
    expect(
      said(
        [c, h, w, 1],
        row([c, h, w, 1], ([k, y, x]) => at(y!, x!, k!)),
      ),
    ).toEqual(expected);
  });
});

test.each(looking)("%s is refused where nothing is an image, before any row and with rows", async (name, student) => {
  const refusal = new RegExp(`L0909.*\`${name}\` looks at images.*\`joints\` is`, "s");
  expect(() => student.check!([{ port: "joints", type: { tensor: [2], unit: "rad" } }])).toThrow(refusal);
  await expect(student.fit(data(), common)).rejects.toThrow(refusal);
  expect(student.check!([{ port: "joints" }, { port: "camera", type: { tensor: [8, 8] } }])).toBeUndefined();
});

test.each(looking)(
  "%s finds a spot that a line cannot, with plain operators and the same bytes again",
  async (_, student) => {
    const own = pictures();
    const fitted = await student.fit(own, { ...common, ...size });
    const line = nmse(await predict((await ridge.fit(own, common)).model, own.held.x), own.held.y);
    nmse(await predict(fitted.model, own.held.x), own.held.y).forEach((error, i) => {
      expect(error).toBeLessThan(0.5 * line[i]!);
    });
    expect(fitted.model.graph.nodes.map(({ domain }) => domain ?? "")).toEqual(fitted.model.graph.nodes.map(() => ""));
    const again = await student.fit(own, { ...common, ...size });
    expect(Buffer.compare(encode(again.model), encode(fitted.model))).toBe(0);
  },
);

test("where the channels stand makes no difference to what is learned", async () => {
  const twice = ({ image }: Spot, last: boolean) =>
    Float64Array.from({ length: 128 }, (_, i) => (last ? image[i >> 1]! * (i % 2) : image[i % 64]! * Number(i >= 64)));
  const of = async (type: MessageSchema, last: boolean) => {
    const own = pictures(type, (spot) => twice(spot, last));
    return predict((await conv.fit(own, { ...common, ...small })).model, own.held.x);
  };
  expect((await of({ tensor: [8, 8, 2] }, true)).data).toEqual((await of({ tensor: [2, 8, 8] }, false)).data);
});

test.each(looking)("%s takes any shape, however narrow or wide", async (_, student) => {
  for (const shape of [
    [1, 16],
    [16, 1],
    [33, 2],
    [40, 36],
    [2, 9, 3],
    [5, 6, 7],
    [2, 5, 5, 1],
  ]) {
    const type: MessageSchema = { tensor: shape, dtype: "float32" };
    const { width } = compileFlatten(type);
    const own = pictures(type, ({ image }) => Float32Array.from({ length: width }, (_, i) => image[i % 64]!));
    const short = (part: TrainingData["train"]) => ({ x: rowsOf(part.x, 0, 40), y: rowsOf(part.y, 0, 40) });
    const few = { ...own, train: short(own.train), validation: short(own.validation) };
    const { model } = await student.fit(few, { ...common, ...small, epochs: 1 });
    const said = await predict(model, short(own.held).x);
    expect([said.rows, said.width, said.data.every(Number.isFinite)]).toEqual([40, 2, true]);
  }
});

test.each(looking)("%s looks at each of several images by layers of its own", async (_, student) => {
  const image: MessageSchema = { tensor: [8, 8] };
  const type: MessageSchema = {
    type: "object",
    properties: { left: image, right: { tensor: [3, 8, 8] } },
    required: ["left", "right"],
  };
  const own = pictures(type, ({ image: seen }) => ({
    left: Float64Array.from(seen),
    right: Float64Array.from({ length: 192 }, (_, i) => seen[63 - (i % 64)]!),
  }));
  const { model, details } = await student.fit(own, { ...common, ...small, epochs: 2 });
  expect(details.images).toEqual([
    { input: "camera:left", height: 8, width: 8, channels: 1 },
    { input: "camera:right", height: 8, width: 8, channels: 3 },
  ]);
  const dims = (name: string) => model.graph.initializers[`net1/${name}/layer1.weight`]!.dims;
  expect([dims("image1"), dims("image2")]).toEqual([
    [8, 1, 3, 3],
    [8, 3, 3, 3],
  ]);
  // both have a say
  const before = await predict(model, own.held.x);
  for (const [from, to] of [
    [0, 64],
    [64, 256],
  ] as const) {
    const dark = own.held.x.data.map((v, i) => (i % 256 >= from && i % 256 < to ? 0 : v));
    expect((await predict(model, { ...own.held.x, data: dark })).data).not.toEqual(before.data);
  }
});

describe.each(looking)("outputs of %s", (_, student) => {
  /** Where the spot is in tenths, in which half, and how bright that is beside a number that comes along. */
  const mixed = pictures(
    {
      type: "object",
      properties: { gain: { type: "number" }, image: { tensor: [8, 8] } },
      required: ["gain", "image"],
    },
    ({ image, x, y }) => ({ gain: x * y, image: Float64Array.from(image) }),
    [
      { port: "half", type: { enum: ["left", "right"] }, columns: [{ name: "value=left" }, { name: "value=right" }] },
      { port: "x", type: { type: "number", minimum: 0, maximum: 7 }, columns: [{ name: "value" }] },
      block("gain", 1),
    ],
    ({ x, y }) => [Number(x < 3.5), Number(x >= 3.5), x, x * y],
  );

  test("are several at once: a choice, one with a range, one that comes from beside the image", async () => {
    const { model } = await student.fit(mixed, { ...common, ...size, steps: 300 });
    const said = await predict(model, mixed.held.x);
    const { accuracy, nmse: errors } = openLoop(mixed.held.y, said, [{ name: "half", from: 0, width: 2 }]);
    expect(accuracy!.half).toBeGreaterThan(0.9);
    for (let r = 0; r < said.rows; r++) expect(said.data[4 * r]! + said.data[4 * r + 1]!).toBeCloseTo(1, 4);
    expect(errors[2]).toBeLessThan(0.1);
    expect(errors[3]).toBeLessThan(0.1);
  });

  test("stay in the range that was sampled, however bright the image", async () => {
    const own = pictures();
    const outputs = rangesOf(own.outputs, own.train.y, ["place"]);
    const { model } = await student.fit({ ...own, outputs }, { ...common, ...small, steps: 60 });
    const bright = { ...own.held.x, data: own.held.x.data.map((v, i) => (i % 3 === 0 ? 1e6 * v : -1e6 * v)) };
    const said = await predict(model, bright);
    said.data.forEach((v, i) => {
      const [low, high] = outputs[0]!.range![i % 2]!;
      expect(v).toBeGreaterThanOrEqual(low);
      expect(v).toBeLessThanOrEqual(high);
    });
  });

  test("are what a classical node leaves, which the model adds", async () => {
    const type: MessageSchema = {
      type: "object",
      properties: { image: { tensor: [8, 8] } },
      required: ["image"],
    };
    const own = pictures(type, ({ image }) => ({ image: Float64Array.from(image) }));
    const base = (count: number, seed: number) =>
      Float32Array.from(spots(count, seed).flatMap(({ x, y }) => [x + 5, y]));
    const beside = (part: TrainingData["train"], seed: number) => {
      const known = base(part.x.rows, seed);
      const width = part.x.width + 2;
      const x = new Float32Array(part.x.rows * width);
      for (let r = 0; r < part.x.rows; r++) {
        x.set(part.x.data.subarray(r * part.x.width, (r + 1) * part.x.width), r * width);
        x.set(known.subarray(2 * r, 2 * r + 2), r * width + part.x.width);
      }
      return { ...part, x: { rows: part.x.rows, width, data: x } };
    };
    const residual: TrainingData = {
      inputs: [...own.inputs, block("brightest", 2)],
      outputs: own.outputs,
      train: beside(own.train, 1),
      validation: beside(own.validation, 2),
      base: { place: "brightest" },
    };
    const held = beside(own.held, 3);
    const { model, details } = await fitStudent(student as Student, residual, {
      ...common,
      ...small,
      steps: 60,
    } as never);
    expect(details.base).toEqual({ place: "brightest" });
    for (const error of nmse(await predict(model, held.x), held.y)) expect(error).toBeLessThan(0.01);
  });
});

describe("key-points", async () => {
  const own = pictures();
  const soft = await keypoints.fit(own, { ...common, ...size });
  const hard = await keypointsArgmax.fit(own, { ...common, ...size });
  const ops = ({ model }: Fitted) => new Set(model.graph.nodes.map(({ op }) => op));

  test("are expected places, or of the hard form the one highest element", () => {
    expect(ops(soft).has("Softmax") && !ops(soft).has("ArgMax")).toBe(true);
    expect(ops(hard).has("ArgMax") && !ops(hard).has("Softmax")).toBe(true);
    expect([soft.name, hard.name, hard.details.argmax]).toEqual(["keypoints", "keypoints-argmax", true]);
  });

  test("say as soon as the temperature is low what the hard form says", async () => {
    const cold = { temperature: [1, 1e-4] as const, epochs: 1 };
    const a = await keypoints.fit(own, { ...common, ...small, ...cold, points: 2 });
    const b = await keypointsArgmax.fit(own, { ...common, ...small, ...cold, points: 2 });
    const weights = ({ model }: Fitted) =>
      Object.entries(model.graph.initializers).filter(([name]) => name.startsWith("net1/"));
    expect(weights(a)).toEqual(weights(b));
    const [one, other] = [await predict(a.model, own.held.x), await predict(b.model, own.held.x)];
    // but where two elements are as good as equal
    const alike = one.data.filter((v, i) => Math.abs(v - other.data[i]!) < 1e-3);
    expect(alike.length / one.data.length).toBeGreaterThan(0.99);
  });

  test.each(looking.slice(1))("%s are told by validation in the form that is kept", async (_, student) => {
    const { history, model } = await student.fit(own, { ...common, ...small, epochs: 2 });
    const best = history.reduce((a, b) => (b.validation_loss < a.validation_loss ? b : a));
    const said = await predict(model, own.validation.x);
    expect(best.validation_loss).toBeCloseTo(scaledError(said, own.validation.y, own.train.y), 4);
  });
});

test("auto looks at images where there are some", async () => {
  const { details } = await auto.fit(pictures(), { ...common, trial_steps: 20, steps: 20 });
  const tried = (details.trials as unknown as { student: string }[]).map(({ student }) => student);
  expect(tried).toEqual(expect.arrayContaining(["conv", "keypoints"]));
  expect(students.some(({ name }) => name === details.student)).toBe(true);
  const plain = await auto.fit({ ...data(true), train: rows(200, 1, true) }, { ...common, trial_steps: 20, steps: 20 });
  expect((plain.details.trials as unknown as { student: string }[]).map(({ student }) => student)).not.toContain(
    "conv",
  );
});
