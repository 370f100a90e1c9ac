/** Model → ONNX file. Attributes and metadata are sorted and all tensors are raw bytes, so equal models are equal files. */
import { UNKNOWN } from "../dims.js";
import { elementType } from "../functions.js";
import type { Attribute, Graph, Model, Node, Tensor, ValueInfo } from "../ir.js";
import { IR_VERSION } from "../ir.js";
import { toBytes } from "../tensor.js";
import { modelMessage } from "./fields.js";
import { type WireMessage, write } from "./wire.js";

/** AttributeProto.AttributeType. */
export const attributeType = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
} as const satisfies { readonly [T in Attribute["type"]]: number };

const utf8 = new TextEncoder();
const sorted = <T>(of: { readonly [key: string]: T }): [string, T][] =>
  Object.entries(of).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));

const tensor = (t: Tensor, name?: string): WireMessage => ({
  dims: t.dims.map(BigInt),
  data_type: elementType[t.dtype],
  ...(name !== undefined && { name }),
  raw_data: toBytes(t.data),
});

function attribute(name: string, a: Attribute): WireMessage {
  const head = { name, type: attributeType[a.type] };
  switch (a.type) {
    case "float":
      return { ...head, f: a.value };
    case "int":
      return { ...head, i: BigInt(a.value) };
    case "string":
      return { ...head, s: utf8.encode(a.value) };
    case "tensor":
      return { ...head, t: tensor(a.value) };
    case "graph":
      return { ...head, g: graph(a.value) };
    case "floats":
      return { ...head, floats: a.value };
    case "ints":
      return { ...head, ints: a.value.map(BigInt) };
    case "strings":
      return { ...head, strings: a.value.map((s) => utf8.encode(s)) };
  }
}

const node = (n: Node): WireMessage => ({
  input: n.inputs,
  output: n.outputs,
  ...(n.name !== undefined && { name: n.name }),
  op_type: n.op,
  attribute: sorted(n.attributes).map(([name, a]) => attribute(name, a)),
  ...(n.domain !== undefined && { domain: n.domain }),
});

const dimension = (d: number | string): WireMessage =>
  typeof d === "number" ? { dim_value: BigInt(d) } : d === UNKNOWN ? {} : { dim_param: d };

const valueInfo = (v: ValueInfo): WireMessage => ({
  name: v.name,
  ...(v.dtype !== undefined && {
    type: {
      tensor_type: {
        elem_type: elementType[v.dtype],
        ...(v.shape !== undefined && { shape: { dim: v.shape.map(dimension) } }),
      },
    },
  }),
});

const graph = (g: Graph): WireMessage => ({
  node: g.nodes.map(node),
  name: g.name,
  initializer: sorted(g.initializers).map(([name, t]) => tensor(t, name)),
  input: g.inputs.map(valueInfo),
  output: g.outputs.map(valueInfo),
});

/**
 * The bytes of an ONNX file. The same model always gives the same bytes.
 *
 * @example
 * const bytes = encode(model);
 * decode(bytes).graph.nodes.map(({ op }) => op) // ["Mul", "Identity"]
 */
export const encode = (model: Model): Uint8Array<ArrayBuffer> =>
  write(
    {
      ir_version: BigInt(IR_VERSION),
      producer_name: model.producer,
      graph: graph(model.graph),
      opset_import: [["", model.opset] as const, ...sorted(model.domains)].map(([domain, version]) => ({
        domain,
        version: BigInt(version),
      })),
      metadata_props: sorted(model.metadata).map(([key, value]) => ({ key, value })),
    },
    modelMessage,
  ).finish();
