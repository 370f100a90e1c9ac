/** Fits nets and prints the digest of their files: run in two processes by a test. */
import { createHash } from "node:crypto";
import { conv } from "../../../src/distill/students/conv.js";
import { keypoints } from "../../../src/distill/students/keypoints.js";
import { mlp } from "../../../src/distill/students/mlp.js";
import { encode } from "../../../src/onnx/codec/index.js";
import { data, pictures } from "./teacher.js";

export async function digest(seed: number): Promise<string> {
  const options = { seed, now: () => 0, ensemble: 2, epochs: 3, dropout: 0.1 };
  const hash = createHash("sha256");
  for (const { model } of [
    await mlp.fit(data(), { ...options, hidden: [16] }),
    await conv.fit(pictures(), { ...options, hidden: 16, filters: [4] }),
    await keypoints.fit(pictures(), { ...options, hidden: 4, filters: [4], points: 2 }),
  ])
    hash.update(encode(model));
  return hash.digest("hex");
}
