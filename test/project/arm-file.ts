/** An arm under control, as a graph file: what tests of the whole pipeline distil. */
export const ARM = `limbeck: 1
name: arm
seed: 5
streams:
  in:
    target: {message: Vector2, simulate: operator.target, contract: {rate: 10hz}}
    joints: {message: JointState2, simulate: arm.joints, contract: {rate: 100hz}}
  out:
    torque: {message: Vector2, from: controller.torque, initial: [0, 0]}
world:
  operator: {component: sim/waypoints, params: {box: [[0.5, -0.9], [1.4, 0.9]]}}
  arm: {component: sim/two-link-arm, in: [torque], params: {noise: 0.001}}
nodes:
  ik: {component: kinematics/two-link-inverse, in: {point: target}}
  controller: {component: control/pd, on: 100hz, in: {target: ik.angles, joints: joints}, params: {kp: 60, kd: 14}}
rewrites:
  - record: {as: arm, inputs: [ik.angles, joints], outputs: [controller.torque]}
`;
