/** The one list of ops. To add one: write its file, add its line here. */
import { abs } from "./abs.js";
import { acos } from "./acos.js";
import { acosh } from "./acosh.js";
import { add } from "./add.js";
import { and } from "./and.js";
import { argMax } from "./arg_max.js";
import { argMin } from "./arg_min.js";
import { asin } from "./asin.js";
import { asinh } from "./asinh.js";
import { atan } from "./atan.js";
import { atanh } from "./atanh.js";
import { averagePool } from "./average_pool.js";
import { batchNormalization } from "./batch_normalization.js";
import { bitShift } from "./bit_shift.js";
import { bitwiseAnd } from "./bitwise_and.js";
import { bitwiseNot } from "./bitwise_not.js";
import { bitwiseOr } from "./bitwise_or.js";
import { bitwiseXor } from "./bitwise_xor.js";
import { cast } from "./cast.js";
import { castLike } from "./cast_like.js";
import { ceil } from "./ceil.js";
import { celu } from "./celu.js";
import { clip } from "./clip.js";
import { col2Im } from "./col2im.js";
import { concat } from "./concat.js";
import { constant } from "./constant.js";
import { constantOfShape } from "./constant_of_shape.js";
import { conv } from "./conv.js";
import { convTranspose } from "./conv_transpose.js";
import { cos } from "./cos.js";
import { cosh } from "./cosh.js";
import { cumSum } from "./cum_sum.js";
import { depthToSpace } from "./depth_to_space.js";
import { div } from "./div.js";
import { dropout } from "./dropout.js";
import { einsum } from "./einsum.js";
import { elu } from "./elu.js";
import { equal } from "./equal.js";
import { erf } from "./erf.js";
import { exp } from "./exp.js";
import { expand } from "./expand.js";
import { eyeLike } from "./eye_like.js";
import { flatten } from "./flatten.js";
import { floor } from "./floor.js";
import { gather } from "./gather.js";
import { gatherElements } from "./gather_elements.js";
import { gatherND } from "./gather_nd.js";
import { gelu } from "./gelu.js";
import { gemm } from "./gemm.js";
import { globalAveragePool } from "./global_average_pool.js";
import { globalMaxPool } from "./global_max_pool.js";
import { greater } from "./greater.js";
import { greaterOrEqual } from "./greater_or_equal.js";
import { gridSample } from "./grid_sample.js";
import { groupNormalization } from "./group_normalization.js";
import { gru } from "./gru.js";
import { hardSigmoid } from "./hard_sigmoid.js";
import { hardSwish } from "./hard_swish.js";
import { hardmax } from "./hardmax.js";
import { identity } from "./identity.js";
import { ifOp } from "./if.js";
import { instanceNormalization } from "./instance_normalization.js";
import { isInf } from "./is_inf.js";
import { isNan } from "./is_nan.js";
import { layerNormalization } from "./layer_normalization.js";
import { leakyRelu } from "./leaky_relu.js";
import { less } from "./less.js";
import { lessOrEqual } from "./less_or_equal.js";
import { log } from "./log.js";
import { logSoftmax } from "./log_softmax.js";
import { loop } from "./loop.js";
import { lpNormalization } from "./lp_normalization.js";
import { lstm } from "./lstm.js";
import { matmul } from "./matmul.js";
import { max } from "./max.js";
import { maxPool } from "./max_pool.js";
import { mean } from "./mean.js";
import { min } from "./min.js";
import { mish } from "./mish.js";
import { mod } from "./mod.js";
import { mul } from "./mul.js";
import { neg } from "./neg.js";
import { nonZero } from "./non_zero.js";
import { not } from "./not.js";
import { oneHot } from "./one_hot.js";
import type { Op } from "./op.js";
import { or } from "./or.js";
import { pRelu } from "./p_relu.js";
import { pad } from "./pad.js";
import { pow } from "./pow.js";
import { range } from "./range.js";
import { reciprocal } from "./reciprocal.js";
import { reduceL1 } from "./reduce_l1.js";
import { reduceL2 } from "./reduce_l2.js";
import { reduceLogSum } from "./reduce_log_sum.js";
import { reduceLogSumExp } from "./reduce_log_sum_exp.js";
import { reduceMax } from "./reduce_max.js";
import { reduceMean } from "./reduce_mean.js";
import { reduceMin } from "./reduce_min.js";
import { reduceProd } from "./reduce_prod.js";
import { reduceSum } from "./reduce_sum.js";
import { reduceSumSquare } from "./reduce_sum_square.js";
import { relu } from "./relu.js";
import { reshape } from "./reshape.js";
import { resize } from "./resize.js";
import { rnn } from "./rnn.js";
import { round } from "./round.js";
import { scan } from "./scan.js";
import { scatterElements } from "./scatter_elements.js";
import { scatterND } from "./scatter_nd.js";
import { selu } from "./selu.js";
import { shape } from "./shape.js";
import { shrink } from "./shrink.js";
import { sigmoid } from "./sigmoid.js";
import { sign } from "./sign.js";
import { sin } from "./sin.js";
import { sinh } from "./sinh.js";
import { size } from "./size.js";
import { slice } from "./slice.js";
import { softmax } from "./softmax.js";
import { softplus } from "./softplus.js";
import { softsign } from "./softsign.js";
import { spaceToDepth } from "./space_to_depth.js";
import { split } from "./split.js";
import { sqrt } from "./sqrt.js";
import { squeeze } from "./squeeze.js";
import { sub } from "./sub.js";
import { sum } from "./sum.js";
import { tan } from "./tan.js";
import { tanh } from "./tanh.js";
import { thresholdedRelu } from "./thresholded_relu.js";
import { tile } from "./tile.js";
import { topK } from "./top_k.js";
import { transpose } from "./transpose.js";
import { treeEnsembleClassifier } from "./tree_ensemble_classifier.js";
import { treeEnsembleRegressor } from "./tree_ensemble_regressor.js";
import { trilu } from "./trilu.js";
import { unsqueeze } from "./unsqueeze.js";
import { where } from "./where.js";
import { xor } from "./xor.js";

