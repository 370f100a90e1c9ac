/**
 * A convolutional net (LeCun et al. 1989): for teachers that see images.
 *
 *   image ─ 3 × 3, ReLU ─ halved by strides until 4 × 4 is left ─┐
 *   other inputs ────────────────────────────────────────────────┴─ hidden layer ─► outputs
 *
 * Where something is counts as much as what it is: nothing is pooled over the whole image.
 */
import { rng } from "../../component/rng.js";
import { concat, gemm, relu, reshape } from "../../onnx/functions.js";
import type { Value } from "../../onnx/value.js";
import { halved, kernelFor, type Layer, layered, layerWeights } from "./convolution.js";
import { checkTrainingData } from "./data.js";
import { type CourseOptions, courseOf, fitNets } from "./ensemble.js";
import { normalOutputs } from "./heads.js";
import { besides, described, type Image, imageStatistics, imagesFor, planes, sizeOf, widthBeside } from "./images.js";
import { uniform, zeros } from "./initial.js";
import type { Net } from "./net.js";
import type { Fitted, Student, StudentOptions, TrainingData } from "./student.js";

/** Default: one net of 2,000 steps. */
export interface ConvOptions extends CourseOptions {
  /** Channels of the layers; the last goes for all that follow (default [16, 32]). */
  readonly filters: readonly number[];
  /** Width of the hidden layer (default 64). */
  readonly hidden: number;
  /** Share of hidden units dropped in training (default 0.1). */
  readonly dropout: number;
  /** Learn outputs as they are; to show what that costs (default false). */
  readonly raw_outputs: boolean;
}

type Options = StudentOptions & Partial<ConvOptions>;

const COURSE = { steps: 2_000, rate: 2e-3 };
/** Sides up to which the first layer keeps the size. */
const SMALL = 16;
/** Sides that are not halved any more. */
const LEAST = 4;

/**
 * The student that looks at images. Errors: L0909 without an image among the inputs, L0951 data that cannot be fitted on;
 * those of training.
 *
 * @example
 * const { details } = await conv.fit(pictures, { filters: [4], hidden: 8, steps: 5, worker: false, seed: 7, now: () => 0 });
 * details.images // [{ input: "camera", height: 8, width: 8, channels: 1 }]
 */
export const conv: Student<ConvOptions> = {
  name: "conv",
  check: (inputs) => void imagesFor("conv", inputs),
  fit,
};

async function fit(data: TrainingData, options: Options): Promise<Fitted> {
  checkTrainingData(data);
  const images = imagesFor("conv", data.inputs);
  const { ensemble = 1, filters = [16, 32], hidden = 64, dropout = 0.1 } = options;
  const trunks = images.map((image, i) => ({ image, layers: layersFor(image, filters, `image${i + 1}`) }));
  const net = netOf(trunks, data, hidden, dropout);
  const course = courseOf(data, options, COURSE);
  const normal = { x: imageStatistics(data.train.x, images), y: normalOutputs(data, options.raw_outputs) };
  const fitted = await fitNets(net, course, data, normal, options, { ensemble });
  return {
    ...fitted,
    details: {
      images: described(images),
      filters: trunks.map(({ layers }) => layers.map(({ to }) => to)),
      hidden,
      dropout,
      ...fitted.details,
    },
  };
}

interface Trunk {
  readonly image: Image;
  readonly layers: readonly Layer[];
}

function layersFor(image: Image, filters: readonly number[], prefix: string): Layer[] {
  let [from, height, width] = sizeOf(image);
  const layers: Layer[] = [];
  const add = (strides: readonly [number, number]) => {
    const to = filters[Math.min(layers.length, filters.length - 1)]!;
    const name = `${prefix}/layer${layers.length + 1}`;
    layers.push({ name, from, to, kernel: kernelFor(height, width), strides, dilation: 1 });
    [from, height, width] = [to, halved(height, strides[0]), halved(width, strides[1])];
  };
  if (Math.max(height, width) <= SMALL) add([1, 1]);
  while (Math.max(height, width) > LEAST) add([height > LEAST ? 2 : 1, width > LEAST ? 2 : 1]);
  return layers;
}

/** What is left of an image behind its layers. */
const featuresOf = ({ image, layers }: Trunk): number => {
  const [, ...size] = sizeOf(image);
  const left = size.map((n, i) => layers.reduce((m, { strides }) => halved(m, strides[i]!), n));
  return left.reduce((a, b) => a * b, layers.at(-1)!.to);
};

function netOf(trunks: readonly Trunk[], { train }: TrainingData, hidden: number, dropout: number): Net {
  const images = trunks.map(({ image }) => image);
  const [inputs, outputs] = [train.x.width, train.y.width];
  const features = trunks.reduce((n, trunk) => n + featuresOf(trunk), widthBeside(inputs, images));
  return {
    name: "conv",
    initial(seed) {
      const draws = rng(seed);
      return Object.assign(
        {},
        ...trunks.flatMap(({ layers }) => layers.map((layer) => layerWeights(draws, layer))),
        { "hidden.weight": uniform(draws, [hidden, features], 2), "hidden.bias": zeros([hidden]) },
        { "output.weight": uniform(draws, [outputs, hidden]), "output.bias": zeros([outputs]) },
      );
    },
    forward(x, p, pass) {
      const seen = trunks.map((trunk): Value => {
        const last = trunk.layers.reduce((h, layer) => layered(h, p, layer), planes(x, trunk.image));
        return reshape(last, [0, featuresOf(trunk)]);
      });
      const rest = besides(x, images);
      const all = concat(rest === undefined ? seen : [...seen, rest], 1);
      const h = pass.dropout(relu(gemm(all, p["hidden.weight"]!, p["hidden.bias"]!, { transB: 1 })), dropout);
      return gemm(h, p["output.weight"]!, p["output.bias"]!, { transB: 1 });
    },
  };
}
