/**
 * ONNX Runtime behind one small interface. Feeds are checked here; the file has been checked by whoever calls.
 *
 * Apart from `session.ts`, so that a worker thread, which is given a checked file, starts without loading the checker.
 */
import { createRequire } from "node:module";
import type { InferenceSession, Tensor as RuntimeTensor } from "onnxruntime-node";
import type { Dtype, Shape, Tensor, Tensors, ValueInfo } from "../onnx/ir.js";
import { isHalf } from "../onnx/tensor.js";
import { fail } from "../problem/problem.js";

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
  /** Frees the model once the runs before are done; later ones fail with L0814. */
  close(): Promise<void>;
}

/** Nothing short of a crash is printed: what the runtime would print, the thrown error says. */
const LOG_FATAL = 4;

// The package is CommonJS with native code; `require` loads it when the first session is opened, not on import.
const require = createRequire(import.meta.url);
let loaded: typeof import("onnxruntime-node") | undefined;
const runtime = (): typeof import("onnxruntime-node") => (loaded ??= require("onnxruntime-node"));

/** Throws L0811 unless the feeds are what the model's inputs ask for; symbolic sizes must agree among themselves. */
export function checkFeeds(inputs: readonly ValueInfo[], feeds: Tensors): void {
  const sizes: { [symbol: string]: number } = Object.create(null);
  for (const { name, dtype, shape } of inputs) {
    const fed = Object.hasOwn(feeds, name) ? feeds[name] : fail("L0811", { input: name, reason: "it is missing" });
    if (dtype !== undefined && fed.dtype !== dtype)
      fail("L0811", { input: name, reason: `it must be ${dtype}, not ${fed.dtype}` });
    if (shape !== undefined && !fits(shape, fed.dims, sizes))
      fail("L0811", { input: name, reason: `it must be of shape [${shape}], not [${fed.dims}]` });
  }
  const names = Object.keys(feeds);
  // all inputs are there: as many names are no others
  if (names.length === inputs.length) return;
  for (const name of names)
    if (!inputs.some((i) => i.name === name)) fail("L0811", { input: name, reason: "the model has no such input" });
}

function fits(shape: Shape, dims: readonly number[], sizes: { [symbol: string]: number }): boolean {
  if (shape.length !== dims.length) return false;
  for (let i = 0; i < shape.length; i++) {
    const wanted = shape[i]!;
    const size = dims[i]!;
    if (typeof wanted === "number" ? wanted !== size : wanted !== "?" && (sizes[wanted] ??= size) !== size)
      return false;
  }
  return true;
}

/** A file that has been checked, with what it takes and gives. Plain data: it can be sent to a worker thread. */
export interface CheckedModel {
  readonly bytes: Uint8Array<ArrayBufferLike>;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
}

/** Opens a checked model in this thread. Errors: L0809 floats of 16 bits at its ports, L0810 when ONNX Runtime refuses the model. */
export async function openChecked(
  { bytes, inputs, outputs }: CheckedModel,
  options: SessionOptions = {},
): Promise<Session> {
  const { InferenceSession, Tensor } = runtime();
  const wrap = ({ dtype, data, dims }: Tensor) =>
    new Tensor(dtype as Exclude<Dtype, "bfloat16">, data as Float32Array, dims) as RuntimeTensor;
  for (const { name, dtype } of [...inputs, ...outputs])
    if (dtype !== undefined && isHalf(dtype)) fail("L0809", { what: `\`${name}\``, type: dtype });

  let session: InferenceSession | undefined;
  try {
    session = await InferenceSession.create(bytes, {
      executionProviders: ["cpu"],
      intraOpNumThreads: options.threads ?? 1,
      interOpNumThreads: 1,
      executionMode: "sequential",
      logSeverityLevel: LOG_FATAL,
      extra: { session: { intra_op: { allow_spinning: "0" }, inter_op: { allow_spinning: "0" } } },
    });
  } catch (cause) {
    return fail("L0810", { reason: (cause as Error).message }, {}, { cause });
  }

  // what a run gave and is fed again (state) is the runtime's own already
  const own = new WeakMap<Tensor, RuntimeTensor>();
  // runs are done in order, so the last one to begin is the last one to end
  let last: Promise<unknown> = Promise.resolve();
  return {
    inputs,
    outputs,
    async run(feeds) {
      if (session === undefined) return fail("L0814", { reason: "it was closed" });
      checkFeeds(inputs, feeds);
      const given: { [name: string]: RuntimeTensor } = {};
      for (const { name } of inputs) {
        given[name] = own.get(feeds[name]) ?? wrap(feeds[name]);
      }
      let results: InferenceSession.OnnxValueMapType;
      try {
        const running = session.run(given);
        last = running.catch(() => undefined);
        results = await running;
      } catch (cause) {
        return fail("L0812", { reason: (cause as Error).message }, {}, { cause });
      }
      const out: { [name: string]: Tensor } = {};
      for (const { name } of outputs) {
        const result = results[name] as RuntimeTensor;
        const { type, dims, data } = result;
        out[name] = { dtype: type, dims, data } as Tensor;
        own.set(out[name], result);
      }
      return out;
    },
    async close() {
      const open = session;
      session = undefined;
      await last;
      await open?.release();
    },
  };
}
