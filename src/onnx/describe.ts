/**
 * What an ONNX file holds, and what of it would be refused, all of it at once. Read from the file's form, so that a
 * model that is refused is described too.
 */
import { LimbeckError, type Problem, problem } from "../problem/problem.js";
import { checkModel } from "./check.js";
import { type DecodeOptions, decode, dtypeOf, otherTypeName, outsideOf, parsed } from "./codec/decode.js";
import { modelMessage } from "./codec/fields.js";
import type { WireMessage } from "./codec/wire.js";
import { UNKNOWN } from "./dims.js";
import { functionKey } from "./inline.js";
import { OPSET } from "./ir.js";
import { ops, qualified } from "./ops/index.js";

/** An input or output as the file declares it; types that are not supported have their ONNX names. */
export interface DescribedValue {
  readonly name: string;
  readonly type: string;
  readonly shape?: readonly (number | string)[];
}

export interface DescribedOp {
  readonly op: string;
  readonly domain?: string;
  readonly count: number;
  /** Whether it is known here: inferred, evaluated by reference, merged. Others only run, in ONNX Runtime. */
  readonly known: boolean;
  /** Whether it can be differentiated through. */
  readonly gradient: boolean;
}

/** A local function, which is put in where it is called. */
export interface DescribedFunction {
  readonly name: string;
  readonly domain?: string;
  readonly overload?: string;
  readonly nodes: number;
  /** Nodes that call it, in the model and in its functions. */
  readonly calls: number;
}

export interface ModelInfo {
  readonly name: string;
  readonly ir_version: number;
  readonly opset?: number;
  /** Versions of further operator sets. */
  readonly domains: { readonly [domain: string]: number };
  readonly producer: string;
  readonly inputs: readonly DescribedValue[];
  readonly outputs: readonly DescribedValue[];
  /** With those of functions, each of which counts once. */
  readonly ops: readonly DescribedOp[];
  readonly functions: readonly DescribedFunction[];
  /** Elements of all initializers, bodies included. */
  readonly parameters: number;
  readonly metadata: { readonly [key: string]: string };
  /** Files that weights lie in, as the model names them. */
  readonly outside: readonly string[];
  /** Why the model would not be run, merged or stored; none when it is fine. */
  readonly refused: readonly Problem[];
  /** What is wrong with it, and no reason to refuse it. */
  readonly warnings: readonly Problem[];
}

const list = (m: WireMessage | undefined, field: string): readonly WireMessage[] =>
  (m?.[field] as readonly WireMessage[] | undefined) ?? [];
const text = (m: WireMessage, field: string): string => (m[field] as string | undefined) ?? "";
const domainOf = (m: WireMessage): string => text(m, "domain").replace(/^ai\.onnx$/, "");

/** A graph or a function and all graphs in it, the outermost first. */
function graphsOf(graph: WireMessage): WireMessage[] {
  const inner = list(graph, "node").flatMap((node) =>
    list(node, "attribute").flatMap((a) => (a.g === undefined ? [] : graphsOf(a.g as WireMessage))),
  );
  return [graph, ...inner];
}

const elements = (tensor: WireMessage): number =>
  ((tensor.dims as readonly bigint[] | undefined) ?? []).reduce((n, d) => n * Number(d), 1);

function described(m: WireMessage): DescribedValue {
  const name = text(m, "name");
  const type = m.type as WireMessage | undefined;
  if (type?.tensor_type === undefined) {
    const other = type && Object.keys(type)[0];
    return { name, type: other === undefined ? "not declared" : other.replace(/_type$/, "").replace("_", " ") };
  }
  const tensor = type.tensor_type as WireMessage;
  const shape = tensor.shape as WireMessage | undefined;
  return {
    name,
    type: typeName((tensor.elem_type as number | undefined) ?? 0),
    ...(shape !== undefined && {
      shape: list(shape, "dim").map((d) =>
        d.dim_value === undefined ? text(d, "dim_param") || UNKNOWN : Number(d.dim_value),
      ),
    }),
  };
}

const typeName = (element: number): string => {
  try {
    return dtypeOf(element, "");
  } catch {
    return otherTypeName(element);
  }
};

/**
 * Describes an ONNX file. With `outside`, weights that lie outside it are read and no reason to refuse it.
 *
 * Errors: L0801 when the bytes are no ONNX model at all, L0804 when they are more than is read.
 *
 * @example
 * const { inputs, ops, parameters, refused } = describeModel(encode(model));
 * inputs; // [{ name: "x", type: "float32", shape: ["N", 2] }]
 * ops[1]; // { op: "Mul", count: 1, known: true, gradient: true }
 * [parameters, refused.length] // [1, 0]
 */
