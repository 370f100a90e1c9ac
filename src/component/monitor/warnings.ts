/** What a monitor says at the end of a run: a warning for each check that was ever not ok. */
import { type Problem, problem } from "../../problem/problem.js";
import { CHECKS, type Check, type Settings } from "./settings.js";
import type { Verdict } from "./verdict.js";

const CODES = { rate: "L0440", age: "L0441", range: "L0442", drops: "L0443", frequency: "L0444" } as const;

export const warningsOf = (set: Settings, verdicts: { readonly [C in Check]: Verdict }): Problem[] =>
  CHECKS.flatMap((check) => {
    const verdict = verdicts[check];
    const promised = set[check];
    if (verdict.bad === 0 || promised === undefined) return [];
    const { first_s, last_s, level, bad, looks, value, limit } = verdict;
    const again = level === "ok";
    return [
      problem(CODES[check], {
        port: set.port,
        value,
        limit,
        promise: promised.promise,
        when: again
          ? first_s === last_s
            ? `at ${time(first_s)}`
            : `from ${time(first_s)} to ${time(last_s)}`
          : `from ${time(first_s)} on`,
        bad,
        looks,
      }),
    ];
  });

const time = (s: number): string => `${Number(s.toFixed(3))} s`;
