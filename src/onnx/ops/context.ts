/** Typed access to a node's attributes, shared by inference, evaluation and gradient. */
import { fail } from "../../problem/problem.js";
import type { Attribute, AttributeType, Node } from "../ir.js";
import type { NodeContext } from "./op.js";

/** How a node is named to a user: its own name, else its first output. */
export const titleOf = (node: Node): string =>
  `${node.op} \`${node.name || node.outputs.find((o) => o !== "") || "?"}\``;

export function nodeContext(node: Node, opset: number): NodeContext {
  const refuse = (reason: string): never => fail("L0808", { node: titleOf(node), reason });
  type Held<T extends AttributeType> = Extract<Attribute, { type: T }>["value"];
  const get = <T extends AttributeType>(name: string, type: T) => {
    const attribute = Object.hasOwn(node.attributes, name) ? node.attributes[name] : undefined;
    if (attribute === undefined) return undefined;
    if (attribute.type !== type) refuse(`its attribute ${name} is of type ${attribute.type}, not ${type}`);
    return attribute.value as Held<T>;
  };
  return {
    node,
    opset,
    int: ((name: string, otherwise?: number) => get(name, "int") ?? otherwise) as NodeContext["int"],
    float: (name, otherwise) => get(name, "float") ?? otherwise,
    ints: (name) => get(name, "ints"),
    floats: (name) => get(name, "floats"),
    text: (name) => get(name, "string"),
    texts: (name) => get(name, "strings"),
    tensor: (name) => get(name, "tensor"),
    graph: (name) => get(name, "graph"),
    refuse,
    unknown: (reason) => fail("L0817", { node: titleOf(node), reason }),
  };
}
