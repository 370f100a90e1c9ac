/**
 * TreeEnsembleClassifier of `ai.onnx.ml`: the weights at the leaves that a row comes to are scores of the classes, and
 * the class of the greatest is its label. Two classes have one score, that of the second, where only one of them has
 * weights at the leaves. What the specification leaves open is as ONNX Runtime does it. Its gradient is zero
 * wherever there is one.
 */
import { tensor } from "../tensor.js";
import { info, type NodeContext, type Op } from "./op.js";
import {
  batchedRows,
  ensembleOf,
  ML,
  rowsOf,
  type Score,
  scores,
  transformOf,
  treeAttributes,
} from "./tree_ensemble.js";

function plan(c: NodeContext) {
  const ensemble = ensembleOf(c, "class");
  const labels = c.ints("classlabels_int64s") ?? c.refuse("its labels are strings, or missing");
  const { ids, base } = ensemble;
  const classes = labels.length;
  if (classes < 2) c.refuse("it has one class only");
  if (ids.length === 0 || ids[0] < 0 || ids.at(-1)! >= classes)
    c.refuse(`its weights are for classes [${ids}] of ${classes}`);
  if (classes === 2 && ids.length === 2)
    c.refuse("it has two classes and weights for both, where runtimes differ; keep those of the second class");
  if (classes === 2 && c.text("post_transform") === "PROBIT")
    c.refuse("PROBIT of two classes is not defined by the one score that they have");
  if (base.length > 0 && base.length !== (classes === 2 && ids[0] === 0 ? 1 : classes))
    c.refuse(`it has ${base.length} base values for ${classes} classes`);
  if (base.length > 0 && classes === 2 && ids[0] === 1) c.refuse("its base values are for a class without weights");
  return { ensemble, labels, transform: transformOf(c) };
}

type Plan = ReturnType<typeof plan>;

/** Label and scores of a row with two classes; `one` and `other` are what the trees give for each. */
function ofTwo(c: NodeContext, { ensemble, labels, transform }: Plan, [one, other]: readonly Score[]) {
  const half = ensemble.positive ? 0.5 : 0;
  const score = other.count > 0 ? other.sum : one.count > 0 ? one.sum + (ensemble.base[0] ?? 0) : 0;
  const label = score > half ? labels[1] : labels[0];
  if (other.count > 0) return { label, row: transform([0, score]) };
  if (c.text("post_transform") === "LOGISTIC") return { label, row: transform([-score, score]) };
  return { label, row: [(ensemble.positive ? 1 : 0) - score, score] };
}

function ofMany(c: NodeContext, { ensemble, labels, transform }: Plan, row: readonly Score[]) {
  const { base } = ensemble;
  const values = row.map(({ sum }, id) => sum + (base[id] ?? 0));
  let best = -1;
  row.forEach(({ count }, id) => {
    if ((count > 0 || base.length > 0) && !(best >= 0 && values[id] <= values[best])) best = id;
  });
  if (best < 0) c.refuse("no tree has a weight for one of the rows");
  return { label: labels[best], row: transform(values) };
}

export const treeEnsembleClassifier: Op = {
  name: "TreeEnsembleClassifier",
  domain: ML,
  inputs: [1, 1],
  outputs: [2, 2],
  attributes: { ...treeAttributes("class"), classlabels_int64s: "ints", classlabels_strings: "strings" },
  infer(c) {
    const { ensemble, labels } = plan(c);
    const rows = rowsOf(c, ensemble);
    return [info("int64", [rows]), info("float32", [rows, labels.length])];
  },
  batch: batchedRows,
  gradient: () => [undefined],
  evaluate(c) {
    const p = plan(c);
    const classes = p.labels.length;
    const rows = scores(c, p.ensemble, c.input(0), classes).map((row) =>
      classes === 2 ? ofTwo(c, p, row) : ofMany(c, p, row),
    );
    return [
      tensor(
        "int64",
        [rows.length],
        rows.map((r) => r.label),
      ),
      tensor(
        "float32",
        [rows.length, classes],
        rows.flatMap((r) => r.row),
      ),
    ];
  },
};
