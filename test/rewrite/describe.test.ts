/** The reference of the rules is what their schemas say, and its examples are rewrites that work. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseRewriteFile } from "../../src/graphfile/load.js";
import { describeRules } from "../../src/rewrite/describe.js";
import { checkOptions } from "../../src/rewrite/options.js";
import { rules } from "../../src/rewrite/rules/index.js";

test("docs/reference/rewrites.md is what the rules generate: `npm run schemas` writes it", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/reference/rewrites.md"), "utf8");
  expect(page).toBe(describeRules(rules));
});

test.each(rules.map((rule) => [rule.name, rule] as const))(
  "%s: every option has a row, and the example fits",
  (_, rule) => {
    const page = describeRules([rule]);
    const { properties } = rule.options as unknown as { properties: { [option: string]: { description?: string } } };
    for (const [option, { description }] of Object.entries(properties)) {
      expect(description, option).toBeTruthy();
      expect(page).toContain(`| \`${option}\` |`);
    }
    const { rewrites, problems } = parseRewriteFile(rule.example, "example.yaml");
    expect(problems).toEqual([]);
    expect(rewrites.length).toBeGreaterThan(0);
    for (const entry of rewrites) {
      expect(entry.rule).toBe(rule.name);
      expect(checkOptions(rule, entry.options, "")).toEqual([]);
    }
  },
);
