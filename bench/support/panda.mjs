/**
 * A real robot's log as rows: torques from sine and cosine of the joint angles and of their sums along the chain, joint
 * velocities, their signs made smooth (friction), and causal accelerations.
 */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { block, cut, matrix, nmse } from "./rows.mjs";

/** Time constant of the differentiator: dv/dt ≈ (v − lowpass(v)) / τ; chosen on the validation part. */
const TAU_S = 0.05;
/** Velocity at which friction has about reached its full size. */
const SLIP = 0.05;

export function panda(file) {
  const lines = gunzipSync(readFileSync(file)).toString().trim().split("\n").slice(1);
  let before = 0;
  let low;
  const rows = lines.map((line) => {
    const [t, ...v] = line.split(",").map(Number);
    const [angles, velocity, torque] = [v.slice(0, 7), v.slice(7, 14), v.slice(14)];
    const share = 1 - Math.exp(-(t - before) / TAU_S);
    low = low === undefined ? velocity : low.map((l, j) => l + share * (velocity[j] - l));
    before = t;
    let turned = 0;
    const along = angles.map((a) => (turned += a));
    const x = [
      ...angles.flatMap((a) => [Math.sin(a), Math.cos(a)]),
      ...along.flatMap((a) => [Math.sin(a), Math.cos(a)]),
      ...velocity,
      ...velocity.map((w) => Math.tanh(w / SLIP)),
      ...velocity.map((w, j) => (w - low[j]) / TAU_S),
    ];
    return { x, y: torque };
  });
  const [x, y] = [matrix(rows.map((r) => r.x)), matrix(rows.map((r) => r.y))];
  const end = Math.floor(0.8 * rows.length);
  const split = Math.floor(0.85 * end);
  const part = (from, to) => ({ x: cut(x, from, to), y: cut(y, from, to) });
  return {
    data: {
      inputs: [block("joints", x.width)],
      outputs: [block("torque", 7)],
      train: part(0, split),
      validation: part(split, end),
    },
    held: part(end, rows.length),
    score: nmse,
  };
}
