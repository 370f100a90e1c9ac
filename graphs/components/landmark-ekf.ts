/** Where a robot is, from what it drives and from landmarks whose places are known. */
import { ekf, Type, tensor } from "limbeck";

const deviation = (value: number, unit: string, description: string) =>
  Type.Number({ default: value, exclusiveMinimum: 0, unit, description });

export default ekf({
  doc: "Extended Kalman filter of the pose (x m, y m, heading rad) of a robot that drives along arcs and measures range and bearing of landmarks. Source: Thrun, Burgard, Fox, Probabilistic Robotics, section 7.4 (known correspondences).",
  params: Type.Object({
    pose0: Type.Array(Type.Number(), {
      minItems: 3,
      maxItems: 3,
      description: "x m, y m and heading rad at the start",
    }),
    speed_noise: deviation(0.03, "m/s^0.5", "what the odometry's speed adds to the way, per square root of a second"),
    turn_noise: deviation(0.05, "rad/s^0.5", "what its turning rate adds to the heading, likewise"),
    range_noise: deviation(
      0.5,
      "m",
      "standard deviation; larger than that of a single sighting, since those of one burst err alike",
    ),
    bearing_noise: deviation(0.02, "rad", "standard deviation"),
    gate: Type.Number({
      default: 25,
      exclusiveMinimum: 0,
      description: "squared Mahalanobis distance beyond which a sighting is left out, as that of a misread barcode",
    }),
  }),
  controls: { motion: Type.Object({ speed: Type.Number({ unit: "m/s" }), turn: Type.Number({ unit: "rad/s" }) }) },
  measurements: {
    seen: {
      type: Type.Object({
        landmark: tensor([2], { unit: "m" }),
        range: Type.Number({ unit: "m" }),
        bearing: Type.Number({ unit: "rad", wraps: true }),
      }),
      z: ({ range, bearing }) => [range, bearing],
      h([x, y, heading], { landmark: [lx, ly] }) {
        const [dx, dy] = [lx! - x!, ly! - y!];
        return [Math.hypot(dx, dy), Math.atan2(dy, dx) - heading!];
      },
      H([x, y], { landmark: [lx, ly] }) {
        const [dx, dy] = [lx! - x!, ly! - y!];
        const squared = dx * dx + dy * dy;
        const range = Math.sqrt(squared);
        return [
          [-dx / range, -dy / range, 0],
          [dy / squared, -dx / squared, -1],
        ];
      },
      noise: (_, { range_noise, bearing_noise }) => [
        [range_noise ** 2, 0],
        [0, bearing_noise ** 2],
      ],
      angles: [1],
      gate: ({ gate }) => gate,
    },
  },
  outputs: {
    pose: Type.Object({ position: tensor([2], { unit: "m" }), heading: Type.Number({ unit: "rad", wraps: true }) }),
  },
  initial: ({ pose0 }) => ({
    mean: pose0,
    covariance: [
      [0.01, 0, 0],
      [0, 0.01, 0],
      [0, 0, 0.01],
    ],
  }),
  f([x, y, heading], { motion: { speed, turn } }, dt) {
    const middle = heading! + (turn * dt) / 2;
    return [x! + speed * dt * Math.cos(middle), y! + speed * dt * Math.sin(middle), heading! + turn * dt];
  },
  F([, , heading], { motion: { speed, turn } }, dt) {
    const middle = heading! + (turn * dt) / 2;
    return [
      [1, 0, -speed * dt * Math.sin(middle)],
      [0, 1, speed * dt * Math.cos(middle)],
      [0, 0, 1],
    ];
  },
  noise([, , heading], _, dt, { speed_noise, turn_noise }) {
    const [c, s] = [Math.cos(heading!), Math.sin(heading!)];
    const way = speed_noise ** 2 * dt;
    return [
      [way * c * c, way * c * s, 0],
      [way * c * s, way * s * s, 0],
      [0, 0, turn_noise ** 2 * dt],
    ];
  },
  angles: [2],
  output: ({ mean: [x, y, heading] }) => ({ pose: { position: Float64Array.of(x!, y!), heading: heading! } }),
});
