/** ONNX file → model. Refuses what Limbeck does not take (external data, strings, sparse tensors) by a coded problem. */
import { fail, LimbeckError } from "../../problem/problem.js";
import { bounded, UNKNOWN } from "../dims.js";
import { elementType } from "../functions.js";
import { type FileNode, type Functions, functionKey, inlined, type LocalFunction } from "../inline.js";
import type { Attribute, AttributeType, Dtype, Graph, Model, Tensor, ValueInfo } from "../ir.js";
import { MAX_BYTES, MAX_RANK } from "../limits.js";
import { allocate, fromBytes, isBig, itemSize, sizeOf } from "../tensor.js";
import { attributeType } from "./encode.js";
import { type Message, modelMessage, tensorMessage } from "./fields.js";
import { read, type Wire, type WireMessage } from "./wire.js";

const utf8 = new TextDecoder("utf-8", { fatal: true });
const dtypes = new Map(Object.entries(elementType).map(([dtype, n]) => [n, dtype as Dtype]));
/** Names of element types that are not supported, for the message. */
const otherTypes: { readonly [n: number]: string } = {
  0: "undefined",
  8: "string",
  14: "complex64",
  15: "complex128",
  17: "float8e4m3fn",
  18: "float8e4m3fnuz",
  19: "float8e5m2",
  20: "float8e5m2fnuz",
  21: "uint4",
  22: "int4",
};

const text = (m: WireMessage, field: string): string => (m[field] as string | undefined) ?? "";
const list = <T extends Wire>(m: WireMessage, field: string): readonly T[] =>
  (m[field] as readonly T[] | undefined) ?? [];
const damaged = (reason: string): never => fail("L0801", { reason });

function integer(value: bigint | undefined, what: string): number {
  const number = Number(value ?? 0n);
  return Number.isSafeInteger(number) ? number : damaged(`${what} is ${value}`);
}

/** The name of an element type that is not supported. */
export const otherTypeName = (n: number): string => otherTypes[n] ?? `number ${n}`;

/** The dtype of an element type, or L0809. */
export const dtypeOf = (n: number, what: string): Dtype =>
  dtypes.get(n) ?? fail("L0809", { what, type: otherTypeName(n) });

function size(value: bigint, what: string): number {
  const number = integer(value, what);
  return number < 0 ? damaged(`${what} is ${number}`) : number;
}

/** The field that holds a dtype's elements when they are not raw bytes. */
const typedField = (dtype: Dtype): string =>
  ({
    float32: "float_data",
    float64: "double_data",
    int64: "int64_data",
    uint64: "uint64_data",
    uint32: "uint64_data",
  })[dtype as string] ?? "int32_data";

