/**
 * YAML text → plain JSON value and a tree of places, with everything that YAML allows and graph files do not refused.
 *
 * Decisions: aliases are fine (they are written out, and counted); merge keys, tags, several documents and keys that
 * are no words are not; numbers are finite; keys that every JavaScript object carries are refused everywhere.
 * Duplicate keys are found here, since the package's own check is quadratic.
 */
import {
  Composer,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  visit,
  type YAMLParseError,
} from "yaml";
import type { Json } from "../message/type.js";
import { type Place, type Problem, problem } from "../problem/problem.js";
import { parsePlain } from "./plain.js";
import { CAPS, scan } from "./scan.js";
import { lineTable, type Spot } from "./sourcemap.js";

type PlaceAt = (start: number, end?: number) => Place;

export interface Parsed {
  /** Absent when the text is no YAML at all. */
  readonly value?: Json;
  readonly spot: Spot;
  readonly problems: readonly Problem[];
}

/** Names that no user may give to anything: they mean something on every JavaScript object. */
export const reservedNames: ReadonlySet<string> = new Set([
  ...Object.getOwnPropertyNames(Object.prototype),
  "prototype",
]);

/**
 * Parses one YAML document. Positions are exact; `problems` is empty exactly when the value is complete.
 *
 * @example
 * parseYaml("limbeck: 1\nname: x\n", "x.graph.yaml").value // { limbeck: 1, name: "x" }
 */
export function parseYaml(text: string, file: string): Parsed {
  const plain = parsePlain(text, file, reservedNames);
  return plain === undefined ? parseWithCare(text, file) : { ...plain, problems: [] };
}

/** All of YAML, with every problem in words. */
export function parseWithCare(text: string, file: string): Parsed {
  const table = lineTable(text, file);
  // the range of a block ends behind its last line break
  const place: PlaceAt = (start, end = start) => {
    let last = end;
    while (last > start + 1 && /\s/.test(text[last - 1] ?? "")) last--;
    return table(start, last);
  };
  const whole: Spot = { place: place(0, 0) };
  const scanned = scan(text, file);
  if (scanned.problems.length > 0) return { spot: whole, problems: scanned.problems };

  const composer = new Composer({
    uniqueKeys: false,
    version: "1.2",
    schema: "core",
    merge: false,
    logLevel: "silent",
  });
  const [document, second] = [...composer.compose(scanned.tokens, true, text.length)];
  const syntax = [...document!.errors].sort((a, b) => a.pos[0] - b.pos[0])[0];
  if (syntax !== undefined) return { spot: whole, problems: [syntaxProblem(syntax, document!, place, text)] };
  if (second !== undefined)
    return {
      spot: whole,
      problems: [
        problem(
          "L0115",
          { feature: "second document", help: "Remove the line `---`, or split the file in two." },
          { place: place(second.range[0], second.range[0] + 3) },
        ),
      ],
    };
  if (document!.contents === null || isEmpty(document!.contents)) return { value: null, spot: whole, problems: [] };

  const problems: Problem[] = [];
  const { value, spot, complete } = convert(document!.contents, place, problems);
  return complete ? { value, spot, problems } : { spot, problems };
}

const isEmpty = (node: Node): boolean => isScalar(node) && node.value === null && (node.source ?? "") === "";

