/**
 * Brings a model of another opset to the one that is written here, op by op: where an op's form differs, the op's own
 * file says how it is written today (`upgrade`). What no op of today stands for is refused by name.
 */
import { fail } from "../problem/problem.js";
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
  const { oldest, newest } = OPSETS_READ;
  if (model.opset < oldest || model.opset > newest) fail("L0803", { opset: model.opset, oldest, newest });
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
  const domains = Object.fromEntries(
    Object.entries(model.domains).map(([domain, version]) => [domain, DOMAINS[domain] ?? version]),
  );
  return { ...model, graph: upgraded(model.graph, model, fresh), opset: OPSET, domains };
}

function upgraded(graph: Graph, model: Model, fresh: (stem: string) => string): Graph {
  const initializers: { [name: string]: Tensor } = { ...graph.initializers };
  const nodes = graph.nodes.flatMap((old): readonly Node[] => {
    const node: Node = {
      ...old,
      attributes: Object.fromEntries(
        Object.entries(old.attributes).map(([name, a]): [string, Attribute] => [
          name,
          a.type === "graph" ? { type: "graph", value: upgraded(a.value, model, fresh) } : a,
        ]),
      ),
    };
    const { upgrade } = ops.get(qualified(node.op, node.domain)) ?? {};
    if (upgrade === undefined) return [node];
    return upgrade({
      ...nodeContext(node, model.opset),
      fresh,
      constant(tensor) {
        const name = fresh("constant");
        initializers[name] = tensor;
        return name;
      },
      lost: (reason) =>
        fail("L0815", {
          model: `model \`${model.graph.name}\``,
          reason: `${node.op} of opset ${model.opset} has no form at opset ${OPSET}: ${reason}`,
        }),
    });
  });
  return { ...graph, initializers, nodes };
}
