/** `npm run schemas`: writes what is generated from the sources, the schemas and the reference of components. */
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describeLibrary } from "../component/describe.js";
import { library } from "../component/library.js";
import { fillTables } from "../graphfile/describe.js";
import { graphSchemaText } from "../graphfile/schema.js";
import { builtinTypes } from "../message/builtin.js";
import { cardSchemaText } from "../models/card.js";
import { fillOps } from "../onnx/reference.js";
import { fillCodes } from "../problem/describe.js";
import { writeWhole } from "../project/write.js";
import { mappingSchemaText } from "../record/foreign/mapping.js";
import { describeRules } from "../rewrite/describe.js";
import { rules } from "../rewrite/rules/index.js";
import { packageFolder } from "./version.js";

const messages = Object.entries(builtinTypes).map(([name, schema]) => [
  `schemas/messages/${name}.json`,
  () => `${JSON.stringify(schema, null, 2)}\n`,
]);

const generated: { readonly [file: string]: (path: string) => string } = {
  "schemas/graph.schema.json": graphSchemaText,
  "schemas/card.schema.json": cardSchemaText,
  "schemas/mapping.schema.json": mappingSchemaText,
  "docs/reference/components.md": () => describeLibrary(library),
  "docs/reference/rewrites.md": () => describeRules(rules),
  "docs/reference/checks.md": (file) => fillCodes(readFileSync(file, "utf8")),
  "docs/reference/onnx.md": (file) => fillOps(readFileSync(file, "utf8")),
  "docs/reference/graph-file.md": (file) => fillTables(readFileSync(file, "utf8")),
  ...Object.fromEntries(messages),
};

for (const [file, text] of Object.entries(generated)) {
  const path = join(packageFolder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeWhole(path, text(path));
  process.stderr.write(`Wrote ${file}\n`);
}
