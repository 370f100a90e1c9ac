/** Nodes that only run as they are: what has to be distilled before the rest can be lowered. */
import type { Component } from "../component/component.js";
import type { TypedGraph } from "../graph/typed.js";
import { type LowerSpec, lowerRegion } from "./region.js";

/**
 * The ids of those nodes of a region that are neither tensor components nor models, in the order in which they fire.
 *
 * @throws LimbeckError as `lower`, for what is no region
 * @example
 * const { typed, component } = await loadGraph("arm-reach.graph.yaml");
 * opaqueNodes(typed!, { all: true }, component) // []
 */
export const opaqueNodes = (
  typed: TypedGraph,
  spec: LowerSpec,
  component: (name: string) => Component | undefined,
): string[] =>
  lowerRegion(typed, spec).nodes.flatMap(({ id, node, signature }) => {
    const found = component(node.component);
    return signature.relay === true || found?.tensor !== undefined || found?.kind === "model" ? [] : [id];
  });
