/** The static order on random graphs, against what it promises, and the wiring's other semantics. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { check } from "../../src/graph/check.js";
import { MAX_VERTICES } from "../../src/graph/checks/ids.js";
import type { Graph, GraphNode } from "../../src/graph/ir.js";
import { testCatalogue } from "../support/catalogue.js";

const graphOf = (nodes: { [id: string]: GraphNode }): Graph => ({
  limbeck: 1,
  name: "random",
  seed: 0,
  params: {},
  messages: {},
  streams: { in: {}, out: {} },
  world: {},
  nodes,
  rewrites: [],
});

/** Node i reads some node, forward or back; a delayed edge does not order. */
const edges = fc.array(fc.record({ from: fc.nat({ max: 19 }), delayed: fc.boolean() }), {
  minLength: 20,
  maxLength: 20,
});

function build(list: readonly { from: number; delayed: boolean }[]): Graph {
  const nodes = list.map(({ from, delayed }, i): [string, GraphNode] => [
    `n${i}`,
    {
      component: "test/scalar",
      in: { value: { from: `n${from}.value`, ...(delayed ? { delay: "1ms", initial: 0 } : {}) } },
      params: {},
    },
  ]);
  return graphOf(Object.fromEntries(nodes));
}

test("rank follows every edge that orders, ties go by declaration, and a cycle is told exactly when there is one", () => {
  fc.assert(
    fc.property(edges, (list) => {
      const { typed, problems } = check(build(list), testCatalogue);
      const reaches = (start: number): boolean => {
        const seen = new Set<number>();
        for (let at = start; !list[at]!.delayed; ) {
          at = list[at]!.from;
          if (at === start) return true;
          if (seen.has(at)) return false;
          seen.add(at);
        }
        return false;
      };
      const cyclic = list.some((_, i) => reaches(i));
      expect(problems.some((p) => p.code === "L0211")).toBe(cyclic);
      if (cyclic) return;
      const rank = new Map(typed!.vertices.map((v) => [v.id, v.rank]));
      const done = new Set<string>();
      for (const v of typed!.vertices) {
        const ready = list.flatMap(({ from, delayed }, i) =>
          !done.has(`n${i}`) && (delayed || done.has(`n${from}`)) ? [i] : [],
        );
        expect(v.id).toBe(`n${Math.min(...ready)}`);
        expect(rank.get(v.id)).toBe(done.size);
        done.add(v.id);
      }
    }),
  );
});

test("a cycle that is told is one: each port leads to the next", () => {
  const list = [3, 0, 1, 2, 3].map((from) => ({ from, delayed: false }));
  const [problem, ...others] = check(
    build([...list, ...Array.from({ length: 15 }, () => ({ from: 0, delayed: true }))]),
    testCatalogue,
  ).problems.filter((p) => p.severity === "error");
  expect(others).toEqual([]);
  expect(problem!.message).toContain("n0.value → n1.value → n2.value → n3.value → n0.value");
});

const chain = (n: number): Graph =>
  graphOf(
    Object.fromEntries(
      Array.from({ length: n }, (_, i) => [
        `n${i}`,
        i === 0
          ? { component: "test/clocked", in: {}, params: {} }
          : { component: "test/scalar", in: { value: { from: `n${i - 1}.value` } }, params: {} },
      ]),
    ),
  );

test("ten thousand nodes are checked; one more is refused", () => {
  expect(check(chain(MAX_VERTICES), testCatalogue).typed!.vertices).toHaveLength(MAX_VERTICES);
  expect(check(chain(MAX_VERTICES + 1), testCatalogue).problems.map((p) => p.code)).toEqual(["L0230"]);
});

test("a chain declared backwards, and one long cycle, need no deep stack", () => {
  const { nodes } = chain(MAX_VERTICES);
  const backwards = Object.fromEntries(Object.entries(nodes).reverse());
  expect(check(graphOf(backwards), testCatalogue).typed!.vertices[0]!.id).toBe("n0");
  const last = { from: `n${MAX_VERTICES - 1}.value` };
  const ring = { ...nodes, n0: { component: "test/scalar", in: { value: last }, params: {} } };
  const { problems } = check(graphOf(ring), testCatalogue);
  // and none of it has an effect
  expect(problems.map((p) => p.code)).toEqual(["L0211", "L0256"]);
  expect(problems[0]!.message).toContain("(9901 more)");
});
