/** A project whose world lowers: a cart that is drawn to the middle by a controller that holds back, so that there is much to gain. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type DistillOptions, distill } from "../../src/project/distill.js";
import { loadGraph } from "../../src/project/load.js";
import type { DistillResult } from "../../src/project/results.js";

export const CART_GRAPH = `limbeck: 1
name: cart
seed: 3
params: {mass: {type: number, default: 1}}
streams:
  in: {state: {message: {tensor: [2]}, simulate: cart.state, contract: {rate: 20hz}}}
  out: {force: {message: {type: number}, from: controller.force, initial: 0}}
world:
  cart: {component: ./cart.ts, in: [force], params: {mass: $mass}}
  goal: {component: ./goal.ts, in: {state: cart.state}}
nodes:
  controller: {component: ./controller.ts, on: 20hz, in: [state]}
evaluate:
  for: 2s
  episodes: 3
  metrics: {distance: {rmse: [goal.position, goal.zero]}}
  starts: {training: {cart.state0: {uniform: [[-1, -0.1], [1, 0.1]]}}}
`;
const CART = `import { ops, tensor, tensorStep, Type } from "limbeck";
export default tensorStep({
  doc: "A mass on a rail, pushed.",
  params: Type.Object({ mass: Type.Number({ default: 1 }), state0: Type.Array(Type.Number(), { default: [1, 0] }) }),
  inputs: { force: Type.Number() },
  outputs: { state: tensor([2]) },
  state: ({ state0 }) => ({ state: Float64Array.from(state0) }),
  step({ force }, { state }, { dt, params: { mass } }) {
    const [x, v] = ops.split(state, [1, 1], 0) as [typeof state, typeof state];
    const next = ops.concat([ops.add(x, ops.mul(dt, v)), ops.add(v, ops.mul(dt, ops.div(force, mass)))], 0);
    return { outputs: { state: next }, state: { state: next } };
  },
});
`;
const GOAL = `import { ops, tensor, tensorStep } from "limbeck";
export default tensorStep({
  doc: "Where it is, and where it shall be.",
  inputs: { state: tensor([2]) },
  outputs: { position: tensor([1]), zero: tensor([1]) },
  step: ({ state }) => ({ outputs: { position: ops.slice(state, [0], [1], [0]), zero: new Float64Array(1) } }),
});
`;
const CONTROLLER = `import { step, tensor, Type } from "limbeck";
export default step({
  doc: "Holds back.",
  inputs: { state: tensor([2]) },
  outputs: { force: Type.Number() },
  step: ({ state }) => ({ outputs: { force: -0.8 * state[0]! - 1.5 * state[1]! } }),
});
`;

/** Its files. */
export const cartProject = {
  "cart.graph.yaml": CART_GRAPH,
  "cart.ts": CART,
  "goal.ts": GOAL,
  "controller.ts": CONTROLLER,
} as const;

/** The project in a folder, with other files in the place of some; `run` distils its controller by ridge unless it is told otherwise. */
export function makeCartProject(folder: string, files: { readonly [name: string]: string } = {}) {
  mkdirSync(folder);
  for (const [name, text] of Object.entries({ ...cartProject, ...files })) writeFileSync(join(folder, name), text);
  const [file, home] = [join(folder, "cart.graph.yaml"), join(folder, ".limbeck")];
  const run = async (more: Partial<DistillOptions> = {}): Promise<DistillResult> =>
    distill(await loadGraph(file, { models: join(home, "models") }), {
      home,
      signal: new AbortController().signal,
      onProgress: () => {},
      now: () => 0,
      teacher: { nodes: ["controller"] },
      as: "cart",
      students: ["ridge"],
      episodes: 6,
      command: ["distill", "cart.graph.yaml"],
      createdAt: "2026-01-01T00:00:00Z",
      ...more,
    });
  return { folder, file, home, run };
}
