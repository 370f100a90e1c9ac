/** The mean of the training outputs, whatever the inputs: what every other student has to beat. */
import { matmul } from "../../onnx/functions.js";
import { tensor } from "../../onnx/tensor.js";
import { checkTrainingData } from "./data.js";
import { policyModel } from "./policy.js";
import { statistics } from "./statistics.js";
import type { Student } from "./student.js";

/**
 * The student that knows no inputs; nothing random in it.
 *
 * @example
 * const { model } = await mean.fit(data, { seed: 7, now: () => 0 });
 * await predict(model, data.validation.x) // { rows: 4, width: 1, data: Float32Array [0, 0, 0, 0] }
 */
export const mean: Student = {
  name: "mean",
  async fit(data) {
    checkTrainingData(data);
    const [x, y] = [statistics(data.train.x), statistics(data.train.y)];
    const zeros = tensor("float32", [x.mean.length, y.mean.length], new Float32Array(x.mean.length * y.mean.length));
    const model = policyModel("mean", data, x, y, (g, value) => matmul(value, g.initializer("weights", zeros)));
    return { name: "mean", model, history: [], details: {} };
  },
};
