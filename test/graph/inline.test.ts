/** Laws of sub-graphs: in which order they are written out makes no difference, and neither does that they are graphs. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/graph/digest.js";
import { inlineNode, movedPath } from "../../src/graph/inline.js";
import type { Graph, GraphNode } from "../../src/graph/ir.js";
import { effectivePort } from "../../src/graph/relay.js";
import { parseGraphFile } from "../../src/graphfile/load.js";
import { printGraph } from "../../src/graphfile/print.js";
import { prepared, run } from "../support/graphs.js";
import { deepFreeze } from "../support/random-graphs.js";
import { treeParts, trees, writtenFlat, writtenOut } from "../support/trees.js";

/** From the outside in, always the first. */
const first = () => 0;
const seeded = (numbers: readonly number[]) => {
  let i = 0;
  return (below: number) => numbers[i++ % numbers.length]! % below;
};

describe("writing out a tree of sub-graphs", () => {
  it("gives one digest in any order", () => {
    fc.assert(
      fc.property(trees(true), fc.array(fc.nat(1000), { minLength: 5, maxLength: 40 }), (tree, numbers) => {
        const one = writtenOut(tree, first);
        const other = writtenOut(tree, seeded(numbers));
        expect(Object.keys(other.nodes)).toEqual(Object.keys(one.nodes));
        expect(digestOf(other)).toBe(digestOf(one));
      }),
      { numRuns: 200 },
    );
  });

  it("gives one run digest in any order", async () => {
    await fc.assert(
      fc.asyncProperty(trees(true), fc.array(fc.nat(1000), { minLength: 5, maxLength: 40 }), async (tree, numbers) => {
        const setup = { components: treeParts, for_ms: 100 };
        const one = await run(writtenOut(tree, first), setup);
        const other = await run(writtenOut(tree, seeded(numbers)), setup);
        expect(other.result.digest).toBe(one.result.digest);
      }),
      { numRuns: 20 },
    );
  });

  it("says in every port what the same graph says when it is written flat by hand", async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(trees(false), async (tree) => {
        const setup = { components: treeParts, for_ms: 200 };
        const { result: nested } = await run(writtenOut(tree, first), setup);
        const { result: flat } = await run(writtenFlat(tree), setup);
        for (const [port, digest] of Object.entries(flat.ports))
          expect([port, nested.ports[port]]).toEqual([port, digest]);
        compared += Object.keys(flat.ports).length;
      }),
      { numRuns: 40 },
    );
    expect(compared).toBeGreaterThan(200);
  });

  it("prints to a file that reads back as the same graph", () => {
    fc.assert(
      fc.property(trees(true), (tree) => {
        const graph = writtenOut(tree, first);
        const { graph: back, problems } = parseGraphFile(printGraph(graph, { applied: true }), "tree.graph.yaml");
        expect(problems).toEqual([]);
        expect(digestOf({ ...back!, params: graph.params })).toBe(digestOf(graph));
      }),
      { numRuns: 50 },
    );
  });
});

const Scalar = { number: { type: "number" } } as const;
const empty: Graph = {
  limbeck: 1,
  name: "x",
  seed: 0,
  params: {},
  messages: Scalar,
  streams: { in: {}, out: {} },
  world: {},
  nodes: {},
  rewrites: [],
};
const leg: Graph = {
  ...empty,
  params: { kp: { type: "number", default: 3 } },
  streams: {
    in: { target: { message: "number", initial: 1 } },
    out: { torque: { message: "number", from: "pd.value", contract: { rate: "100hz", range: [-1, 1] } } },
  },
  nodes: { pd: { component: "test/pass", in: { value: { from: "target" } }, params: {}, tags: ["inner"] } },
};
const node: GraphNode = { component: "./leg.graph.yaml", in: { target: { from: "x" } }, params: { kp: 3 } };
const around = (more: Partial<GraphNode>): Graph => ({
  ...empty,
  streams: {
    in: { x: { message: "number", live: "udp://0.0.0.0:1" } },
    out: { y: { message: "number", from: "leg.torque" } },
  },
  nodes: { leg: { ...node, ...more } },
  rewrites: [{ rule: "record", options: { as: "a", inputs: ["x"], outputs: ["leg.torque", "leg.torqe", "leg"] } }],
  evaluate: { metrics: { m: { rmse: ["leg.torque:a.b", "x"] } }, starts: {} },
});

