/** The card's schema: as committed, and what it refuses. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cardSchemaText, checkCard, columnName } from "../../src/models/card.js";
import { card } from "../support/card.js";
import { root } from "../support/run.js";

test("schemas/card.schema.json is what the source generates: `npm run schemas` writes it", () => {
  expect(readFileSync(join(root, "schemas", "card.schema.json"), "utf8")).toBe(cardSchemaText());
});

test("a card that is whole passes, also after JSON", () => {
  expect(checkCard(JSON.parse(JSON.stringify(card)), "card.json")).toEqual(card);
});

test("each required part is missed by name, and unknown parts are refused by name", () => {
  for (const key of Object.keys(card)) {
    const { [key as keyof typeof card]: _, ...rest } = card;
    expect(() => checkCard(rest, "card.json")).toThrow(`must have required property '${key}'`);
  }
  expect(() => checkCard({ ...card, colour: 1 }, "card.json")).toThrow("(`colour`)");
  expect(() => checkCard({ ...card, created_at: "yesterday" }, "card.json")).toThrow("/created_at");
  expect(() => checkCard({ ...card, seed: Number.NaN }, "card.json")).toThrow("/seed");
});

test("a column's full name has its port in front", () => {
  const named = ["[0]:sin", "position[0]", "", ":cos"].map((name) => columnName({ port: "joints", name }));
  expect(named).toEqual(["joints[0]:sin", "joints.position[0]", "joints", "joints:cos"]);
});
