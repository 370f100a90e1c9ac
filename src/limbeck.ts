/**
 * Limbeck: the public API, and the composition root that joins all layers.
 *
 * The lists of kinds stand where the kinds are: components in `component/library.ts`, rules in `rewrite/rules/index.ts`,
 * metrics in `runtime/metrics/index.ts`, ops in `onnx/ops/index.ts`, students in `distill/students/index.ts`,
 * problems in `problem/catalogue.ts`.
 */
export * from "./component/authoring.js";
export { LimbeckError, type Problem } from "./problem/problem.js";
export * from "./project/project.js";
export * from "./train/training.js";
