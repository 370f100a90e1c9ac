/** ONNX files: `encode` a model, `decode` one. */
export { decode } from "./decode.js";
export { encode } from "./encode.js";
