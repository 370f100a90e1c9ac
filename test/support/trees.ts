/** Random trees of graphs in graphs, and the same systems written flat by hand. */
import fc from "fast-check";
import Type from "typebox";
import { relays } from "../../src/component/relay.js";
import { step } from "../../src/component/step.js";
import { inlineNode } from "../../src/graph/inline.js";
import type { Graph, GraphNode, Input } from "../../src/graph/ir.js";
import { bind } from "../../src/graphfile/params.js";
import type { Components } from "./graphs.js";

/** A node of a tree: a component, or a graph of its own. */
export interface Branch {
  /** Each picks among what lies before it. */
  readonly inputs: readonly [Pick, Pick];
  readonly gain: number;
  readonly clock: boolean;
  readonly tagged: boolean;
  /** Sub-graphs only: a value held at their output, and a delay at their second input. */
  readonly held: boolean;
  readonly late: boolean;
  readonly inner: Tree | undefined;
}
interface Pick {
  readonly pick: number;
  readonly age_ms: number;
  readonly otherwise: boolean;
}
export type Tree = readonly Branch[];

/** Trees of at most three levels under the first. `edges`: with delays and held values, which no flat graph can say. */
export const trees = (edges: boolean): fc.Arbitrary<Tree> => {
  const pick: fc.Arbitrary<Pick> = fc.record({ pick: fc.nat(100), age_ms: fc.nat(40), otherwise: fc.boolean() });
  const flag = edges ? fc.boolean() : fc.constant(false);
  const { tree } = fc.letrec<{ branch: Branch; tree: Tree }>((tie) => ({
    branch: fc.record({
      inputs: fc.tuple(pick, pick),
      gain: fc.integer({ min: -2, max: 2 }),
      clock: fc.boolean(),
      tagged: fc.boolean(),
      held: flag,
      late: flag,
      inner: fc.option(tie("tree"), { nil: undefined, maxDepth: 3, depthIdentifier: "levels" }),
    }),
    tree: fc.array(tie("branch"), { minLength: 1, maxLength: 3, depthIdentifier: "levels" }),
  }));
  return tree;
};

export const treeParts: Components = {
  ...relays,
  "tree/sum": step({
    doc: "A sum with noise and memory.",
    params: Type.Object({ gain: Type.Number() }),
    inputs: { a: Type.Number(), b: Type.Number() },
    outputs: { value: Type.Number() },
    random: true,
    state: () => 0,
    step({ a, b }, last, { params, rng, age }) {
      const value = 0.5 * last + 0.1 * params.gain * (a - b) + rng.normal() + Math.min(1, age("a"));
      return { outputs: { value }, state: value };
    },
  }),
};

const FILE = /^\.\/(.*)\.graph\.yaml$/;

/** What a file would declare: two inputs, one output; the first graph has a world around it. */
const frame = (tree: Tree, top: boolean): Graph => ({
  limbeck: 1,
  name: "tree",
  seed: 5,
  params: { gain: { type: "number", default: 1 } },
  messages: { number: { title: "number", type: "number" } },
  streams: {
    in: top
      ? {
          x: { message: "number", simulate: "w.value", contract: { rate: "100hz", jitter: "3ms", loss: "5%" } },
          y: { message: "number", simulate: "v.value", contract: { rate: "30hz", latency: "4ms" } },
        }
      : { x: { message: "number", kind: "event" }, y: { message: "number", contract: { rate: "30hz" } } },
    out: { value: { message: "number", from: `n${tree.length - 1}.value`, ...(top ? { initial: 0 } : {}) } },
  },
  world: top
    ? {
        w: { component: "tree/sum", in: { a: { from: "value" }, b: { from: "value" } }, params: { gain: 1 } },
        v: { component: "tree/sum", in: { a: { from: "value" }, b: { from: "w.value" } }, params: { gain: 2 } },
      }
    : {},
  nodes: {},
  rewrites: [],
});

const leaf = ({ clock, tagged }: Branch, gain: number | string, input: GraphNode["in"]): GraphNode => ({
  component: "tree/sum",
  on: clock ? { clock: "100hz" } : { each: ["a"] },
  in: input,
  params: { gain },
  ...(tagged ? { tags: ["leaf"] } : {}),
});

