/** What component and graph files import from `limbeck`: everything that they are written with. */
export { default as Type } from "typebox";
export { compileFlatten, isFlattenable } from "../message/flatten.js";
export { describeType, sameType } from "../message/same.js";
export type { Message, MessageSchema } from "../message/type.js";
export * as ops from "../onnx/functions.js";
export { onnxFunction } from "../onnx/onnx-function.js";
export type { Value } from "../onnx/value.js";
export type { Component, Context, Files, Item } from "./component.js";
export { graph } from "./graph/graph.js";
export type { GraphBuilder, Param, Port } from "./graph/types.js";
export { type EkfMeasurement, type EkfSpec, ekf } from "./lib/estimation/ekf.js";
export { rk4 } from "./lib/integrate.js";
export { type MachineEmitted, type MachineEvents, machine } from "./machine.js";
export {
  JointState2,
  JointState6,
  JointState7,
  message,
  Pose2,
  Scalar,
  Twist2,
  Vector2,
  Vector3,
  Vector6,
  Vector7,
} from "./messages.js";
export { type ModelComponent, model } from "./model.js";
export { event, signal, tensor } from "./ports.js";
export { type AgreeContext, type ConsensusParams, ConsensusRecorder } from "./recorder/consensus.js";
export { Recorder, type RowContext } from "./recorder/recorder.js";
export type { RecordedRow } from "./recorder/row.js";
export { source } from "./source.js";
export { stamped } from "./stamped.js";
export { genericStep, step } from "./step.js";
export { stream } from "./stream.js";
export { type Arrived, arrived } from "./tensor/list.js";
export { repeat, type TensorContext, type When, when } from "./tensor/symbolic.js";
export { genericTensorStep, tensorStep } from "./tensor/tensor.js";
export type { TensorLeaf, TensorProgram } from "./tensor/trace.js";
