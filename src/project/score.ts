/** Which of several students is the best. */
import { openLoop } from "../distill/score.js";
import { predict } from "../distill/students/predict.js";
import type { Fitted, TrainingData } from "../distill/students/student.js";
import { encode } from "../onnx/codec/index.js";

/** Index of the student with the least error on the validation rows. */
export async function bestOf(fits: readonly Fitted[], { validation }: TrainingData): Promise<number> {
  const errors: number[] = [];
  for (const { model } of fits)
    errors.push(openLoop(validation.y, await predict(encode(model), validation.x, validation.stretches)).nmse_mean);
  return errors.indexOf(Math.min(...errors));
}
