/** `npm run schemas`: writes what is generated from the sources to `schemas/`. */
import { join } from "node:path";
import { graphSchemaText } from "../graphfile/schema.js";
import { cardSchemaText } from "../models/card.js";
import { packageFolder } from "./version.js";
import { writeWhole } from "./write.js";

const schemas: { readonly [file: string]: () => string } = {
  "graph.schema.json": graphSchemaText,
  "card.schema.json": cardSchemaText,
};

for (const [file, text] of Object.entries(schemas)) {
  writeWhole(join(packageFolder, "schemas", file), text());
  process.stderr.write(`Wrote schemas/${file}\n`);
}
