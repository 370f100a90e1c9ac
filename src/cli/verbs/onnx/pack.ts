/** `limbeck onnx pack FILE --output WHOLE`: an ONNX file with the weights inside that it keeps beside it. */
import { exit } from "../../exit.js";
import { facts } from "../../facts.js";
import type { Verb } from "../../verb.js";

interface PackWords {
  readonly output: string;
}

export const pack: Verb<PackWords> = {
  name: "pack",
  summary: "the same model as one file: takes in weights that lie beside it",
  examples: [["limbeck onnx pack big.onnx --output whole.onnx", "reads only plain files in the folder of big.onnx"]],
  declare: (command) =>
    command
      .argument("<file>", "an ONNX file that keeps weights in other files of its folder")
      .requiredOption("--output <file>", "the file to write"),
  async run(context, { output: to }, [file]) {
    const { output } = context;
    const { packOnnx } = await context.limbeck();
    const packed = await packOnnx(file as string, to);
    if (output.json) output.value(packed);
    else
      output.data(
        facts(
          [
            ["model", output.style.bold(packed.file)],
            ["took in", packed.taken_in.join(", ") || "nothing: all weights were inside"],
            ["SHA-256", `${packed.sha256} (${packed.bytes.toLocaleString("en")} bytes)`],
          ],
          output.style,
        ),
      );
    return exit.done;
  },
};
