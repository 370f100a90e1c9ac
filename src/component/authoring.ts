/** What component files import from `limbeck`: everything that a component is written with. */
export { default as Type } from "typebox";
export { compileFlatten, isFlattenable } from "../message/flatten.js";
export { describeType, sameType } from "../message/same.js";
export type { Message, MessageSchema } from "../message/type.js";
export type { Component, Context, Files, Item } from "./component.js";
export { type EkfMeasurement, type EkfSpec, ekf } from "./lib/estimation/ekf.js";
export { rk4 } from "./lib/integrate.js";
export { type ModelComponent, model } from "./model.js";
export { event, signal, tensor } from "./ports.js";
export { source } from "./source.js";
export { genericStep, step } from "./step.js";
