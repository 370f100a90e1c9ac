/** `limbeck recording recover IN OUT`: a new, whole file of what a damaged or unfinished recording still holds. */
import { toJson } from "../../../problem/print.js";
import { exit, NOTHING_KEPT } from "../../exit.js";
import type { Verb } from "../../verb.js";

export const recover: Verb = {
  name: "recover",
  summary: "make a whole recording of what a damaged one still holds",
  examples: [["limbeck recording recover torn.mcap whole.mcap", "exit code 0: nothing is lost, 3: some is, 1: all is"]],
  declare: (command) => command.argument("<in>", "an MCAP file, in whatever state").argument("<out>", "the new file"),
  async run(context, _options, [from, to]) {
    const { output, signal } = context;
    const { recover } = await context.limbeck();
    const found = await recover(from as string, to as string, { signal, onProgress: output.onProgress });
    if (found === undefined) {
      output.say(NOTHING_KEPT);
      return exit.interrupted;
    }
    const { problems, ...figures } = found;
    const { whole, messages, lost_messages, lost_bytes } = figures;
    const code = whole ? exit.done : messages > 0 ? exit.unreadable : exit.doesNotHold;
    if (output.json)
      output.value({ ...figures, ...(code === exit.doesNotHold ? {} : { file: to }), problems: toJson(problems) });
    else {
      output.briefly(problems);
      const kept = `${messages.toLocaleString("en")} messages`;
      const lost = [
        ...(lost_messages > 0 ? [`${lost_messages.toLocaleString("en")} messages`] : []),
        ...(lost_bytes > 0 ? [`${lost_bytes.toLocaleString("en")} bytes`] : []),
      ];
      if (code === exit.doesNotHold) output.say(`${from} holds no message; nothing was written.`);
      else output.say(`${to} has ${kept}${whole ? "; nothing was lost" : `; lost: ${lost.join(", ") || "its end"}`}`);
    }
    return code;
  },
};
