/**
 * The plain part of YAML, read in one pass: what nearly every graph file is written in.
 *
 * The `yaml` package lexes, parses, composes and then is walked, which for a file of a megabyte is most of the time and
 * the memory that checking takes. This reader knows block mappings and lists, flow collections, comments, scalars
 * on one line, and paragraphs behind `>` and `|`. At anything else, and at anything wrong, it gives up, and the package reads the file and words the
 * problems. Where it does not give up its result is the package's (law in `plain.test.ts`), but for one thing: a block
 * collection ends with its last value, and not with the comment behind that.
 */
import type { Json } from "../message/type.js";
import type { Place } from "../problem/problem.js";
import { CAPS } from "./scan.js";
import type { Spot } from "./sourcemap.js";

export interface Plain {
  readonly value: Json;
  readonly spot: Spot;
}

/** Other white space than blanks and line feeds, control characters, document markers. */
const BEYOND = /[^\S \n]|[^\P{Cc}\n]|^(?:---|\.\.\.|%)/mu;
const MAX_DEPTH = CAPS.depth / 2;
const MAX_KEY = 1000;

const code = (c: string): number => c.charCodeAt(0);
const [LF, BLANK, HASH, COLON, COMMA, MINUS] = ["\n", " ", "#", ":", ",", "-"].map(code) as [
  number,
  number,
  number,
  number,
  number,
  number,
];
const [OPEN_MAP, CLOSE_MAP, OPEN_LIST, CLOSE_LIST] = ["{", "}", "[", "]"].map(code) as [number, number, number, number];
const [DOUBLE, SINGLE, BACKSLASH] = ['"', "'", "\\"].map(code) as [number, number, number];
const [FOLDED, LITERAL] = [">", "|"].map(code) as [number, number];

const tableOf = (pattern: RegExp): Uint8Array =>
  Uint8Array.from({ length: 128 }, (_, c) => (pattern.test(String.fromCharCode(c)) ? 1 : 0));
