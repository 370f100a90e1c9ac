/** `limbeck help`, `limbeck help VERB`. */
import type { Verb } from "../verb.js";

export const help: Verb = {
  name: "help",
  summary: "the verbs, or one of them",
  declare: (command) => command.argument("[verb...]", "a verb, e.g. distill or models show"),
  run({ output, help: page }, _options, [path]) {
    const text = page(path as string[]);
    if (output.json) output.value({ help: text });
    else output.data(text);
    return undefined;
  },
};
