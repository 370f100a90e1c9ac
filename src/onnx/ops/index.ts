/** The one list of ops. To add one: write its file, add its line here. */
import { abs } from "./abs.js";
import { acos } from "./acos.js";
import { acosh } from "./acosh.js";
import { add } from "./add.js";
import { and } from "./and.js";
import { asin } from "./asin.js";
import { asinh } from "./asinh.js";
import { atan } from "./atan.js";
import { atanh } from "./atanh.js";
import { cast } from "./cast.js";
import { ceil } from "./ceil.js";
import { celu } from "./celu.js";
import { clip } from "./clip.js";
import { concat } from "./concat.js";
import { constant } from "./constant.js";
import { cos } from "./cos.js";
import { cosh } from "./cosh.js";
import { div } from "./div.js";
import { elu } from "./elu.js";
import { equal } from "./equal.js";
import { erf } from "./erf.js";
import { exp } from "./exp.js";
import { expand } from "./expand.js";
import { floor } from "./floor.js";
import { gather } from "./gather.js";
import { gelu } from "./gelu.js";
import { gemm } from "./gemm.js";
import { greater } from "./greater.js";
import { greaterOrEqual } from "./greater_or_equal.js";
import { hardSigmoid } from "./hard_sigmoid.js";
import { hardSwish } from "./hard_swish.js";
import { identity } from "./identity.js";
import { isInf } from "./is_inf.js";
import { isNan } from "./is_nan.js";
import { leakyRelu } from "./leaky_relu.js";
import { less } from "./less.js";
import { lessOrEqual } from "./less_or_equal.js";
import { log } from "./log.js";
import { logSoftmax } from "./log_softmax.js";
import { matmul } from "./matmul.js";
import { max } from "./max.js";
import { mean } from "./mean.js";
import { min } from "./min.js";
import { mish } from "./mish.js";
import { mod } from "./mod.js";
import { mul } from "./mul.js";
import { neg } from "./neg.js";
import { not } from "./not.js";
import type { Op } from "./op.js";
import { or } from "./or.js";
import { pRelu } from "./p_relu.js";
import { pad } from "./pad.js";
import { pow } from "./pow.js";
import { reciprocal } from "./reciprocal.js";
import { reduceMean } from "./reduce_mean.js";
import { reduceSum } from "./reduce_sum.js";
import { relu } from "./relu.js";
import { reshape } from "./reshape.js";
import { round } from "./round.js";
import { scan } from "./scan.js";
import { selu } from "./selu.js";
import { shape } from "./shape.js";
import { sigmoid } from "./sigmoid.js";
import { sign } from "./sign.js";
import { sin } from "./sin.js";
import { sinh } from "./sinh.js";
import { slice } from "./slice.js";
import { softmax } from "./softmax.js";
import { softplus } from "./softplus.js";
import { softsign } from "./softsign.js";
import { split } from "./split.js";
import { sqrt } from "./sqrt.js";
import { squeeze } from "./squeeze.js";
import { sub } from "./sub.js";
import { sum } from "./sum.js";
import { tan } from "./tan.js";
import { tanh } from "./tanh.js";
import { thresholdedRelu } from "./thresholded_relu.js";
import { transpose } from "./transpose.js";
import { treeEnsembleClassifier } from "./tree_ensemble_classifier.js";
import { treeEnsembleRegressor } from "./tree_ensemble_regressor.js";
import { unsqueeze } from "./unsqueeze.js";
import { where } from "./where.js";
import { xor } from "./xor.js";

const list: readonly Op[] = [
  abs,
  acos,
  acosh,
  add,
  and,
  asin,
  asinh,
  atan,
  atanh,
  cast,
  ceil,
  celu,
  clip,
  concat,
  constant,
  cos,
  cosh,
  div,
  elu,
  equal,
  erf,
  exp,
  expand,
  floor,
  gather,
  gelu,
  gemm,
  greater,
  greaterOrEqual,
  hardSigmoid,
  hardSwish,
  identity,
  isInf,
  isNan,
  leakyRelu,
  less,
  lessOrEqual,
  log,
  logSoftmax,
  matmul,
  max,
  mean,
  min,
  mish,
  mod,
  mul,
  neg,
  not,
  or,
  pad,
  pow,
  pRelu,
  reciprocal,
  reduceMean,
  reduceSum,
  relu,
  reshape,
  round,
  scan,
  selu,
  shape,
  sigmoid,
  sign,
  sin,
  sinh,
  slice,
  softmax,
  softplus,
  softsign,
  split,
  sqrt,
  squeeze,
  sub,
  sum,
  tan,
  tanh,
  thresholdedRelu,
  transpose,
  treeEnsembleClassifier,
  treeEnsembleRegressor,
  unsqueeze,
  where,
  xor,
];

/** The name of an op with its operator set before it, `ai.onnx.ml.TreeEnsembleRegressor`; ONNX's own have none. */
export const qualified = (name: string, domain: string | undefined): string =>
  domain === undefined ? name : `${domain}.${name}`;

/** Every op by its qualified name. */
export const ops: ReadonlyMap<string, Op> = new Map(list.map((op) => [qualified(op.name, op.domain), op]));
