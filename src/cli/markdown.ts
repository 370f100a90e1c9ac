/** The little Markdown of explanations, for a terminal: code blocks indented, code words coloured. */
import type { Style } from "./style.js";

export function markdown(text: string, style: Style): string {
  return text
    .trimEnd()
    .split(/^```\w*\n([\s\S]*?)^```$/m)
    .map((part, i) =>
      i % 2 === 1
        ? part.trimEnd().replace(/^/gm, "    ")
        : part.replace(/`([^`\n]+)`/g, (_, code: string) => style.cyan(`\`${code}\``)),
    )
    .join("");
}
