/** Models that remember: at work they see, firing by firing, the very numbers that a dataset of the same run holds. */
import { describe, expect, test } from "vitest";
import type { Instance, Models } from "../../src/component/component.js";
import { model } from "../../src/component/model.js";
import { rng } from "../../src/component/rng.js";
import type { TypedTrigger } from "../../src/graph/typed.js";
import { builtinTypes } from "../../src/message/builtin.js";
import type { Transforms } from "../../src/message/transforms/transforms.js";
import { memory, problemsOf, run } from "../support/graphs.js";

const vector = { tensor: [2] };
const inputs = { target: vector, joints: builtinTypes.JointState2! };
const outputs = { torque: vector };

const steps: Transforms["steps"] = [
  { kind: "difference", port: "joints", order: 2 },
  { kind: "history", port: "joints", rows: 3 },
  { kind: "lag", port: "target", rows: [2], keep: false },
];
const rows: Transforms = { over: "rows", step_ns: 1e7, steps };

/** A store whose every model writes down what it is given and says zeros. */
function listening() {
  const given: { [port: string]: number[] }[] = [];
  const models: Models = {
    open: async () => ({
      async run(rows) {
        given.push(Object.fromEntries(Object.entries(rows).map(([port, row]) => [port, [...row]])));
        return { torque: new Float32Array(2) };
      },
      close: async () => {},
    }),
    policy: () => Promise.reject(new Error("no policy")),
  };
  return { given, services: memory({}, models) };
}

const graph = `
streams:
  in:
    target: {message: Vector2, simulate: operator.target, contract: {rate: 100hz}}
    joints: {message: JointState2, simulate: arm.joints, contract: {rate: 100hz}}
  out: {torque: {message: Vector2, from: controller.torque, initial: [0, 0]}}
world:
  operator: {component: sim/waypoints, params: {box: [[0, 0], [1, 1]]}}
  arm: {component: sim/two-link-arm, in: [torque], params: {noise: 0.1}}
nodes: {controller: {component: test/model, on: CLOCK, in: [target, joints]}}
`;
const at = (clock: string) => graph.replace("CLOCK", clock);

describe("a model with history in a graph", () => {
  const drive = async (transforms: Transforms | undefined, clock = "100hz") => {
    const { given, services } = listening();
    const component = model({ model: "m@1", inputs, outputs, ...(transforms && { transforms }) });
    const { at: messages } = await run(at(clock), { components: { "test/model": component }, services, for_ms: 200 });
    return { given, torques: messages("controller.torque") };
  };

  test("is silent until it has enough, then sees differences, windows and lags of its own firings", async () => {
    const plain = (await drive(undefined)).given;
    const { given, torques } = await drive(rows);
    expect(plain).toHaveLength(20);
    expect(given).toHaveLength(16);
    expect(torques[0]![0]).toBe(40);
    for (const [i, { target, joints }] of given.entries()) {
      const now = i + 4;
      expect(target).toEqual(plain[now - 2]!.target);
      const windows = [2, 1, 0].flatMap((lag) => {
        const [a, b, c] = [0, 1, 2].map((k) => plain[now - lag - k]!.joints!);
        const first = a!.map((x, k) => x - b![k]!);
        return [...a!, ...first.map(Math.fround), ...a!.map((x, k) => Math.fround(x - 2 * b![k]! + c![k]!))];
      });
      expect(joints).toEqual(windows);
    }
  });

  test("speaks at once when history is padded", async () => {
    const { given } = await drive({ ...rows, pad: "first" });
    expect(given).toHaveLength(20);
    expect(given[0]!.joints!.slice(0, 18)).toEqual(given[0]!.joints!.slice(18, 36));
  });

  test("under a clock twice as fast it looks two firings back", async () => {
    const plain = (await drive(undefined, "200hz")).given;
    const { given } = await drive({ ...rows, steps: steps.slice(2) }, "200hz");
    expect(given.map(({ target }) => target)).toEqual(plain.slice(0, -4).map(({ target }) => target));
  });

  test.each([
    [
      { ...rows },
      "150hz",
      "`controller` fires every 6.666666666666667 ms, and `m@1` was trained on a history of rows 10 ms apart",
    ],
    [{ over: "rows" as const, steps }, "100hz", "rows that came at no steady rate"],
  ])("under another rate it is refused", async (transforms, clock, message) => {
    const component = model({ model: "m@1", inputs, outputs, transforms });
    const { services } = listening();
    const setup = { components: { "test/model": component }, services, for_ms: 30 };
    const [problem] = await problemsOf(run(at(clock), setup));
    expect(problem!.code).toBe("L0771");
    expect(problem!.message).toContain(message);
  });
});

