/**
 * Where each part of a graph is written: a tree of the IR's shape whose leaves are places in the file.
 *
 * Checks make problems with IR paths only; `locate` gives them their places, and follows `origins` of parts that
 * rewrites inserted back to the line that asked for them.
 */
import { segmentsOf } from "../problem/path.js";
import type { Place, Problem } from "../problem/problem.js";

/** One value: where it stands, where its key stands, and its parts. */
export interface Spot {
  readonly place: Place;
  readonly key?: Place;
  readonly children?: ReadonlyMap<string, Spot>;
  /** Of a part that comes from a sub-graph: who uses its file, innermost first. */
  readonly uses?: readonly Use[];
}

/** A node whose component is a graph file. */
export interface Use {
  /** The graph file. */
  readonly file: string;
  readonly node: string;
  /** Where the node names it. */
  readonly place: Place;
}

export interface SourceMap {
  /** The spot of the part at an IR path, or of the nearest part around it that is written in the file; with its `uses`. */
  find(path: string): Spot | undefined;
  /** The tree itself, for rewrites that are laid over a graph. */
  readonly root: Spot;
}

/** A source map over a tree of spots. */
export function sourceMap(root: Spot): SourceMap {
  return {
    root,
    find(path) {
      let spot = root;
      let { uses } = root;
      for (const segment of segmentsOf(path)) {
        const child = spot.children?.get(segment);
        if (child === undefined) break;
        spot = child;
        uses = child.uses ?? uses;
      }
      if (spot === root && path !== "") return undefined;
      return uses === spot.uses ? spot : { ...spot, uses: uses! };
    },
  };
}

/** The same spot with other children: for shorthands, whose IR has another shape than the text. */
export const reshape = (spot: Spot, children: ReadonlyMap<string, Spot>): Spot => ({ ...spot, children });

/** A line table: turns offsets into lines and columns that count from 1. */
export function lineTable(text: string, file: string): (start: number, end?: number) => Place {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  const position = (offset: number): [number, number] => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return [low + 1, offset - starts[low]! + 1];
  };
  return (start, end = start) => {
    const from = Math.min(Math.max(start, 0), text.length);
    const [line, column] = position(from);
    const [endLine, endColumn] = position(Math.min(Math.max(end, from), text.length));
    return { file, line, column, endLine, endColumn };
  };
}

/** A value is shown where it stands; one that spans lines, and a name at fault, by its key. */
const shown = (spot: Spot, of?: "key"): Place =>
  spot.key !== undefined && (of === "key" || spot.place.endLine > spot.place.line) ? spot.key : spot.place;

/**
 * Gives problems with an IR path their place, and those about inserted parts the chain of rewrites behind them.
 *
 * They come back in the order of the file, those without a place first.
 *
 * @example
 * const text = "limbeck: 1\nname: x\nnodes: {a: {component: control/p}}\n";
 * const { graph, sourceMap } = parseGraphFile(text, "x.graph.yaml");
 * const [wrong] = locate(check(graph!, catalogue).problems, sourceMap);
 * [wrong?.code, wrong?.place?.line] // ["L0202", 3]
 */
export function locate(problems: readonly Problem[], map: SourceMap): Problem[] {
  const placeOf = (path: string | undefined, of?: "key"): Place | undefined => {
    const spot = path === undefined ? undefined : map.find(path);
    return spot && shown(spot, of);
  };
  const placed = problems.map((p): Problem => {
    const origins = p.origins ?? [];
    const path = origins.at(-1)?.path ?? p.path;
    const place = p.place ?? placeOf(path, origins.length === 0 ? p.of : undefined);
    const chain = origins.map((o) => {
      const at = placeOf(o.path);
      return {
        message: `inserted by \`${o.rule}\`${at ? ` at line ${at.line}` : ""}`,
        path: o.path,
        ...(at && { place: at }),
      };
    });
    const related = [
      ...chain,
      ...(p.related ?? []).map((r) => {
        const at = r.place ?? placeOf(r.path, r.of);
        return at === undefined ? r : { ...r, place: at };
      }),
      ...usedBy(place, path === undefined ? undefined : map.find(path)?.uses),
    ];
    return {
      ...p,
      ...(place === undefined ? {} : { place }),
      ...(related.length === 0 ? {} : { related }),
    };
  });
  return inFileOrder(placed);
}

/** Problems in the order of the files, those without a place first. */
export function inFileOrder(problems: readonly Problem[]): Problem[] {
  const files = [undefined, ...new Set(problems.flatMap((p) => p.place?.file ?? []))];
  const key = ({ place }: Problem) => [files.indexOf(place?.file), place?.line ?? 0, place?.column ?? 0] as const;
  return problems
    .map((p) => ({ p, at: key(p) }))
    .sort(({ at: a }, { at: b }) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2])
    .map(({ p }) => p);
}

/** The chain of nodes that brought a place's file into the graph; nothing where the place is in the graph's own file. */
export function usedBy(place: Place | undefined, uses: readonly Use[] = []): NonNullable<Problem["related"]> {
  const from = uses.findIndex(({ file }) => file === place?.file);
  return from === -1 ? [] : uses.slice(from).map((use) => ({ message: `used by \`${use.node}\``, place: use.place }));
}
