/** Faults on messages of any type: late, or NaN. */
import { describe, expect, test } from "vitest";
import type { Instance, Setup } from "../../src/component/component.js";
import { STAMPS } from "../../src/component/component.js";
import delay, { MAX_WAITING } from "../../src/component/lib/fault/delay.js";
import { floatCount, floatsOf } from "../../src/component/lib/fault/floats.js";
import nan from "../../src/component/lib/fault/nan.js";
import { rng } from "../../src/component/rng.js";
import { messageSchema, namedIn } from "../../src/message/normalise.js";
import type { Json, Message } from "../../src/message/type.js";
import { LimbeckError } from "../../src/problem/problem.js";
import { firing } from "../support/fire.js";
import { memory, run } from "../support/graphs.js";

const type = (raw: Json) => messageSchema(raw, namedIn({}));
const mixed = type({
  a: "number",
  b: { tensor: [2], dtype: "float32" },
  c: "integer",
  d: "string",
  e: { type: "array", items: "number", maxItems: 4 },
});
const message: Message = { a: 1, b: Float32Array.of(2, 3), c: 4, d: "x", e: [5, 6] };

describe("floats of a message", () => {
  test("are changed one by one, in order of fields; the message itself stays", () => {
    const seen: number[] = [];
    const changed = floatsOf(mixed)!(message, (x, i) => {
      seen.push(i);
      return -x;
    });
    expect(changed).toEqual({ a: -1, b: Float32Array.of(-2, -3), c: 4, d: "x", e: [-5, -6] });
    expect(message).toEqual({ a: 1, b: Float32Array.of(2, 3), c: 4, d: "x", e: [5, 6] });
    expect(seen).toEqual([0, 1, 2, 3, 4]);
  });

  test("are counted where every message has as many", () => {
    expect(floatCount(type({ a: "number", b: { tensor: [2, 3] }, c: "integer" }))).toBe(7);
    expect(floatCount(type({ type: "array", items: "number", minItems: 3, maxItems: 3 }))).toBe(3);
    expect(floatCount(mixed)).toBeNaN();
    expect(floatsOf(type({ c: "integer", d: "string", f: { tensor: [2], dtype: "int8" } }))).toBeUndefined();
  });
});

test("nan: whole messages, at the times and in the share that are told", () => {
  const at = firing(nan, { at: [0.5, 0.75] }, { value: mixed });
  const said = [0, 0.4, 0.6, 0.7, 0.8].map((t) => (at.at(t, { value: message }).value as { a: number }).a);
  expect(said).toEqual([1, 1, Number.NaN, 1, Number.NaN]);
  const share = firing(nan, { rate: 0.2, from: 10 }, { value: type("number") });
  const lost = Array.from({ length: 4000 }, (_, k) => share.at(k / 100, { value: 1 }).value).map((v) =>
    Number.isNaN(v),
  );
  expect(lost.slice(0, 1000)).not.toContain(true);
  const n = lost.filter(Boolean).length;
  expect(Math.abs(n - 600)).toBeLessThanOrEqual(4 * Math.sqrt(3000 * 0.2 * 0.8));
});

/** A delay on its own, with the times that it asked for. */
function link(params: { readonly [name: string]: Json }) {
  const signature = delay.signature(params, { value: type("number") });
  const wakes: number[] = [];
  const setup = {
    node: "x#delay",
    params: signature.params,
    signature,
    inputs: {},
    kinds: {},
    rng: rng(1),
    services: memory(),
    wake: (t: number) => wakes.push(t),
  };
  const make = () => delay.instantiate(setup satisfies Setup) as Instance;
  let instance = make();
  return {
    wakes,
    at(ms: number, value?: number) {
      const outputs = instance.fire!(
        { value: value ?? 0 },
        {
          time: ms / 1e3,
          time_ns: ms * 1e6,
          microstep: 0,
          dt: 0,
          fresh: () => value !== undefined,
          age: () => 0,
          stamp: () => (ms - 1) * 1e6,
          params: signature.params,
          rng: rng(1),
        },
      ) as { value: number; [STAMPS]: { value: number } } | undefined;
      return outputs === undefined ? undefined : [outputs.value, outputs[STAMPS].value / 1e6];
    },
    move() {
      const state = instance.snapshot!();
      instance = make();
      void instance.restore!(state);
    },
  };
}

describe("delay", () => {
  test("holds each message back, with its stamp; two that are due at once follow each other", () => {
    const x = link({ delay: 0.02 });
    expect([x.at(10, 1), x.at(10, 2), x.at(15, 3)]).toEqual([undefined, undefined, undefined]);
    expect(x.wakes).toEqual([30e6, 30e6, 35e6]);
    expect(x.at(30)).toEqual([1, 9]);
    expect(x.wakes.at(-1)).toBe(30e6);
    expect(x.at(30)).toEqual([2, 9]);
    expect(x.at(35)).toEqual([3, 14]);
    expect(x.at(40)).toBeUndefined();
  });

  test("none overtakes another, whatever the jitter", () => {
    const x = link({ delay: 0.01, jitter: 0.05 });
    for (let k = 0; k < 100; k++) x.at(k, k);
    const due = x.wakes.filter((t) => t > 0);
    expect(due).toEqual([...due].sort((a, b) => a - b));
  });

  test("goes on from a snapshot with what was on its way", () => {
    const x = link({ delay: 0.02 });
    x.at(10, 1);
    x.move();
    expect(x.wakes.at(-1)).toBe(30e6);
    expect(x.at(30)).toEqual([1, 9]);
  });

  test("holds back no more than its bound", () => {
    const x = link({ delay: 3600 });
    for (let k = 0; k < MAX_WAITING; k++) x.at(1, k);
    expect(() => x.at(2, 0)).toThrow(LimbeckError);
  });

  test("events are late as events: each is heard at its own tag, once", async () => {
    const { at } = await run(
      `
world: {log: {component: test/script, params: {items: [[0, value, 1], [1, value, 2], [9, value, 3]]}}}
streams: {in: {x: {message: Scalar, kind: event, simulate: log.value}}}
nodes: {reader: {component: test/pass, in: {value: x}}}
rewrites: [{inject-fault: {ports: [x], delay: 5ms}}]
`,
      { for_ms: 30 },
    );
    expect(at("reader.value")).toEqual([
      [5, 0, 1],
      [6, 0, 2],
      [14, 0, 3],
    ]);
  });
});
