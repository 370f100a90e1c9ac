/** Cases of the ops of nets: normalisations, convolutions, recurrent layers, trees, choices among elements. */
import fc from "fast-check";
import * as f from "../../../src/onnx/functions.js";
import { any, type Case, drawn, shape } from "./draw.js";

const alongAxis = (op: string, apply: typeof f.softmax): Case => ({
  op,
  draw: fc
    .tuple(shape([1, 3]), fc.nat(5))
    .chain(([d, pick]) => drawn([d], [any], ([x]) => [apply(x, (pick % (2 * d.length)) - d.length)])),
});

export const netCases: readonly Case[] = [alongAxis("LogSoftmax", f.logSoftmax), alongAxis("Softmax", f.softmax)];
