/** Errors and shares on rows, in words. */
import type { OpenLoop } from "../project/results.js";

/** Where the rows cannot tell good from bad. */
export const CONSTANT = "no output varies";

/** Never all of them, when one is not. */
export const percent = (share: number): string =>
  share === 1 ? "100 %" : `${Math.min(99.9, Math.floor(share * 1000) / 10)} %`;

/** In a line: `nMSE 0.01, R² 0.99; mode right in 97.5 %`. */
export function scoreFact({ nmse_mean, r2_mean, constant, accuracy = {} }: OpenLoop): string {
  const shares = Object.entries(accuracy).map(([choice, share]) => `; ${choice} right in ${percent(share)}`);
  const error = constant
    ? `${CONSTANT} in the test rows`
    : `nMSE ${nmse_mean.toPrecision(3)}, R² ${r2_mean.toPrecision(3)}`;
  return `${error}${shares.join("")}`;
}
