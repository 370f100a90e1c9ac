/** Constant: a tensor kept in the node itself. */
import { int64s, scalar, tensor } from "../tensor.js";
import { info, type NodeContext, type Op } from "./op.js";

function value(c: NodeContext) {
  const { attributes } = c.node;
  const float = attributes.value_float;
  const floats = attributes.value_floats;
  if (c.tensor("value") !== undefined) return c.tensor("value")!;
  if (float?.type === "float") return scalar("float32", float.value);
  if (floats?.type === "floats") return tensor("float32", [floats.value.length], floats.value);
  if (c.int("value_int") !== undefined) return scalar("int64", c.int("value_int")!);
  if (c.ints("value_ints") !== undefined) return int64s(c.ints("value_ints")!);
  return c.refuse("it holds no tensor of numbers");
}

export const constant: Op = {
  name: "Constant",
  inputs: [0, 0],
  outputs: [1, 1],
  attributes: { value: "tensor", value_float: "float", value_floats: "floats", value_int: "int", value_ints: "ints" },
  infer(c) {
    const t = value(c);
    return [info(t.dtype, t.dims)];
  },
  evaluate: (c) => [value(c)],
  gradient: () => [],
};
