/** Where an ONNX file says what it is to Limbeck: a JSON text under this key of its `metadata_props`. */
export const METADATA_KEY = "limbeck";
