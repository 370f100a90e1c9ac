/**
 * The images among a student's inputs: tensors of rank 2 or more, whole messages or fields of them.
 *
 * | shape         | is                                                                                |
 * |---------------|-----------------------------------------------------------------------------------|
 * | [h, w]        | one channel; of a signal [time, channels] an image like any other                  |
 * | [h, w, c]     | channels last                                                                      |
 * | [c, h, w]     | channels first                                                                     |
 * | […, a, b, c]  | as [a, b, c], each of those before it one more set of channels                      |
 *
 * Which of the two it is nobody says: channels are the first or last dimension that is at most 4 (the last of two), or
 * else the one without which the other two are most alike.
 */
import { compileFlatten } from "../../message/flatten.js";
import { fieldsOf, kindOf } from "../../message/kind.js";
import { describeType } from "../../message/same.js";
import { tensorType } from "../../message/tensor.js";
import type { Json, MessageSchema } from "../../message/type.js";
import { concat, reshape, slice, transpose } from "../../onnx/functions.js";
import type { Value } from "../../onnx/value.js";
import { fail } from "../../problem/problem.js";
import type { Matrix } from "../../train/matrix.js";
import { type Statistics, statistics } from "./statistics.js";
import type { PortBlock } from "./student.js";

export interface Image {
  /** `camera`, `camera:left`. */
  readonly name: string;
  /** First of its columns among all inputs. */
  readonly from: number;
  /** As it lies in the columns, row-major. */
  readonly dims: readonly number[];
  /** Which of the dims are down and across; all others are channels. */
  readonly spatial: readonly [down: number, across: number];
}

type Port = Pick<PortBlock, "port" | "type"> & Partial<Pick<PortBlock, "columns">>;

/** In the order of the columns. */
export function imagesOf(inputs: readonly Port[]): Image[] {
  let column = 0;
  return inputs.flatMap(({ port, type, columns }) => {
    const from = column;
    column += columns?.length ?? (type === undefined ? 0 : compileFlatten(type).width);
    return type === undefined
      ? []
      : within(type, "").images.map((image) => ({
          ...image,
          name: image.name === "" ? port : `${port}:${image.name}`,
          from: from + image.from,
        }));
  });
}

/** The images. Errors: L0909 where there are none. */
export function imagesFor(student: string, inputs: readonly Port[]): Image[] {
  const images = imagesOf(inputs);
  const ports = inputs.map(({ port, type, columns }) => ({
    port,
    type: type === undefined ? `${columns?.length ?? "other"} columns` : describeType(type),
  }));
  return images.length > 0 ? images : fail("L0909", { student, ports });
}

/** Images of a type and the number of its columns, which `compileFlatten` writes in this order. */
function within(schema: MessageSchema, name: string): { readonly images: readonly Image[]; readonly width: number } {
  const own = imageOf(schema, name);
  if (own !== undefined) return { images: [own], width: compileFlatten(schema).width };
  if (kindOf(schema) !== "object") return { images: [], width: compileFlatten(schema).width };
  const images: Image[] = [];
  let width = 0;
  for (const field of fieldsOf(schema)) {
    if (field.optional) width++;
    const inner = within(field.schema, name === "" ? field.name : `${name}.${field.name}`);
    for (const image of inner.images) images.push({ ...image, from: width + image.from });
    width += inner.width;
  }
  return { images, width };
}

/** Images with fewer channels than this have them where they are few. */
const FEW = 4;

function imageOf(schema: MessageSchema, name: string): Image | undefined {
  const shape = tensorType(schema)?.shape;
  if (shape === undefined || shape.length < 2) return undefined;
  // an angle is a sine and a cosine side by side
  const dims = schema.wraps === true ? [...shape, 2] : shape;
  const [a, b, c] = shape.slice(-3) as [number, number, number?];
  const first = Math.max(0, shape.length - 3);
  const unlike = (one: number, other: number) => Math.max(one, other) / Math.min(one, other);
  const last = c === undefined || c <= FEW || (a > FEW && unlike(a, b) <= unlike(b, c));
  const down = last ? first : first + 1;
  return dims[down]! * dims[down + 1]! > 1 ? { name, from: 0, dims, spatial: [down, down + 1] } : undefined;
}