function read({ pick, age_ms, otherwise }: Pick, before: readonly string[]): Input {
  const age = age_ms < 15 ? {} : { max_age: `${age_ms}ms` };
  return { from: before[pick % before.length]!, ...age, ...(otherwise ? { missing: { default: 0.5 } } : {}) };
}

/** One level of a tree as its file would say it, params not yet bound; sub-graphs are named by where they are. */
export function levelOf(tree: Tree, at: readonly number[] = []): Graph {
  const nodes: { [id: string]: GraphNode } = {};
  const before = ["x", "y"];
  for (const [i, branch] of tree.entries()) {
    const [a, b] = branch.inputs.map((input) => read(input, before)) as [Input, Input];
    const late = branch.late ? { delay: "10ms", initial: 0.25 } : {};
    nodes[`n${i}`] =
      branch.inner === undefined
        ? leaf(branch, "$gain", { a, b })
        : {
            component: `./${[...at, i].join("-")}.graph.yaml`,
            in: { x: a, y: { ...b, ...late } },
            params: { gain: branch.gain },
            ...(branch.tagged ? { tags: ["part", "leaf"] } : {}),
            ...(branch.held ? { initial: { value: 0.75 } } : {}),
          };
    before.push(`n${i}.value`);
  }
  return { ...frame(tree, at.length === 0), nodes };
}

const boundTo = (graph: Graph, node?: GraphNode): Graph => bind(graph, { set: node?.params ?? {} }).graph;

/** Writes a tree out, one sub-graph at a time: `choose` says which is next, and whether it is written out by itself before. */
export function writtenOut(tree: Tree, choose: (below: number) => number): Graph {
  const level = (component: string) => {
    const at = FILE.exec(component)![1]!.split("-").map(Number);
    return levelOf(
      at.reduce((inner, i) => inner[i]!.inner!, tree),
      at,
    );
  };
  const write = (start: Graph): Graph => {
    let graph = start;
    for (;;) {
      const left = Object.entries(graph.nodes).filter(([, { component }]) => FILE.test(component));
      if (left.length === 0) return graph;
      const [id, node] = left[choose(left.length)]!;
      const inner = boundTo(level(node.component), node);
      graph = inlineNode(graph, id, choose(2) === 0 ? inner : write(inner));
    }
  };
  return write(boundTo(levelOf(tree)));
}

/** The same system without sub-graphs, each node reading what it reads in the end. */
export function writtenFlat(tree: Tree): Graph {
  const nodes: { [id: string]: GraphNode } = {};
  type Read = Omit<Input, "max_age"> & { readonly age_ms: number };
  const level = (tree: Tree, prefix: string, gain: number, x: Read, y: Read): string => {
    const before: Read[] = [x, y];
    for (const [i, { inputs, ...branch }] of tree.entries()) {
      const id = `${prefix}n${i}`;
      const [a, b] = inputs.map(({ pick, age_ms, otherwise }): Read => {
        const from = before[pick % before.length]!;
        const own = age_ms < 15 ? Number.POSITIVE_INFINITY : age_ms;
        return { ...from, age_ms: Math.min(from.age_ms, own), ...(otherwise ? { missing: { default: 0.5 } } : {}) };
      }) as [Read, Read];
      const said = ({ age_ms, ...input }: Read): Input => (age_ms < 1e9 ? { ...input, max_age: `${age_ms}ms` } : input);
      let from = `${id}.value`;
      if (branch.inner === undefined) nodes[id] = leaf({ inputs, ...branch }, gain, { a: said(a), b: said(b) });
      else from = level(branch.inner, `${id}/`, branch.gain, a, b);
      before.push({ from, age_ms: Number.POSITIVE_INFINITY });
    }
    return before.at(-1)!.from;
  };
  const open = (from: string): Read => ({ from, age_ms: Number.POSITIVE_INFINITY });
  const from = level(tree, "", 1, open("x"), open("y"));
  const { streams, ...rest } = frame(tree, true);
  return { ...rest, nodes, streams: { ...streams, out: { value: { ...streams.out.value!, from } } } };
}
