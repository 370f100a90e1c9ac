/** Cast does with every number what ONNX Runtime does, where the target has no room for it too. */
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { graphBuilder } from "../../../src/onnx/builder.js";
import { encode } from "../../../src/onnx/codec/index.js";
import { evaluate } from "../../../src/onnx/evaluate.js";
import { cast } from "../../../src/onnx/functions.js";
import type { Dtype, Tensor } from "../../../src/onnx/ir.js";
import { tensor } from "../../../src/onnx/tensor.js";
import { openSession, type Session } from "../../../src/session/session.js";

const sessions: Session[] = [];
afterAll(async () => {
  for (const session of sessions) await session.close();
});

/** A cast as we evaluate it and as the runtime runs it, of one element: of several, the runtime may go another way. */
async function both(from: Dtype, to: Dtype) {
  const g = graphBuilder("cast");
  g.output("y", cast(g.input("x", from, [1]), to));
  const model = g.model();
  const session = await openSession(encode(model));
  sessions.push(session);
  return async (x: Tensor) => [evaluate(model, { x }).y, (await session.run({ x })).y];
}

const EDGES = [7, 8, 15, 16, 31, 32, 52, 53, 62, 63, 64].flatMap((bits) =>
  [-1, 1].flatMap((s) => [2 ** bits * s, (2 ** bits - 1) * s]),
);
const float = fc.oneof(
  fc.constantFrom(...EDGES, 0, -0, 0.5, -0.5, 1.5, -1.9, 1e300, -1e300, Infinity, -Infinity, NaN),
  fc.double(),
  fc.double({ min: -70_000, max: 70_000, noNaN: true }),
);

describe.each(["float32", "float64"] as const)("%s", (from) => {
  test.each<Dtype>(["int8", "uint8", "int16", "uint16", "int32", "int64", "bool", "float32", "float64"])(
    "to %s",
    async (to) => {
      const run = await both(from, to);
      await fc.assert(
        fc.asyncProperty(float, async (x) => {
          const [ours, theirs] = await run(tensor(from, [1], [x]));
          expect(ours).toEqual(theirs);
        }),
        { numRuns: 200 },
      );
    },
  );
  // beyond their range ONNX Runtime's own ways differ with the number of elements
  test.each<Dtype>(["uint32", "uint64"])("to %s", async (to) => {
    const run = await both(from, to);
    await fc.assert(
      fc.asyncProperty(fc.double({ min: -(2 ** 31), max: 2 ** 32 - 1, noNaN: true }), async (x) => {
        const [ours, theirs] = await run(tensor(from, [1], [x]));
        expect(ours).toEqual(theirs);
      }),
      { numRuns: 200 },
    );
  });
});

describe.each(["int64", "uint64"] as const)("%s", (from) => {
  test.each<Dtype>([
    "int8",
    "uint8",
    "int16",
    "uint16",
    "int32",
    "uint32",
    "int64",
    "uint64",
    "float32",
    "float64",
    "bool",
  ])("to %s, to the last bit", async (to) => {
    const run = await both(from, to);
    const edge = fc
      .tuple(fc.constantFrom(1n << 24n, 1n << 53n, 1n << 62n), fc.bigInt(-64n, 64n))
      .map(([a, b]) => a + b);
    const array = from === "int64" ? BigInt64Array : BigUint64Array;
    await fc.assert(
      fc.asyncProperty(fc.oneof(edge, fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)), async (v) => {
        const [ours, theirs] = await run({ dtype: from, dims: [1], data: array.of(BigInt.asUintN(64, v)) });
        expect(ours).toEqual(theirs);
      }),
      { numRuns: 200 },
    );
  });
});