const columnsOf = ({ dims }: Image): number => dims.reduce((n, d) => n * d, 1);

/** Channels, height and width. */
export function sizeOf({ dims, spatial: [down, across] }: Image): [channels: number, height: number, width: number] {
  const [height, width] = [dims[down]!, dims[across]!];
  return [dims.reduce((n, d) => n * d, 1) / (height * width), height, width];
}

/** For a student's settings. */
export const described = (images: readonly Image[]): Json =>
  images.map((image) => {
    const [channels, height, width] = sizeOf(image);
    return { input: image.name, height, width, channels };
  });

/** An image out of rows [N, columns]: [N, channels, height, width]. */
export function planes(x: Value, image: Image): Value {
  const { from, dims, spatial } = image;
  const columns = slice(x, [from], [from + columnsOf(image)], [1]);
  const channels = dims.map((_, i) => i).filter((i) => !spatial.includes(i));
  const order = [...channels, ...spatial];
  const lying = reshape(columns, [0, ...dims]);
  const turned = order.every((axis, i) => axis === i) ? lying : transpose(lying, [0, ...order.map((axis) => axis + 1)]);
  return reshape(turned, [0, ...sizeOf(image)]);
}

/** The columns of rows [N, columns] that are of no image, side by side; undefined where there are none. */
export function besides(x: Value, images: readonly Image[]): Value | undefined {
  const parts: Value[] = [];
  const cut = (from: number, to: number) => {
    if (from < to) parts.push(slice(x, [from], [to], [1]));
  };
  let column = 0;
  for (const image of images) {
    cut(column, image.from);
    column = image.from + columnsOf(image);
  }
  cut(column, x.shape[1] as number);
  return parts.length > 1 ? concat(parts, 1) : parts[0];
}

/** How many columns are of no image. */
export const widthBeside = (width: number, images: readonly Image[]): number =>
  images.reduce((n, image) => n - columnsOf(image), width);

/**
 * Statistics of the columns, in which all pixels of a channel share mean and spread: a corner that is seldom lit is no
 * brighter than the middle.
 */
export function imageStatistics(x: Matrix, images: readonly Image[]): Statistics {
  const found = statistics(x);
  for (const image of images) {
    const [channels] = sizeOf(image);
    const channelOf = channelsBy(image);
    const [mean, square] = [new Float64Array(channels), new Float64Array(channels)];
    const count = columnsOf(image) / channels;
    for (let i = 0; i < columnsOf(image); i++) mean[channelOf(i)]! += found.mean[image.from + i]! / count;
    for (let i = 0; i < columnsOf(image); i++)
      square[channelOf(i)]! +=
        (found.deviation[image.from + i]! ** 2 + (found.mean[image.from + i]! - mean[channelOf(i)]!) ** 2) / count;
    for (let i = 0; i < columnsOf(image); i++) {
      const [column, channel] = [image.from + i, channelOf(i)];
      const deviation = Math.sqrt(square[channel]!);
      found.mean[column] = mean[channel]!;
      found.deviation[column] = deviation;
      found.scale[column] = deviation === 0 ? 0 : 1 / deviation;
    }
  }
  return found;
}

/** The channel of each element of a row-major image. */
function channelsBy({ dims, spatial }: Image): (element: number) => number {
  return (element) => {
    let [rest, channel, size] = [element, 0, 1];
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      const at = rest % dims[axis]!;
      rest = (rest - at) / dims[axis]!;
      if (spatial.includes(axis)) continue;
      channel += at * size;
      size *= dims[axis]!;
    }
    return channel;
  };
}
