/**
 * The tensor language: ONNX models as plain, immutable values.
 *
 * The words are ONNX's own (model, graph, node, initializer, opset), so that its operator specification is the
 * documentation of what a graph means. `codec/` turns a model to and from a file, `ops/` says what each op does.
 */

/** Opset that Limbeck writes. */
export const OPSET = 18;
/** Versions of further operator sets that Limbeck writes, where a model uses them. */
export const DOMAINS: { readonly [domain: string]: number } = { "ai.onnx.ml": 3 };
/** ONNX IR version that Limbeck writes. */
export const IR_VERSION = 8;
/** The oldest and the newest opset that Limbeck reads. */
export const OPSETS_READ = { oldest: 11, newest: 21 } as const;

export type Dtype =
  | "float32"
  | "float64"
  | "int64"
  | "int32"
  | "bool"
  | "uint8"
  | "int8"
  | "int16"
  | "uint16"
  | "uint32"
  | "uint64"
  | "float16"
  | "bfloat16";

export type TensorData =
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

/**
 * A concrete tensor, row-major. `bool` is kept as a Uint8Array of 0 and 1, floats of 16 bits as a Uint16Array of their
 * bits; a scalar has no dims.
 */
export interface Tensor {
  readonly dtype: Dtype;
  readonly dims: readonly number[];
  readonly data: TensorData;
}

/** Tensors by name, as models take and give them. */
export type Tensors = { readonly [name: string]: Tensor };

/** A size, or the name of one known only when the model runs (`"N"`). `"?"` is a size without a name. */
export type Dim = number | string;
export type Shape = readonly Dim[];

/** What goes in or out of a graph. Foreign sub-graphs may leave out dtype and shape. */
export interface ValueInfo {
  readonly name: string;
  readonly dtype?: Dtype;
  readonly shape?: Shape;
}

export type Attribute =
  | { readonly type: "int"; readonly value: number }
  | { readonly type: "float"; readonly value: number }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "tensor"; readonly value: Tensor }
  | { readonly type: "graph"; readonly value: Graph }
  | { readonly type: "ints"; readonly value: readonly number[] }
  | { readonly type: "floats"; readonly value: readonly number[] }
  | { readonly type: "strings"; readonly value: readonly string[] };
export type AttributeType = Attribute["type"];

export interface Node {
  /** Operator, e.g. `Gemm`. */
  readonly op: string;
  /** Operator set; absent for ONNX's own. */
  readonly domain?: string;
  readonly name?: string;
  /** Names of values; `""` is an optional input left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: { readonly [name: string]: Attribute };
}

/** Nodes in topological order. A sub-graph may also read names of the graphs around it. */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly initializers: { readonly [name: string]: Tensor };
  readonly nodes: readonly Node[];
}

export interface Model {
  readonly graph: Graph;
  /** Version of ONNX's own operator set. */
  readonly opset: number;
  /** Versions of further operator sets, e.g. `{"ai.onnx.ml": 3}`. */
  readonly domains: { readonly [domain: string]: number };
  readonly producer: string;
  /** `metadata_props`. */
  readonly metadata: { readonly [key: string]: string };
}