describe("inlineNode", () => {
  it("rewires whoever names a port, and nothing else", () => {
    const graph = deepFreeze(around({}));
    const flat = inlineNode(graph, "leg", deepFreeze(leg));
    expect(flat.streams.out.y!.from).toBe("leg/torque.out");
    expect(flat.rewrites[0]!.options.outputs).toEqual(["leg/torque.out", "leg.torqe", "leg"]);
    expect(flat.evaluate!.metrics.m!.rmse).toEqual(["leg/torque.out:a.b", "x"]);
    expect(flat.nodes["leg/pd"]!.in.value).toEqual({ from: "leg/target.out" });
    expect(flat.nodes["leg/torque"]).toEqual({
      component: "graph/port",
      in: { in: { from: "leg/pd.value" } },
      params: { type: { type: "number" }, rate: "100hz", range: [-1, 1] },
    });
  });

  it("keeps what params were bound to under the name that the outside sets them by", () => {
    expect(inlineNode(around({}), "leg", leg).params).toEqual({ "leg.kp": { type: "number", default: 3 } });
  });

  it("hands tags on, and holds values at the ports: the outer ones before the inner ones", () => {
    const flat = inlineNode(around({ tags: ["outer"], initial: { torque: 5 } }), "leg", leg);
    expect(flat.nodes["leg/pd"]!.tags).toEqual(["outer", "inner"]);
    expect(flat.nodes["leg/torque"]!.initial).toEqual({ out: 5 });
    expect(flat.nodes["leg/target"]!.initial).toEqual({ out: 1 });
    const late = inlineNode(around({ in: { target: { from: "x", delay: "10ms", initial: 2 } } }), "leg", leg);
    expect(late.nodes["leg/target"]!.initial).toEqual({ out: 2 });
  });

  it("moves the origin of what the inner graph's rewrites inserted", () => {
    const origin = { rule: "record", path: "/rewrites/0" };
    const recorder: GraphNode = {
      component: "record/recorder",
      in: { target: { from: "target", origin } },
      params: {},
      origin,
    };
    const flat = inlineNode(around({}), "leg", { ...leg, nodes: { ...leg.nodes, "record#a": recorder } });
    const moved = { rule: "record", path: "/nodes/leg/rewrites/0" };
    expect(flat.nodes["leg/record#a"]).toMatchObject({
      origin: moved,
      in: { target: { from: "leg/target.out", origin: moved } },
    });
    expect(movedPath(moved.path, "/nodes/robot")).toBe("/nodes/robot~1leg/rewrites/0");
  });
});

it("a port keeps its authored name", () => {
  const ids = new Set(["leg/torque", "robot/leg/torque", "arm"]);
  const has = (id: string) => ids.has(id);
  expect(effectivePort("leg.torque", has)).toBe("leg/torque.out");
  expect(effectivePort("leg.torque:x[0]", has)).toBe("leg/torque.out:x[0]");
  expect(effectivePort("robot/leg.torque", has)).toBe("robot/leg/torque.out");
  expect(effectivePort("arm.tip", has)).toBe("arm.tip");
  expect(effectivePort("leg/torque.out", has)).toBe("leg/torque.out");
  expect(effectivePort("torque", has)).toBe("torque");
});

describe("how the outside reads a sub-graph's input is how its nodes read it", () => {
  const text = (options: string, inner = "") => `
streams: {in: {x: {message: Scalar, simulate: s.value}}, out: {y: {message: number, from: c.value}}}
messages: {Scalar: number}
world: {s: {component: test/script, params: {items: [[0, value, 1], [10, value, 2]]}}}
nodes:
  leg/x: {component: graph/port, in: {in: {from: x${options}}}, params: {type: {type: number}}}
  c: {component: test/pass, on: 10ms, in: {value: {from: leg/x.out${inner}}}}
`;
  const typedOf = async (options: string, inner = "") => {
    const { typed } = await prepared(text(options, inner), { components: treeParts });
    return { relay: typed.byId.get("leg/x")!.inputs[0]!, reader: typed.byId.get("c")!.inputs[0]! };
  };

  it("takes the lesser age", async () => {
    expect((await typedOf(", max_age: 5ms")).reader.max_age_ns).toBe(5e6);
    expect((await typedOf(", max_age: 5ms", ", max_age: 3ms")).reader.max_age_ns).toBe(3e6);
    expect((await typedOf(", max_age: 5ms", ", max_age: 8ms")).reader.max_age_ns).toBe(5e6);
    expect((await typedOf(", max_age: 5ms")).relay.max_age_ns).toBeUndefined();
  });

  it("is missing as the inside says, else as the outside does", async () => {
    expect((await typedOf(", missing: fault")).reader.missing).toBe("fault");
    expect((await typedOf(", missing: fault", ", missing: skip")).reader.missing).toBe("skip");
    expect((await typedOf(", missing: fault")).relay.missing).toBe("skip");
  });

  it("goes silent at the reader once the value is too old", async () => {
    const { at } = await run(text(", max_age: 15ms"), { components: treeParts, for_ms: 60 });
    expect(at("c.value").map(([ms]) => ms)).toEqual([0, 10, 20]);
    expect(at("leg/x.out")).toEqual([
      [0, 0, 1],
      [10, 0, 2],
    ]);
  });
});

it("an input with a value of its own may be left open", async () => {
  const { at } = await run(
    `
nodes:
  leg/x: {component: graph/port, params: {type: {type: number}}, initial: {out: 4}}
  c: {component: test/pass, on: 10ms, in: {value: leg/x.out}}
`,
    { components: treeParts, for_ms: 20 },
  );
  expect(at("c.value")).toEqual([
    [0, 0, 4],
    [10, 0, 4],
  ]);
});
