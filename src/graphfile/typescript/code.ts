/** TypeScript source as a tree, and its layout: on one line where it fits, else one part a line. */

/** Longest line. */
export const WIDTH = 120;

export type Code = string | Group;

/** Parts in brackets. */
export interface Group {
  readonly open: string;
  readonly parts: readonly Part[];
  readonly close: string;
  /** Broken whether it fits or not. */
  readonly broken?: boolean;
  /** A call: its last part keeps its brackets on the lines of the call's own. */
  readonly hugs?: boolean;
}

interface Part {
  /** `name: `, or nothing. */
  readonly lead: string;
  readonly code: Code;
}

/** `{ a: 1, b }`: members that are undefined are left out, and `a: a` is `a`. */
export function object(members: { readonly [key: string]: Code | undefined }): Group {
  const parts = Object.entries(members).flatMap(([name, code]): Part[] =>
    code === undefined ? [] : [{ lead: code === name ? "" : `${key(name)}: `, code }],
  );
  return parts.length === 0 ? { open: "{", parts, close: "}" } : { open: "{ ", parts, close: " }" };
}

/** `[1, 2]`; rows of a matrix have a line each. */
export function list(items: readonly Code[]): Group {
  const isRow = (item: Code) => typeof item !== "string" && item.open === "[" && item.parts.length > 1;
  const broken = items.length > 1 && items.every(isRow);
  return { open: "[", parts: items.map((code) => ({ lead: "", code })), close: "]", ...(broken && { broken }) };
}

/** `f(a, b)`. */
export const call = (name: string, args: readonly Code[]): Group => ({
  open: `${name}(`,
  parts: args.map((code) => ({ lead: "", code })),
  close: ")",
  hugs: true,
});

/** A property's name: bare where TypeScript allows it. */
const key = (name: string): string => (isName(name) ? name : JSON.stringify(name));

/** Whether a text can be a name in TypeScript, reserved words apart. */
export const isName = (text: string): boolean => /^[A-Za-z_$][\w$]*$/.test(text);

/**
 * The text of a tree.
 *
 * @param room What else stands on its first line.
 * @example
 * layout(call("step", [list(["1", "2"]), object({ gain: "kp" })])) // "step([1, 2], { gain: kp })"
 */
export function layout(code: Code, indent = "", room = 0): string {
  if (typeof code === "string") return code;
  const flat = fitting(code);
  if (flat !== undefined && indent.length + room + flat.length <= WIDTH) return flat;
  if (code.parts.length === 0) return `${code.open}${code.close}`;
  if (code.hugs) {
    const last = code.parts.at(-1)!.code;
    const before = code.parts.slice(0, -1).map((part) => fitting(part.code));
    const start = `${code.open}${before.map((text) => `${text}, `).join("")}`;
    if (typeof last !== "string" && !before.includes(undefined) && indent.length + room + start.length < WIDTH)
      return `${start}${layout(last, indent, room + start.length)}${code.close}`;
  }
  const inner = `${indent}  `;
  const lines = code.parts.map((part) => `${inner}${part.lead}${layout(part.code, inner, part.lead.length + 1)},\n`);
  return `${code.open.trimEnd()}\n${lines.join("")}${indent}${code.close.trimStart()}`;
}

/** A tree on one line, unless some part of it is always broken. */
const fitting = (code: Code): string | undefined => (isBroken(code) ? undefined : oneLine(code));

const isBroken = (code: Code): boolean =>
  typeof code !== "string" && (code.broken === true || code.parts.some((part) => isBroken(part.code)));

/** A tree on one line. */
export function oneLine(code: Code): string {
  if (typeof code === "string") return code;
  return `${code.open}${code.parts.map((part) => `${part.lead}${oneLine(part.code)}`).join(", ")}${code.close}`;
}
