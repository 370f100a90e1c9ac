/** Cascaded tanks: the estimation record to learn from, its end to validate on; the validation record is the test. */
import { readFileSync } from "node:fs";
import { block, cut, matrix } from "./rows.mjs";

const VALIDATION_FROM = 820;

export function tanks(file) {
  const rows = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split(",").map(Number));
  const column = (c) => matrix(rows.map((r) => [r[c]]));
  const [u, y] = [column(0), column(2)];
  const part = (from, to) => ({ x: cut(u, from, to), y: cut(y, from, to) });
  const held = { x: column(1), y: column(3) };
  return {
    data: {
      inputs: [block("valve", 1)],
      outputs: [block("level", 1)],
      train: part(0, VALIDATION_FROM),
      validation: {
        ...part(VALIDATION_FROM, rows.length),
        stretches: [{ from: 0, to: rows.length - VALIDATION_FROM, lead: cut(u, 0, VALIDATION_FROM) }],
      },
    },
    held,
    rmse: (said, truth) => Math.sqrt(said.data.reduce((sum, v, i) => sum + (v - truth.data[i]) ** 2, 0) / truth.rows),
  };
}
