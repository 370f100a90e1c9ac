/**
 * The layers. A folder under src imports only folders named before it in this list; src/limbeck.ts, the composition
 * root, imports all of them, and only the command line imports it. What computes purely has no way out of the process.
 */
const layers = [
  "problem",
  "message",
  "onnx",
  "graph",
  "graphfile",
  "component",
  "rewrite",
  "runtime",
  "record",
  "stream",
  "dataset",
  "session",
  "models",
  "lower",
  "train",
  "distill",
  "project",
  "testing",
  "cli",
];

const upward = layers.slice(0, -1).map((layer, i) => ({
  name: `layer-${layer}`,
  severity: "error",
  comment: `${layer} may import only ${layers.slice(0, i).join(", ") || "itself"}`,
  from: { path: `^src/${layer}/` },
  to: { path: `^src/(${layers.slice(i + 1).join("|")})/` },
}));

module.exports = {
  forbidden: [
    ...upward,
    {
      name: "composition-root",
      severity: "error",
      comment: "only the command line and the testing kit import src/limbeck.ts",
      from: { path: "^src/", pathNot: "^src/(cli|testing)/" },
      to: { path: "^src/limbeck\\.ts$" },
    },
    {
      name: "entries-on-top",
      severity: "error",
      comment: "the composition root imports neither the command line nor the testing kit",
      from: { path: "^src/limbeck\\.ts$" },
      to: { path: "^src/(cli|testing)/" },
    },
    {
      name: "entries-apart",
      severity: "error",
      comment: "the command line runs where the testing kit's fast-check is not installed",
      from: { path: "^src/cli/" },
      to: { path: "^src/testing/" },
    },
    {
      name: "peer",
      severity: "error",
      comment: "fast-check is the user's own, and only the testing kit needs it",
      from: { path: "^src/", pathNot: "^src/testing/" },
      to: { path: "node_modules/fast-check/" },
    },
    {
      name: "pure",
      severity: "error",
      comment: "files, network, processes and threads reach these folders as arguments",
      from: {
        path: "^src/(problem|message|onnx|graph|component|rewrite|runtime)/",
        pathNot: "^src/component/load",
      },
      to: { path: "^(node:)?(fs|fs/promises|net|http|https|dgram|child_process|worker_threads)$" },
    },
    { name: "no-cycle", severity: "error", from: {}, to: { circular: true } },
    {
      name: "no-orphan",
      severity: "error",
      comment: "a module that nobody imports is dead",
      from: { orphan: true, path: "^src/" },
      to: {},
    },
    { name: "resolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
    {
      name: "declared",
      severity: "error",
      comment: "src uses only what package.json declares as a dependency",
      from: { path: "^src/" },
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown", "npm-dev"], dependencyTypesNot: ["type-only", "npm-peer"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default", "types"] },
  },
};
