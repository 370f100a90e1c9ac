/** ONNX files, whoever made them: what one holds, and one with its weights taken in. */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { readBounded } from "../models/files.js";
import { outsideIn } from "../models/outside.js";
import { decode, encode } from "../onnx/codec/index.js";
import { describeModel, type ModelInfo } from "../onnx/describe.js";
import { MAX_BYTES } from "../onnx/limits.js";
import { fail } from "../problem/problem.js";
import { shownPath } from "./files.js";

export interface OnnxFileInfo extends ModelInfo {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/**
 * What an ONNX file holds, and for what it would be refused.
 *
 * @throws LimbeckError L0001, L0003 no file that can be read; L0801 no ONNX model; L0855 over the limit
 * @example
 * const { opset, inputs, refused } = describeOnnx("double.onnx");
 * [opset, inputs[0].name, refused.length] // [18, "x", 0]
 */
export function describeOnnx(file: string): OnnxFileInfo {
  const bytes = readBounded(file, MAX_BYTES);
  return { file: shownPath(file), bytes: bytes.byteLength, sha256: sha256(bytes), ...describeModel(bytes) };
}

export interface PackedOnnx {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** The files that weights were read from, as the model names them. */
  readonly taken_in: readonly string[];
}

/**
 * Writes the same model with the weights inside that it keeps in other files of its folder.
 *
 * @throws LimbeckError as `decode` for what cannot be read, L0816 for a path that is not followed, L0005 when the new
 * file cannot be written
 * @example
 * packOnnx("double.onnx", "whole.onnx").taken_in // []
 */
export function packOnnx(file: string, to: string): PackedOnnx {
  const from = new Set<string>();
  const read = outsideIn(dirname(file));
  const model = decode(readBounded(file, MAX_BYTES), {
    outside(data) {
      from.add(data.location);
      return read(data);
    },
  });
  const bytes = encode(model);
  try {
    writeFileSync(to, bytes);
  } catch (error) {
    fail("L0005", { file: to, reason: (error as Error).message }, {}, { cause: error });
  }
  return { file: shownPath(to), bytes: bytes.byteLength, sha256: sha256(bytes), taken_in: [...from] };
}
