/** Which of several students is the best. */
import { openLoop, sizesOf } from "../distill/score.js";
import { predict } from "../distill/students/predict.js";
import type { Fitted, TrainingData } from "../distill/students/student.js";
import { encode } from "../onnx/codec/index.js";

/** Index of the student with the least error on the validation rows. */
export async function bestOf(fits: readonly Fitted[], { train, validation }: TrainingData): Promise<number> {
  const errors: number[] = [];
  const sizes = sizesOf(train.y);
  for (const { model } of fits) {
    const said = await predict(encode(model), validation.x, validation.stretches);
    errors.push(openLoop(validation.y, said, [], sizes).nmse_mean);
  }
  return errors.indexOf(Math.min(...errors));
}
