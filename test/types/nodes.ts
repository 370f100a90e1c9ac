/** Names of components, ports and params, and everything that a node can be told. */
import { graph, JointState2, Scalar, Type, Vector2 } from "limbeck";
import { bare, half } from "./parts.js";

export default graph("nodes", { seed: 7, doc: "What a node can be told." }, (g) => {
  const kp = g.param("kp", { type: "number", default: 60, minimum: 0, unit: "N·m/rad" });
  const name = g.param("name", { type: "string", default: "a" });
  const rate = g.param("rate", { type: "string", default: "100hz" });
  const list = g.param("list", { type: "array", default: [1, 2] });
  const file = g.file("./parts.js", half);
  const scalar = g.in("scalar", Scalar, { contract: { rate, jitter: "5ms", loss: "1%", range: [0, kp] }, initial: kp });
  const target = g.in("target", Vector2, { initial: [0, kp], live: "udp://0.0.0.0:9000", kind: "signal" });
  const joints = g.in("joints", JointState2, { initial: { position: [0, 0], velocity: [0, 0] } });

  const node = g.node("a", "control/pd", {
    doc: "Everything at once.",
    on: { clock: rate, phase: "5ms" },
    in: { target: { from: target, max_age: "1s", missing: { default: [0, 0] }, exact: true }, joints },
    params: { kp, kd: 4 },
    safe: { torque: [0, 0] },
    initial: { torque: [0, kp] },
    restart: { budget: 3, within: "1min", after: "10ms" },
    latency: { normal: ["5ms", "1ms"] },
    place: "worker",
    timeout: "1s",
    tags: ["arm"],
  });
  g.node("b", file, { on: { each: ["value"] }, in: { value: { from: scalar, queue: { size: 3, policy: "block" } } } });
  g.node("c", file, {
    on: { aligned: { ports: ["value", "bias"], within: "5ms" } },
    in: { value: scalar, bias: scalar },
  });
  g.node("d", file, { on: { window: { count: 5, every: "10ms" } }, in: { value: scalar }, latency: "2ms" });
  g.node("e", file, { on: { silence: { port: "value", for: "50ms" } }, in: { value: scalar }, params: { gain: kp } });
  g.node("f", "math/matrix-gain", { in: { value: target }, params: { matrix: [[1, kp]] } });
  g.node("g", "source/chirp", { on: "100hz" });
  g.node("h", g.file("./bare.js", bare), { restart: 2 });
  g.node("i", file, {
    in: { value: { from: scalar, queue: 3 } },
    restart: g.param("tries", { type: "integer", default: 1 }),
  });

  // @ts-expect-error no such component
  g.node("e1", "control/pdd", { in: { target, joints } });
  // @ts-expect-error no such output
  node.troque;
  // @ts-expect-error no such input
  g.node("e2", "control/pd", { in: { target, joints, jonits: joints } });
  // @ts-expect-error an input is missing
  g.node("e3", "control/pd", { in: { target } });
  // @ts-expect-error all inputs are missing
  g.node("e4", "control/pd", {});
  // @ts-expect-error all inputs are missing
  g.node("e5", "control/pd");
  // @ts-expect-error of a component file too
  g.node("e6", file, { in: { bias: scalar } });
  // @ts-expect-error an input that is given no port
  g.node("e7", "control/pd", { in: { target, joints: undefined } });
  // @ts-expect-error a text is no port
  g.node("e8", "control/pd", { in: { target, joints: "joints" } });

  // @ts-expect-error no such param
  g.node("e9", "control/pd", { in: { target, joints }, params: { pk: 1 } });
  // @ts-expect-error a text for a number
  g.node("e10", "control/pd", { in: { target, joints }, params: { kp: "60" } });
  // @ts-expect-error a param of the graph that is a text
  g.node("e11", "control/pd", { in: { target, joints }, params: { kp: name } });
  // @ts-expect-error none of the choices
  g.node("e12", file, { in: { value: scalar }, params: { mode: "c" } });
  // @ts-expect-error a list of texts for one of numbers
  g.node("e13", file, { in: { value: scalar }, params: { list: ["1"] } });
  // @ts-expect-error a component without params
  g.node("e14", g.file("./bare.js", bare), { params: { gain: 1 } });
  g.node("list", file, { in: { value: scalar }, params: { list } });

  // @ts-expect-error a rate is written `100hz`
  g.node("e15", "control/pd", { on: "100 Hz", in: { target, joints } });
  // @ts-expect-error a rate has a unit
  g.node("e16", "control/pd", { on: 100, in: { target, joints } });
  // @ts-expect-error a port that the node has not
  g.node("e17", "control/pd", { on: { each: ["jonits"] }, in: { target, joints } });
  // @ts-expect-error a duration, not a rate
  g.node("e18", "control/pd", { in: { target: { from: target, max_age: "1hz" }, joints } });
  // @ts-expect-error no such policy
  g.node("e19", file, { in: { value: { from: scalar, queue: { size: 3, policy: "drop" } } } });
  // @ts-expect-error no such place
  g.node("e20", "control/pd", { place: "thread", in: { target, joints } });
  // @ts-expect-error no such option
  g.node("e21", "control/pd", { onn: "100hz", in: { target, joints } });
  // @ts-expect-error no such output to keep safe
  g.node("e22", "control/pd", { in: { target, joints }, safe: { force: [0, 0] } });
  // @ts-expect-error a value of another type
  g.node("e23", "control/pd", { in: { target, joints }, safe: { torque: "none" } });

  // @ts-expect-error the first value of another type
  g.out("e24", Vector2, { initial: 0 });
  // @ts-expect-error a field of it is missing
  g.in("e25", JointState2, { initial: { position: [0, 0] } });
  // @ts-expect-error a default of another type than is declared
  g.param("e26", { type: "number", default: "60" });
  // @ts-expect-error no such stream option
  g.in("e27", Type.Number(), { rate: "10hz" });
  // @ts-expect-error a share is written `1%`
  g.in("e28", Scalar, { contract: { loss: "one percent" } });
  g.evaluate({
    for: "10s",
    metrics: { m: { rmse: [node.torque, target] } },
    starts: { s: { "a.kp": { uniform: [1, 2] } } },
  });
  // @ts-expect-error a metric compares ports
  g.evaluate({ metrics: { m: { rmse: ["torque"] } } });
  g.rewrite({ substitute: { nodes: [node], with: "model:reach@1" } });
  g.rewrite({ record: { as: "reach", inputs: [target, joints.field("position")], outputs: [node.torque] } });
});
