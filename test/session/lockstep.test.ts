/** Lanes over one session: one run a turn, each lane its own row, whoever else asks. */
import { expect, test } from "vitest";
import { rng } from "../../src/component/rng.js";
import { graphBuilder } from "../../src/onnx/builder.js";
import { encode } from "../../src/onnx/codec/index.js";
import { matmul, mul, tanh } from "../../src/onnx/functions.js";
import { tensor } from "../../src/onnx/tensor.js";
import type { LimbeckError } from "../../src/problem/problem.js";
import { inLockstep } from "../../src/session/lockstep.js";
import { openSession } from "../../src/session/session.js";

const WIDTH = 24;
const draws = rng(3);
const weights = tensor(
  "float32",
  [WIDTH, WIDTH],
  Float32Array.from({ length: WIDTH ** 2 }, () => draws.between(-1, 1)),
);

function net(batch: string | number) {
  const g = graphBuilder("net");
  const x = g.input("x", "float32", [batch, WIDTH]);
  g.output("y", tanh(matmul(x, g.initializer("w", weights))));
  g.output("twice", mul(x, 2));
  return encode(g.model());
}

const row = (seed: number) => {
  const own = rng(seed);
  return {
    x: tensor(
      "float32",
      [1, WIDTH],
      Float32Array.from({ length: WIDTH }, () => own.between(-1, 1)),
    ),
  };
};

test("all lanes of a turn are one run, and each hears what it would alone", async () => {
  const alone = await openSession(net("N"));
  const together = inLockstep(await openSession(net("N")), 7);
  for (let turn = 0; turn < 3; turn++) {
    const feeds = Array.from({ length: 7 }, (_, lane) => row(10 * turn + lane));
    const said = await Promise.all(feeds.map((feed, lane) => together.lane(lane).run(feed)));
    expect(together.runs()).toBe(turn + 1);
    for (const [lane, { y, twice }] of said.entries()) {
      const expected = await alone.run(feeds[lane]!);
      expect(y!.dims).toEqual([1, WIDTH]);
      for (const [i, v] of (y!.data as Float32Array).entries()) expect(v).toBeCloseTo(Number(expected.y!.data[i]), 6);
      expect(twice!.data).toEqual(expected.twice!.data);
    }
  }
  await together.close();
  await alone.close();
});

test("what a lane hears does not depend on who else asks", async () => {
  const together = inLockstep(await openSession(net("N")), 5);
  const all = await Promise.all([0, 1, 2, 3, 4].map((lane) => together.lane(lane).run(row(lane))));
  for (const lane of [4, 0, 3]) expect((await together.lane(lane).run(row(lane))).y).toEqual(all[lane]!.y);
  expect(together.runs()).toBe(4);
  await together.close();
});

test("a model of a fixed batch answers each lane by itself", async () => {
  const together = inLockstep(await openSession(net(1)), 3);
  const said = await Promise.all([0, 1, 2].map((lane) => together.lane(lane).run(row(lane))));
  expect(together.runs()).toBe(3);
  expect(said.map(({ twice }) => twice!.data[0])).toEqual([0, 1, 2].map((lane) => 2 * (row(lane).x.data[0] as number)));
  await together.close();
});

test("a wrong feed is refused to who gave it, and nobody else notices", async () => {
  const together = inLockstep(await openSession(net("N")), 2);
  const wrong = { x: tensor("float32", [1, 2], [1, 2]) };
  const two = { x: tensor("float32", [2, WIDTH], new Float32Array(2 * WIDTH)) };
  const [a, b, c] = await Promise.allSettled([
    together.lane(0).run(wrong),
    together.lane(1).run(row(1)),
    together.lane(0).run(two),
  ]);
  for (const refused of [a!, c!]) {
    expect(refused.status).toBe("rejected");
    expect(((refused as PromiseRejectedResult).reason as LimbeckError).problems[0]!.code).toBe("L0811");
  }
  expect(b!.status).toBe("fulfilled");
  await together.close();
});
