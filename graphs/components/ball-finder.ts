/** Where in the camera's picture the ball is, the classical way. */
import { step, Type, tensor } from "limbeck";

export default step({
  doc: "The brightest pixel, refined to the centroid of what is around it, in metres on the table from −1 to 1: x to the right and y down.",
  params: Type.Object({ around: Type.Integer({ default: 2, minimum: 1, description: "pixels on each side" }) }),
  inputs: { image: tensor([20, 20], { dtype: "float32" }) },
  outputs: { place: tensor([2], { unit: "m" }) },
  step({ image }, _, { params: { around } }) {
    const side = Math.sqrt(image.length);
    const brightest = image.reduce((best, v, i) => (v > image[best]! ? i : best), 0);
    const [column, row] = [brightest % side, Math.floor(brightest / side)];
    let [mass, x, y] = [0, 0, 0];
    for (let r = Math.max(0, row - around); r <= Math.min(side - 1, row + around); r++)
      for (let c = Math.max(0, column - around); c <= Math.min(side - 1, column + around); c++) {
        const v = Math.max(0, image[r * side + c]! - 0.2);
        mass += v;
        x += v * c;
        y += v * r;
      }
    const metres = (sum: number, pixel: number) => (2 * (mass > 0 ? sum / mass : pixel)) / (side - 1) - 1;
    return { outputs: { place: Float64Array.of(metres(x, column), metres(y, row)) } };
  },
});
