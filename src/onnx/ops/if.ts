/** If: one of two bodies, by a condition. Its gradient is an If of the two bodies' gradients by what they read. */
import { scopeOf, where } from "../functions.js";
import type { Graph } from "../ir.js";
import { isFloat, scalar } from "../tensor.js";
import { expandLike } from "../unbroadcast.js";
import { aligned } from "./batching.js";
import { either } from "./branches.js";
import { type NodeContext, type Op, VARIADIC } from "./op.js";

function bodies(c: NodeContext): readonly [Graph, Graph] {
  const branch = (name: string): Graph => {
    const body = c.graph(name) ?? c.refuse(`it has no ${name}`);
    if (body.inputs.length > 0) c.refuse(`its ${name} has inputs, and takes none`);
    if (body.outputs.length !== c.node.outputs.length)
      c.refuse(`its ${name} has ${body.outputs.length} outputs, the op has ${c.node.outputs.length}`);
    return body;
  };
  return [branch("then_branch"), branch("else_branch")];
}

export const ifOp: Op = {
  name: "If",
  inputs: [1, 1],
  outputs: [1, VARIADIC],
  attributes: { then_branch: "graph", else_branch: "graph" },
  infer(c) {
    const condition = c.input(0);
    if (condition.dtype !== "bool") c.refuse(`its condition must be bool, not ${condition.dtype}`);
    const [then, otherwise] = bodies(c);
    // where the condition is known, the other body may be of any shape
    if (condition.constant !== undefined) return c.inferBody(condition.constant.data[0] ? then : otherwise, []);
    const [a, b] = [c.inferBody(then, []), c.inferBody(otherwise, [])];
    return a.map((known, i) => either(c, known, b[i], `output ${i + 1}`));
  },
  evaluate(c) {
    const [then, otherwise] = bodies(c);
    return c.evaluateBody(c.input(0).data[0] ? then : otherwise, []);
  },
  // both, and for each row the one that it asks for
  batch(c) {
    const condition = c.input(0);
    const [then, otherwise] = bodies(c).map((body) => c.batchBody(body, []));
    return then.map((a, i) => {
      const b = otherwise[i];
      const rank = Math.max(a.shape.length, b.shape.length);
      const value = where(aligned(condition, rank), aligned(a, rank), aligned(b, rank));
      return { value, batched: condition.batched || a.batched || b.batched };
    });
  },
  gradient(c) {
    const scope = scopeOf([c.input(0), ...c.captured, ...c.gradients]);
    const seeds = c.gradients.map((g, i) => (isFloat(c.outputs[i].dtype) ? g : undefined));
    const branches = bodies(c).map((body, i) => {
      const inner = scope.body(i === 0 ? "then" : "else");
      const found = c.differentiate(inner, inner.inline(body, []), seeds, c.captured);
      return inner.graph(c.captured.map((v, k) => found[k] ?? expandLike(inner.constant(scalar(v.dtype, 0)), v)));
    });
    const results = scope.emit(
      "If",
      [c.input(0)],
      { then_branch: branches[0], else_branch: branches[1] },
      c.captured.length,
    );
    c.captured.forEach((v, i) => {
      c.contribute(v, results[i]);
    });
    return [undefined];
  },
};
