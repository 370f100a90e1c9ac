import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { graphSchemaText } from "../../src/graphfile/schema.js";
import { armReach } from "../support/arm-reach.js";

test("schemas/graph.schema.json is what the source generates: `npm run schemas` writes it", () => {
  expect(readFileSync(new URL("../../schemas/graph.schema.json", import.meta.url), "utf8")).toBe(graphSchemaText());
});

test("the committed schema alone accepts the example and refuses a misspelt key, as an editor would", () => {
  const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(JSON.parse(graphSchemaText()));
  expect(validate(parse(armReach))).toBe(true);
  expect(validate(parse(armReach.replace("max_age", "maxage")))).toBe(false);
});

test("every key has its hover help", () => {
  const bare: string[] = [];
  const walk = (
    schema: {
      properties?: object;
      additionalProperties?: object;
      items?: object;
      anyOf?: object[];
      description?: string;
    },
    path: string,
  ) => {
    for (const [key, s] of Object.entries(schema.properties ?? {})) {
      if (s.description === undefined && !s.anyOf?.some((b: { description?: string }) => b.description))
        bare.push(`${path}.${key}`);
      walk(s, `${path}.${key}`);
    }
    for (const s of [schema.additionalProperties, schema.items, ...(schema.anyOf ?? [])])
      if (typeof s === "object") walk(s, path);
  };
  walk(JSON.parse(graphSchemaText()), "");
  expect(bare).toEqual([]);
});
