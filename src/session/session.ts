/**
 * A model that runs: ONNX Runtime behind one small interface, in place here, in a worker thread in `worker.ts`.
 *
 * The file is decoded and checked before the runtime sees it; feeds are checked before each run.
 */
import { createRequire } from "node:module";
import type { InferenceSession, Tensor as RuntimeTensor } from "onnxruntime-node";
import { checkModel } from "../onnx/check.js";
import { decode } from "../onnx/codec/index.js";
import type { Tensors } from "../onnx/evaluate.js";
import type { Tensor, ValueInfo } from "../onnx/ir.js";
import { fail, LimbeckError } from "../problem/problem.js";

export interface SessionOptions {
  /** Threads inside one op (default 1: best for policy-sized nets, and the same bits everywhere). */
  readonly threads?: number;
}

export interface Session {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /**
   * Runs the model: a tensor for every input in, a tensor for every output out.
   *
   * Errors: L0811 a feed that is missing, not an input, or of another dtype or shape; L0812 the run itself failed;
   * L0814 the session was closed.
   */
  run(feeds: Tensors): Promise<{ [output: string]: Tensor }>;
  /** Frees the model; later runs fail with L0814. */
  close(): Promise<void>;
}

/** Errors only: what the runtime would print, the thrown error says. */
const LOG_ERRORS_ONLY = 3;

// The package is CommonJS with native code; `require` loads it when the first session is opened, not on import.
const require = createRequire(import.meta.url);
let loaded: typeof import("onnxruntime-node") | undefined;
const runtime = (): typeof import("onnxruntime-node") => (loaded ??= require("onnxruntime-node"));

/** Throws L0811 unless the feeds are what the model's inputs ask for; symbolic sizes must agree among themselves. */
export function checkFeeds(inputs: readonly ValueInfo[], feeds: Tensors): void {
  const sizes = new Map<string, number>();
  for (const { name, dtype, shape } of inputs) {
    const fed = Object.hasOwn(feeds, name) ? feeds[name] : fail("L0811", { input: name, reason: "it is missing" });
    if (dtype !== undefined && fed.dtype !== dtype)
      fail("L0811", { input: name, reason: `it must be ${dtype}, not ${fed.dtype}` });
    if (shape === undefined) continue;
    const fits =
      shape.length === fed.dims.length &&
      shape.every((d, i) => {
        if (typeof d === "number") return d === fed.dims[i];
        if (!sizes.has(d)) sizes.set(d, fed.dims[i]);
        return d === "?" || sizes.get(d) === fed.dims[i];
      });
    if (!fits) fail("L0811", { input: name, reason: `it must be of shape [${shape}], not [${fed.dims}]` });
  }
  for (const name of Object.keys(feeds))
    if (!inputs.some((i) => i.name === name)) fail("L0811", { input: name, reason: "the model has no such input" });
}

/**
 * Opens a model in this thread. A run blocks the thread for its whole length.
 *
 * Errors: those of `decode` and `checkModel`; L0810 when ONNX Runtime refuses the model.
 *
 * @example
 * const session = await openSession(encode(model));
 * const { y } = await session.run({ x: tensor("float32", [1, 2], [0.5, -1]) });
 */
export async function openSession(bytes: Uint8Array, options: SessionOptions = {}): Promise<Session> {
  const model = decode(bytes);
  const problems = checkModel(model, { ops: "any" });
  if (problems.length > 0) throw new LimbeckError(problems);
  const { inputs: all, outputs, initializers } = model.graph;
  const inputs = all.filter((i) => !Object.hasOwn(initializers, i.name));
  const { InferenceSession, Tensor } = runtime();

  let session: InferenceSession | undefined;
  try {
    session = await InferenceSession.create(bytes, {
      executionProviders: ["cpu"],
      intraOpNumThreads: options.threads ?? 1,
      interOpNumThreads: 1,
      executionMode: "sequential",
      logSeverityLevel: LOG_ERRORS_ONLY,
      extra: { session: { intra_op: { allow_spinning: "0" }, inter_op: { allow_spinning: "0" } } },
    });
  } catch (cause) {
    return fail("L0810", { reason: (cause as Error).message }, {}, { cause });
  }

  return {
    inputs,
    outputs,
    async run(feeds) {
      if (session === undefined) return fail("L0814", { reason: "it was closed" });
      checkFeeds(inputs, feeds);
      const given: { [name: string]: RuntimeTensor } = {};
      for (const { name } of inputs) {
        const { dtype, data, dims } = feeds[name];
        given[name] = new Tensor(dtype, data as Float32Array, dims) as RuntimeTensor;
      }
      let results: InferenceSession.OnnxValueMapType;
      try {
        results = await session.run(given);
      } catch (cause) {
        return fail("L0812", { reason: (cause as Error).message }, {}, { cause });
      }
      const out: { [name: string]: Tensor } = {};
      for (const { name } of outputs) {
        const { type, dims, data } = results[name] as RuntimeTensor;
        out[name] = { dtype: type, dims, data } as Tensor;
      }
      return out;
    },
    async close() {
      const open = session;
      session = undefined;
      await open?.release();
    },
  };
}
