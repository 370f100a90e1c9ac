/** L08: ONNX files, sessions, models. */

import { didYouMean, error, warning } from "../entry.js";
import { editDistance, nearest } from "../nearest.js";

/** An op that differs by one slip: many ops of ONNX have names that are nearly those of others. */
const nearOp = (op: string, known: readonly string[]): string | undefined => {
  const found = nearest(op, known);
  return found !== undefined && editDistance(op.toLowerCase(), found.toLowerCase()) <= 1 ? found : undefined;
};

export const onnx = {
  L0801: error<{ reason: string }>(
    3,
    "not a readable ONNX model",
    (a) => ({
      message: `this is not a readable ONNX model: ${a.reason}`,
      help: "Copy or export the file again.",
    }),
    "An ONNX file is one protobuf message (`ModelProto`). Either the file is something else (a Git LFS pointer, a zip, a PyTorch checkpoint), or bytes of it are damaged or missing. A damaged number inside the weights cannot be seen here; the digest in the model's card is what catches that.",
  ),
  L0802: error<{ tensor: string }>(
    3,
    "weights outside the ONNX file",
    (a) => ({
      message: `tensor \`${a.tensor}\` keeps its data outside the ONNX file`,
      help: "If you trust the model, take them in: `limbeck onnx pack FILE --output whole.onnx`.",
    }),
    "An ONNX tensor may point to another file by a path. A model is one file with one digest here, and a path from a file that came from elsewhere may lead anywhere, so such tensors are refused. `limbeck onnx pack` writes the same model with its weights inside; it reads plain files in the model's own folder and nothing else.",
  ),
  L0803: error<{ opset: number; oldest: number; newest: number }>(
    3,
    "ONNX opset not supported",
    (a) => ({
      message: `the model uses ONNX opset ${a.opset}; ${a.oldest} to ${a.newest} are read`,
      help: "Export it with `opset_version=18`, or convert it with `onnx.version_converter`.",
    }),
    "The opset is the version of ONNX's operator set. The meaning of operators changes between versions, so a model is only read in versions that are known.",
  ),
  L0804: error<{ what: string; value: number; limit: number }>(
    3,
    "ONNX model over a limit",
    (a) => ({
      message: `the model has ${a.what} of ${a.value}; the limit is ${a.limit}`,
      help: "Models this large are not meant to run inside a graph; make it smaller.",
    }),
    "Size, number of ops, nesting, rank and sizes of tensors are bounded, and the bounds are checked before the runtime sees the file, so that no file can take all memory.",
  ),
  L0805: error<{ op: string; domain?: string | undefined; node: string; known: readonly string[] }>(
    3,
    "unknown ONNX op",
    (a) => ({
      message: `${a.node}: ${a.domain === undefined ? "" : `${a.domain}.`}${a.op} is not an op that is known here`,
      help: didYouMean(a.domain === undefined ? nearOp(a.op, a.known) : undefined),
    }),
    "Inference, reference evaluation and gradients know a list of ops (`src/onnx/ops`). Adding one is one file and one line. Operators of other makers' domains are refused, since they need native code.",
  ),
  L0806: error<{ name: string; reader: string }>(
    3,
    "name without a value",
    (a) => `${a.reader} reads \`${a.name}\`, which nothing before it defines`,
    "Nodes of an ONNX graph stand in topological order: every name that a node reads is an input, an initializer, or the output of a node above it. Either the name is misspelt, or the order is wrong.",
  ),
  L0807: error<{ name: string }>(
    3,
    "name defined twice",
    (a) => (a.name === "" ? "a value needs a name" : `the name \`${a.name}\` is defined twice`),
    "Every value of an ONNX graph is defined exactly once.",
  ),
  L0808: error<{ node: string; reason: string }>(
    3,
    "op does not fit its inputs",
    (a) => `${a.node}: ${a.reason}`,
    "Dtypes, shapes and attributes are checked against the ONNX specification of the op, before and while a model runs.",
  ),
  L0809: error<{ what: string; type: string }>(
    3,
    "ONNX type not supported",
    (a) => `${a.what} is of type ${a.type}, which is not supported`,
    "Tensors of float32, float64, bool and the integers of 8 to 64 bits are supported; floats of 16 bits inside a model, not at its ports. Strings, complex numbers, sequences, maps and optionals are not, nor an attribute that stands for another where no function is around it.",
  ),
  L0810: error<{ reason: string }>(
    3,
    "ONNX Runtime refuses the model",
    (a) => ({ message: `ONNX Runtime refuses the model: ${a.reason}` }),
    "The file passed the checks and the runtime still would not load it. Its reason is printed as it gave it: mostly an op that it does not have for a dtype.",
  ),
  L0811: error<{ input: string; reason: string }>(
    1,
    "wrong model input",
    (a) => `model input \`${a.input}\`: ${a.reason}`,
    "A model's inputs have names, dtypes and shapes; a call gives every one of them, exactly.",
  ),
  L0812: error<{ reason: string }>(
    1,
    "a model's run failed",
    (a) => `ONNX Runtime failed while running the model: ${a.reason}`,
    "The runtime's reason is printed as it gave it. Often an index is out of range, or symbolic sizes that must be equal are not.",
  ),
  L0813: error<{ op: string; reason: string }>(
    1,
    "no gradient",
    (a) => `${a.op} cannot be differentiated: ${a.reason}`,
    "Training needs the gradient of every op between the loss and the parameters. What is constant piece by piece (trees, Floor, Round, ArgMax) is no reason: nothing flows through it, and what lies beside it is trained all the same. A `Loop` has no gradient, since how often it runs is known only when it runs; a `Scan` has one.",
  ),
  L0814: error<{ reason: string }>(
    1,
    "session is gone",
    (a) => `the model's session is gone: ${a.reason}`,
    "A session was used after it was closed, or the worker thread that it lived in ended.",
  ),
  L0815: error<{ model: string; reason: string }>(
    3,
    "models cannot be joined",
    (a) => ({ message: `${a.model} cannot be joined: ${a.reason}`, help: "Export it at opset 18." }),
    "Joining puts the nodes of one model into another. A model of another opset (11 to 21) is brought to opset 18 first, op by op; a few forms of newer opsets have nothing there that they could become.",
  ),
  L0816: error<{ tensor: string; location: string; reason: string }>(
    3,
    "weights outside the ONNX file that are not read",
    (a) => `the data of tensor \`${a.tensor}\` are not read from \`${a.location}\`: ${a.reason}`,
    "Weights outside an ONNX file are read when `limbeck onnx pack` is told to, and only from plain files in the model's own folder or a folder in it: no absolute path, no `..`, no symbolic link on the way, and no hard link, behind any of which another file of this machine may be.",
  ),
  L0817: error<{ node: string; reason: string }>(
    3,
    "shape known only when the model runs",
    (a) => `${a.node}: what it gives is known only when the model runs: ${a.reason}`,
    "To be merged, lowered, differentiated or generated as JavaScript, every value of a model needs a dtype and a rank before it runs; sizes may be symbols. PyTorch exports such ops where a size that was left dynamic decides about a shape (`squeeze` of a dynamic axis). Export the model with that size fixed. ONNX Runtime itself runs it as it is.",
  ),
  L0818: error<{ function: string; reason: string }>(
    3,
    "ONNX function that cannot be put in",
    (a) => `${a.function} cannot be put in where it is called: ${a.reason}`,
    "An ONNX model may keep local functions (`ModelProto.functions`), as PyTorch's exporters write one for each kind of module. They are put in where they are called when the file is read, each under the names of its call; what follows sees ops only. So a function may not call itself, a call gives it no more inputs, outputs and attributes than it has, and a function names the version of each operator set that its nodes are of.",
  ),
  L0819: warning<{ output: string; declared: string; found: string }>(
    "declared shape that is another",
    (a) => ({
      message: `output \`${a.output}\` is declared ${a.declared}, and what the ops give is ${a.found}`,
      help: "Whoever reads the declaration is misled: export the model again, or mend the declaration.",
    }),
    "A model declares the shapes of its outputs, and its ops give the shapes that they give. Where the two cannot both be, ONNX Runtime warns and goes on with what the ops give; so it is here. Exporters and scripts that change a model's last layer leave such declarations behind.",
  ),
} as const;
