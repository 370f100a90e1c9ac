/**
 * TreeEnsembleRegressor of `ai.onnx.ml`: a row goes down every tree, and the weights at the leaves that it comes to
 * are added up, target by target. Piecewise constant: its gradient is zero wherever there is one.
 */
import { tensor } from "../tensor.js";
import { info, type NodeContext, type Op } from "./op.js";
import {
  batchedRows,
  type Ensemble,
  ensembleOf,
  ML,
  rowsOf,
  type Score,
  scores,
  transformOf,
  treeAttributes,
} from "./tree_ensemble.js";

const aggregates: { readonly [name: string]: (score: Score, trees: number) => number } = {
  SUM: ({ sum }) => sum,
  AVERAGE: ({ sum }, trees) => sum / trees,
  MIN: ({ least, count }) => (count === 0 ? 0 : least),
  MAX: ({ greatest, count }) => (count === 0 ? 0 : greatest),
};

function plan(c: NodeContext) {
  const ensemble: Ensemble = ensembleOf(c, "target");
  const targets = c.int("n_targets") ?? c.refuse("it has no n_targets");
  const name = c.text("aggregate_function") ?? "SUM";
  const { ids, base } = ensemble;
  if (ids.some((id) => id < 0 || id >= targets)) c.refuse(`a weight is for target ${ids.at(-1)} of ${targets}`);
  if (base.length > 0 && base.length !== targets) c.refuse(`it has ${base.length} base values for ${targets} targets`);
  return {
    ensemble,
    targets,
    aggregate: Object.hasOwn(aggregates, name)
      ? aggregates[name]
      : c.refuse(`its aggregate_function ${name} is not known`),
    transform: transformOf(c),
  };
}

export const treeEnsembleRegressor: Op = {
  name: "TreeEnsembleRegressor",
  domain: ML,
  inputs: [1, 1],
  outputs: [1, 1],
  attributes: { ...treeAttributes("target"), n_targets: "int" },
  infer(c) {
    const { ensemble, targets } = plan(c);
    return [info("float32", [rowsOf(c, ensemble), targets])];
  },
  batch: batchedRows,
  gradient: () => [undefined],
  evaluate(c) {
    const { ensemble, targets, aggregate, transform } = plan(c);
    const { roots, base } = ensemble;
    const rows = scores(c, ensemble, c.input(0), targets).map((row) => {
      // as ONNX Runtime does it: one target is only ever transformed by PROBIT, and of several a target without a
      // weight on the way has no base value
      const totals = row.map((s, id) =>
        targets > 1 && s.count === 0 ? 0 : aggregate(s, roots.length) + (base[id] ?? 0),
      );
      return targets > 1 || c.text("post_transform") === "PROBIT" ? transform(totals) : totals;
    });
    return [tensor("float32", [rows.length, targets], rows.flat())];
  },
};
