/**
 * Looks at a file's size, nesting and aliases before anything recursive sees it.
 *
 * The `yaml` package composes recursively: ten megabytes of brackets end the process, and anchors cost without bound.
 * Its lexer and its token parser keep a stack of their own, so depth is counted exactly as the parser understands
 * the text (quotes, comments and block scalars included), and the work stops at the first cap that is passed.
 */
import { type CST, Lexer, Parser } from "yaml";
import { type Problem, problem } from "../problem/problem.js";
import { lineTable } from "./sourcemap.js";

/** What a graph file may hold. */
export const CAPS = {
  bytes: 1_000_000,
  depth: 64,
  anchors: 100,
  aliases: 100,
  /** Values, once aliases are written out: a dozen a node of the largest graph, and read in a second. */
  values: 125_000,
} as const;

export interface Scanned {
  readonly tokens: readonly CST.Token[];
  readonly problems: readonly Problem[];
}

const isCollection = (token: CST.Token): boolean =>
  token.type === "block-map" || token.type === "block-seq" || token.type === "flow-collection";

/** Each value but the first of a list in brackets stands behind a sign of its own. */
function beginsValue(lexeme: string, { stack }: Parser): boolean {
  if (lexeme === "-" || lexeme === ":") return true;
  const top = stack.at(-1);
  return lexeme === "," && top?.type === "flow-collection" && top.start.source === "[";
}

/** YAML allows tab, line feed and carriage return only. */
function firstControlCharacter(text: string): number {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c < 0x20 && c !== 0x09 && c !== 0x0a && c !== 0x0d) return i;
  }
  return -1;
}

/** Tokens of a YAML text, or the one problem that forbids going on. */
export function scan(text: string, file: string): Scanned {
  const place = lineTable(text, file);
  const refuse = (p: Problem): Scanned => ({ tokens: [], problems: [p] });

  const bytes = Buffer.byteLength(text, "utf8");
  if (bytes > CAPS.bytes)
    return refuse(
      problem("L0101", { bytes, limit: CAPS.bytes }, { place: { file, line: 1, column: 1, endLine: 1, endColumn: 1 } }),
    );
  const control = firstControlCharacter(text);
  if (control !== -1) {
    const what = `it holds the control character U+${text.charCodeAt(control).toString(16).padStart(4, "0")}`;
    return refuse(problem("L0104", { what }, { place: place(control, control + 1) }));
  }

  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let offset = 0;
  let anchors = 0;
  let aliases = 0;
  let values = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    const at = () => ({ place: place(offset, offset + lexeme.length) });
    if (lexeme[0] === "&" && ++anchors > CAPS.anchors)
      return refuse(problem("L0103", { what: "anchors", limit: CAPS.anchors }, at()));
    if (lexeme[0] === "*" && ++aliases > CAPS.aliases)
      return refuse(problem("L0103", { what: "aliases", limit: CAPS.aliases }, at()));
    if (beginsValue(lexeme, parser) && ++values > CAPS.values)
      return refuse(problem("L0103", { what: "values", limit: CAPS.values }, at()));
    if (parser.stack.length > CAPS.depth && parser.stack.filter(isCollection).length > CAPS.depth)
      return refuse(problem("L0102", { limit: CAPS.depth }, at()));
    // the lexer's own markers are control characters, which the text does not hold
    if (firstControlCharacter(lexeme) === -1) offset += lexeme.length;
  }
  for (const token of parser.end()) tokens.push(token);
  return { tokens, problems: [] };
}
