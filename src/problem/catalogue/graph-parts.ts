/** L02: the parts of a graph and their names: ids, components, rules, metrics, sizes. */
import { didYouMean, error } from "../entry.js";
import { meantOr } from "./words.js";

export const graphParts = {
  L0201: error<{ id: string; first: string; second: string }>(
    1,
    "id given twice",
    (a) => ({ message: `\`${a.id}\` is ${a.second}, and ${a.first} has the same id`, help: "Rename one of the two." }),
    `Ids are unique across streams, world and nodes, so that a reference such as \`arm\` or \`arm.tip\` can mean one thing only.

\`\`\`yaml
streams: {in: {arm: {message: Vector2, simulate: arm.tip}}}   # fails
world: {arm: {component: sim/two-link-arm}}
\`\`\`
\`\`\`yaml
streams: {in: {tip: {message: Vector2, simulate: arm.tip}}}   # mended
world: {arm: {component: sim/two-link-arm}}
\`\`\``,
  ),
  L0202: error<{ component: string; nearest?: string | undefined }>(
    1,
    "unknown component",
    (a) => ({
      message: `there is no component \`${a.component}\``,
      help:
        didYouMean(a.nearest) ||
        "Name a library component (`control/pd`), a file (`./controller.ts`) or a model (`model:reach@champion`).",
    }),
    `\`component:\` takes a name from the standard library, a path that begins with \`./\` or \`../\` and is relative to the graph file, or a model of the model store.

\`\`\`yaml
controller: {component: control/dp}   # fails
controller: {component: control/pd}   # mended
\`\`\``,
  ),
  L0222: error<{ rule: string; nearest?: string | undefined; known: readonly string[] }>(
    1,
    "unknown rule of rewriting",
    (a) => ({
      message: `there is no rule \`${a.rule}\``,
      help: meantOr(a.nearest, a.known, "The rules are", "No rules are known."),
    }),
    `Each entry of \`rewrites:\` names one rule and its options.

\`\`\`yaml
rewrites: [{recrod: {as: reach, inputs: [joints], outputs: [controller.torque]}}]   # fails
rewrites: [{record: {as: reach, inputs: [joints], outputs: [controller.torque]}}]   # mended
\`\`\``,
  ),
  L0223: error<{ metric: string; nearest?: string | undefined; known: readonly string[] }>(
    1,
    "unknown metric",
    (a) => ({
      message: `there is no metric \`${a.metric}\``,
      help: meantOr(a.nearest, a.known, "The metrics are", "No metrics are known."),
    }),
    `\`evaluate.metrics\` gives each measure a name of yours, a metric, and the ports that it compares.

\`\`\`yaml
metrics: {tracking: {rsme: [arm.tip, target]}}   # fails
metrics: {tracking: {rmse: [arm.tip, target]}}   # mended
\`\`\``,
  ),
  L0224: error<{ param: string; nearest?: string | undefined; known: readonly string[] }>(
    1,
    "start of an unknown param",
    (a) => ({
      message: `\`${a.param}\` is no param of the graph or of a node`,
      help: meantOr(a.nearest, a.known, "There are", "Write `node.param`, or the name of a graph param."),
    }),
    `A start sets params: \`node.param\` for one of a node's own, or the name of a param of the graph.

\`\`\`yaml
starts: {training: {arm.q: {uniform: [[-1, -1], [1, 1]]}}}    # fails
starts: {training: {arm.q0: {uniform: [[-1, -1], [1, 1]]}}}   # mended
\`\`\``,
  ),
  L0225: error<{ node: string; component: string }>(
    1,
    "source outside of the world",
    (a) => ({
      message: `\`${a.node}\` is a source (\`${a.component}\`), and sources stand in \`world\``,
      help: "Move it under `world`, and bring its ports in through in-streams.",
    }),
    `A source plays back a file, which lies outside the running system as much as the robot does: live, an in-stream with a real address takes its place.

\`\`\`yaml
nodes: {log: {component: source/csv, params: {path: log.csv}}}   # fails
world: {log: {component: source/csv, params: {path: log.csv}}}   # mended
\`\`\``,
  ),
  L0230: error<{ count: number; limit: number }>(
    1,
    "too many nodes",
    (a) => ({
      message: `the graph has ${a.count} streams and nodes; ${a.limit} are the limit`,
      help: "Put repeated parts into graph files of their own and use them as components.",
    }),
    "Graphs are bounded so that checking, printing and planning them takes a bounded time.",
  ),
  L0232: error<{ count: number; limit: number }>(
    1,
    "too many parts to draw",
    (a) => ({
      message: `the graph has ${a.count} streams and nodes; pictures are laid out up to ${a.limit}`,
      help: "`--format json`, `dot` and `mermaid` have no such limit.",
    }),
    "Laying out a picture costs more than linear time in the number of its parts, and nobody reads a picture of thousands. Draw the graph files that a large graph is made of one by one, or take the data (`--format json`) to a tool of your own.",
  ),
} as const;
