/**
 * Operators as functions, to write graphs with: `add(mul(x, w), b)`. A plain number stands for a constant of the
 * other operand's dtype. An op lands in the innermost scope of its operands.
 *
 * @example
 * const g = graphBuilder("line");
 * const x = g.input("x", "float32", ["N"]);
 * g.output("y", add(mul(x, 2), 1));
 * evaluate(g.model(), { x: tensor("float32", [2], [0, 3]) }).y.data // Float32Array [1, 7]
 */

export * from "./functions/analysis.js";
export { elementType, type Operand, op, scopeOf } from "./functions/base.js";
export * from "./functions/elementwise.js";
export * from "./functions/indexing.js";
export * from "./functions/logic.js";
export * from "./functions/matrix.js";
export * from "./functions/net.js";
export { gru, lstm, type Recurred, type Recurrent, rnn } from "./functions/recurrent.js";
export * from "./functions/reduce.js";
export * from "./functions/shape.js";
export { type Tree, treeClassifier, treeLists, treeRegressor } from "./functions/trees.js";
