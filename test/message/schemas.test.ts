/** The message types in `schemas/messages/` are those that every graph knows by name, written out. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { builtinTypes } from "../../src/message/builtin.js";

it("holds one file for each built-in type, as `npm run schemas` writes it", () => {
  const folder = join(import.meta.dirname, "../../schemas/messages");
  const files = readdirSync(folder).map((file) => [
    file.replace(".json", ""),
    JSON.parse(readFileSync(join(folder, file), "utf8")),
  ]);
  expect(Object.fromEntries(files)).toEqual(builtinTypes);
});
