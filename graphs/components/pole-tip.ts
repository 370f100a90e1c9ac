/** What is asked of a pole on a cart: to stand upright in the middle of the rail. */
import { ops, tensor, tensorStep } from "limbeck";

export default tensorStep({
  doc: "How far the cart is from the middle (m), and the pole's tip from its highest point (in lengths of the pole); the goal is 0 for both.",
  inputs: { state: tensor([4]) },
  outputs: { offset: tensor([2]), goal: tensor([2]) },
  step({ state }) {
    const x = ops.slice(state, [0], [1], [0]);
    const tip = ops.mul(ops.sin(ops.mul(ops.slice(state, [2], [3], [0]), 0.5)), 2);
    return { outputs: { offset: ops.concat([x, tip], 0), goal: new Float64Array(2) } };
  },
});
