/** `limbeck explain L0201`: the long form of a problem; without a code, the list of all. */
import { catalogue } from "../../problem/catalogue.js";
import type { Entry } from "../../problem/entry.js";
import { nearest } from "../../problem/nearest.js";
import { fail } from "../../problem/problem.js";
import { markdown } from "../markdown.js";
import { table } from "../table.js";
import type { Verb } from "../verb.js";

const entries = new Map<string, Entry<never>>(Object.entries(catalogue as Record<string, Entry<never>>));

/** `l201`, `L0201` and `201` are the same code. */
const codeOf = (typed: string) =>
  typed.replace(/^[lL]?(\d{1,4})$/, (_, digits: string) => `L${digits.padStart(4, "0")}`);

export const explain: Verb = {
  name: "explain",
  summary: "what a problem's code means, and how to mend it",
  examples: [
    ["limbeck explain L0853", "one problem at length"],
    ["limbeck explain", "all codes"],
  ],
  declare: (command) => command.argument("[code]", "a code such as L0201"),
  run({ output }, _options, [typed]) {
    if (typeof typed !== "string") {
      const all = [...entries].map(([code, { severity, title }]) => ({ code, severity, title }));
      if (output.json) output.value(all);
      else
        output.data(
          table(
            [{ title: "code" }, { title: "severity" }, { title: "meaning" }],
            all.map(({ code, severity, title }) => ({ cells: [code, severity, title] })),
            output.style,
          ),
        );
      return undefined;
    }
    const code = codeOf(typed);
    const entry = entries.get(code) ?? fail("L0007", { code: typed, nearest: nearest(code, entries.keys()) });
    const { severity, title, exit, explain: text } = entry;
    if (output.json) output.value({ code, severity, title, exit, explain: text });
    else output.data(`${output.style.bold(`${code}: ${title}`)} (${severity})\n\n${markdown(text, output.style)}\n`);
    return undefined;
  },
};
