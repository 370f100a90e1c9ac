/** `arm-reach.graph.yaml` in TypeScript: the same graph, to the digest. */
import { graph, message, tensor, Vector2 } from "limbeck";

const JointState2 = message("JointState2", {
  position: tensor([2], { unit: "rad", wraps: true }),
  velocity: tensor([2], { unit: "rad/s" }),
});

const doc = "A two-link arm in a vertical plane reaches for one way-point after the other.";

export default graph("arm-reach", { seed: 7, doc }, (g) => {
  const kp = g.param("kp", { type: "number", default: 60, unit: "N·m/rad" });
  const kd = g.param("kd", { type: "number", default: 14, unit: "N·m·s/rad" });

  const torque = g.out("torque", Vector2, { initial: [0, 0], live: "udp://127.0.0.1:9001" });

  const operator = g.world("operator", "sim/waypoints", {
    params: {
      box: [
        [0.6, -0.9],
        [1.3, 0.9],
      ],
      hold: 2,
    },
  });
  const arm = g.world("arm", "sim/two-link-arm", {
    in: { torque },
    params: { q0: [-0.5, 0.8], noise: 0.001, velocity_noise: 0.01 },
  });

  const target = g.in("target", Vector2, {
    simulate: operator.target,
    live: "mqtt://localhost/arm/target",
    contract: { rate: "10hz", jitter: "5ms", loss: "1%" },
  });
  const joints = g.in("joints", JointState2, {
    simulate: arm.joints,
    live: "udp://0.0.0.0:9000",
    contract: { rate: "100hz" },
  });

  const ik = g.node("ik", "kinematics/two-link-inverse", {
    doc: "Where the joints must be for the tip to be at the target.",
    in: { point: { from: target, max_age: "1s" } },
  });
  const gravity = g.node("gravity", "dynamics/two-link-gravity", { in: { joints } });
  const controller = g.node("controller", "control/pd", {
    on: "100hz",
    in: { target: ik.angles, joints, feed_forward: gravity.torque },
    params: { kp, kd, limit: 60 },
    safe: { torque: [0, 0] },
  });
  torque.from(controller.torque);

  g.rewrite({
    record: { as: "reach", inputs: [target, joints], outputs: [controller.torque], keep: { rows: 20000 } },
  });

  g.evaluate({
    for: "10s",
    episodes: 8,
    metrics: { tracking: { rmse: [arm.tip, target] } },
    starts: {
      training: {
        "arm.q0": {
          uniform: [
            [-1, 0],
            [1, 1.5],
          ],
        },
      },
      outside: {
        "arm.q0": {
          uniform: [
            [1, 1.5],
            [2, 2.2],
          ],
        },
      },
    },
  });
});
