/**
 * The static topological order, and the cycles that forbid one.
 *
 * Delayed and boundary edges do not order. Kahn's algorithm with a heap on the declaration index, so ties go by
 * declaration; Tarjan's strongly connected components where something is left over (R. E. Tarjan, SIAM J. Comput. 1(2), 1972).
 */
import { type Draft, type DraftInput, type DraftVertex, report } from "../draft.js";
import { formatRef } from "../ref.js";

/** Ports of a cycle that are printed; places that are shown. */
const MAX_SHOWN = 100;
const MAX_RELATED = 8;

export function checkOrder(draft: Draft): void {
  const waits = draft.vertices.map((v) => v.inputs.filter(orders).length);
  const ready = new Heap();
  for (const [i, n] of waits.entries()) if (n === 0) ready.push(i);
  const order: DraftVertex[] = [];
  for (let i = ready.pop(); i !== undefined; i = ready.pop()) {
    const vertex = draft.vertices[i]!;
    order.push(vertex);
    for (const edge of vertex.readers)
      if (orders(edge) && --waits[edge.vertex.index]! === 0) ready.push(edge.vertex.index);
  }
  if (order.length < draft.vertices.length) {
    const rest = draft.vertices.filter((v) => waits[v.index]! > 0);
    for (const component of cyclicComponents(rest)) reportCycle(draft, component);
    order.push(...rest);
  }
  draft.order = order;
}

/** The reader fires after what it reads. */
export const orders = (edge: DraftInput): boolean =>
  edge.from !== undefined && !edge.boundary && edge.input?.delay === undefined;

function reportCycle(draft: Draft, component: ReadonlySet<DraftVertex>): void {
  const start = [...component].sort((a, b) => a.index - b.index)[0]!;
  const edges = shortestCycle(start, component);
  const ports = edges.flatMap(({ from, vertex, port }) => [
    formatRef(from!.vertex.id, from!.vertex.stream === undefined ? from!.port : undefined),
    vertex.stream === undefined ? formatRef(vertex.id, port) : vertex.id,
  ]);
  const path = edges.length === 1 ? ports : ports.filter((name, i) => name !== ports[i - 1]);
  const left = path.length - MAX_SHOWN;
  const half = MAX_SHOWN / 2;
  const cycle = left <= 0 ? path : [...path.slice(0, half), `(${left} more)`, ...path.slice(-half)];
  const related = edges.slice(1, MAX_RELATED + 1).map((e) => ({ message: "and here", path: e.refPath }));
  report(draft, "L0211", { cycle }, edges[0]!, edges[0]!.refPath, { related });
}

/** Breadth first from `start` back to it; its edges in the direction in which values flow. */
function shortestCycle(start: DraftVertex, component: ReadonlySet<DraftVertex>): DraftInput[] {
  const reachedBy = new Map<DraftVertex, DraftInput>();
  const queue = [start];
  for (let i = 0; i < queue.length; i++) {
    for (const edge of queue[i]!.readers) {
      if (!orders(edge) || !component.has(edge.vertex) || reachedBy.has(edge.vertex)) continue;
      reachedBy.set(edge.vertex, edge);
      if (edge.vertex === start) {
        const path: DraftInput[] = [];
        let at = start;
        do {
          const e = reachedBy.get(at)!;
          path.unshift(e);
          at = e.from!.vertex;
        } while (at !== start);
        return path;
      }
      queue.push(edge.vertex);
    }
  }
  throw new Error("a strongly connected component has a cycle through each of its vertices");
}

/** Strongly connected components with a cycle in them, without recursion. */
function cyclicComponents(vertices: readonly DraftVertex[]): Set<DraftVertex>[] {
  const among = new Set(vertices);
  const found = new Map<DraftVertex, number>();
  const low = new Map<DraftVertex, number>();
  const onStack = new Set<DraftVertex>();
  const stack: DraftVertex[] = [];
  const components: Set<DraftVertex>[] = [];
  const open = (v: DraftVertex) => {
    found.set(v, found.size);
    low.set(v, found.size - 1);
    stack.push(v);
    onStack.add(v);
    return { v, next: 0 };
  };
  for (const root of vertices) {
    if (found.has(root)) continue;
    const work = [open(root)];
    while (work.length > 0) {
      const frame = work.at(-1)!;
      const edge = frame.v.readers[frame.next++];
      if (edge !== undefined) {
        const to = edge.vertex;
        if (!orders(edge) || !among.has(to)) continue;
        if (!found.has(to)) work.push(open(to));
        else if (onStack.has(to)) low.set(frame.v, Math.min(low.get(frame.v)!, found.get(to)!));
        continue;
      }
      work.pop();
      const parent = work.at(-1);
      if (parent !== undefined) low.set(parent.v, Math.min(low.get(parent.v)!, low.get(frame.v)!));
      if (low.get(frame.v) !== found.get(frame.v)) continue;
      const component = new Set<DraftVertex>();
      let v: DraftVertex;
      do {
        v = stack.pop()!;
        onStack.delete(v);
        component.add(v);
      } while (v !== frame.v);
      if (component.size > 1 || frame.v.readers.some((e) => orders(e) && e.vertex === frame.v))
        components.push(component);
    }
  }
  return components.sort((a, b) => Math.min(...[...a].map((v) => v.index)) - Math.min(...[...b].map((v) => v.index)));
}

/** A binary heap of numbers, least first. */
class Heap {
  readonly #items: number[] = [];

  push(item: number): void {
    const items = this.#items;
    let at = items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (items[parent]! <= item) break;
      items[at] = items[parent]!;
      at = parent;
    }
    items[at] = item;
  }

  pop(): number | undefined {
    const items = this.#items;
    const least = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return least;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && items[child + 1]! < items[child]!) child++;
      if (items[child]! >= last) break;
      items[at] = items[child]!;
      at = child;
    }
    items[at] = last;
    return least;
  }
}
