/** A model that was put into the place of nodes: how good it is on the test rows, and beside what it has to beat. */
import type { Spliced } from "../project/project.js";
import { CONSTANT, percent } from "./score.js";

/** In a line. */
export function splicedFact({ nodes, model, student, nmse, constant, accuracy = {}, baselines }: Spliced): string {
  const others = baselines.map((other) => `, ${other.name} ${other.nmse.toPrecision(3)}`).join("");
  const error = constant ? `${CONSTANT} in the test rows` : `nMSE ${nmse.toPrecision(3)} on test rows${others}`;
  const shares = Object.entries(accuracy).map(([choice, share]) => `; ${choice} right in ${percent(share)}`);
  return `${nodes.join(", ")}: ${model} (${student}, ${error}${shares.join("")})`;
}

/** Each of them that is no better than what it has to beat. */
export const splicedLosers = (spliced: readonly Spliced[]): string[] =>
  spliced
    .filter(({ does_not_beat }) => does_not_beat.length > 0)
    .map(({ model, does_not_beat, constant }) =>
      constant
        ? `${model} does not beat ${does_not_beat.join(" and ")}: ${CONSTANT} in the test rows.`
        : `${model} does not beat ${does_not_beat.join(" and ")} on the test rows.`,
    );
