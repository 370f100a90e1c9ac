/** Mean squared error. */
import { reduceMean, square, sub } from "../../onnx/functions.js";
import type { Loss } from "../loss.js";

export const mse: Loss = { name: "mse", of: (prediction, target) => reduceMean(square(sub(prediction, target))) };