/** Where a tensor's data lie when they are not in the model's file: `location` is a path as the model gives it. */
export interface OutsideData {
  readonly tensor: string;
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

export interface DecodeOptions {
  /** Reads data that lie outside the model's file; without it they are refused. */
  readonly outside?: (data: OutsideData) => Uint8Array;
}

/** Whether a tensor's data lie outside the file. */
export const isOutside = (m: WireMessage): boolean =>
  m.data_location === 1 || list<WireMessage>(m, "external_data").length > 0;

/** Where a tensor's data lie outside the file, or undefined when they are in it. */
export function outsideOf(m: WireMessage, tensor: string, length: number): OutsideData | undefined {
  if (!isOutside(m)) return undefined;
  const given = new Map(list<WireMessage>(m, "external_data").map((e) => [text(e, "key"), text(e, "value")]));
  const count = (key: string, otherwise: number): number => {
    const value = Number(given.get(key) ?? otherwise);
    return Number.isSafeInteger(value) && value >= 0
      ? value
      : damaged(`the ${key} of tensor \`${tensor}\` is ${given.get(key)}`);
  };
  return {
    tensor,
    location: given.get("location") ?? damaged(`tensor \`${tensor}\` is outside the file, and does not say where`),
    offset: count("offset", 0),
    length: count("length", length),
  };
}

function tensor(m: WireMessage, options: DecodeOptions): Tensor {
  const name = text(m, "name") || "without a name";
  const what = `tensor \`${name}\``;
  const dtype = dtypeOf((m.data_type as number | undefined) ?? 0, what);
  const dims = list<bigint>(m, "dims").map((d) => size(d, `a size of ${what}`));
  if (dims.length > MAX_RANK) fail("L0804", { what: `a rank of ${what}`, value: dims.length, limit: MAX_RANK });
  const count = bounded(sizeOf(dims), `elements of ${what}`);
  const bytes = count * itemSize[dtype];
  if (isOutside(m) && options.outside === undefined) fail("L0802", { tensor: name });
  const away = outsideOf(m, name, bytes);
  const raw = away === undefined ? (m.raw_data as Uint8Array | undefined) : options.outside!(away);
  if (raw !== undefined) {
    if (raw.byteLength !== bytes) damaged(`${what} has ${raw.byteLength} bytes, its shape [${dims}] needs ${bytes}`);
    return { dtype, dims, data: fromBytes(dtype, raw) };
  }
  const values = list<number | bigint>(m, typedField(dtype));
  if (values.length !== count) damaged(`${what} has ${values.length} elements, its shape [${dims}] needs ${count}`);
  const data = allocate(dtype, count);
  const big = isBig(dtype);
  values.forEach((v, i) => {
    (data as Float64Array)[i] = (big ? BigInt(v) : Number(v)) as number;
  });
  return { dtype, dims, data };
}

const typeOf = (m: WireMessage): AttributeType =>
  (Object.entries(attributeType).find(([, n]) => n === m.type)?.[0] as AttributeType | undefined) ??
  fail("L0809", { what: `attribute ${text(m, "name")}`, type: `number ${m.type ?? 0}` });

function attribute(m: WireMessage, options: DecodeOptions): [string, Attribute] {
  const name = text(m, "name");
  const type = typeOf(m);
  const one = <T extends Wire>(field: string): T =>
    (m[field] as T | undefined) ?? damaged(`attribute ${name} has no value`);
  switch (type) {
    case "float":
      return [name, { type, value: (m.f as number | undefined) ?? 0 }];
    case "int":
      return [name, { type, value: integer(m.i as bigint | undefined, `attribute ${name}`) }];
    case "string":
      return [name, { type, value: utf8.decode((m.s as Uint8Array | undefined) ?? new Uint8Array()) }];
    case "tensor":
      return [name, { type, value: tensor(one("t"), options) }];
    case "graph":
      return [name, { type, value: graph(one("g"), options) }];
    case "floats":
      return [name, { type, value: list<number>(m, "floats") }];
    case "ints":
      return [name, { type, value: list<bigint>(m, "ints").map((i) => integer(i, `attribute ${name}`)) }];
    case "strings":
      return [name, { type, value: list<Uint8Array>(m, "strings").map((s) => utf8.decode(s)) }];
  }
}

/** `Object.fromEntries` that refuses a key given twice. */
function unique<T>(entries: readonly (readonly [string, T])[]): { [key: string]: T } {
  const out = new Map<string, T>();
  for (const [key, value] of entries) {
    if (out.has(key)) fail("L0807", { name: key });
    out.set(key, value);
  }
  return Object.fromEntries(out);
}

const domainOf = (m: WireMessage): string => text(m, "domain").replace(/^ai\.onnx$/, "");

function node(m: WireMessage, options: DecodeOptions): FileNode {
  const [domain, name, overload] = [domainOf(m), text(m, "name"), text(m, "overload")];
  const refers = (a: WireMessage): boolean => text(a, "ref_attr_name") !== "";
  const given = list<WireMessage>(m, "attribute");
  const references = given.filter(refers);
  return {
    op: text(m, "op_type"),
    ...(domain !== "" && { domain }),
    ...(name !== "" && { name }),
    inputs: list<string>(m, "input"),
    outputs: list<string>(m, "output"),
    attributes: unique(given.filter((a) => !refers(a)).map((a) => attribute(a, options))),
    ...(overload !== "" && { overload }),
    ...(references.length > 0 && {
      references: unique(
        references.map((a) => {
          const open = (a.type ?? 0) === 0;
          return [text(a, "name"), { to: text(a, "ref_attr_name"), ...(!open && { type: typeOf(a) }) }] as const;
        }),
      ),
    }),
  };
}

const opsets = (m: WireMessage): { [domain: string]: number } =>
  unique(
    list<WireMessage>(m, "opset_import").map(
      (o) => [domainOf(o), integer(o.version as bigint | undefined, "an opset")] as const,
    ),
  );

function localFunction(m: WireMessage, path: string, options: DecodeOptions): LocalFunction {
  const domain = domainOf(m);
  const defaults = unique(list<WireMessage>(m, "attribute_proto").map((a) => attribute(a, options)));
  return {
    name: text(m, "name"),
    ...(domain !== "" && { domain }),
    path,
    inputs: list<string>(m, "input"),
    outputs: list<string>(m, "output"),
    attributes: new Set([...list<string>(m, "attribute"), ...Object.keys(defaults)]),
    defaults,
    nodes: list<WireMessage>(m, "node").map((n) => node(n, options)),
    opsets: opsets(m),
  };
}

/** What is read of a part of the model; problems that say no place are there. */
function located<T>(path: string, work: (path: string) => T): T {
  try {
    return work(path);
  } catch (e) {
    if (!(e instanceof LimbeckError)) throw e;
    throw new LimbeckError(
      e.problems.map((p) => ({ path, ...p })),
      { cause: e },
    );
  }
}

/** The functions of a model, each read when it is first asked for: exporters write some that nothing calls. */
function functionsOf(m: WireMessage, options: DecodeOptions): Functions {
  const out = new Map<string, () => LocalFunction>();
  for (const [i, f] of list<WireMessage>(m, "functions").entries()) {
    const key = functionKey(domainOf(f), text(f, "name"), text(f, "overload"));
    if (out.has(key)) fail("L0807", { name: text(f, "name") }, { path: `/functions/${i}` });
    let read: LocalFunction | undefined;
    out.set(key, () => (read ??= located(`/functions/${i}`, (path) => localFunction(f, path, options))));
  }
  return out;
}

function valueInfo(m: WireMessage): ValueInfo {
  const name = text(m, "name");
  const type = m.type as WireMessage | undefined;
  if (type === undefined || Object.keys(type).length === 0) return { name };
  const tensorType = type.tensor_type as WireMessage | undefined;
  if (tensorType === undefined)
    return fail("L0809", { what: `\`${name}\``, type: Object.keys(type)[0].replace("_type", "").replace("_", " ") });
  const dtype = dtypeOf((tensorType.elem_type as number | undefined) ?? 0, `\`${name}\``);
  const shape = tensorType.shape as WireMessage | undefined;
  const dims = shape && list<WireMessage>(shape, "dim");
  if (dims && dims.length > MAX_RANK)
    fail("L0804", { what: `a rank of \`${name}\``, value: dims.length, limit: MAX_RANK });
  return {
    name,
    dtype,
    ...(dims && {
      shape: dims.map((d) =>
        d.dim_value !== undefined
          ? size(d.dim_value as bigint, `a size of \`${name}\``)
          : text(d, "dim_param") || UNKNOWN,
      ),
    }),
  };
}

function graph(m: WireMessage, options: DecodeOptions): Graph {
  if (list(m, "sparse_initializer").length > 0) fail("L0809", { what: "an initializer", type: "sparse tensor" });
  return {
    name: text(m, "name"),
    inputs: list<WireMessage>(m, "input").map(valueInfo),
    outputs: list<WireMessage>(m, "output").map(valueInfo),
    initializers: unique(
      list<WireMessage>(m, "initializer").map((t) => [text(t, "name"), tensor(t, options)] as const),
    ),
    nodes: list<WireMessage>(m, "node").map((n) => node(n, options)),
  };
}

/**
 * Reads an ONNX file. What it holds is not checked beyond its form; `checkModel` does that. Local functions are put in
 * where they are called.
 *
 * Errors: L0801 when the bytes are not an ONNX model, L0802 weights outside the file unless `outside` reads them, L0804 over a limit, L0807 a name twice,
 * L0809 a type that is not supported, L0818 a call that does not fit its function; L0803, L0806 and L0815 as `inlined` says.
 *
 * @example
 * decode(encode(model)).graph.inputs // [{ name: "x", dtype: "float32", shape: ["N", 2] }]
 * decode(Uint8Array.of(1, 2, 3)) // throws L0801
 */
export function decode(bytes: Uint8Array, options: DecodeOptions = {}): Model {
  return parsed(bytes, modelMessage, (m) => {
    if (m.graph === undefined) damaged("it holds no graph");
    const { "": opset, ...domains } = opsets(m);
    const model: Model = {
      graph: graph(m.graph as WireMessage, options),
      opset: opset ?? damaged("it names no opset"),
      domains,
      producer: text(m, "producer_name"),
      metadata: unique(list<WireMessage>(m, "metadata_props").map((p) => [text(p, "key"), text(p, "value")] as const)),
    };
    return inlined(model, functionsOf(m, options));
  });
}

/**
 * Reads a tensor that is a file of its own, as the test data of ONNX are.
 *
 * Errors: those of `decode` that a tensor can give.
 */
export const decodeTensor = (bytes: Uint8Array): Tensor => parsed(bytes, tensorMessage, (m) => tensor(m, {}));

/** What a message holds; whatever goes wrong on the way is a problem with a code. */
export function parsed<T>(bytes: Uint8Array, message: Message, take: (m: WireMessage) => T): T {
  if (bytes.byteLength === 0) damaged("the file is empty");
  if (bytes.byteLength > MAX_BYTES)
    fail("L0804", { what: "a size in bytes", value: bytes.byteLength, limit: MAX_BYTES });
  try {
    return take(read(bytes, message));
  } catch (cause) {
    if (cause instanceof LimbeckError) throw cause;
    return fail("L0801", { reason: (cause as Error).message }, {}, { cause });
  }
}
