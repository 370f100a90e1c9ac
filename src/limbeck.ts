/**
 * Limbeck: the public API, and the composition root that joins all layers.
 *
 * The lists of kinds stand where the kinds are: components in `component/library.ts`, rules in `rewrite/rules/index.ts`,
 * metrics in `runtime/metrics/index.ts`, ops in `onnx/ops/index.ts`, students in `distill/students/index.ts`,
 * problems in `problem/catalogue.ts`.
 */

export { default as Type } from "typebox";
export type { Component, Context, Files, Item } from "./component/component.js";
export { type ModelComponent, model } from "./component/model.js";
export { event, signal, tensor } from "./component/ports.js";
export { source } from "./component/source.js";
export { genericStep, step } from "./component/step.js";
export { compileFlatten, isFlattenable } from "./message/flatten.js";
export { describeType, sameType } from "./message/same.js";
export type { Message, MessageSchema } from "./message/type.js";
export { LimbeckError, type Problem } from "./problem/problem.js";
export * from "./project/project.js";
