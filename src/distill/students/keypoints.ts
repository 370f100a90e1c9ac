/**
 * Key-points by soft-argmax (Finn et al. 2016, Nibali et al. 2018): for teachers that say where something is.
 *
 *   image ─ convolutions ─ a map a key-point ─ normalised, / τ ─ softmax over the image ─► expected place (x, y)
 *   places, other inputs ─┬─ hidden layer ─┬─► outputs
 *                         └────────────────┘
 *
 * A map's mean is 0 and its deviation 1, so that the temperature τ means the same in all of them. It falls over training:
 * at first every place of an image has a say and so a gradient, at last about the highest alone. Validation rows are told
 * in the form in which the model is kept: at the last temperature or, with `argmax`, by the one highest element.
 */
import { rng } from "../../component/rng.js";
import {
  argMax,
  concat,
  div,
  exp,
  gather,
  gemm,
  layerNormalization,
  matmul,
  min,
  mul,
  reshape,
  softmax,
  tanh,
} from "../../onnx/functions.js";
import { tensor } from "../../onnx/tensor.js";
import type { Value } from "../../onnx/value.js";
import { halved, kernelFor, type Layer, layered, layerWeights } from "./convolution.js";
import { checkTrainingData } from "./data.js";
import { type CourseOptions, courseOf, fitNets, stepsOf } from "./ensemble.js";
import { normalOutputs } from "./heads.js";
import { besides, described, type Image, imageStatistics, imagesFor, planes, sizeOf, widthBeside } from "./images.js";
import { uniform, zeros } from "./initial.js";
import type { Net } from "./net.js";
import type { Fitted, Student, StudentOptions, TrainingData } from "./student.js";

/** Default: one net of 2,000 steps, to the end. */
export interface KeypointOptions extends CourseOptions {
  /** Key-points of each image (default 16). */
  readonly points: number;
  /** Channels of the layers before the maps (default [16, 16, 16]). */
  readonly filters: readonly number[];
  /** Width of the hidden layer (default 32). */
  readonly hidden: number;
  /** Temperature of the softmax at the beginning of training and at its end (default 1 and 0.3; with `argmax` 1 and 0.1). */
  readonly temperature: readonly [first: number, last: number];
  /** Take the one highest element of a map in the model that is kept (default false). */
  readonly argmax: boolean;
  /** Learn outputs as they are; to show what that costs (default false). */
  readonly raw_outputs: boolean;
}

type Options = StudentOptions & Partial<KeypointOptions>;

const COURSE = { steps: 2_000, rate: 3e-3 };
/** Sides up to which maps are as large as the image; larger ones are halved first. */
const LARGE = 32;
const SOFT: KeypointOptions["temperature"] = [1, 0.3];
const HARD: KeypointOptions["temperature"] = [1, 0.1];
/** Share of the training after which the temperature stays. */
const FALLEN = 0.75;

/**
 * The student that finds places in images. Errors: L0909 without an image among the inputs, L0951 data that cannot be
 * fitted on; those of training.
 *
 * @example
 * const size = { points: 2, filters: [4], steps: 5 };
 * const { details } = await keypoints.fit(pictures, { ...size, worker: false, seed: 7, now: () => 0 });
 * details.temperature // [1, 0.3]
 */
export const keypoints: Student<KeypointOptions> = {
  name: "keypoints",
  check: (inputs) => void imagesFor("keypoints", inputs),
  fit: (data, options) => fitKeypoints("keypoints", data, options),
};

/** Under the name of the student that it is for. */
export async function fitKeypoints(name: string, data: TrainingData, options: Options): Promise<Fitted> {
  checkTrainingData(data);
  const images = imagesFor(name, data.inputs);
  const { ensemble = 1, points = 16, filters = [16, 16, 16], hidden = 32, argmax = false } = options;
  const asked = courseOf(data, options, COURSE);
  // an error at a temperature that is to fall yet says little
  const course = { ...asked, patience: options.patience ?? asked.epochs };
  const temperature = options.temperature ?? (argmax ? HARD : SOFT);
  const trunks = images.map((image, i) => trunkFor(image, filters, points, `image${i + 1}`));
  const net = netOf(trunks, data, hidden, { temperature, argmax, steps: stepsOf(data, course) });
  const normal = { x: imageStatistics(data.train.x, images), y: normalOutputs(data, options.raw_outputs) };
  const fitted = await fitNets(net, course, data, normal, options, { ensemble });
  return {
    ...fitted,
    name,
    details: { images: described(images), points, filters, hidden, temperature, argmax, ...fitted.details },
  };
}

