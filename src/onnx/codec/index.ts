/** ONNX files: `encode` a model, `decode` one; `decodeTensor` reads a tensor that is a file of its own. */
export { type DecodeOptions, decode, decodeTensor, type OutsideData } from "./decode.js";
export { encode } from "./encode.js";
