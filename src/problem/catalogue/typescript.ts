/** Problems of graph files in TypeScript: what YAML cannot get wrong. L0150 to L0159. */
import { didYouMean, error } from "../entry.js";

export const typescript = {
  L0150: error<{ file: string; reason: string }>(
    3,
    "graph file does not load",
    (a) => `${a.file} does not load: ${a.reason}`,
    `A \`*.graph.ts\` is a TypeScript module that is run to get its graph. It may import components and helpers beside it, and \`limbeck\`. The reason is the module's own: a syntax error, an import that is not there, or what its code threw.

\`\`\`ts
import { graph } from "limbeck";
export default graph("hello", (g) => {
  g.node("wave", "source/chirp", { on: "100hz" });
});
\`\`\``,
  ),
  L0151: error<{ file: string }>(
    3,
    "file exports no graph",
    (a) => ({
      message: `${a.file} has no graph as its default export`,
      help: 'End it with `export default graph("name", (g) => { … })`, from `import { graph } from "limbeck"`.',
    }),
    `One file, one graph: the default export is what commands and \`component: ./file.graph.ts\` mean. A component (\`step({…})\`) stands in a file of its own, and a graph names it.

\`\`\`ts
const reach = graph("reach", (g) => { … });           // fails: nothing is exported
export default graph("reach", (g) => { … });          // mended
\`\`\``,
  ),
  L0153: error<{ name: string }>(
    3,
    "two message types of one name",
    (a) => ({
      message: `two different message types are named \`${a.name}\``,
      help: "Rename one of them, or use one for both.",
    }),
    `Within a graph a message type is known by its name alone, so two types cannot share one. Types that two files declare alike are one type.

\`\`\`ts
g.in("left", message("Force", tensor([2])));
g.in("right", message("Force", tensor([3])));     // fails
g.in("right", message("Force3", tensor([3])));    // mended
\`\`\``,
  ),
  L0154: error<{ what: string; name: string }>(
    3,
    "part of another graph",
    (a) => ({
      message: `${a.what} \`${a.name}\` belongs to another graph`,
      help: "Use the ports and params of this graph; a whole graph is used as a component: `g.node(id, g.file(path, graph))`.",
    }),
    `A port or a param means something only within the graph whose builder made it. Graphs are joined by using one as a component of the other, whose streams are then ports.

\`\`\`ts
const leg = graph("leg", (g) => { const angle = g.in("angle", Scalar); return { angle }; });
export default graph("robot", (g) => {
  const angle = g.in("angle", Scalar);
  g.node("left", g.file("./leg.graph.ts", leg), { in: { angle } });   // its ports are its streams
});
\`\`\``,
  ),
  L0155: error<{ what: string }>(
    3,
    "value that no graph file can hold",
    (a) => ({
      message: `a graph cannot hold ${a.what}`,
      help: "Write a number, a text, a boolean, a list or an object of these; ports, params and nodes where they are meant.",
    }),
    `A graph in TypeScript is the same data as one in YAML: what it says must be JSON, so that it can be digested, printed and compared. Functions belong into component files, and numbers must be finite.

\`\`\`ts
g.node("limit", "filter/saturation", { in: { value }, params: { high: Infinity } });   // fails
g.node("limit", "filter/saturation", { in: { value }, params: { high: 1e9 } });        // mended
\`\`\``,
  ),
  L0156: error<Record<never, never>>(
    3,
    "port that was never told",
    () => ({
      message: "`g.later(…)` stands for a port, and nothing says for which",
      help: "Say it once the port is there: `pose.is(fuse.pose)`.",
    }),
    `\`g.later(type)\` names a port before it is there, which closes a loop; \`.is(port)\` says which port was meant.

\`\`\`ts
const estimate = g.later(Pose2);
const predict = g.node("predict", g.file("./predict.ts", predict), { in: { last: { from: estimate, delay: "10ms", initial: rest } } });
const correct = g.node("correct", g.file("./correct.ts", correct), { in: { guess: predict.pose } });
estimate.is(correct.pose);
\`\`\``,
  ),
  L0157: error<Record<never, never>>(
    3,
    "graph that is built later",
    () => ({
      message: "the graph's function is async, and a graph is built at once",
      help: "Load what it needs before: `const gains = await load(); export default graph(name, (g) => { … });`.",
    }),
    `Modules may await at their top; the function of \`graph(…)\` only says what there is.

\`\`\`ts
export default graph("reach", async (g) => { const gains = await load(); … });   // fails

const gains = await load();                                                      // mended
export default graph("reach", (g) => { … });
\`\`\``,
  ),
  L0158: error<{ name: string; nearest?: string | undefined }>(
    3,
    "no stream of that name",
    (a) => ({
      message: `the graph's function gives back \`${a.name}\`, and that is not the stream of this name`,
      help: didYouMean(a.nearest) || "Give back streams under their own names: `return { joints, torque };`.",
    }),
    `What the function of \`graph(…)\` gives back tells TypeScript which ports the graph has when another graph uses it: streams, each under its own id.

\`\`\`ts
const joints = g.in("joints", JointState2);
return { angles: joints };   // fails
return { joints };           // mended
\`\`\``,
  ),
  L0159: error<{ file: string; root?: string | undefined }>(
    1,
    "graph file that is not loaded",
    (a) =>
      a.root === undefined
        ? {
            message: `${a.file} is code, and --no-code was given`,
            help: "Leave --no-code out to run it, or print it as YAML first: `limbeck rewrite FILE --as-written --format yaml`.",
          }
        : {
            message: `${a.file} lies outside of ${a.root}`,
            help: "Graph files in TypeScript are code: keep them inside the project, the nearest folder with a package.json or .git.",
          },
    `A \`*.graph.ts\` is run with your rights to get its graph, as component files are. It is loaded only from the project's own folder, and not at all under \`--no-code\`; YAML graphs are data and can always be read.

\`\`\`ts
// limbeck check arm.graph.ts --no-code      refused: arm.graph.ts would have to run
// limbeck check arm.graph.yaml --no-code    read as data
\`\`\``,
  ),
} as const;