interface Trunk {
  readonly image: Image;
  readonly layers: readonly Layer[];
  /** Of the maps. */
  readonly height: number;
  readonly width: number;
  readonly points: number;
  /** Names the map's weights. */
  readonly name: string;
}

/** Each layer sees about twice as far as the one before it. */
function trunkFor(image: Image, filters: readonly number[], points: number, name: string): Trunk {
  let [from, height, width] = sizeOf(image);
  let dilation = 1;
  const layers = filters.map((to, i): Layer => {
    const strides: [number, number] = [height > LARGE ? 2 : 1, width > LARGE ? 2 : 1];
    const layer = {
      name: `${name}/layer${i + 1}`,
      from,
      to,
      kernel: kernelFor(height, width),
      strides,
      dilation,
    };
    [from, height, width] = [to, halved(height, strides[0]), halved(width, strides[1])];
    dilation = Math.max(...strides) > 1 ? 1 : dilation * 2;
    return layer;
  });
  return { image, layers, height, width, points, name };
}

interface Softness {
  readonly temperature: readonly [first: number, last: number];
  readonly argmax: boolean;
  /** Of one training. */
  readonly steps: number;
}

function netOf(
  trunks: readonly Trunk[],
  { train }: TrainingData,
  hidden: number,
  { temperature: [first, last], argmax, steps }: Softness,
): Net {
  const images = trunks.map(({ image }) => image);
  const [inputs, outputs] = [train.x.width, train.y.width];
  const seen = trunks.reduce((n, { points }) => n + 2 * points, widthBeside(inputs, images));
  /** first · (last / first)^(share of the way), in training. */
  const temperatureAt = (step: Value): Value =>
    mul(exp(mul(min(div(step, FALLEN * steps), 1), Math.log(last / first))), first);
  return {
    name: keypoints.name,
    initial(seed) {
      const draws = rng(seed);
      return Object.assign(
        {},
        ...trunks.flatMap(({ layers, points, name }) => [
          ...layers.map((layer) => layerWeights(draws, layer)),
          { [`${name}/map.weight`]: uniform(draws, [points, layers.at(-1)!.to]) },
        ]),
        { "hidden.weight": uniform(draws, [hidden, seen]), "hidden.bias": zeros([hidden]) },
        { "output.weight": uniform(draws, [outputs, hidden + seen]), "output.bias": zeros([outputs]) },
      );
    },
    forward(x, p, { training, number }) {
      const places = trunks.map((trunk): Value => {
        const { layers, points, height, width, name } = trunk;
        const features = layers.reduce((h, layer) => layered(h, p, layer), planes(x, trunk.image));
        const flat = reshape(features, [0, layers.at(-1)!.to, height * width]);
        const scope = x.scope;
        const ones = scope.constant(tensor("float32", [height * width], new Float32Array(height * width).fill(1)));
        const map = layerNormalization(matmul(p[`${name}/map.weight`]!, flat), ones);
        const grid = scope.constant(tensor("float32", [height * width, 2], gridOf(height, width)));
        const place =
          argmax && !training
            ? gather(grid, argMax(map, 2), 0)
            : matmul(softmax(div(map, training ? temperatureAt(number) : last), 2), grid);
        return reshape(place, [0, 2 * points]);
      });
      const rest = besides(x, images);
      const all = concat(rest === undefined ? places : [...places, rest], 1);
      const h = tanh(gemm(all, p["hidden.weight"]!, p["hidden.bias"]!, { transB: 1 }));
      return gemm(concat([h, all], 1), p["output.weight"]!, p["output.bias"]!, { transB: 1 });
    },
  };
}

/** Places of a map's elements, row by row: x to the right and y down, from −1 to 1. */
function gridOf(height: number, width: number): Float32Array {
  const at = (i: number, size: number): number => (size === 1 ? 0 : (2 * i) / (size - 1) - 1);
  return Float32Array.from({ length: 2 * height * width }, (_, k) => {
    const place = k >> 1;
    return k % 2 === 0 ? at(place % width, width) : at(Math.floor(place / width), height);
  });
}
