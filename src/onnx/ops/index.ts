/** The one list of ops. To add one: write its file, add its line here. */
import { abs } from "./abs.js";
import { add } from "./add.js";
import { atan } from "./atan.js";
import { cast } from "./cast.js";
import { clip } from "./clip.js";
import { concat } from "./concat.js";
import { constant } from "./constant.js";
import { cos } from "./cos.js";
import { div } from "./div.js";
import { equal } from "./equal.js";
import { exp } from "./exp.js";
import { expand } from "./expand.js";
import { gather } from "./gather.js";
import { gemm } from "./gemm.js";
import { greater } from "./greater.js";
import { identity } from "./identity.js";
import { less } from "./less.js";
import { log } from "./log.js";
import { logSoftmax } from "./log_softmax.js";
import { matmul } from "./matmul.js";
import { max } from "./max.js";
import { min } from "./min.js";
import { mul } from "./mul.js";
import { neg } from "./neg.js";
import type { Op } from "./op.js";
import { pad } from "./pad.js";
import { pow } from "./pow.js";
import { reduceMean } from "./reduce_mean.js";
import { reduceSum } from "./reduce_sum.js";
import { relu } from "./relu.js";
import { reshape } from "./reshape.js";
import { scan } from "./scan.js";
import { shape } from "./shape.js";
import { sigmoid } from "./sigmoid.js";
import { sign } from "./sign.js";
import { sin } from "./sin.js";
import { slice } from "./slice.js";
import { softmax } from "./softmax.js";
import { softplus } from "./softplus.js";
import { split } from "./split.js";
import { sqrt } from "./sqrt.js";
import { squeeze } from "./squeeze.js";
import { sub } from "./sub.js";
import { tanh } from "./tanh.js";
import { transpose } from "./transpose.js";
import { unsqueeze } from "./unsqueeze.js";
import { where } from "./where.js";

const list: readonly Op[] = [
  abs,
  add,
  atan,
  cast,
  clip,
  concat,
  constant,
  cos,
  div,
  equal,
  exp,
  expand,
  gather,
  gemm,
  greater,
  identity,
  less,
  log,
  logSoftmax,
  matmul,
  max,
  min,
  mul,
  neg,
  pad,
  pow,
  reduceMean,
  reduceSum,
  relu,
  reshape,
  scan,
  shape,
  sigmoid,
  sign,
  sin,
  slice,
  softmax,
  softplus,
  split,
  sqrt,
  squeeze,
  sub,
  tanh,
  transpose,
  unsqueeze,
  where,
];

/** The name of an op with its operator set before it, `ai.onnx.ml.TreeEnsembleRegressor`; ONNX's own have none. */
export const qualified = (name: string, domain: string | undefined): string =>
  domain === undefined ? name : `${domain}.${name}`;

/** Every op by its qualified name. */
export const ops: ReadonlyMap<string, Op> = new Map(list.map((op) => [qualified(op.name, op.domain), op]));
