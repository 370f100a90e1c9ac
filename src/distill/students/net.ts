/** A net as a value: its weights before training, its forward pass, its training, and the model of one or of several. */
import { abs, add, min, mul, reduceMean, sub } from "../../onnx/functions.js";
import type { Model, Tensors } from "../../onnx/ir.js";
import { scalar } from "../../onnx/tensor.js";
import type { Value } from "../../onnx/value.js";
import { adamW } from "../../train/optimisers/adamw.js";
import { cosine } from "../../train/schedules/cosine.js";
import { type Forward, type Trained, type TrainProgress, train, trainInWorker } from "../../train/train.js";
import { outputOf } from "./heads.js";
import { policyModel } from "./policy.js";
import { normalised, type Statistics } from "./statistics.js";
import type { StudentOptions, TrainingData } from "./student.js";

/** Huber's loss (1964) of a difference in standard deviations: squared up to one, linear beyond. */
const huber = (difference: Value): Value => {
  const size = abs(difference);
  const inner = min(size, 1);
  return mul(inner, sub(size, mul(inner, 0.5)));
};

/** From normalised inputs [rows, columns] to what `outputOf` takes for outputs [rows, columns]. */
export interface Net {
  /** The student that it is of. */
  readonly name: string;
  initial(seed: number): Tensors;
  /** Not in training it is what the model is, dropout and all that falls away by then. */
  readonly forward: Forward;
}

/** How a net is trained. */
export interface Course {
  readonly epochs: number;
  readonly batch: number;
  readonly patience: number;
  readonly rate: number;
  readonly weight_decay: number;
  readonly clip_norm: number;
  readonly loss: "mse" | "huber";
  readonly average?: number;
  readonly worker: boolean;
}

/** The statistics of the training rows, by which every net of a student sees the world. */
export interface Normal {
  readonly x: Statistics;
  readonly y: Statistics;
}

/** Trains one net on rows in raw units: AdamW, cosine schedule, early stopping on the validation rows. */
export function trainNet(
  net: Net,
  course: Course,
  data: Pick<TrainingData, "outputs" | "train" | "validation">,
  normal: Normal,
  options: Pick<StudentOptions, "seed" | "signal" | "now" | "checkpoints">,
  onProgress: (progress: TrainProgress) => void,
): Promise<Trained> {
  const split = (part: TrainingData["train"]) => ({ x: normalised(part.x, normal.x), y: normalised(part.y, normal.y) });
  const { seed, signal, now, checkpoints } = options;
  const output = outputOf(data.outputs, normal.y, course.loss === "huber" ? huber : undefined);
  return (course.worker ? trainInWorker : train)({
    forward: net.forward,
    parameters: net.initial(seed),
    data: { train: split(data.train), validation: split(data.validation) },
    loss: { name: course.loss, of: (layer, target) => reduceMean(output.errors(layer, target)) },
    optimiser: adamW({ weight_decay: course.weight_decay }),
    schedule: cosine({ floor: 0.01, warmup: 0.02 }),
    rate: course.rate,
    epochs: course.epochs,
    batch: course.batch,
    seed,
    patience: course.patience,
    clip_norm: course.clip_norm,
    ...(course.average === undefined ? {} : { average: course.average }),
    ...(signal === undefined ? {} : { signal }),
    ...(checkpoints === undefined ? {} : { checkpoints }),
    onProgress,
    now,
  });
}

/** The model of one net, or of the mean of what several say. */
export function netsModel(
  net: Net,
  ports: Pick<TrainingData, "inputs" | "outputs">,
  normal: Normal,
  nets: readonly Pick<Trained, "parameters">[],
): Model {
  const { predict } = outputOf(ports.outputs, normal.y);
  return policyModel(net.name, ports, normal.x, normal.y, (g, x: Value) => {
    const outputs = nets.map(({ parameters }, i) => {
      const weights = Object.entries(parameters).map(([name, t]) => [name, g.initializer(`net${i + 1}/${name}`, t)]);
      const layer = net.forward(x, Object.fromEntries(weights), {
        training: false,
        dropout: (value) => value,
        get number() {
          return x.scope.constant(scalar("float32", 0));
        },
      });
      return predict(layer);
    });
    return outputs.length === 1 ? outputs[0]! : mul(outputs.reduce(add), 1 / outputs.length);
  });
}