/** Nodes → values and spots, aliases written out. Recursion is bounded by the scan's depth. */
function convert(root: Node, place: PlaceAt, problems: Problem[]): { value: Json; spot: Spot; complete: boolean } {
  const anchors = new Map<string, Node>();
  const open = new Set<Node>();
  let values = 0;
  let exhausted = false;
  // false once a part is left out that the rest may lean on
  let complete = true;

  const placeOf = (node: Node): Place => place(node.range![0], node.range![1]);
  // what stands behind an alias is met again and again
  const told = new Set<Node>();
  const tell = (node: Node, make: (where: { place: Place }) => Problem) => {
    if (!told.has(node)) problems.push(make({ place: placeOf(node) }));
    told.add(node);
  };
  const refuse = (node: Node, feature: string, help: string) =>
    tell(node, (where) => problem("L0115", { feature, help }, where));

  const walk = (node: Node, at: Place, depth: number): [Json, Spot] => {
    if (exhausted) return [null, { place: at }];
    const tooDeep = depth > CAPS.depth && (isMap(node) || isSeq(node));
    if (++values > CAPS.values || tooDeep) {
      exhausted = true;
      const many = values > CAPS.values;
      problems.push(
        many
          ? problem("L0103", { what: "values", limit: CAPS.values }, { place: at })
          : problem("L0102", { limit: CAPS.depth }, { place: at }),
      );
      return [null, { place: at }];
    }
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target === undefined || open.has(target)) {
        const reason =
          target === undefined
            ? `no anchor \`&${node.source}\` stands before this alias`
            : `\`*${node.source}\` stands inside of what it stands for`;
        tell(node, (where) => problem("L0105", { reason }, where));
        complete = false;
        return [null, { place: at }];
      }
      return walk(target, at, depth);
    }
    if (node.tag !== undefined && !open.has(node))
      refuse(
        node,
        `tags (\`${node.tag.replace(/^tag:yaml\.org,2002:/, "!!").slice(0, 40)}\`)`,
        "Remove the tag; quotes make any value a string.",
      );
    const { anchor } = node as { anchor?: string };
    if (anchor !== undefined) anchors.set(anchor, node);
    open.add(node);
    const done = isMap(node)
      ? mapping(node.items as Pair[], at, depth)
      : isSeq(node)
        ? sequence(node.items as Node[], at, depth)
        : scalar(node as Scalar, at);
    open.delete(node);
    return done;
  };

  const scalar = (node: Scalar, at: Place): [Json, Spot] => {
    const { value } = node;
    if (typeof value === "number" && !Number.isFinite(value)) {
      refuse(node, `number \`${(node.source ?? "").slice(0, 40)}\``, "Write a finite number.");
      return [0, { place: at }];
    }
    return [value as Json, { place: at }];
  };

  const sequence = (items: Node[], at: Place, depth: number): [Json, Spot] => {
    const list: Json[] = [];
    const children = new Map<string, Spot>();
    for (const [i, item] of items.entries()) {
      const [value, spot] = walk(item, placeOf(item), depth + 1);
      list.push(value);
      children.set(String(i), spot);
    }
    return [list, { place: at, children }];
  };

  const mapping = (pairs: Pair[], at: Place, depth: number): [Json, Spot] => {
    const object: { [key: string]: Json } = {};
    const children = new Map<string, Spot>();
    for (const pair of pairs) {
      const node = pair.key as Node;
      const key = placeOf(node);
      const leaveOut = (make: (where: { place: Place }) => Problem) => {
        tell(node, make);
        complete = false;
      };
      if (!isScalar(node) || isEmpty(node)) {
        const help = "Write a plain word before the colon.";
        leaveOut((where) => problem("L0115", { feature: "keys that are not words", help }, where));
        continue;
      }
      const name = typeof node.value === "string" ? node.value : (node.source ?? String(node.value));
      // in quotes it is a key like any other
      if (name === "<<" && node.type === "PLAIN") {
        const help = "Write the keys out, or use an alias for the whole value.";
        leaveOut((where) => problem("L0115", { feature: "merge keys", help }, where));
        continue;
      }
      if (reservedNames.has(name)) {
        leaveOut((where) => problem("L0114", { name }, where));
        continue;
      }
      const earlier = children.get(name);
      if (earlier !== undefined) {
        const related = [{ message: "first written here", place: earlier.key! }];
        tell(node, (where) => problem("L0110", { key: name }, { ...where, related }));
        continue;
      }
      const value = pair.value as Node | null;
      const [json, spot] =
        value === null ? [null, { place: key }] : walk(value, isEmpty(value) ? key : placeOf(value), depth + 1);
      object[name] = json;
      children.set(name, { ...spot, key });
    }
    return [object, { place: at, children }];
  };

  const [value, spot] = walk(root, placeOf(root), 1);
  return { value, spot, complete: complete && !exhausted };
}

/** The package's words for a mistake in grammar, with ours where they say more. */
function syntaxProblem(e: YAMLParseError, document: Document.Parsed, place: PlaceAt, text: string): Problem {
  const at = place(e.pos[0], Math.max(e.pos[1], e.pos[0] + 1));
  const lineStart = text.lastIndexOf("\n", e.pos[0] - 1) + 1;
  const indent = /^[ ]*\t/.exec(text.slice(lineStart, lineStart + 200));
  if (e.code === "TAB_AS_INDENT" || indent !== null) {
    const tab = lineStart + (indent === null ? 0 : indent[0].length - 1);
    return problem("L0106", {}, { place: indent === null ? at : place(tab, tab + 1) });
  }
  const opened = lastOpened(document, e.pos[0]);
  if (opened !== undefined && /closing|flow (map|seq|collection)/i.test(e.message)) {
    const what = text[opened] === '"' || text[opened] === "'" ? "quote" : "bracket";
    const related = [{ message: "noticed here", place: at }];
    return problem("L0105", { reason: `this ${what} is not closed` }, { place: place(opened, opened + 1), related });
  }
  const said = grammar[e.code];
  if (said !== undefined) return problem("L0105", said, { place: at });
  const reason = e.message.replace(/ at line \d+, column \d+:?[\s\S]*$/, "").replace(/^./, (c) => c.toLowerCase());
  return problem("L0105", { reason }, { place: at });
}

/** Where the innermost bracket or quote opens that is still open at an offset. */
function lastOpened(document: Document.Parsed, offset: number): number | undefined {
  let opened: number | undefined;
  visit(document, {
    Node(_, node) {
      const flow = isScalar(node)
        ? node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE"
        : (node as { flow?: boolean }).flow;
      if (!flow || !node.range || node.range[0] > offset || node.range[2] < offset) return;
      opened = Math.max(opened ?? 0, node.range[0]);
    },
  });
  return opened;
}

const grammar: { readonly [code in YAMLParseError["code"]]?: { readonly reason: string; readonly help?: string } } = {
  BAD_INDENT: {
    reason: "this line is not indented like its neighbours",
    help: "Keys of one mapping start in one column; what belongs to a key stands further right.",
  },
  BLOCK_AS_IMPLICIT_KEY: {
    reason: "a second `: ` stands on this line",
    help: "Put the value in quotes, or start a new line.",
  },
  BLOCK_IN_FLOW: {
    reason: "inside brackets, a value in block form",
    help: "Inside `[…]` and `{…}` write everything with brackets and commas.",
  },
  MULTILINE_IMPLICIT_KEY: {
    reason: "a key is spread over several lines",
    help: "Look for a missing colon or a quote that is not closed above.",
  },
  KEY_OVER_1024_CHARS: { reason: "a key is longer than 1024 characters" },
  MULTIPLE_DOCS: { reason: "the file holds several documents", help: "Remove the line `---`." },
  BAD_DQ_ESCAPE: {
    reason: "an unknown escape in double quotes",
    help: "Use single quotes for text with backslashes.",
  },
};
