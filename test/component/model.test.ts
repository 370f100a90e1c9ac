/** The kind `model`: messages become rows of a session, in the order of the type, and back. */
import { expect, test } from "vitest";
import type { Models } from "../../src/component/component.js";
import { model } from "../../src/component/model.js";
import { builtinTypes } from "../../src/message/builtin.js";
import { memory, problemsOf, run } from "../support/graphs.js";

const vector = { tensor: [2] };
const component = model({
  model: "reach@3",
  sha256: "ab",
  on: { clock: "100hz" },
  inputs: { target: vector, joints: builtinTypes.JointState2! },
  outputs: { torque: vector },
});

const graph = `
streams:
  in:
    target: {message: Vector2, simulate: operator.target, contract: {rate: 100hz}}
    joints: {message: JointState2, simulate: arm.joints, contract: {rate: 100hz}}
  out: {torque: {message: Vector2, from: controller.torque, initial: [0, 0]}}
world:
  operator: {component: sim/waypoints, params: {box: [[0, 0], [1, 1]]}}
  arm: {component: sim/two-link-arm, in: [torque]}
nodes: {controller: {component: test/model, in: [target, joints]}}
`;

function lend(answer: (inputs: { [port: string]: Float32Array }) => { [port: string]: Float32Array }) {
  const log: string[] = [];
  const models: Models = {
    async open(reference, sha256) {
      log.push(`open ${reference} ${sha256}`);
      return {
        run: async (inputs) => answer({ ...inputs }),
        async close() {
          log.push("close");
        },
      };
    },
    policy: () => Promise.reject(new Error("no policy")),
  };
  return { log, services: memory({}, models) };
}

test("it opens its version, runs on its trigger, and is closed", async () => {
  const { log, services } = lend(({ target }) => ({ torque: target!.map((v) => 2 * v) }));
  const { values, at } = await run(graph, { components: { "test/model": component }, services, for_ms: 30 });
  expect(log).toEqual(["open reach@3 ab", "close"]);
  expect(at("controller.torque").map(([ms]) => ms)).toEqual([0, 10, 20]);
  const [target] = values("target") as [Float64Array];
  for (const torque of values("controller.torque"))
    expect(torque).toEqual(Float64Array.from(target, (v) => Math.fround(2 * Math.fround(v))));
});

test("a session that fails, or says NaN, is told at its node and time, and is closed", async () => {
  const failing = lend(() => {
    throw new Error("out of memory");
  });
  const setup = { components: { "test/model": component }, for_ms: 30 };
  expect(await problemsOf(run(graph, { ...setup, services: failing.services }))).toMatchObject([
    {
      code: "L0602",
      path: "/nodes/controller",
      message: expect.stringMatching(/failed at 0 s: out of memory \(model\.test\.ts:58:/),
    },
  ]);
  expect(failing.log).toEqual(["open reach@3 ab", "close"]);
  const nan = lend(() => ({ torque: Float32Array.of(1, Number.NaN) }));
  const [problem] = await problemsOf(run(graph, { ...setup, services: nan.services }));
  expect(problem!.path).toBe("/nodes/controller");
  expect(nan.log.at(-1)).toBe("close");
});

test("its ports are typed as the card says, and it takes no params", () => {
  const signature = component.signature({}, {});
  expect(Object.keys(signature.inputs)).toEqual(["target", "joints"]);
  expect(signature).toMatchObject({ trigger: { clock: "100hz" }, stateful: false, pure: true });
  expect(() => component.signature({ kp: 1 }, {})).toThrow(/L0401/);
});