export function describeModel(bytes: Uint8Array, options: DecodeOptions = {}): ModelInfo {
  return parsed(bytes, modelMessage, (m) => {
    const graph = (m.graph as WireMessage | undefined) ?? {};
    const functions = list(m, "functions");
    const graphs = [graph, ...functions].flatMap(graphsOf);
    const nodes = graphs.flatMap((g) => list(g, "node"));
    const calls = callsOf(functions, nodes);
    const weights = graphs.flatMap((g) => list(g, "initializer"));
    const own = new Set(list(graph, "initializer").map((t) => text(t, "name")));
    const imports = list(m, "opset_import").map((o) => [domainOf(o), Number(o.version ?? 0n)] as const);
    const { "": opset, ...domains } = Object.fromEntries(imports) as { [domain: string]: number };
    const found = problemsOf(bytes, weights, options);
    const outside = weights.flatMap((t) => where(t) ?? []);
    return {
      name: text(graph, "name"),
      ir_version: Number(m.ir_version ?? 0n),
      ...(opset !== undefined && { opset }),
      domains,
      producer: [text(m, "producer_name"), text(m, "producer_version")].filter((part) => part !== "").join(" "),
      inputs: list(graph, "input")
        .map(described)
        .filter(({ name }) => !own.has(name)),
      outputs: list(graph, "output").map(described),
      ops: counted(nodes.filter((node) => !calls.has(keyOf(node, text(node, "op_type"))))),
      functions: functions.map((f): DescribedFunction => {
        const [name, domain, overload] = [text(f, "name"), domainOf(f), text(f, "overload")];
        return {
          name,
          ...(domain !== "" && { domain }),
          ...(overload !== "" && { overload }),
          nodes: list(f, "node").length,
          calls: calls.get(keyOf(f, name))!,
        };
      }),
      parameters: weights.reduce((n, t) => n + elements(t), 0),
      metadata: Object.fromEntries(list(m, "metadata_props").map((p) => [text(p, "key"), text(p, "value")])),
      outside: [...new Set(outside)],
      refused: found.filter(({ severity }) => severity === "error"),
      warnings: found.filter(({ severity }) => severity === "warning"),
    };
  });
}

const keyOf = (m: WireMessage, name: string): string => functionKey(domainOf(m), name, text(m, "overload"));

/** How many of the nodes call each function. */
function callsOf(functions: readonly WireMessage[], nodes: readonly WireMessage[]): ReadonlyMap<string, number> {
  const calls = new Map(functions.map((f) => [keyOf(f, text(f, "name")), 0]));
  if (calls.size === 0) return calls;
  for (const node of nodes) {
    const key = keyOf(node, text(node, "op_type"));
    const count = calls.get(key);
    if (count !== undefined) calls.set(key, count + 1);
  }
  return calls;
}

/** The file that a tensor's data lie in, if it is another. */
function where(t: WireMessage): string | undefined {
  try {
    return outsideOf(t, text(t, "name"), 0)?.location;
  } catch {
    return "?";
  }
}

function counted(nodes: readonly WireMessage[]): DescribedOp[] {
  const counts = new Map<string, DescribedOp>();
  for (const node of nodes) {
    const [op, domain] = [text(node, "op_type"), domainOf(node) || undefined];
    const name = qualified(op, domain);
    const known = ops.get(name);
    const count = (counts.get(name)?.count ?? 0) + 1;
    counts.set(name, {
      op,
      ...(domain !== undefined && { domain }),
      count,
      known: known !== undefined,
      gradient: known?.gradient !== undefined || (known?.since ?? 0) > OPSET,
    });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count || (a.op < b.op ? -1 : 1));
}

/** Everything that is wrong with the file: each tensor that lies outside, then what decoding and checking find. */
function problemsOf(bytes: Uint8Array, weights: readonly WireMessage[], options: DecodeOptions): Problem[] {
  const away = options.outside
    ? []
    : weights.flatMap((t) =>
        where(t) === undefined ? [] : [problem("L0802", { tensor: text(t, "name") || "without a name" })],
      );
  if (away.length > 0) return away;
  try {
    return checkModel(decode(bytes, options), { ops: "any" });
  } catch (e) {
    if (!(e instanceof LimbeckError)) throw e;
    return [...e.problems];
  }
}
