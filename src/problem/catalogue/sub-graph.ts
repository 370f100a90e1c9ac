/** L014: graph files as components of other graph files. */
import { error } from "../entry.js";

const chainOf = (chain: readonly string[]) => chain.map((file) => `\`${file}\``).join(" uses ");

/** Why a node that is a graph cannot have a key, and where what is meant can be said. */
const OUTSIDE: { readonly [key: string]: readonly [why: string, instead: string] } = {
  on: ["its nodes fire by their own triggers", "Write `on:` at the nodes inside"],
  latency: ["each of its nodes takes its own time", "Write `latency:` at the nodes inside"],
  restart: ["its nodes fault one by one", "Write `restart:` at the nodes inside"],
  safe: ["its nodes fault one by one", "Write `safe:` at the node whose output is held"],
  place: ["its nodes may run in different places", "Write `place:` at the nodes inside"],
  timeout: ["its nodes are watched one by one", "Write `timeout:` at the nodes inside"],
};

export const subGraph = {
  L0140: error<{ node: string; key: string; file: string }>(
    1,
    "key that a sub-graph cannot have",
    (a) => {
      const [why, instead] = OUTSIDE[a.key] ?? ["it is no single node", `Write \`${a.key}:\` at the nodes inside`];
      return {
        message: `\`${a.node}\` is a graph and cannot have \`${a.key}\`: ${why}`,
        help: `${instead} (in ${a.file}); where it differs from use to use, give it as a param.`,
      };
    },
    `A node whose component is a graph file stands for all the nodes in it. It has \`in\`, \`params\`, \`initial\`, \`tags\` and \`doc\`; what belongs to one firing of one node belongs to the nodes inside.

\`\`\`yaml
nodes: {motor: {component: ./motor.graph.yaml, on: 1khz, in: [target]}}                 # fails
nodes: {motor: {component: ./motor.graph.yaml, in: [target], params: {rate: 1khz}}}     # mended

# motor.graph.yaml
params: {rate: {type: string, default: 100hz}}
nodes: {current: {component: control/pid, on: $rate, in: {setpoint: target, measurement: "state:current"}}}
\`\`\``,
  ),
  L0141: error<{ chain: readonly string[] }>(
    1,
    "graph files that use each other",
    (a) => ({
      message: `a graph cannot be a part of itself: ${chainOf(a.chain)}`,
      help: "Take what both need into a third file.",
    }),
    `Graph files may use graph files, but no file may come back to itself, directly or around others: written out, such a graph would have no end.

\`\`\`yaml
# leg.graph.yaml
nodes: {other: {component: ./leg.graph.yaml}}   # fails
\`\`\`

A value that goes round in a loop is another thing: there one input says \`delay: 1period\` and \`initial\`.`,
  ),
  L0142: error<{ limit: number; chain: readonly string[] }>(
    1,
    "sub-graphs nested too deeply",
    (a) => ({
      message: `graph files are nested more than ${a.limit} deep: ${chainOf(a.chain)}`,
      help: "Put some of the levels into one file.",
    }),
    `Sub-graphs may hold sub-graphs, sixteen files deep. No system that people keep in their heads has more levels; a generated chain of files may.

\`\`\`yaml
# level-16.graph.yaml, which level-15.graph.yaml uses, which …
nodes: {next: {component: ./level-17.graph.yaml}}   # fails
\`\`\``,
  ),
  L0143: error<{ count: number; limit: number }>(
    1,
    "too many nodes in sub-graphs",
    (a) => ({
      message: `with its sub-graphs written out the graph has ${a.count} streams and nodes; ${a.limit} are allowed`,
      help: "Use the sub-graphs less often, or make one component of what they do.",
    }),
    `A file that uses another one ten times, which uses a third one ten times, and so on, soon stands for millions of nodes. They are counted before anything is written out.

\`\`\`yaml
nodes:   # each of these files uses the next one ten times
  a: {component: ./ten-thousand-nodes.graph.yaml}
  b: {component: ./ten-thousand-nodes.graph.yaml}   # fails: make one component of what a file's nodes do
\`\`\``,
  ),
  L0144: error<{ id: string; node: string }>(
    1,
    "id that a sub-graph brings along",
    (a) => ({
      message: `\`${a.id}\` is a part of the sub-graph \`${a.node}\`, and there is another part of that id`,
      help: "Rename one of the two.",
    }),
    `Written out, the part \`ik\` of the sub-graph \`leg\` has the id \`leg/ik\`. Such ids stand in graph files that \`limbeck rewrite\` printed; beside a node \`leg\` that is a graph again, they may come twice.

\`\`\`yaml
nodes:
  leg: {component: ./leg.graph.yaml, in: [target]}
  leg/ik: {component: ./ik.ts, in: [target]}   # fails when leg.graph.yaml has a node ik
\`\`\``,
  ),
  L0145: error<{ file: string }>(
    1,
    "graph file where a component belongs",
    (a) => ({
      message: `${a.file} is a graph file, and only a node of a graph file can be one`,
      help: "Write `component:` at a node; in its place a rewrite puts a model or a component file.",
    }),
    `A graph file is the component of a node: \`component: ./leg.graph.yaml\`. A rewrite changes a graph whose sub-graphs are written out already, and puts single components in.

\`\`\`yaml
rewrites: [{substitute: {nodes: [leg/ik], with: ./ik.graph.yaml}}]   # fails
rewrites: [{substitute: {nodes: [leg/ik], with: ./ik.ts}}]           # mended
\`\`\``,
  ),
} as const;
