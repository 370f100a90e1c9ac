/** Values as examples write them (`Float32Array [1, 2]`, `0.31…`, `{ rows: 4, … }`): read as a claim, and written. */
type Claim = (value: unknown) => boolean;

/** Reads a claim about a value; a remark in parentheses may follow. @throws SyntaxError when the text is no value */
export function claim(text: string): Claim {
  let at = 0;
  /** Takes what matches here, behind any spaces. */
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    const sticky = new RegExp(`\\s*(?:${pattern.source})`, "yu");
    sticky.lastIndex = at;
    const match = sticky.exec(text) ?? undefined;
    if (match !== undefined) at = sticky.lastIndex;
    return match;
  };
  const refuse = (): never => {
    throw new SyntaxError(`no value is written \`${text.slice(at)}\` (in \`${text}\`)`);
  };
  /** Parts up to the closing bracket; `…` as the last leaves the rest open. */
  const parts = <T>(close: RegExp, part: () => T): { readonly all: T[]; readonly open: boolean } => {
    const all: T[] = [];
    for (;;) {
      if (take(close)) return { all, open: false };
      if (all.length > 0 && take(/…/)) return take(close) ? { all, open: true } : refuse();
      all.push(part());
      if (!take(/,/) && !new RegExp(`^\\s*${close.source}`).test(text.slice(at))) refuse();
    }
  };
  const list = (is: (value: unknown) => boolean): Claim => {
    const { all, open } = parts(/\]/, value);
    return (v) => {
      if (!is(v)) return false;
      const items = v as ArrayLike<unknown>;
      return (
        (open ? items.length >= all.length : items.length === all.length) && all.every((fits, i) => fits(items[i]))
      );
    };
  };
  const object = (): Claim => {
    const { all, open } = parts(/\}/, () => {
      const key = take(/("(?:[^"\\]|\\.)*")\s*:|([\p{L}_$][\p{L}\p{N}_$]*)\s*:/u) ?? refuse();
      return [key[1] === undefined ? key[2]! : (JSON.parse(key[1]) as string), value()] as const;
    });
    return (v) => {
      if (typeof v !== "object" || v === null || Array.isArray(v) || ArrayBuffer.isView(v)) return false;
      const members = v as { readonly [key: string]: unknown };
      return (
        (open || Object.keys(members).length === all.length) &&
        all.every(([key, fits]) => Object.hasOwn(members, key) && fits(members[key]))
      );
    };
  };
  const value = (): Claim => {
    if (take(/\{/)) return object();
    if (take(/\[/)) return list(Array.isArray);
    const array = take(/(\w+Array) \[/)?.[1];
    if (array !== undefined) return list((v) => Object.prototype.toString.call(v) === `[object ${array}]`);
    const string = take(/"(?:[^"\\]|\\.)*"/)?.[0];
    if (string !== undefined) return text_(JSON.parse(string) as string);
    const rounded = take(/≈(-?\d+(?:\.(\d+))?)/);
    if (rounded) return (v) => typeof v === "number" && v.toFixed(rounded[2]?.length ?? 0) === rounded[1];
    const begun = take(/(-?\d+\.\d+)…/)?.[1];
    if (begun !== undefined) return (v) => typeof v === "number" && /^[^e]*$/.test(`${v}`) && `${v}`.startsWith(begun);
    const big = take(/(-?\d+)n/)?.[1];
    if (big !== undefined) return (v) => v === BigInt(big);
    const number = take(/-?\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?/)?.[0];
    if (number !== undefined) return (v) => Object.is(v, Number(number.replaceAll("_", "")));
    const word = take(/(undefined|null|true|false|NaN|-?Infinity)\b/)?.[1];
    return word === undefined ? refuse() : (v) => Object.is(v, words[word]);
  };
  const whole = value();
  return /^\s*(\(.*\))?$/.test(text.slice(at)) ? whole : refuse();
}

const words: { readonly [word: string]: unknown } = {
  undefined,
  null: null,
  true: true,
  false: false,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
};

/** A text, or how one begins. */
const text_ =
  (said: string): Claim =>
  (v) =>
    typeof v === "string" && (said.endsWith("…") ? v.startsWith(said.slice(0, -1)) : v === said);

/** A value in the notation, as far as it has one, `depth` values deep. */
export function show(value: unknown, depth = 5): string {
  const part = (v: unknown) => show(v, depth - 1);
  const list = (items: Iterable<unknown>) => `[${depth === 0 ? "…" : [...items].map(part).join(", ")}]`;
  if (Array.isArray(value)) return list(value);
  if (ArrayBuffer.isView(value))
    return `${Object.prototype.toString.call(value).slice(8, -1)} ${list(value as unknown as Iterable<unknown>)}`;
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (Object.is(value, -0)) return "-0";
  if (value instanceof Promise) return "a promise: await it";
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  if (depth === 0) return "{ … }";
  const members = Object.entries(value).map(
    ([key, v]) => `${/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key) ? key : JSON.stringify(key)}: ${part(v)}`,
  );
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}
