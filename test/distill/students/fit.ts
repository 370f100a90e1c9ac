/** Fits an MLP and prints the digest of its file: run in two processes by a test. */
import { createHash } from "node:crypto";
import { mlp } from "../../../src/distill/students/mlp.js";
import { encode } from "../../../src/onnx/codec/index.js";
import { data } from "./teacher.js";

export async function digest(seed: number): Promise<string> {
  const { model } = await mlp.fit(data(), { seed, now: () => 0, ensemble: 2, epochs: 3, dropout: 0.1, hidden: [16] });
  return createHash("sha256").update(encode(model)).digest("hex");
}
