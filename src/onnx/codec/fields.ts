/**
 * The messages of an ONNX file as a table: field name → [number, type], for the fields that Limbeck reads or writes.
 *
 * Numbers and types are those of the ONNX specification's `onnx.proto`; fields that are not here are skipped.
 */

/** How a field is written: a protobuf scalar, a table for a message; `[]` behind a scalar marks a packed list. */
export type FieldType =
  | "int64"
  | "int32"
  | "uint64"
  | "float"
  | "double"
  | "string"
  | "bytes"
  | "int64[]"
  | "int32[]"
  | "uint64[]"
  | "float[]"
  | "double[]"
  | "string[]"
  | "bytes[]"
  | Message;

export interface Message {
  readonly name: string;
  /** A list of messages, not one. */
  readonly many?: true;
  readonly fields: () => { readonly [name: string]: readonly [number: number, type: FieldType] };
}

const message = (name: string, fields: Message["fields"]): Message => ({ name, fields });
const many = (of: Message): Message => ({ ...of, many: true });

const stringEntry = message("StringStringEntryProto", () => ({ key: [1, "string"], value: [2, "string"] }));

export const tensorMessage = message("TensorProto", () => ({
  dims: [1, "int64[]"],
  data_type: [2, "int32"],
  float_data: [4, "float[]"],
  int32_data: [5, "int32[]"],
  string_data: [6, "bytes[]"],
  int64_data: [7, "int64[]"],
  name: [8, "string"],
  raw_data: [9, "bytes"],
  double_data: [10, "double[]"],
  uint64_data: [11, "uint64[]"],
  external_data: [13, many(stringEntry)],
  data_location: [14, "int32"],
}));

const dimension = message("Dimension", () => ({ dim_value: [1, "int64"], dim_param: [2, "string"] }));
const shape = message("TensorShapeProto", () => ({ dim: [1, many(dimension)] }));
const tensorType = message("TypeProto.Tensor", () => ({ elem_type: [1, "int32"], shape: [2, shape] }));
const other = message("TypeProto.Other", () => ({}));
const type = message("TypeProto", () => ({
  tensor_type: [1, tensorType],
  sequence_type: [4, other],
  map_type: [5, other],
  sparse_tensor_type: [8, other],
  optional_type: [9, other],
}));
const valueInfo = message("ValueInfoProto", () => ({ name: [1, "string"], type: [2, type] }));

const attribute = message("AttributeProto", () => ({
  name: [1, "string"],
  f: [2, "float"],
  i: [3, "int64"],
  s: [4, "bytes"],
  t: [5, tensorMessage],
  g: [6, graph],
  floats: [7, "float[]"],
  ints: [8, "int64[]"],
  strings: [9, "bytes[]"],
  type: [20, "int32"],
  ref_attr_name: [21, "string"],
}));
const node = message("NodeProto", () => ({
  input: [1, "string[]"],
  output: [2, "string[]"],
  name: [3, "string"],
  op_type: [4, "string"],
  attribute: [5, many(attribute)],
  domain: [7, "string"],
  overload: [8, "string"],
}));
const graph: Message = message("GraphProto", () => ({
  node: [1, many(node)],
  name: [2, "string"],
  initializer: [5, many(tensorMessage)],
  input: [11, many(valueInfo)],
  output: [12, many(valueInfo)],
  sparse_initializer: [15, many(other)],
}));
const opset = message("OperatorSetIdProto", () => ({ domain: [1, "string"], version: [2, "int64"] }));

const localFunction = message("FunctionProto", () => ({
  name: [1, "string"],
  input: [4, "string[]"],
  output: [5, "string[]"],
  attribute: [6, "string[]"],
  node: [7, many(node)],
  opset_import: [9, many(opset)],
  domain: [10, "string"],
  attribute_proto: [11, many(attribute)],
  overload: [13, "string"],
}));

export const modelMessage: Message = message("ModelProto", () => ({
  ir_version: [1, "int64"],
  producer_name: [2, "string"],
  producer_version: [3, "string"],
  graph: [7, graph],
  opset_import: [8, many(opset)],
  metadata_props: [14, many(stringEntry)],
  functions: [25, many(localFunction)],
}));
