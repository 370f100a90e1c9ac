/** Models with local functions, as files: models here have none, so that they are written field by field. */
import { attributeType, encode } from "../../src/onnx/codec/encode.js";
import { modelMessage } from "../../src/onnx/codec/fields.js";
import { read, type WireMessage, write } from "../../src/onnx/codec/wire.js";
import type { Attribute, AttributeType, Graph, Model, Node } from "../../src/onnx/ir.js";

/** A node that may be in a function: a call may say an overload, an attribute may stand for the function's. */
export interface Written {
  readonly op: string;
  readonly domain?: string;
  readonly overload?: string;
  readonly name?: string;
  readonly inputs?: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: { readonly [name: string]: Attribute };
  readonly refer?: { readonly [name: string]: readonly [to: string, type?: AttributeType] };
  /** Graphs whose nodes are written in this way too. */
  readonly graphs?: { readonly [name: string]: Body };
}

export interface Body {
  readonly inputs?: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly Written[];
}

export interface WrittenFunction extends Body {
  readonly name: string;
  readonly domain?: string;
  readonly overload?: string;
  readonly attributes?: readonly string[];
  readonly defaults?: { readonly [name: string]: Attribute };
  readonly opsets?: { readonly [domain: string]: number };
}

const plain = (op: string, attributes: Node["attributes"]): WireMessage => {
  const graph: Graph = {
    name: "",
    inputs: [],
    outputs: [],
    initializers: {},
    nodes: [{ op, inputs: [], outputs: [], attributes }],
  };
  const model: Model = { graph, opset: 18, domains: {}, producer: "", metadata: {} };
  const wire = read(encode(model), modelMessage);
  return ((wire.graph as WireMessage).node as WireMessage[])[0]!;
};
const attributesOf = (attributes: Node["attributes"] = {}): readonly WireMessage[] =>
  (plain("", attributes).attribute as readonly WireMessage[] | undefined) ?? [];

const wireNode = ({
  op,
  domain,
  overload,
  name,
  inputs = [],
  outputs,
  attributes,
  refer,
  graphs,
}: Written): WireMessage => ({
  op_type: op,
  input: inputs,
  output: outputs,
  ...(domain !== undefined && { domain }),
  ...(overload !== undefined && { overload }),
  ...(name !== undefined && { name }),
  attribute: [
    ...attributesOf(attributes),
    ...Object.entries(refer ?? {}).map(([own, [to, type]]) => ({
      name: own,
      ref_attr_name: to,
      type: type === undefined ? 0 : attributeType[type],
    })),
    ...Object.entries(graphs ?? {}).map(([own, body]) => ({
      name: own,
      type: attributeType.graph,
      g: wireGraph(body),
    })),
  ],
});

const wireGraph = ({ inputs = [], outputs, nodes }: Body): WireMessage => ({
  name: "body",
  input: inputs.map((name) => ({ name })),
  output: outputs.map((name) => ({ name })),
  node: nodes.map(wireNode),
});

/** The bytes of a model whose nodes are these, with functions beside them. */
export function withFunctions(
  model: Model,
  nodes: readonly Written[],
  functions: readonly WrittenFunction[],
): Uint8Array {
  const wire = read(encode(model), modelMessage) as { graph: object };
  const whole = {
    ...wire,
    graph: { ...wire.graph, node: nodes.map(wireNode) },
    functions: functions.map((f) => ({
      name: f.name,
      domain: f.domain ?? "local",
      ...(f.overload !== undefined && { overload: f.overload }),
      input: f.inputs ?? [],
      output: f.outputs,
      attribute: f.attributes ?? [],
      attribute_proto: attributesOf(f.defaults),
      node: f.nodes.map(wireNode),
      opset_import: Object.entries(f.opsets ?? { "": model.opset, local: 1 }).map(([domain, version]) => ({
        domain,
        version: BigInt(version),
      })),
    })),
  };
  return write(whole as unknown as WireMessage, modelMessage).finish();
}
