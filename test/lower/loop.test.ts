/** World and policy as one step: rows of it follow the simulation with perfect links, tick by tick. */
import { expect, test } from "vitest";
import { lowerLoop } from "../../src/lower/loop.js";
import { runPolicy } from "../../src/models/policy.js";
import { encode } from "../../src/onnx/codec/index.js";
import type { Tensor } from "../../src/onnx/ir.js";
import { tensor } from "../../src/onnx/tensor.js";
import { prepared, problemsOf, run } from "../support/graphs.js";
import { tensors } from "./beside.js";

const graph = (on = "") => `
streams:
  in:
    speed: {message: Scalar, simulate: "motor.motor:velocity", contract: {rate: 200hz, latency: 10ms}}
    wanted: {message: Scalar, simulate: wave.value, contract: {rate: 50hz}}
  out:
    voltage: {message: Scalar, from: control.output, initial: 0.5, contract: {latency: 5ms}}
world:
  wave: {component: source/chirp, params: {amplitude: 3, from: 0.2, to: 1, duration: 2}}
  motor: {component: sim/dc-motor, in: [voltage]${on}}
nodes:
  smooth: {component: filter/ema, in: {value: speed}, params: {time_constant: 0.02}}
  control: {component: control/pid, on: 100hz, in: {setpoint: wanted, measurement: smooth.value}, params: {kp: 2, ki: 1, kd: 0.01, low: -5, high: 5}}
`;

const PORTS = ["motor.motor:velocity", "control.output", "voltage"];

test("follows the simulation", async () => {
  const { typed, component } = await prepared(graph(), { components: tensors });
  const loop = lowerLoop(typed, { component, outputs: PORTS });
  expect(loop.base).toEqual({ period_ns: 5e6, phase_ns: 0 });
  const { traces } = await run(graph(), { components: tensors, ideal: false, for_ms: 500 });
  const session = await runPolicy(encode(loop.model), 2);
  const rows = (value: number): Tensor => tensor("float64", [2], [value, value]);
  const last = (port: string, time_ns: number) => {
    const [ref, field] = port.split(":") as [string, string?];
    const message = traces[ref]!.findLast((s) => s.time_ns <= time_ns)?.message;
    return field === undefined ? message : (message as unknown as { [f: string]: number })[field];
  };
  let worst = 0;
  for (let k = 0; k < 100; k++) {
    const feeds = { dt: rows(k === 0 ? 0 : 0.005), time: rows((k * 5e6) / 1e9) };
    const given = Object.fromEntries(Object.entries(feeds).filter(([name]) => session.inputs.includes(name)));
    const said = await session.step(given);
    for (const port of PORTS) {
      const expected = last(port, k * 5e6);
      if (expected === undefined) continue;
      for (const value of said[`act.${port.replace(":", "@")}`]!.data)
        worst = Math.max(worst, Math.abs(Number(value) - Number(expected)));
    }
  }
  await session.close();
  expect(worst).toBeLessThan(1e-9);
});

test("a world that cannot be lowered is named", async () => {
  const text = graph(", on: {each: [voltage]}").replace(", contract: {latency: 5ms}", "");
  const { typed, component } = await prepared(text, { components: tensors });
  const refused = async () => lowerLoop(typed, { component, outputs: PORTS });
  expect(await problemsOf(refused())).toMatchObject([{ code: "L0873", path: "/world/motor" }]);
});
