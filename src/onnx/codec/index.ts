/** ONNX files: `encode` a model, `decode` one; `decodeTensor` reads a tensor that is a file of its own. */
export { decode, decodeTensor } from "./decode.js";
export { encode } from "./encode.js";
