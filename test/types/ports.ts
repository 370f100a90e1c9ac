/** Ports of different message types do not join: shape, dtype, fields, integer against number, and what follows them. */
import { graph, JointState2, JointState7, message, Pose2, Scalar, Type, tensor, Vector2, Vector3 } from "limbeck";
import { bare, dropIn, Grip, half, Image, log } from "./parts.js";

export default graph("ports", (g) => {
  const vector2 = g.in("v2", Vector2);
  const vector3 = g.in("v3", Vector3);
  const scalar = g.in("scalar", Scalar);
  const joints = g.in("joints", JointState2);
  const grip = g.in("grip", Grip);
  const image = g.in("image", Image);
  const whole = g.in("whole", Type.Integer());
  const flag = g.in("flag", Type.Boolean());
  const command = g.out("command", Vector2);
  const number = g.out("number", Scalar);
  const file = g.file("./parts.js", half);

  // the same type, however it is come by
  command.from(vector2);
  number.from(vector2.at(0));
  number.from(joints.field("position").at(1));
  number.from(grip.field("force"));
  g.out("slips", Type.Boolean()).from(grip.field("slips"));
  g.out("angle", tensor([2])).from(joints.field("velocity"));
  g.out("byName", "Vector2").from(vector2);
  // units are the business of the checks
  g.out("metres", message("Metres", tensor([2], { unit: "m" }))).from(vector2);

  // @ts-expect-error another shape
  command.from(vector3);
  // @ts-expect-error another dtype
  command.from(g.in("f32", tensor([2], { dtype: "float32" })));
  // @ts-expect-error a number for a vector
  command.from(scalar);
  // @ts-expect-error a vector for a number
  number.from(vector2);
  // @ts-expect-error an integer for a number
  number.from(whole);
  // @ts-expect-error an element of bytes is an integer
  number.from(g.in("bytes", tensor([2], { dtype: "uint8" })).at(0));
  // @ts-expect-error a truth value for a number
  number.from(flag);
  // @ts-expect-error a tensor of two dimensions for one of one
  command.from(image);
  // @ts-expect-error another type by its name
  g.out("named", "Vector3").from(vector2);

  // objects: another field, one more, one less, one that is optional
  const Full = message("Full", { force: Type.Number(), slips: Type.Boolean() });
  const Less = message("Less", { force: Type.Number() });
  const More = message("More", { force: Type.Number(), slips: Type.Optional(Type.Boolean()), more: Type.Number() });
  // @ts-expect-error other fields
  g.out("o1", Grip).from(joints);
  // @ts-expect-error a field that is not optional there
  g.out("o2", Full).from(grip);
  // @ts-expect-error a field too many
  g.out("o3", Less).from(grip);
  // @ts-expect-error a field too few
  g.out("o4", More).from(grip);
  // @ts-expect-error the same fields of another shape
  g.out("o5", JointState7).from(joints);
  // @ts-expect-error deep inside
  g.out("o6", message("Deep", { pose: Pose2 })).from(g.in("deep", message("Other", { pose: Grip })));

  // fields and elements
  // @ts-expect-error no such field
  joints.field("velocty");
  // @ts-expect-error a tensor has no fields
  vector2.field("x");
  // @ts-expect-error a number has no elements
  scalar.at(0);
  // @ts-expect-error an image has rows, which are no messages
  image.at(0);

  // inputs of components
  const ik = g.node("ik", "kinematics/two-link-inverse", { in: { point: { from: vector2, max_age: "1s" } } });
  g.node("pd", "control/pd", { in: { target: ik.angles, joints } });
  const mine = g.node("mine", file, { in: { value: scalar } });
  // @ts-expect-error another shape
  g.node("e1", "kinematics/two-link-inverse", { in: { point: vector3 } });
  // @ts-expect-error the same, with options
  g.node("e2", "kinematics/two-link-inverse", { in: { point: { from: vector3, max_age: "1s" } } });
  // @ts-expect-error a number for joints
  g.node("e3", "control/pd", { in: { target: ik.angles, joints: scalar } });
  // @ts-expect-error an integer for a number
  g.node("e4", file, { in: { value: mine.count } });
  // @ts-expect-error an optional input has a type too
  g.node("e5", file, { in: { value: scalar, bias: vector2 } });

  // components that take any type pass it on
  const smooth = g.node("smooth", "filter/ema", { in: { value: vector2 } });
  command.from(smooth.value);
  const chosen = g.node("chosen", "logic/switch", {
    in: { condition: flag, if_true: vector2, if_false: smooth.value },
  });
  command.from(chosen.value);
  const late = g.node("late", "filter/delay-line", {
    in: { value: { from: joints.field("position"), missing: "fault" } },
  });
  g.out("late", tensor([2])).from(late.value);
  // @ts-expect-error what went in comes out
  number.from(smooth.value);
  // @ts-expect-error both sides of a switch are of one type
  g.node("e6", "logic/switch", { in: { condition: flag, if_true: vector2, if_false: scalar } });
  // @ts-expect-error a condition is true or false
  g.node("e7", "logic/switch", { in: { condition: scalar, if_true: vector2, if_false: vector2 } });

  // sources, drop-ins, files that TypeScript does not see into
  number.from(g.world("log", g.file("./log.js", log)).number);
  number.from(g.node("bare", g.file("./bare.js", bare)).one);
  const policy = g.node("policy", g.file<typeof dropIn>("./drop-in.js"), { in: { joints } });
  command.from(policy.torque);
  // @ts-expect-error the drop-in's inputs are typed
  g.node("e8", g.file("./drop-in.js", dropIn), { in: { joints: scalar } });
  // @ts-expect-error so are its outputs
  number.from(policy.torque);
  command.from(g.node("free", "./free.ts", { in: { anything: grip } }).whatever);
  command.from(g.node("trained", "model:reach@champion", { in: { joints } }).torque);
  // what rewriting inserts stands in graphs that were written out
  command.from(g.node("leg/x", "graph/port", { in: { in: joints }, params: { type: { type: "number" } } }).out);
  g.node("record#x", "record/recorder", { in: { joints } });
  g.node("diagnose#x", "diagnose/monitor", { in: { watched: joints } });

  // ports that come later
  const last = g.later(Vector2);
  g.node("loop", "filter/ema", { in: { value: { from: last, delay: "10ms", initial: [0, 0] } } });
  last.is(smooth.value);
  // @ts-expect-error another type than was said
  last.is(scalar);
  command.from(g.ref("vote#command.value"));

  // the world feeds in-streams
  const arm = g.world("arm", "sim/two-link-arm", { in: { torque: command } });
  g.in("measured", JointState2, { simulate: arm.joints });
  // @ts-expect-error joints of another arm
  g.in("e9", JointState7, { simulate: arm.joints });
  return { joints, command };
});
