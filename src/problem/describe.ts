/** The tables of codes in `docs/reference/checks.md`, filled in from the catalogue. */
import { codes } from "./explain.js";

/**
 * The page with the table of codes between each `<!-- codes: L0250 to L0269 -->` and its `<!-- /codes -->` written anew.
 *
 * @example
 * fillCodes("<!-- codes: L0211 to L0212 -->\n<!-- /codes -->").split("\n")[4]
 * // | `L0211` | error | cycle without a delay |
 */
export const fillCodes = (page: string): string =>
  page.replace(
    /(<!-- codes: (L\d{4}) to (L\d{4}) -->\n)[\s\S]*?(<!-- \/codes -->)/g,
    (_, open: string, first: string, last: string, close: string) => {
      const rows = codes()
        .filter(({ code }) => code >= first && code <= last)
        .map(({ code, severity, title }) => `| \`${code}\` | ${severity} | ${title} |`);
      return `${open}\n${["| code | is | what |", "| --- | --- | --- |", ...rows].join("\n")}\n\n${close}`;
    },
  );
