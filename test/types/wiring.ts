/** What must compile, and what must not: ports and their message types. */
import { graph, JointState2, message, Scalar, step, Type, tensor, Vector2, Vector3 } from "limbeck";

const half = step({
  doc: "Half.",
  params: Type.Object({ gain: Type.Number(), mode: Type.Enum(["a", "b"]) }),
  inputs: { value: Type.Number() },
  outputs: { value: Type.Number(), count: Type.Integer() },
  step: ({ value }) => ({ outputs: { value: value / 2, count: 1 } }),
});
const Grip = message("Grip", { force: Type.Number({ unit: "N" }), slips: Type.Optional(Type.Boolean()) });

export default graph("arm", { seed: 7 }, (g) => {
  const kp = g.param("kp", { type: "number", default: 60 });
  const name = g.param("name", { type: "string", default: "x" });
  const torque = g.out("torque", Vector2, { initial: [0, 0] });
  const arm = g.world("arm", "sim/two-link-arm", { in: { torque }, params: { q0: [-0.5, kp] } });
  const joints = g.in("joints", JointState2, { simulate: arm.joints, contract: { rate: "100hz" } });
  const target = g.in("target", Vector2);
  const grip = g.in("grip", Grip);
  const ik = g.node("ik", "kinematics/two-link-inverse", { in: { point: { from: target, max_age: "1s" } } });
  const pd = g.node("controller", "control/pd", {
    on: "100hz",
    in: { target: ik.angles, joints },
    params: { kp, kd: 4 },
    safe: { torque: [0, 0] },
  });
  torque.from(pd.torque);
  const smooth = g.node("smooth", "filter/ema", { in: { value: joints.field("velocity") }, params: { alpha: 0.5 } });
  const x = g.node("x", "filter/ema", { in: { value: target.at(0) } });
  const mine = g.node("mine", g.file("./half.js", half), { in: { value: x.value }, params: { gain: kp, mode: "a" } });
  g.node("other", g.file<typeof half>("./half.js"), { in: { value: mine.value } });
  g.node("free", "./free.ts", { in: { anything: grip, at: all(mine.value) } });
  const scalar = g.in("scalar", Scalar);
  g.node("sw", "logic/switch", { in: { condition: g.in("b", Type.Boolean()), if_true: scalar, if_false: x.value } });

  // --- mistakes
  // @ts-expect-error a vector of three for one of two
  g.node("e1", "kinematics/two-link-inverse", { in: { point: g.in("v3", Vector3) } });
  // @ts-expect-error a number for joints
  g.node("e2", "control/pd", { in: { target: ik.angles, joints: scalar } });
  // @ts-expect-error no such port
  g.node("e3", "control/pd", { in: { target: ik.angles, joints, jonits: joints } });
  // @ts-expect-error an input is missing
  g.node("e4", "control/pd", { in: { target: ik.angles } });
  // @ts-expect-error all inputs are missing
  g.node("e5", "control/pd", {});
  // @ts-expect-error all inputs are missing
  g.node("e6", "control/pd");
  // @ts-expect-error no such component
  g.node("e7", "control/pdd", { in: { target: ik.angles, joints } });
  // @ts-expect-error no such output
  pd.troque;
  // @ts-expect-error no such field
  joints.field("velocty");
  // @ts-expect-error no such param
  g.node("e8", "control/pd", { in: { target: ik.angles, joints }, params: { pk: 1 } });
  // @ts-expect-error a text for a number
  g.node("e9", "control/pd", { in: { target: ik.angles, joints }, params: { kp: "60" } });
  // @ts-expect-error a param that is a text for a number
  g.node("e10", "control/pd", { in: { target: ik.angles, joints }, params: { kp: name } });
  // @ts-expect-error no unit
  g.node("e11", "control/pd", { on: "100 Hz", in: { target: ik.angles, joints } });
  // @ts-expect-error a filter passes on the type that it is given
  g.node("e12", "kinematics/two-link-inverse", { in: { point: x.value } });
  // @ts-expect-error an integer for a number
  g.node("e13", g.file("./half.js", half), { in: { value: mine.count } });
  // @ts-expect-error float32 for float64
  torque.from(g.in("f32", tensor([2], { dtype: "float32" })));
  // @ts-expect-error another object
  g.in("e14", Grip, { simulate: arm.joints });
  // @ts-expect-error the initial value of another type
  g.out("e15", Vector2, { initial: { x: 1 } });
  // @ts-expect-error a rule of a value that is no mode
  g.node("e16", g.file("./half.js", half), { in: { value: x.value }, params: { mode: "c" } });
  // @ts-expect-error a trigger on a port that is not there
  g.node("e17", "control/pd", { on: { each: ["jonits"] }, in: { target: ik.angles, joints } });
  // @ts-expect-error both sides of a switch are of one type
  g.node("e18", "logic/switch", { in: { condition: g.in("c", Type.Boolean()), if_true: scalar, if_false: joints } });
  // @ts-expect-error a number has no elements
  scalar.at(0);
  return { torque, joints, smooth };
});
const all = <T>(x: T): T => x;
