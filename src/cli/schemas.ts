/** `npm run schemas`: writes what is generated from the sources to `schemas/`. */
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { graphSchemaText } from "../graphfile/schema.js";
import { builtinTypes } from "../message/builtin.js";
import { cardSchemaText } from "../models/card.js";
import { packageFolder } from "./version.js";
import { writeWhole } from "./write.js";

const messages = Object.entries(builtinTypes).map(([name, schema]) => [
  `messages/${name}.json`,
  () => `${JSON.stringify(schema, null, 2)}\n`,
]);

const schemas: { readonly [file: string]: () => string } = {
  "graph.schema.json": graphSchemaText,
  "card.schema.json": cardSchemaText,
  ...Object.fromEntries(messages),
};

for (const [file, text] of Object.entries(schemas)) {
  const path = join(packageFolder, "schemas", file);
  mkdirSync(dirname(path), { recursive: true });
  writeWhole(path, text());
  process.stderr.write(`Wrote schemas/${file}\n`);
}
