/** What outputs are: choices, ranges, residuals, and what every student does about them. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rng } from "../../../src/component/rng.js";
import { openLoop } from "../../../src/distill/score.js";
import { boosted } from "../../../src/distill/students/boosted.js";
import { choicesOf, headsOf } from "../../../src/distill/students/heads.js";
import { mlp } from "../../../src/distill/students/mlp.js";
import { fitStudent, rangesOf } from "../../../src/distill/students/outputs.js";
import { predict } from "../../../src/distill/students/predict.js";
import { ridge } from "../../../src/distill/students/ridge.js";
import type { PortBlock, Student, TrainingData } from "../../../src/distill/students/student.js";
import { compileFlatten } from "../../../src/message/flatten.js";
import type { MessageSchema } from "../../../src/message/type.js";
import { choices, nmse } from "./teacher.js";

const common = { seed: 7, now: () => 0 };
const small = { hidden: [24], ensemble: 1, dropout: 0, steps: 600, worker: false, rounds: 60 };
const block = (port: string, type: MessageSchema): PortBlock => ({ port, type, columns: compileFlatten(type).columns });

test("choices and truth values have names, wherever they lie in a type", () => {
  const type: MessageSchema = {
    type: "object",
    properties: {
      angle: { type: "number", wraps: true },
      flags: { tensor: [3], dtype: "bool" },
      gripper: { enum: ["open", "shut"] },
      on: { type: "boolean" },
    },
  };
  expect(
    choicesOf([block("x", { type: "number" }), block("command", type), block("alarm", { type: "boolean" })]),
  ).toEqual([
    { name: "command:flags", from: 3, width: 3, truths: true },
    { name: "command:gripper", from: 6, width: 2 },
    { name: "command:on", from: 8, width: 1, truths: true },
    { name: "alarm", from: 9, width: 1, truths: true },
  ]);
});

test("heads follow the columns of a type: one for each choice, ranges where the type has them", () => {
  const type: MessageSchema = {
    type: "object",
    properties: {
      angle: { type: "number", wraps: true },
      force: { tensor: [2] },
      gripper: { enum: ["open", "shut"] },
      on: { type: "boolean" },
      share: { type: "number", minimum: 0, maximum: 1 },
    },
  };
  expect(headsOf([block("command", type), block("mode", { enum: ["a", "b", "c"] })])).toEqual([
    {
      kind: "range",
      from: 0,
      width: 2,
      range: [
        [-1, 1],
        [-1, 1],
      ],
    },
    {
      kind: "number",
      from: 2,
      width: 2,
      range: [
        [-Infinity, Infinity],
        [-Infinity, Infinity],
      ],
    },
    {
      kind: "choice",
      from: 4,
      width: 2,
      range: [
        [0, 1],
        [0, 1],
      ],
      name: "command:gripper",
    },
    {
      kind: "range",
      from: 6,
      width: 2,
      range: [
        [0, 1],
        [0, 1],
      ],
    },
    {
      kind: "choice",
      from: 8,
      width: 3,
      range: [
        [0, 1],
        [0, 1],
        [0, 1],
      ],
      name: "mode",
    },
  ]);
});

test("heads cover the columns of any type, in order", () => {
  const leaf: fc.Arbitrary<MessageSchema> = fc.constantFrom<MessageSchema>(
    { type: "number" },
    { type: "boolean" },
    { enum: ["a", "b"] },
    { tensor: [3], wraps: true },
    { tensor: [2, 2], dtype: "uint8" },
    { type: "array", items: { type: "integer", minimum: 0 }, minItems: 1, maxItems: 3 },
  );
  const type = fc
    .dictionary(fc.stringMatching(/^[a-z]{1,3}$/), leaf, { minKeys: 1, maxKeys: 4 })
    .map((properties): MessageSchema => ({ type: "object", properties, required: Object.keys(properties).slice(1) }));
  fc.assert(
    fc.property(fc.array(type, { minLength: 1, maxLength: 3 }), (types) => {
      const blocks = types.map((t, i) => block(`p${i}`, t));
      let column = 0;
      for (const { from, width, range } of headsOf(blocks)) {
        expect([from, range.length]).toEqual([column, width]);
        column += width;
      }
      expect(column).toBe(blocks.reduce((n, b) => n + b.columns.length, 0));
    }),
  );
});

test("a net says probabilities of a choice, beside a number, and is right more often than a line", async () => {
  const held = choices(600, 9).train;
  const right = async (student: Student) => {
    const said = await predict(
      (await student.fit(choices(1500), { ...common, ...small, hidden: [32, 32], steps: 2500 } as never)).model,
      held.x,
    );
    const score = openLoop(held.y, said, [{ name: "mode", from: 0, width: 3 }]);
    return { said, share: score.accuracy!.mode!, number: nmse(said, held.y)[3]! };
  };
  const net = await right(mlp);
  for (let r = 0; r < net.said.rows; r++) {
    const p = net.said.data.subarray(r * 4, r * 4 + 3);
    expect(p[0] + p[1] + p[2]).toBeCloseTo(1, 4);
    expect(Math.min(...p)).toBeGreaterThanOrEqual(0);
  }
  expect(net.share).toBeGreaterThan(0.95);
  expect(net.number).toBeLessThan(0.01);
  expect((await right(ridge)).share).toBeLessThan(net.share);
});

describe("ranges", () => {
  /** One input; an output that saturates at ±0.5 and so is often at the very ends of its range. */
  const saturated = (type?: MessageSchema): TrainingData => {
    const part = (rows: number, seed: number) => {
      const draws = rng(seed);
      const x = Float32Array.from({ length: rows }, () => draws.between(-1, 1));
      return {
        x: { rows, width: 1, data: x },
        y: { rows, width: 1, data: x.map((v) => Math.max(-0.5, Math.min(0.5, 2 * v))) },
      };
    };
    const output = { port: "y", columns: [{ name: "value" }], ...(type === undefined ? {} : { type }) };
    return {
      inputs: [{ port: "x", columns: [{ name: "value" }] }],
      outputs: [output],
      train: part(800, 1),
      validation: part(200, 2),
    };
  };
  const far = { rows: 4, width: 1, data: Float32Array.of(-1000, -1, 1, 1000) };

  test.each([
    ["mlp", mlp],
    ["ridge", ridge],
    ["boosted", boosted],
  ] as const)(
    "%s never leaves the range of its type, nor one that was sampled, however far its inputs go",
    async (_, student) => {
      const typed = saturated({ type: "number", minimum: -0.5, maximum: 0.5 });
      const plain = saturated();
      const sampled = { ...plain, outputs: rangesOf(plain.outputs, plain.train.y, ["y"]) };
      for (const data of [typed, sampled]) {
        const { model } = await student.fit(data, { ...common, ...small });
        const said = (await predict(model, far)).data;
        for (const v of said) expect(Math.abs(v)).toBeLessThanOrEqual(0.5);
        // the ends themselves are reached
        expect(said[1]).toBeCloseTo(-0.5, 1);
        expect(said[2]).toBeCloseTo(0.5, 1);
      }
      const free = (await predict((await ridge.fit(plain, common)).model, far)).data;
      expect(Math.abs(free[0])).toBeGreaterThan(10);
    },
  );

  test("only outputs that there are can be bounded", () => {
    const { outputs, train } = saturated();
    expect(() => rangesOf(outputs, train.y, ["z"])).toThrow(/`z` cannot be bounded/);
  });
});

