/** parse ──► bind ──► check ──► locate, as the composition root does it, without components, rewriting and files. */
import type { Catalogue } from "../../src/graph/catalogue.js";
import { check } from "../../src/graph/check.js";
import type { Graph } from "../../src/graph/ir.js";
import type { TypedGraph } from "../../src/graph/typed.js";
import type { LoadedGraph } from "../../src/graphfile/load.js";
import { bind } from "../../src/graphfile/params.js";
import { locate, type SourceMap } from "../../src/graphfile/sourcemap.js";
import type { Json } from "../../src/message/type.js";
import type { Problem } from "../../src/problem/problem.js";

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
  if (loaded.graph === undefined) return { sourceMap, problems: loaded.problems };
  const bound = bind(loaded.graph, { set });
  const checked = check(bound.graph, catalogue);
  const problems = locate([...loaded.problems, ...bound.problems, ...checked.problems], sourceMap);
  const sound = checked.typed !== undefined && !problems.some((p) => p.severity === "error");
  return { graph: bound.graph, ...(sound ? { typed: checked.typed } : {}), sourceMap, problems };
}
