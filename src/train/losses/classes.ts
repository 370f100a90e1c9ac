/** What losses over classes share: logarithms of probabilities along the last axis, and the mean over all the others. */
import { clip, div, log, mul, neg, op, reduceMean, reduceSum, sub } from "../../onnx/functions.js";
import type { Value } from "../../onnx/value.js";

/** The least probability that a logarithm is taken of; smaller ones weigh nothing. */
const TINY = 1e-30;

/** ln softmax(x / temperature). */
export const logProbabilities = (logits: Value, temperature = 1): Value =>
  op("LogSoftmax", [temperature === 1 ? logits : div(logits, temperature)], { axis: -1 });

export const probabilities = (logits: Value, temperature = 1): Value =>
  op("Softmax", [temperature === 1 ? logits : div(logits, temperature)], { axis: -1 });

/** ln p, and for p = 0 something finite. */
export const safeLog = (p: Value): Value => log(clip(p, TINY));

/** Mean over the rows of −Σ p · ln q. */
export const crossed = (p: Value, logQ: Value): Value => neg(reduceMean(reduceSum(mul(p, logQ), { axes: [-1] })));

/** Mean over the rows of Σ p · (ln p − ln q). */
export const divergence = (p: Value, logP: Value, logQ: Value): Value =>
  reduceMean(reduceSum(mul(p, sub(logP, logQ)), { axes: [-1] }));