test("what carries state fires at the clock that it was trained under", async () => {
  const { services } = listening();
  const make = (clock: string) => ({
    components: { "test/model": model({ model: "m@1", on: { clock }, inputs, outputs, remembers: true }) },
    services,
    for_ms: 30,
  });
  expect(await run(at("10ms"), make("100hz"))).toBeDefined();
  const [problem] = await problemsOf(run(at("200hz"), make("100hz")));
  expect(problem!.code).toBe("L0771");
  expect(problem!.message).toContain("which were 10 ms apart in training");
});

describe("fired by hand", () => {
  const make = async (transforms: Transforms, trigger: TypedTrigger) => {
    const { given, services } = listening();
    const component = model({ model: "m@1", inputs: { x: { type: "number" } }, outputs, transforms });
    const signature = component.signature({}, {});
    const kinds = {};
    const setup = { node: "node", params: {}, signature, inputs: {}, kinds, trigger, rng: rng(1), services, wake() {} };
    const instance: Instance = await component.instantiate(setup);
    const fire = (x: number, time_ns: number, { fresh = true, stamp_ns = time_ns } = {}) =>
      instance.fire!(
        { x },
        {
          time: time_ns / 1e9,
          time_ns,
          microstep: 0,
          dt: 0,
          fresh: () => fresh,
          age: () => 0,
          stamp: () => stamp_ns,
          params: {},
          rng: rng(1),
        },
      );
    return { signature, instance, fire, seen: () => given.map(({ x }) => x) };
  };
  const each: TypedTrigger = { kind: "each", ports: ["x"] };
  const lag: Transforms["steps"] = [{ kind: "lag", port: "x", rows: [1] }];

  test("over messages, a value that is read again is no new message", async () => {
    const { fire, seen } = await make({ over: "messages", steps: lag }, each);
    await fire(1, 0);
    await fire(2, 10);
    await fire(2, 20, { fresh: false });
    await fire(3, 30);
    expect(seen()).toEqual([
      [2, 1],
      [2, 1],
      [3, 2],
    ]);
  });

  test("over messages, a node that does not fire on each of them is refused", async () => {
    const clock: TypedTrigger = { kind: "clock", period_ns: 10, phase_ns: 0 };
    await expect(make({ over: "messages", steps: lag }, clock)).rejects.toThrow(
      "L0775: `m@1` remembers messages of x, and `node` does not fire on each of them",
    );
    const own: Transforms["steps"] = [
      { kind: "flatten", port: "x", columns: [{ name: "y", of: { value: 2 }, plus: 1 }] },
    ];
    const { fire, seen } = await make({ over: "messages", steps: own }, clock);
    await fire(3, 0);
    expect(seen()).toEqual([[7]]);
  });

  test("forgets at a gap", async () => {
    const { fire, seen } = await make({ over: "rows", pad: "first", max_gap_ns: 10, steps: lag }, each);
    for (const [x, time] of [
      [1, 0],
      [2, 10],
      [3, 30],
    ] as const)
      await fire(x, time);
    expect(seen()).toEqual([
      [1, 1],
      [2, 1],
      [3, 3],
    ]);
  });

  test("keeps state, and goes on from a snapshot", async () => {
    const transforms: Transforms = { over: "rows", steps: lag };
    const first = await make(transforms, each);
    expect([first.signature.stateful, first.signature.pure]).toEqual([true, false]);
    await first.fire(1, 0);
    await first.fire(2, 10);
    const second = await make(transforms, each);
    await second.instance.restore!(structuredClone(first.instance.snapshot!()));
    await second.fire(3, 20);
    expect(second.seen()).toEqual([[3, 2]]);
  });
});
