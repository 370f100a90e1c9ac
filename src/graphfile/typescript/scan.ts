/**
 * Where the arguments of a call stand in TypeScript source: keys and values of the literals in it.
 *
 * No parser of the language: it follows brackets, strings and comments from the call on, which is what literals of a
 * graph are made of. Whatever else stands there is one piece, and its place that of the whole.
 */

export interface Range {
  readonly start: number;
  readonly end: number;
}

/** An argument, or a part of one. */
export interface Piece extends Range {
  /** Of an object literal. */
  readonly members?: ReadonlyMap<string, { readonly key: Range; readonly value: Piece }>;
  /** Of a list literal. */
  readonly items?: readonly Piece[];
}

export interface CallPlace {
  /** The function's name and what follows it, up to the first argument's end: `node("controller"`. */
  readonly head: Range;
  readonly args: readonly Piece[];
}

const MAX_DEPTH = 64;

/**
 * The call of `name` on a line that has `first` as its first argument; the first call of that name where none has.
 *
 * @param offset Where the line begins.
 * @example
 * const { args } = callAt('g.node("a", "control/pd", { on: "100hz" });', 0, "node", "a")!;
 * [...args[2]!.members!.keys()] // ["on"]
 */
export function callAt(text: string, offset: number, name: string, first: unknown): CallPlace | undefined {
  const end = text.indexOf("\n", offset);
  const line = text.slice(offset, end === -1 ? undefined : end);
  let found: CallPlace | undefined;
  for (const match of line.matchAll(new RegExp(`\\b${name}\\s*(?=[(<])`, "g"))) {
    const start = offset + match.index;
    const open = argumentsOf(text, start + match[0].length);
    if (open === undefined) continue;
    const { pieces: args, end } = list(text, open + 1, ")", 0);
    const call = { head: { start, end: args[0]?.end ?? end }, args };
    if (typeof first === "string" && literal(text, args[0]) === first) return call;
    found ??= call;
  }
  return found;
}

/** The bracket that opens the arguments, behind type arguments if there are any. */
function argumentsOf(text: string, at: number): number | undefined {
  if (text[at] === "(") return at;
  let depth = 0;
  for (let i = at; i < text.length && i < at + 2000; i++) {
    if (text[i] === "<") depth++;
    else if (text[i] === ">" && text[i - 1] !== "=" && --depth === 0) return text[i + 1] === "(" ? i + 1 : undefined;
  }
  return undefined;
}

function literal(text: string, piece: Piece | undefined): string | undefined {
  const written = piece && text.slice(piece.start, piece.end);
  return written && /^(["'`])(?:(?!\1)[^\\])*\1$/s.test(written) ? written.slice(1, -1) : undefined;
}

/** The pieces between commas, up to the closing bracket. */
function list(text: string, from: number, close: string, depth: number): { pieces: Piece[]; end: number } {
  const pieces: Piece[] = [];
  let at = blank(text, from);
  while (at < text.length && text[at] !== close) {
    const piece = pieceAt(text, at, depth + 1);
    pieces.push(piece);
    at = blank(text, piece.end);
    if (text[at] !== ",") break;
    at = blank(text, at + 1);
  }
  return { pieces, end: Math.min(at + 1, text.length) };
}

/** One expression, up to the comma or bracket behind it. */
function pieceAt(text: string, start: number, depth: number): Piece {
  let end = start;
  let inner: Pick<Piece, "members" | "items"> = {};
  if (depth < MAX_DEPTH && text[start] === "{") {
    const object = objectAt(text, start, depth);
    inner = { members: object.members };
    end = object.end;
  } else if (depth < MAX_DEPTH && text[start] === "[") {
    const items = list(text, start + 1, "]", depth);
    inner = { items: items.pieces };
    end = items.end;
  }
  const own = end;
  const rest = skip(text, end);
  const after = text.slice(own, rest).trim();
  // `{…} as const` is still the literal
  if (own > start && (after === "" || /^(as|satisfies)\b/.test(after))) return { start, end: own, ...inner };
  return { start, end: own > start ? own + text.slice(own, rest).trimEnd().length : trimmed(text, start, rest) };
}

const trimmed = (text: string, start: number, end: number): number => start + text.slice(start, end).trimEnd().length;

function objectAt(text: string, open: number, depth: number) {
  const members = new Map<string, { key: Range; value: Piece }>();
  let at = blank(text, open + 1);
  while (at < text.length && text[at] !== "}") {
    const name = /^(?:([A-Za-z_$][\w$]*)|"((?:[^"\\\n])*)"|'((?:[^'\\\n])*)')/.exec(text.slice(at, at + 600));
    const key = { start: at, end: at + (name?.[0].length ?? 0) };
    const behind = blank(text, key.end);
    let end: number;
    if (name !== null && text[behind] === ":") {
      const value = pieceAt(text, blank(text, behind + 1), depth + 1);
      members.set(name[1] ?? name[2] ?? name[3]!, { key, value });
      end = value.end;
    } else {
      end = skip(text, at);
      // shorthand: the name is the value
      if (name?.[1] !== undefined && trimmed(text, at, end) === key.end) members.set(name[1], { key, value: key });
    }
    at = blank(text, end);
    // what follows a literal (`as const`) belongs to it
    if (text[at] !== "," && text[at] !== "}") at = skip(text, at);
    if (text[at] === ",") at = blank(text, at + 1);
    else if (text[at] !== "}") break;
  }
  return { members, end: Math.min(at + 1, text.length) };
}

/** The next place that is neither space nor comment. */
function blank(text: string, from: number): number {
  let at = from;
  for (;;) {
    while (at < text.length && /\s/.test(text[at]!)) at++;
    if (text.startsWith("//", at)) at = endOf(text, "\n", at);
    else if (text.startsWith("/*", at)) at = endOf(text, "*/", at + 2);
    else return at;
  }
}

function endOf(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at === -1 ? text.length : at + mark.length;
}

/** The comma or closing bracket that ends what stands at `from`. */
function skip(text: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const c = text[at]!;
    if (text.startsWith("//", at) || text.startsWith("/*", at)) {
      at = blank(text, at);
      continue;
    }
    if (c === '"' || c === "'" || c === "`") {
      at = stringEnd(text, at);
      continue;
    }
    if (depth === 0 && (c === "," || c === ")" || c === "]" || c === "}" || c === ";")) return at;
    if (c === "(" || c === "[" || c === "{") depth++;
    else if (c === ")" || c === "]" || c === "}") depth--;
    at++;
  }
  return at;
}

function stringEnd(text: string, from: number): number {
  const quote = text[from]!;
  let at = from + 1;
  while (at < text.length && text[at] !== quote) {
    if (text[at] === "\\") at++;
    else if (quote === "`" && text.startsWith("${", at)) at = skip(text, at + 2);
    else if (quote !== "`" && text[at] === "\n") return at;
    at++;
  }
  return Math.min(at + 1, text.length);
}
