/** What training data must be before any student looks at it. */
import { fail } from "../../problem/problem.js";
import type { PortBlock, TrainingData } from "./student.js";

/** Errors: L0951 with the split, the row and the column. */
export function checkTrainingData(data: TrainingData): void {
  for (const split of ["train", "validation"] as const) {
    const { x, y } = data[split];
    if (x.rows !== y.rows)
      fail("L0951", { reason: `the ${split} split has ${x.rows} input rows and ${y.rows} output rows` });
    if (x.rows === 0) fail("L0951", { reason: `the ${split} split has no rows` });
    for (const [m, blocks] of [
      [x, data.inputs],
      [y, data.outputs],
    ] as const) {
      const names = blocks.flatMap(titles);
      if (names.length !== m.width || m.data.length !== m.rows * m.width)
        fail("L0951", { reason: `${names.length} columns are named, the ${split} split has ${m.width}` });
      const at = m.data.findIndex((v) => !Number.isFinite(v));
      if (at >= 0)
        fail("L0951", {
          reason: `column ${names[at % m.width]} of the ${split} split is ${m.data[at]} in row ${Math.floor(at / m.width) + 1}`,
        });
    }
  }
}

const titles = (block: PortBlock): string[] => block.columns.map((c) => `${block.port}:${c.name}`);
