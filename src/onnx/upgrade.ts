/**
 * Brings a model of another opset to the one that is written here, op by op: where an op's form differs, the op's own
 * file says how it is written today (`upgrade`). What no op of today stands for is refused by name.
 */
import { fail, type Where } from "../problem/problem.js";
import { type Attribute, DOMAINS, type Graph, type Model, type Node, OPSET, OPSETS_READ, type Tensor } from "./ir.js";
import { namesOf } from "./names.js";
import { nodeContext } from "./ops/context.js";
import { ops, qualified } from "./ops/index.js";

/**
 * The same model at opset 18. A model that is there already is given back as it is.
 *
 * Errors: L0803 an opset that is not read, L0815 an op that opset 18 has no form of.
 *
 * @example
 * atWrittenOpset(model) === model // true
 * const old: Model = { ...model, opset: 11 };
 * atWrittenOpset(old).opset // 18
 */
export function atWrittenOpset(model: Model): Model {
  assertRead(model.opset);
  if (model.opset === OPSET) return model;
  const taken = namesOf(model.graph);
  let count = 0;
  const fresh = (stem: string): string => {
    let name: string;
    do name = `${stem}_at_${OPSET}_${++count}`;
    while (taken.has(name));
    taken.add(name);
    return name;
  };
  return { ...model, graph: upgraded(model.graph, model, fresh), opset: OPSET, domains: writtenDomains(model.domains) };
}

/** Refuses an opset that is not read: L0803. */
export function assertRead(opset: number, where?: Where): void {
  const { oldest, newest } = OPSETS_READ;
  if (opset < oldest || opset > newest) fail("L0803", { opset, oldest, newest }, where);
}

/** Further operator sets at the versions that are written here. */
export const writtenDomains = (domains: Model["domains"]): Model["domains"] =>
  Object.fromEntries(Object.entries(domains).map(([domain, version]) => [domain, DOMAINS[domain] ?? version]));

/** Where an upgraded node is put. */
interface Around {
  /** Whose node it is, in the user's words. */
  readonly of: string;
  /** A name that is not taken. */
  readonly fresh: (stem: string) => string;
  /** Keeps a constant beside the node; gives its name. */
  readonly constant: (tensor: Tensor) => string;
}

/** What a node of another opset is at the one that is written here, its bodies as they are. */
export function upgradedNode(node: Node, opset: number, { of, fresh, constant }: Around): readonly Node[] {
  const { upgrade } = ops.get(qualified(node.op, node.domain)) ?? {};
  if (upgrade === undefined) return [node];
  return upgrade({
    ...nodeContext(node, opset),
    fresh,
    constant,
    lost: (reason) =>
      fail("L0815", { model: of, reason: `${node.op} of opset ${opset} has no form at opset ${OPSET}: ${reason}` }),
  });
}

function upgraded(graph: Graph, model: Model, fresh: (stem: string) => string): Graph {
  const initializers: { [name: string]: Tensor } = { ...graph.initializers };
  const around: Around = {
    of: `model \`${model.graph.name}\``,
    fresh,
    constant(tensor) {
      const name = fresh("constant");
      initializers[name] = tensor;
      return name;
    },
  };
  const nodes = graph.nodes.flatMap((old): readonly Node[] => {
    const attributes = Object.entries(old.attributes).map(([name, a]): [string, Attribute] => [
      name,
      a.type === "graph" ? { type: "graph", value: upgraded(a.value, model, fresh) } : a,
    ]);
    return upgradedNode({ ...old, attributes: Object.fromEntries(attributes) }, model.opset, around);
  });
  return { ...graph, initializers, nodes };
}
