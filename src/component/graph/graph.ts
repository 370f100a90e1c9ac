/** `graph(…)`: how a graph is written in TypeScript. */
import { recordGraph } from "../../graphfile/typescript/builder.js";
import type { GraphBuilder, GraphOptions, TypedGraphSource } from "./types.js";

/**
 * A graph, for `export default` in a `*.graph.ts`: the same IR as a YAML file's, with its wiring held to the types.
 *
 * The function gets a builder and says what there is; streams that it gives back under their names are typed ports for
 * graphs that use this one as a component. Parts are declared before they are read; an out-stream is declared first and
 * told by `.from(port)` who feeds it, and `g.later(type)` names a port that comes only later.
 *
 * @example
 * const reach = graph("reach", { seed: 7 }, (g) => {
 *   const torque = g.out("torque", Vector2, { initial: [0, 0] });
 *   const arm = g.world("arm", "sim/two-link-arm", { in: { torque } });
 *   const joints = g.in("joints", JointState2, { simulate: arm.joints, contract: { rate: "100hz" } });
 *   const goal = g.in("goal", Vector2, { initial: [0.5, 1] });
 *   const pd = g.node("controller", "control/pd", { on: "100hz", in: { target: goal, joints }, params: { kp: 60, kd: 14 } });
 *   torque.from(pd.torque);
 * });
 * isGraphSource(reach) // true
 */
export const graph = recordGraph as unknown as {
  <R = void>(name: string, build: (g: GraphBuilder) => R): TypedGraphSource<R>;
  <R = void>(name: string, options: GraphOptions, build: (g: GraphBuilder) => R): TypedGraphSource<R>;
};