describe("a residual", () => {
  /** The teacher is a line and a small bend; the classical node beside it knows the line. */
  const data = ((): TrainingData => {
    const part = (rows: number, seed: number) => {
      const draws = rng(seed);
      const [x, y] = [new Float32Array(rows * 2), new Float32Array(rows)];
      for (let r = 0; r < rows; r++) {
        const a = draws.between(-1, 1);
        x.set([a, 5 * a], r * 2);
        y[r] = 5 * a + 0.2 * Math.sin(6 * a);
      }
      return { x: { rows, width: 2, data: x }, y: { rows, width: 1, data: y } };
    };
    const one = (port: string) => ({ port, columns: [{ name: "value" }] });
    return { inputs: [one("x"), one("pd")], outputs: [one("y")], train: part(800, 1), validation: part(200, 2) };
  })();

  test("is what is missing: the model adds it to the base, whatever that is by then", async () => {
    const { model, details } = await fitStudent(mlp, { ...data, base: { y: "pd" } }, {
      ...common,
      ...small,
      steps: 2500,
    } as never);
    expect(details.base).toEqual({ y: "pd" });
    const said = await predict(model, data.validation.x);
    const base = { ...data.validation.y, data: data.validation.x.data.filter((_, i) => i % 2 === 1) };
    expect(nmse(said, data.validation.y)[0]).toBeLessThan(0.25 * nmse(base, data.validation.y)[0]);
    const bend = await predict(model, { rows: 1, width: 2, data: Float32Array.of(0.3, 1.5) });
    expect(bend.data[0]).toBeCloseTo(1.5 + 0.2 * Math.sin(1.8), 1);
  });

  test("keeps the range of the whole output, not of what is missing", async () => {
    const outputs = rangesOf(data.outputs, data.train.y, ["y"]);
    const { model } = await fitStudent(ridge, { ...data, outputs, base: { y: "pd" } }, common);
    const [[, high]] = outputs[0].range!;
    const said = await predict(model, { rows: 1, width: 2, data: Float32Array.of(1, 1000) });
    expect(said.data[0]).toBeCloseTo(high, 5);
  });

  test("of a choice is refused", async () => {
    const some = choices(50);
    await expect(fitStudent(ridge, { ...some, base: { mode: "x" } }, common)).rejects.toThrow(/it is a choice/);
  });
});
