/** What the upgrades of ops from older opsets share. */
import type { Attribute, Node } from "../ir.js";
import { int64s } from "../tensor.js";
import type { UpgradeContext } from "./op.js";

/** A node's attributes without some. */
export const without = ({ attributes }: Node, ...names: readonly string[]): { [name: string]: Attribute } =>
  Object.fromEntries(Object.entries(attributes).filter(([name]) => !names.includes(name)));

/** Integers that older opsets keep in an attribute, as the second input that they are since. */
export function attributeAsInput(c: UpgradeContext, name: string): Node {
  const { node } = c;
  const values = c.ints(name);
  if (values === undefined) return node;
  const inputs = values.length === 0 ? node.inputs : [node.inputs[0], c.constant(int64s(values))];
  return { ...node, inputs, attributes: without(node, name) };
}
