/** A model that was put into the place of nodes: how good it is on the test rows, and beside what it has to beat. */
import type { Spliced } from "../project/project.js";

/** In a line. */
export function splicedFact({ nodes, model, student, nmse, baselines }: Spliced): string {
  const others = baselines.map((other) => `, ${other.name} ${other.nmse.toPrecision(3)}`).join("");
  return `${nodes.join(", ")}: ${model} (${student}, nMSE ${nmse.toPrecision(3)} on test rows${others})`;
}

/** Each of them that is no better than what it has to beat. */
export const splicedLosers = (spliced: readonly Spliced[]): string[] =>
  spliced
    .filter(({ does_not_beat }) => does_not_beat.length > 0)
    .map(({ model, does_not_beat }) => `${model} does not beat ${does_not_beat.join(" and ")} on the test rows.`);