const list: readonly Op[] = [
  abs,
  acos,
  acosh,
  add,
  and,
  argMax,
  argMin,
  asin,
  asinh,
  atan,
  atanh,
  averagePool,
  batchNormalization,
  bitShift,
  bitwiseAnd,
  bitwiseNot,
  bitwiseOr,
  bitwiseXor,
  cast,
  castLike,
  ceil,
  celu,
  clip,
  col2Im,
  concat,
  constant,
  constantOfShape,
  conv,
  convTranspose,
  cos,
  cosh,
  cumSum,
  depthToSpace,
  div,
  dropout,
  einsum,
  elu,
  equal,
  erf,
  exp,
  expand,
  eyeLike,
  flatten,
  floor,
  gather,
  gatherElements,
  gatherND,
  gelu,
  gemm,
  globalAveragePool,
  globalMaxPool,
  greater,
  greaterOrEqual,
  groupNormalization,
  gridSample,
  gru,
  hardSigmoid,
  hardSwish,
  hardmax,
  identity,
  ifOp,
  instanceNormalization,
  isInf,
  isNan,
  layerNormalization,
  leakyRelu,
  less,
  lessOrEqual,
  log,
  logSoftmax,
  loop,
  lpNormalization,
  lstm,
  matmul,
  max,
  maxPool,
  mean,
  min,
  mish,
  mod,
  mul,
  neg,
  nonZero,
  not,
  oneHot,
  or,
  pad,
  pow,
  pRelu,
  range,
  reciprocal,
  reduceL1,
  reduceL2,
  reduceLogSum,
  reduceLogSumExp,
  reduceMax,
  reduceMean,
  reduceMin,
  reduceProd,
  reduceSum,
  reduceSumSquare,
  relu,
  reshape,
  resize,
  rnn,
  round,
  scan,
  scatterElements,
  scatterND,
  selu,
  shape,
  shrink,
  sigmoid,
  sign,
  sin,
  sinh,
  size,
  slice,
  softmax,
  softplus,
  softsign,
  spaceToDepth,
  split,
  sqrt,
  squeeze,
  sub,
  sum,
  tan,
  tanh,
  thresholdedRelu,
  tile,
  topK,
  transpose,
  treeEnsembleClassifier,
  treeEnsembleRegressor,
  trilu,
  unsqueeze,
  where,
  xor,
];

/** The name of an op with its operator set before it, `ai.onnx.ml.TreeEnsembleRegressor`; ONNX's own have none. */
export const qualified = (name: string, domain: string | undefined): string =>
  domain === undefined ? name : `${domain}.${name}`;

/** Every op by its qualified name. */
export const ops: ReadonlyMap<string, Op> = new Map(list.map((op) => [qualified(op.name, op.domain), op]));
