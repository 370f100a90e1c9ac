/** The record of one check: looks taken, those that found the promise broken, since when, and the worst of them. */
import type { Level } from "./settings.js";

export interface Verdict {
  level: Level | undefined;
  looks: number;
  bad: number;
  /** Time in s of the last look that was ok; of the first and last that was not. */
  ok_s: number;
  first_s: number;
  last_s: number;
  /** Of the worst look: how many times the limit it was off by, what it measured, and the limit. */
  worst: number;
  value: number;
  limit: number;
}

export interface Look {
  /** Measured. */
  readonly value: number;
  /** That was not kept, or that is nearest to not being kept. */
  readonly limit: number;
  /** 1 and below: kept; from 2 on: an error. */
  readonly excess: number;
}

/** From so many times the limit on a check is an error, below it a warning. */
const ERROR_FROM = 2;

export const levelOf = ({ excess }: Pick<Look, "excess">): Level =>
  excess <= 1 ? "ok" : excess < ERROR_FROM ? "warn" : "error";

export const unjudged = (): Verdict => ({
  level: undefined,
  looks: 0,
  bad: 0,
  ok_s: 0,
  first_s: -1,
  last_s: -1,
  worst: 0,
  value: 0,
  limit: 0,
});

/** Takes a look into account, at what was from `began_s` to `time_s`. @returns whether the level changed */
export function judge(verdict: Verdict, { value, limit, excess }: Look, time_s: number, began_s: number): boolean {
  const level = levelOf({ excess });
  const changed = level !== verdict.level;
  verdict.level = level;
  verdict.looks++;
  if (level === "ok") {
    verdict.ok_s = time_s;
    return changed;
  }
  verdict.bad++;
  if (verdict.first_s < 0) verdict.first_s = began_s;
  verdict.last_s = time_s;
  if (excess > verdict.worst) Object.assign(verdict, { worst: excess, value, limit });
  return changed;
}

/** Keeps a measurement of the same fault that is worse than those before; it is no look of its own. */
export function worsen(verdict: Verdict, { value, limit, excess }: Look): void {
  if (excess > verdict.worst && verdict.bad > 0) Object.assign(verdict, { worst: excess, value, limit });
}
