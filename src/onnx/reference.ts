/** The table of ops in `docs/reference/onnx.md`, filled in from the list of ops. */
import { OPSET, OPSETS_READ } from "./ir.js";
import { ops } from "./ops/index.js";

/**
 * The page with the table of ops between `<!-- ops -->` and `<!-- /ops -->` written anew.
 *
 * @example
 * fillOps("<!-- ops -->\n<!-- /ops -->").includes("| Add | 11 | yes |") // true
 */
export const fillOps = (page: string): string =>
  page.replace(/(<!-- ops -->\n)[\s\S]*?(<!-- \/ops -->)/, (_, open: string, close: string) => {
    const rows = [...ops]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, op]) => {
        const since = op.domain === undefined ? (op.since ?? OPSETS_READ.oldest) : "";
        const gradient = op.gradient !== undefined ? "yes" : (op.since ?? 0) > OPSET ? "as the ops it becomes" : "no";
        return `| ${name} | ${since} | ${gradient} |`;
      });
    return `${open}\n${["| op | from opset | differentiated through |", "| --- | --- | --- |", ...rows].join("\n")}\n\n${close}`;
  });
