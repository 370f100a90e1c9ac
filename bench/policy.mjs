/**
 * A lowered policy, called step by step with its state carried, against a bare `run()` of the same file with the same feeds.
 *
 * The arm's whole controller at batch 1 and 256: what Limbeck puts around ONNX Runtime may cost 15 %.
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import { lower } from "../dist/lower/lower.js";
import { runPolicy } from "../dist/models/policy.js";
import { encode } from "../dist/onnx/codec/index.js";
import { allocate, sizeOf } from "../dist/onnx/tensor.js";
import { checked, loadGraph } from "../dist/project/load.js";

const STEPS = { 1: 4000, 256: 1500 };
const RUNS = 7;

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

export const name = "policy";

export async function run() {
  const loaded = await loadGraph(join(import.meta.dirname, "../graphs/arm-reach.graph.yaml"));
  const { model } = lower(checked(loaded), { all: true }, { component: loaded.component });
  const bytes = encode(model);
  const { InferenceSession, Tensor } = createRequire(import.meta.url)("onnxruntime-node");
  const bare = await InferenceSession.create(bytes, {
    executionProviders: ["cpu"],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: "sequential",
    extra: { session: { intra_op: { allow_spinning: "0" }, inter_op: { allow_spinning: "0" } } },
  });
  const results = [];
  for (const rows of [1, 256]) {
    const zero = ({ dtype, shape }) => {
      const dims = shape.map((d) => (typeof d === "number" ? d : rows));
      return { dtype, dims, data: allocate(dtype, sizeOf(dims)) };
    };
    const all = Object.fromEntries(model.graph.inputs.map((input) => [input.name, zero(input)]));
    const given = Object.fromEntries(
      Object.entries(all).map(([key, { dtype, dims, data }]) => [key, new Tensor(dtype, data, dims)]),
    );
    const policy = await runPolicy(bytes, rows);
    const feeds = Object.fromEntries(policy.inputs.map((key) => [key, all[key]]));
    const steps = STEPS[rows];
    const timed = async (step) => {
      const start = performance.now();
      for (let i = 0; i < steps; i++) await step();
      return ((performance.now() - start) * 1e3) / steps;
    };
    const ours = [];
    const theirs = [];
    for (let i = 0; i <= RUNS; i++) {
      const [a, b] = [await timed(() => policy.step(feeds)), await timed(() => bare.run(given))];
      // the first of each warms up
      if (i > 0) {
        ours.push(a);
        theirs.push(b);
      }
    }
    await policy.close();
    results.push({
      name: `policy/arm-reach-batch-${rows}`,
      unit: "µs/step",
      ours: median(ours),
      peer: median(theirs),
      peer_name: "bare run() of the same file (bar: ratio ≥ 1/1.15 = 0.87)",
      ratio: median(theirs) / median(ours),
      runs: { ours, peer: theirs },
    });
  }
  await bare.release();
  return results;
}

export default run;
