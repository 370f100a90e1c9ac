/** The tables of keys in `docs/reference/graph-file.md`, filled in from the schema's own descriptions. */
import type { TSchema } from "typebox";
import { inputMapping, queueMapping } from "./schema/inputs.js";
import { node, restartMapping } from "./schema/nodes.js";
import { contract, inStream, outStream } from "./schema/streams.js";
import { aligned, silence, window } from "./schema/triggers.js";
import { graphSchema, paramDeclaration } from "./schema.js";

interface Part {
  readonly properties?: { readonly [key: string]: Part };
  readonly required?: readonly string[];
  readonly title?: string;
  readonly description?: string;
}

/** What has keys, by the name that the page asks for it with. */
const parts: { readonly [name: string]: TSchema } = {
  graph: graphSchema,
  param: paramDeclaration,
  "in-stream": inStream,
  "out-stream": outStream,
  contract,
  node,
  input: inputMapping,
  queue: queueMapping,
  aligned,
  window,
  silence,
  restart: restartMapping,
  evaluate: graphSchema.properties.evaluate,
};

/**
 * The page with the table of keys between each `<!-- keys: node -->` and its `<!-- /keys -->` written anew.
 *
 * @throws Error where the page asks for a part that there is not
 * @example
 * fillTables("<!-- keys: silence -->\n<!-- /keys -->").split("\n")[2] // "| key | takes | meaning |"
 */
export const fillTables = (page: string): string =>
  page.replace(/(<!-- keys: (\S+) -->\n)[\s\S]*?(<!-- \/keys -->)/g, (_, open: string, name: string, close: string) => {
    const part = Object.hasOwn(parts, name) ? (parts[name] as Part) : undefined;
    if (part === undefined) throw new Error(`the schema of graph files has no part ${name}`);
    return `${open}\n${table(part)}\n\n${close}`;
  });

function table({ properties = {}, required = [] }: Part): string {
  const rows = Object.entries(properties).map(([key, { title, description }]) => {
    const said = (description ?? "").replace(" A `$param` may stand here.", "");
    const name = `\`${key}\``;
    return [
      `${name}${required.includes(key) ? " (required)" : ""}`,
      title === name ? "a mapping" : (title ?? "any value"),
      said,
    ];
  });
  const lines = [["key", "takes", "meaning"], ["---", "---", "---"], ...rows];
  return lines.map((row) => `| ${row.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`).join("\n");
}