/** What a plain scalar begins with, beside letters that are not ASCII. */
const FIRST = tableOf(/[A-Za-z0-9_$./~+(^]/);
const begins = (c: number): boolean => (c < 128 ? FIRST[c] === 1 : c >= 128);
/** What a plain key is made of. */
const KEY = tableOf(/[A-Za-z0-9_$./~#@*^+-]/);

/** A spot that nobody has yet, with its key. */
const under = (key: Place, spot: Spot): Spot => Object.assign(spot, { key });

class Beyond extends Error {}
const beyond = new Beyond("more than the plain part of YAML");

/**
 * The value and the places of a text, or undefined where it has to be read with more care.
 *
 * @param refused Names that no key may have.
 * @example
 * parsePlain("limbeck: 1\nname: x\n", "x.graph.yaml", new Set())?.value // { limbeck: 1, name: "x" }
 * parsePlain("limbeck: &one 1\n", "x.graph.yaml", new Set()) // undefined
 */
export function parsePlain(text: string, file: string, refused: ReadonlySet<string>): Plain | undefined {
  if (Buffer.byteLength(text, "utf8") > CAPS.bytes || BEYOND.test(text)) return undefined;
  try {
    return read(text, file, refused);
  } catch (e) {
    if (e === beyond) return undefined;
    throw e;
  }
}

function read(text: string, file: string, refused: ReadonlySet<string>): Plain {
  let at = 0;
  let line = 1;
  let lineStart = 0;
  let values = 0;
  // where the last value ended
  let endLine = 1;
  let endColumn = 1;

  const giveUp = (): never => {
    throw beyond;
  };
  const here = () => ({ line, column: at - lineStart + 1 });
  const from = (start: { readonly line: number; readonly column: number }): Place => ({
    file,
    line: start.line,
    column: start.column,
    endLine,
    endColumn,
  });
  const ended = () => {
    endLine = line;
    endColumn = at - lineStart + 1;
  };
  const blanks = () => {
    while (text.charCodeAt(at) === BLANK) at++;
  };
  /** Over blanks, comments and line ends to what comes next; true when that is on another line. */
  const next = (): boolean => {
    const first = line;
    for (;;) {
      blanks();
      const c = text.charCodeAt(at);
      if (c === HASH) {
        if (at > lineStart && text.charCodeAt(at - 1) !== BLANK) giveUp();
        at = text.indexOf("\n", at);
        if (at === -1) at = text.length;
      } else if (c === LF) {
        at++;
        line++;
        lineStart = at;
      } else return line > first;
    }
  };
  const isItem = () => text.charCodeAt(at) === MINUS && text.charCodeAt(at + 1) === BLANK;

  const quoted = (): string => {
    const quote = text.charCodeAt(at);
    const start = ++at;
    let escaped = false;
    for (; ; at++) {
      const c = text.charCodeAt(at);
      if (c === LF || Number.isNaN(c)) giveUp();
      if (c === BACKSLASH && quote === DOUBLE) {
        if (!'"\\nt'.includes(text[++at] ?? "?")) giveUp();
        escaped = true;
      } else if (c === quote) {
        if (quote === DOUBLE || text.charCodeAt(at + 1) !== SINGLE) break;
        at++;
        escaped = true;
      }
    }
    const inner = text.slice(start, at++);
    ended();
    if (!escaped) return inner;
    return quote === DOUBLE ? (JSON.parse(`"${inner}"`) as string) : inner.replaceAll("''", "'");
  };

  const plain = (flow: boolean): Json => {
    const start = at;
    const first = text.charCodeAt(at);
    if (!begins(first === MINUS ? text.charCodeAt(at + 1) : first)) giveUp();
    let last = at;
    for (; ; at++) {
      const c = text.charCodeAt(at);
      if (c === LF || Number.isNaN(c)) break;
      if (c === BLANK) continue;
      if (c === HASH && text.charCodeAt(at - 1) === BLANK) break;
      if (flow && (c === COMMA || c === OPEN_MAP || c === CLOSE_MAP || c === OPEN_LIST || c === CLOSE_LIST)) break;
      if (c === COLON) {
        const after = text[at + 1] ?? "\n";
        if (after === " " || after === "\n" || (flow && ",[]{}".includes(after))) giveUp();
      }
      last = at + 1;
    }
    at = last;
    ended();
    return resolve(text.slice(start, last)) ?? giveUp();
  };

  /** A key and the colon behind it; undefined, and nothing read, where there is none. */
  const key = (): { name: string; place: Place } | undefined => {
    const start = here();
    const offset = at;
    const c = text.charCodeAt(at);
    let name: string;
    if (c === DOUBLE || c === SINGLE) name = quoted();
    else {
      if (!begins(c)) return undefined;
      for (let k = c; k < 128 && KEY[k] === 1; k = text.charCodeAt(at)) at++;
      name = text.slice(offset, at);
      ended();
    }
    const after = text[at + 1];
    if (name === "" || text.charCodeAt(at) !== COLON || !(after === " " || after === "\n" || after === undefined)) {
      at = offset;
      return undefined;
    }
    if (name.length > MAX_KEY || refused.has(name)) giveUp();
    const place = from(start);
    at++;
    return { name, place };
  };

  /** A value that begins on this line. `outer` is the column that the lines of a flow collection stay right of. */
  const inline = (outer: number, depth: number, flow: boolean): [Json, Spot] => {
    if (++values > CAPS.values || depth > MAX_DEPTH) giveUp();
    const start = here();
    const c = text.charCodeAt(at);
    if (c === OPEN_MAP) return flowMap(start, outer, depth);
    if (c === OPEN_LIST) return flowList(start, outer, depth);
    const value = c === DOUBLE || c === SINGLE ? quoted() : plain(flow);
    return [value, { place: from(start) }];
  };

  const nextInFlow = (outer: number): number => {
    if (next() && at - lineStart <= outer) giveUp();
    return text.charCodeAt(at);
  };
  /** Behind a part of a flow collection: true when it goes on. */
  const goesOn = (close: number, outer: number): boolean => {
    const c = nextInFlow(outer);
    if (c !== COMMA && c !== close) giveUp();
    if (c === COMMA) {
      at++;
      if (nextInFlow(outer) !== close) return true;
    }
    return false;
  };
  const closed = () => {
    at++;
    ended();
  };

  function flowMap(start: ReturnType<typeof here>, outer: number, depth: number): [Json, Spot] {
    const object: { [key: string]: Json } = {};
    const children = new Map<string, Spot>();
    at++;
    if (nextInFlow(outer) !== CLOSE_MAP)
      do {
        const found = key() ?? giveUp();
        if (children.has(found.name)) giveUp();
        nextInFlow(outer);
        const [value, spot] = inline(outer, depth + 1, true);
        object[found.name] = value;
        children.set(found.name, under(found.place, spot));
      } while (goesOn(CLOSE_MAP, outer));
    closed();
    return [object, { place: from(start), children }];
  }

  function flowList(start: ReturnType<typeof here>, outer: number, depth: number): [Json, Spot] {
    const list: Json[] = [];
    const children = new Map<string, Spot>();
    at++;
    if (nextInFlow(outer) !== CLOSE_LIST)
      do {
        const [value, spot] = inline(outer, depth + 1, true);
        children.set(String(list.length), spot);
        list.push(value);
      } while (goesOn(CLOSE_LIST, outer));
    closed();
    return [list, { place: from(start), children }];
  }

  /** To the next line, which does not stand right of `column`: there it would go on with what was read. */
  const nextLine = (column: number) => {
    if (!next() && at < text.length) giveUp();
    if (at < text.length && at - lineStart > column) giveUp();
  };

  function blockMap(column: number, depth: number): [Json, Spot] {
    if (++values > CAPS.values || depth > MAX_DEPTH) giveUp();
    const start = here();
    const object: { [key: string]: Json } = {};
    const children = new Map<string, Spot>();
    do {
      const found = key() ?? giveUp();
      const { name, place } = found;
      if (children.has(name)) giveUp();
      const [value, spot] = behindKey(column, place, depth + 1);
      object[name] = value;
      children.set(name, under(place, spot));
    } while (at < text.length && at - lineStart === column);
    return [object, { place: from(start), children }];
  }

  function behindKey(column: number, place: Place, depth: number): [Json, Spot] {
    blanks();
    const c = text.charCodeAt(at);
    if (c === FOLDED || c === LITERAL) return paragraph(column);
    if (c !== LF && c !== HASH && at < text.length) {
      const read = inline(column, depth, false);
      nextLine(column);
      return read;
    }
    next();
    const deeper = at < text.length ? at - lineStart : -1;
    if (deeper >= column && isItem()) return blockList(deeper, depth);
    if (deeper > column) return blockMap(deeper, depth);
    values++;
    return [null, { place }];
  }

  /** Lines of text behind `>` or `|`: one paragraph, all of its lines indented alike. */
  function paragraph(column: number): [Json, Spot] {
    if (++values > CAPS.values) giveUp();
    const start = here();
    const glue = text.charCodeAt(at++) === FOLDED ? " " : "\n";
    const strip = text.charCodeAt(at) === MINUS;
    if (strip) at++;
    if (text.charCodeAt(at) !== LF) giveUp();
    const lines: string[] = [];
    let inner = column;
    while (at < text.length) {
      const begin = at + 1;
      let content = begin;
      while (text.charCodeAt(content) === BLANK) content++;
      const indent = content - begin;
      if (content === text.length || text.charCodeAt(content) === LF || indent <= column) break;
      if (lines.length === 0) inner = indent;
      const end = text.indexOf("\n", content);
      // without a last line feed, or with blanks at the end of a line, there is more to know
      if (indent !== inner || end === -1 || text.charCodeAt(end - 1) === BLANK) giveUp();
      lines.push(text.slice(content, end));
      at = end;
      line++;
      lineStart = begin;
      ended();
    }
    // blanks on an empty line, and whatever stands further in behind one, may belong to the text
    const gap = /(?:\n *)*/y;
    gap.lastIndex = at;
    const behind = gap.exec(text)![0];
    if (lines.length === 0 || behind.includes(" \n") || behind.length - behind.lastIndexOf("\n") - 1 > column) giveUp();
    nextLine(column);
    return [`${lines.join(glue)}${strip ? "" : "\n"}`, { place: from(start) }];
  }

  function blockList(column: number, depth: number): [Json, Spot] {
    if (++values > CAPS.values || depth > MAX_DEPTH) giveUp();
    const start = here();
    const list: Json[] = [];
    const children = new Map<string, Spot>();
    do {
      at++;
      blanks();
      const [value, spot] = item(column, depth + 1);
      children.set(String(list.length), spot);
      list.push(value);
    } while (at < text.length && at - lineStart === column && isItem());
    return [list, { place: from(start), children }];
  }

  function item(column: number, depth: number): [Json, Spot] {
    const offset = at;
    const isMap = key() !== undefined;
    at = offset;
    if (isMap) {
      const read = blockMap(at - lineStart, depth);
      if (at < text.length && at - lineStart > column) giveUp();
      return read;
    }
    const read = inline(column, depth, false);
    nextLine(column);
    return read;
  }

  next();
  if (at === text.length || at !== lineStart) giveUp();
  const [value, spot] = blockMap(0, 1);
  if (at < text.length) giveUp();
  return { value, spot };
}

/** A plain scalar's value by YAML's core schema; undefined for numbers that are written in rarer ways. */
function resolve(written: string): Json | undefined {
  if (/^[-+.\d]/.test(written)) {
    if (/^[-+]?\d{1,15}$/.test(written)) return Number(written);
    if (/^[-+]?(?:\.\d+|\d+\.\d*|(?:\.\d+|\d+(?:\.\d*)?)[eE][-+]?\d+)$/.test(written)) {
      const number = Number(written);
      return Number.isFinite(number) ? number : undefined;
    }
    return /^[-+]?(?:\d+|0[xo].*|\.(?:inf|nan))$/i.test(written) ? undefined : written;
  }
  return Object.hasOwn(WORDS, written) ? WORDS[written] : written;
}

const WORDS: { readonly [word: string]: boolean | undefined } = {
  true: true,
  True: true,
  TRUE: true,
  false: false,
  False: false,
  FALSE: false,
  // a null that is written out is rare, and read with care
  null: undefined,
  Null: undefined,
  NULL: undefined,
  "~": undefined,
};
