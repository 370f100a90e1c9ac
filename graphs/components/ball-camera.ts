/** A camera that looks down on a table: a ball on it, a lamp's reflection beside it, and noise. */
import { step, Type, tensor } from "limbeck";

/** The table is 2 m wide and deep, with its middle in the picture's. */
const SIDE = 20;
const pixelOf = (metres: number): number => ((metres + 1) / 2) * (SIDE - 1);

export default step({
  doc: "A grey picture [row, column] of a table from −1 m to 1 m. The ball is a spot of the given size; the lamp's reflection is fainter and larger, and stays where it is, as bright as the lamp flickers.",
  params: Type.Object({
    size: Type.Number({ default: 1.2, exclusiveMinimum: 0, description: "of the ball, in pixels" }),
    lamp: Type.Number({ default: 0.6, minimum: 0, description: "brightest reflection, of the ball's brightness" }),
    noise: Type.Number({ default: 0.05, minimum: 0, description: "standard deviation of a pixel" }),
  }),
  inputs: { ball: tensor([2], { unit: "m" }) },
  outputs: { image: tensor([SIDE, SIDE], { dtype: "float32" }) },
  random: true,
  step({ ball }, _, { rng, params: { size, lamp, noise } }) {
    const spot = (i: number, x: number, y: number, width: number) =>
      Math.exp(-(((i % SIDE) - x) ** 2 + (Math.floor(i / SIDE) - y) ** 2) / (2 * width * width));
    const [x, y] = [pixelOf(ball[0]!), pixelOf(ball[1]!)];
    const flicker = lamp * rng.between(0.5, 1);
    const image = Float32Array.from(
      { length: SIDE * SIDE },
      (_, i) => spot(i, x, y, size) + flicker * spot(i, 14, 5, 2 * size) + noise * rng.normal(),
    );
    return { outputs: { image } };
  },
});
