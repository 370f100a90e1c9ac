/** The example graph of the design, as written there. */
export const armReach = `# yaml-language-server: $schema=../schemas/graph.schema.json
limbeck: 1
name: arm-reach
doc: A two-link arm follows way-points under a PD controller.
seed: 7
params: {kp: {type: number, default: 30}}            # used as $kp; --set kp=40 (or a node's own: --set arm.mass=2)

messages:                                            # or by name from schemas/
  JointState2: {position: {tensor: [2], unit: rad, wraps: true}, velocity: {tensor: [2], unit: rad/s}}

streams:
  in:
    target: {message: Vector2, simulate: operator.target, live: "mqtt://localhost/arm/target",
             contract: {rate: 2hz, jitter: 5ms, loss: 1%}}
    joints: {message: JointState2, simulate: arm.joints, live: "udp://0.0.0.0:9000",
             contract: {rate: 100hz, latency: 2ms}}
  out:
    torque: {message: Vector2, from: controller.torque, initial: [0, 0], live: "udp://127.0.0.1:9001"}

world:
  operator: {component: sim/waypoints, params: {box: [[-1, -1], [1, 1]]}}
  arm: {component: sim/two-link-arm, in: [torque]}

nodes:
  controller:
    component: control/pd
    on: 100hz
    in: {target: {from: target, max_age: 1s}, joints: joints}
    params: {kp: $kp, kd: 4}
    safe: {torque: [0, 0]}

rewrites:
  - record: {as: reach, inputs: [target, joints], outputs: [controller.torque], keep: {rows: 20000}}

evaluate:
  metrics: {tracking: {rmse: [arm.tip, target]}}
  starts:
    training: {arm.q0: {uniform: [[-1, -1], [1, 1]]}}
    outside: {arm.q0: {uniform: [[1, 1], [2, 2]]}}
`;
