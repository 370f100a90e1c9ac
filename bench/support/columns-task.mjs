/** Superfluous columns: 700 rows, 800 columns of noise, and four that each say all of an output in large units. */
import { rng } from "../../dist/component/rng.js";
import { block, matrix, nmse } from "./rows.mjs";

const NOISE = 800;
const OUTPUT_SCALE = 1000;
const OUTPUT_SHIFT = 5000;

export function columnsTask() {
  const draws = rng(1);
  const row = () => {
    const said = draws.normal();
    const x = [...Array.from({ length: NOISE }, () => draws.normal()), ...new Array(4).fill(said)];
    return { x, y: [OUTPUT_SHIFT + OUTPUT_SCALE * said] };
  };
  const part = (count) => {
    const rows = Array.from({ length: count }, row);
    return { x: matrix(rows.map((r) => r.x)), y: matrix(rows.map((r) => r.y)) };
  };
  const [train, validation, held] = [part(560), part(140), part(700)];
  const data = { inputs: [block("x", NOISE + 4)], outputs: [block("y", 1)], train, validation };
  return {
    data,
    held,
    score: nmse,
  };
}
