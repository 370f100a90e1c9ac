/** parse ──► bind ──► check ──► locate: everything that can be known of a graph file without running it. */
import type { Catalogue } from "../graph/catalogue.js";
import { check } from "../graph/check.js";
import type { Graph } from "../graph/ir.js";
import type { TypedGraph } from "../graph/typed.js";
import type { Json } from "../message/type.js";
import type { Problem } from "../problem/problem.js";
import type { LoadedGraph } from "./load.js";
import { bind } from "./params.js";
import { locate, type SourceMap } from "./sourcemap.js";

export interface Inspected {
  /** Params bound. */
  readonly graph?: Graph;
  /** Present exactly when no problem is an error. */
  readonly typed?: TypedGraph;
  readonly sourceMap: SourceMap;
  /** Every problem, with places, in the order of the file. */
  readonly problems: readonly Problem[];
}

/**
 * Binds and checks a loaded graph; every problem comes at once, placed and in the order of the file.
 *
 * @example
 * const { typed, problems } = inspectGraph(parseGraphFile(text, file), catalogue, { kp: 40 });
 */
export function inspectGraph(
  loaded: LoadedGraph,
  catalogue: Catalogue,
  set: { readonly [name: string]: Json } = {},
): Inspected {
  const { sourceMap } = loaded;
  if (loaded.graph === undefined) return { sourceMap, problems: inOrder(loaded.problems) };
  const bound = bind(loaded.graph, { set });
  const checked = check(bound.graph, catalogue);
  const problems = inOrder([...loaded.problems, ...locate([...bound.problems, ...checked.problems], sourceMap)]);
  const sound = checked.typed !== undefined && !problems.some((p) => p.severity === "error");
  return { graph: bound.graph, ...(sound ? { typed: checked.typed } : {}), sourceMap, problems };
}

/** By line, then column; those without a place first. */
const inOrder = (problems: readonly Problem[]): Problem[] =>
  [...problems].sort(
    (a, b) => (a.place?.line ?? 0) - (b.place?.line ?? 0) || (a.place?.column ?? 0) - (b.place?.column ?? 0),
  );
