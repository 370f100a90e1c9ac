/** Quantities in a rule's options, read one after the other; what does not fit is collected. */
import { type Parsed, parseDuration, parseRate, parseShare } from "../graph/quantity.js";
import type { Json } from "../message/type.js";
import type { Problem } from "../problem/problem.js";

export interface Reader {
  /** Seconds. */
  readonly duration: (written: Json | undefined, path: string) => number | undefined;
  /** Hertz. */
  readonly rate: (written: Json | undefined, path: string) => number | undefined;
  /** 0 to 1. */
  readonly share: (written: Json | undefined, path: string) => number | undefined;
  readonly problems: Problem[];
}

export function quantities(): Reader {
  const problems: Problem[] = [];
  const read =
    (parse: (written: unknown, path: string) => Parsed<number>, scale: number) =>
    (written: Json | undefined, path: string): number | undefined => {
      if (written === undefined) return undefined;
      const { value, problem } = parse(written, path);
      if (problem !== undefined) problems.push(problem);
      return value === undefined ? undefined : value / scale;
    };
  return { duration: read(parseDuration, 1e9), rate: read(parseRate, 1), share: read(parseShare, 1), problems };
}
