/** A net that was made elsewhere, wrapped as a tensor component: it runs, keeps its state, and lowers. */
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { graphBuilder } from "../../src/onnx/builder.js";
import { encode } from "../../src/onnx/codec/index.js";
import { op, slice, squeeze, unsqueeze } from "../../src/onnx/functions.js";
import { onnxFunction } from "../../src/onnx/onnx-function.js";
import { tensor } from "../../src/onnx/tensor.js";
import { loadGraph } from "../../src/project/load.js";
import { lower, verifyPolicy } from "../../src/project/lower.js";

const root = realpathSync(mkdtempSync(join(tmpdir(), "limbeck-function-")));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A GRU of explicit state, as PyTorch exports one: x [N, 2], h [N, 8] → y [N, 1], h_next [N, 8]. */
function gru(): Uint8Array {
  const g = graphBuilder("gru");
  const x = g.input("x", "float32", ["N", 2]);
  const h = g.input("h", "float32", ["N", 8]);
  const weights = (name: string, dims: number[]) => {
    const size = dims.reduce((a, b) => a * b, 1);
    return g.initializer(
      name,
      tensor(
        "float32",
        dims,
        Float32Array.from({ length: size }, (_, i) => Math.sin(i + 1) / 2),
      ),
    );
  };
  const all = op(
    "GRU",
    [unsqueeze(x, [0]), weights("w", [1, 24, 2]), weights("r", [1, 24, 8]), undefined, undefined, unsqueeze(h, [0])],
    {
      hidden_size: 8,
    },
  );
  const next = squeeze(squeeze(all, [1]), [0]);
  g.output("h_next", next);
  g.output("y", slice(next, [0], [1], [1]));
  return encode(g.model());
}
writeFileSync(join(root, "package.json"), "{}");
writeFileSync(join(root, "gru.onnx"), gru());
// the component is the one of the docs
const page = readFileSync(join(import.meta.dirname, "../../docs/reference/tensor-components.md"), "utf8");
const [component] = page.split("```ts\n").filter((block) => block.includes("onnxFunction("));
writeFileSync(join(root, "gru.ts"), component!.split("```")[0]!);
writeFileSync(
  join(root, "wave.ts"),
  `import { step, tensor } from "limbeck";
export default step({
  doc: "Two waves.",
  inputs: {},
  outputs: { value: tensor([2], { dtype: "float32" }) },
  step: (_, __, { time }) => ({ outputs: { value: Float32Array.of(Math.sin(3 * time), Math.cos(time)) } }),
});
`,
);
writeFileSync(
  join(root, "net.graph.yaml"),
  `limbeck: 1
name: net
messages: {Pair: {tensor: [2], dtype: float32}, One: {tensor: [1], dtype: float32}}
streams:
  in: {x: {message: Pair, simulate: wave.value, contract: {rate: 100hz}}}
  out: {y: {message: One, from: net.y, initial: [0]}}
world: {wave: {component: ./wave.ts, on: 100hz}}
nodes:
  net: {component: ./gru.ts, on: 100hz, in: [x]}
`,
);

test("a GRU of explicit state runs in a graph, and lowers to what it says there", async () => {
  const loaded = await loadGraph(join(root, "net.graph.yaml"), { trace: true });
  expect(loaded.problems.filter(({ severity }) => severity === "error")).toEqual([]);
  const home = join(root, ".limbeck");
  const { onnx, facts } = await lower(loaded, { home, spec: { all: true } });
  expect(facts.state.map(({ name }) => name)).toContain("net.h");
  const job = { home, signal: new AbortController().signal, onProgress: () => {}, now: () => 0 };
  const { ports, holds } = await verifyPolicy(loaded, { ...job, policy: { name: "net", onnx }, for_ns: 1e9 });
  expect(holds).toBe(true);
  expect(ports[0]).toMatchObject({ port: "y", promise: "within 1e-4" });
  expect(ports[0]!.messages).toBeGreaterThan(90);
});

test("an input that is not given, or of another dtype, is named", () => {
  const net = onnxFunction(gru());
  const g = graphBuilder("own");
  const x = g.input("x", "float32", [1, 2]);
  expect(() => net({ x })).toThrow(/L0811.*`h`/);
  expect(() => net({ x, h: g.input("h", "float64", [1, 3]) })).toThrow(/L0811.*float64/);
});
