/** The lines of a generated function: those that something needs, in order, each loop around its own. */
import type { Atom } from "./elements.js";
import { nested, reading } from "./nest.js";

export interface Line {
  /** The name that it gives a value to, or writes into. */
  readonly defines: string;
  readonly text: string;
}
export interface Loop {
  readonly header: string;
  readonly body: Block;
}
export interface Block {
  readonly lines: (Line | Loop)[];
  /** Expressions that have a name, by their text. */
  readonly known: Map<string, Atom>;
}

/** What of a block leads to what `roots` name: its text, and all names in it. */
export function rendered(
  whole: Block,
  roots: readonly string[],
): { readonly text: string; readonly needed: Set<string> } {
  const all: [Line, readonly Loop[]][] = [];
  const collect = (block: Block, around: readonly Loop[]): void => {
    for (const entry of block.lines) {
      if ("body" in entry) collect(entry.body, [...around, entry]);
      else all.push([entry, around]);
    }
  };
  collect(whole, []);
  const writers = new Map<string, [Line, readonly Loop[]][]>();
  for (const entry of all) {
    const known = writers.get(entry[0].defines);
    if (known === undefined) writers.set(entry[0].defines, [entry]);
    else known.push(entry);
  }
  const needed = new Set<string>();
  const live = new Set<Line | Loop>();
  const queue: string[] = [];
  const need = (text: string): void => {
    for (const [found] of text.matchAll(/\b[a-z]\d+\b/g)) {
      if (needed.has(found)) continue;
      needed.add(found);
      queue.push(found);
    }
  };
  for (const root of roots) need(root);
  for (let next = queue.pop(); next !== undefined; next = queue.pop())
    for (const [entry, around] of writers.get(next) ?? []) {
      if (live.has(entry)) continue;
      live.add(entry);
      need(entry.text);
      for (const loop of around) {
        live.add(loop);
        need(loop.header);
      }
    }
  const uses = new Map<string, number>();
  const count = (text: string): void => {
    for (const [found] of text.matchAll(/\b[a-z]\d+\b/g)) uses.set(found, (uses.get(found) ?? 0) + 1);
  };
  for (const root of roots) count(root);
  for (const entry of live) count("body" in entry ? entry.header : reading(entry.text));
  const render = (block: Block, indent: string): string[] => {
    const parts: string[] = [];
    let lines: Line[] = [];
    const write = (): void => {
      for (const text of nested(lines, uses)) parts.push(...text.split("\n").map((part) => indent + part));
      lines = [];
    };
    for (const entry of block.lines) {
      if (!live.has(entry)) continue;
      if (!("body" in entry)) {
        lines.push(entry);
        continue;
      }
      write();
      parts.push(`${indent}${entry.header} {`, ...render(entry.body, `${indent}  `), `${indent}}`);
    }
    write();
    return parts;
  };
  return { text: render(whole, "  ").join("\n"), needed };
}
