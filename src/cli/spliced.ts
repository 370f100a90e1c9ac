/** A model that was put into the place of nodes, in a line. */
import type { Spliced } from "../project/project.js";

export const splicedFact = ({ nodes, model, student, nmse }: Spliced): string =>
  `${nodes.join(", ")}: ${model} (${student}, nMSE ${nmse.toPrecision(3)} on test rows)`;
